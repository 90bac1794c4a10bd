"""Answers to questions in the terminal, readable at a hundred columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.console import results_table, table_console
from recipe_eval.comparing.comparison import Row
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.formats import NONE, confound_text, difference, mean_text, p_value
from recipe_eval.questions.comparison import Answers, Group, Line, compare_answers

if TYPE_CHECKING:
    from rich.table import Table

_SIDE_BY_SIDE = 3
_STYLES = {"better": "green", "worse": "red"}
SUNK = "†"
"""Marks what is not shown to beat the best floor."""


def show_run(run: Path) -> None:
    """Print what one run answers, beside the floors."""
    answers = compare_answers([run])
    if answers:
        show_answers(answers)


def show_answers(answers: Answers) -> None:
    """Print means beside the best floor, then every configuration against the baseline."""
    console = table_console()
    for run, differences in answers.confounds.items():
        text = ", ".join(map(confound_text, differences))
        console.print(f"{run} was asked otherwise: {text}", style="red", markup=False)
    for table in _means(answers):
        console.print(table)
    for column, one in answers.comparison.others:
        console.print(_differences(answers, column, one.name))
    console.print(note(answers), style="dim", markup=False, highlight=False)


def note(answers: Answers) -> str:
    """Say how the numbers came about."""
    comparison = answers.comparison
    more = f" Not asked: {', '.join(answers.without)}." if answers.without else ""
    against = (
        f" Differences to {comparison.baseline.name} are paired by question and seed; verdicts: p "
        f"below 0.05 after Holm's correction over {comparison.tests} tests of questions."
        if comparison.others
        else ""
    )
    return (
        f"{comparison.titles} questions of the test split; what is no answer has the worst value "
        "of every measure. ↓ lower is better. Means with 95 % intervals over questions. The floor "
        "is the better of the training split's constant (the median for the wording and unit, the "
        "commonest foods) and of a copy of what the question says (its list, its title's foods). "
        f"{SUNK} not shown to beat it: the 95 % interval of the paired difference, not corrected, "
        f"is not on the better side of 0.{against}{more}"
    )


def floor_text(line: Line) -> str:
    """Write the best floor of a measure: `0.310 (constant)`."""
    return NONE if line.floor_mean is None else f"{line.floor_mean:.3f} ({line.floor})"


def _means(answers: Answers) -> Iterator[Table]:
    configurations = answers.comparison.configurations
    for begin in range(0, len(configurations), _SIDE_BY_SIDE):
        columns = range(begin, min(begin + _SIDE_BY_SIDE, len(configurations)))
        names = (configurations[i].name for i in columns)
        table = results_table(["mean, 95 % interval", "best floor", *names])
        for group in answers.groups:
            table.add_section()
            table.add_row(f"[bold]{group.title}[/] ({group.asked})")
            for line in group.lines:
                cells = (_cell(line, i) for i in columns)
                table.add_row(f"  {line.row.title}", floor_text(line), *cells)
            table.add_row("  Failed", "", *(str(group.failed[i]) for i in columns))
        yield table


def _cell(line: Line, column: int) -> str:
    mean = line.row.cells[column].mean
    return mean_text(mean) + (f" {SUNK}" if mean is not None and line.sunk(column) else "")


def _differences(answers: Answers, column: int, name: str) -> Table:
    title = f"{name} against {answers.comparison.baseline.name}"
    table = results_table(
        ["", "difference", "p, Holm", "verdict", "detectable", "questions"], title
    )
    for label, one in labelled(answers.contrasts(column)):
        table.add_row(
            label,
            difference(one),
            p_value(one.corrected),
            f"[{_STYLES.get(one.verdict, 'dim')}]{one.verdict}[/]",
            f"{one.effect.detectable:.3f}",
            str(one.titles),
        )
    return table


def labelled(found: Sequence[tuple[Group, Row, Contrast]]) -> list[tuple[str, Contrast]]:
    """Return contrasts, each with its group and measure."""
    return [(f"{group.title}: {row.title}", contrast) for group, row, contrast in found]


FILTERS: dict[str, Callable[..., Any]] = {
    "floor": floor_text,
    "answers_note": note,
    "answers_labelled": labelled,
}
"""For templates."""
