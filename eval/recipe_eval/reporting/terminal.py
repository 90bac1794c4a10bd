"""A comparison in the terminal, readable at a hundred columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from recipe_base.console import results_table, table_console
from recipe_eval.comparing.comparison import Comparison, Row
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.formats import (
    NONE,
    SUNK,
    confound_text,
    difference,
    interval,
    p_value,
    seeds,
    spread,
)

if TYPE_CHECKING:
    from rich.table import Table

_SIDE_BY_SIDE = 5
_STYLES = {"better": "green", "worse": "red", "one run": "yellow", "not shown": "dim"}


def show_comparison(comparison: Comparison, tests: bool = True) -> None:
    """Print what differs beside the loss, all means, and every one against the baseline.

    `tests` prints every test and not only what decides.
    """
    console = table_console()
    if comparison.confounds:
        console.print("Not only the loss differs:", style="bold red")
    for run, differences in comparison.confounds.items():
        text = ", ".join(map(confound_text, differences))
        console.print(f"  {run}: {text}", style="red", markup=False, highlight=False)
    for table in _means(comparison):
        console.print(table)
    if comparison.floors:
        console.print(_floors(comparison))
    for column, one in comparison.others:
        rows = comparison.contrasts(column)
        console.print(_differences(f"{one.name} against {comparison.baseline.name}", rows))
        if tests:
            console.print(_tests(rows))
    console.print(note(comparison), style="dim", markup=False, highlight=False)


def note(comparison: Comparison) -> str:
    """Say how the numbers came about."""
    once = [one.name for one in comparison.configurations if len(one.runs) == 1 and one.first.tuned]
    luck = (
        f" Trained once: {', '.join(once)}. A difference of `one run` holds over other titles; "
        "another seed or machine may turn it round. Seeds: ± what two trainings of one "
        "configuration differ by, 19 times in 20 at most, as a study measured (--study)."
    )
    return (
        f"Profile {comparison.profile}, {comparison.titles} test titles; a failed generation "
        "scores worst. Mean ± deviation over titles, each title's mean over seeds. Differences to "
        f"{comparison.baseline.name} are paired by title and seed, both taken as random, with 95 % "
        f"intervals. Verdicts: p below 0.05 after Holm's correction over {comparison.tests} tests. "
        "Detectable: the true difference that would be found four times in five."
        + (luck if once else "")
        + (f" {sunk_note(comparison)}" if comparison.floors else "")
    )


def sunk_note(comparison: Comparison) -> str:
    """Say what the mark of a model below the floor means."""
    return (
        f"{SUNK} not shown to beat the best of {len(comparison.floors)} floors, systems without a "
        "model: the 95 % interval of the paired difference, not corrected, is not above 0."
    )


def _means(comparison: Comparison) -> Iterator[Table]:
    for begin in range(0, len(comparison.configurations), _SIDE_BY_SIDE):
        block = slice(begin, begin + _SIDE_BY_SIDE)
        shown = comparison.configurations[block]
        table = results_table(["mean ± sd", *(one.name for one in shown)])
        for row in comparison.rows:
            cells = (
                (f"[bold]{spread(cell.mean)}[/]" if cell.best else spread(cell.mean))
                + (f" {SUNK}" if cell.sunk else "")
                for cell in row.cells[block]
            )
            table.add_row(row.title, *cells)
        valid = (f"{len(one.runs) * comparison.titles - one.failed}" for one in shown)
        table.add_section()
        table.add_row("Valid recipes", *valid)
        table.add_row("Seeds", *(str(len(one.runs)) for one in shown))
        yield table


def _floors(comparison: Comparison) -> Table:
    """Return the floors' means, the best one's in bold."""
    names = [one.name for one in comparison.floors]
    table = results_table(["mean", *names], "Floors: systems without a model")
    for row in comparison.rows:
        cells = (
            (NONE if mean is None else f"{mean.mean:.3f}", name == row.best_floor)
            for mean, name in zip(row.floors, names, strict=True)
        )
        table.add_row(row.title, *(f"[bold]{text}[/]" if best else text for text, best in cells))
    return table


def _differences(title: str, rows: Sequence[tuple[Row, Contrast]]) -> Table:
    headings = ["", "difference", "p, Holm", "verdict", "d", "detectable", "titles"]
    table = results_table(headings, title)
    for row, one in rows:
        verdict = f"[{_STYLES[one.verdict]}]{one.verdict}[/]"
        numbers = (difference(one), p_value(one.corrected), verdict, f"{one.d:+.2f}")
        table.add_row(row.title, *numbers, f"{one.effect.detectable:.3f}", str(one.titles))
    return table


def _tests(rows: Sequence[tuple[Row, Contrast]]) -> Table:
    headings = ["uncorrected", "Welch t", "p", "paired t", "p", "Wilcoxon p", "bootstrap"]
    table = results_table([*headings, "seeds"])
    for row, one in rows:
        tests = (one.welch, one.effect.test)
        table.add_row(
            row.title,
            *(text for test in tests for text in (f"{test.statistic:.2f}", p_value(test.p))),
            p_value(one.wilcoxon),
            interval(one.bootstrap.low, one.bootstrap.high),
            seeds(one),
        )
    return table
