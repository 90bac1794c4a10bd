"""Results as tables: in the terminal, in Markdown, in CSV."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from recipe_eval.comparison import Cell, Comparison
from recipe_eval.statistics import Mean

_CSV_COLUMNS = [
    "run", "metric", "mean", "sd", "n", "low", "high", "pooled",
    "gain", "gain_low", "gain_high", "signature",
]  # fmt: skip


def show_summary(summary: dict[str, Any]) -> None:
    """Print one run's metrics, what they rest on, and its failures by name."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{summary['run']}: {summary['recipes']} recipes, {summary['profile']}")
    for heading in ("metric", "mean", "95 % interval", "sd", "n", "rests on"):
        table.add_column(heading, justify="right" if heading in ("mean", "sd", "n") else "left")
    for facts in summary["metrics"].values():
        title = facts["title"] + (" ↓" if facts["lower_is_better"] else "")
        if facts["mean"] is None:
            table.add_row(title, "–", "does not apply", "", "0", "")
            continue
        interval = f"{facts['low']:.3f} – {facts['high']:.3f}"
        numbers = (f"{facts['mean']:.4f}", interval, f"{facts['sd']:.3f}", str(facts["n"]))
        table.add_row(title, *numbers, rests_on(facts))
    console = Console()
    console.print(table)
    for line in remarks(summary):
        console.print(line, markup=False, highlight=False)
    for reason, ids in summary["failures"].items():
        some = ", ".join(ids[:3]) + (", …" if len(ids) > 3 else "")
        console.print(f"{len(ids)} failed ({reason}): {some}", markup=False, style="yellow")


def rests_on(facts: dict[str, Any]) -> str:
    """Return which entities a metric rests on, and how well they are read.

    >>> rests_on({"rests_on": {"actions": 0.93, "all amounts": 0.994}})
    'actions .93, amounts .99'
    >>> rests_on({"rests_on": {"actions": None}}), rests_on({"rests_on": {}})
    ('actions: not measured here', '')
    """
    named = {name.split()[-1]: value for name, value in facts["rests_on"].items()}
    if None in named.values():
        return f"{', '.join(named)}: not measured here"
    return ", ".join(f"{name} {f'{value:.2f}'.lstrip('0')}" for name, value in named.items())


def remarks(summary: dict[str, Any]) -> list[str]:
    """Return what a summary says of entities and of all recipes together, one fact a line."""
    entities, diversity = summary["entities"], summary["diversity"]
    lines = [f"Entities: {entities['extractor']}"]
    if agreement := entities["agreement_with_rules"]:
        fields = (f"{name} {_or_dash(value)}" for name, value in agreement.items())
        lines.append(f"F1 with the rules: {', '.join(fields)}")
    lines.append(
        f"Of {diversity['recipes']} recipes {diversity['distinct_recipes']} are distinct, "
        f"{diversity['distinct_ingredient_lists']} by their ingredients, "
        f"{diversity['distinct_action_sequences']} by their actions"
    )
    if own := [facts for facts in summary["metrics"].values() if facts["gold"] is not None]:
        means = (f"{facts['title'].lower()} {facts['gold']:.3f}" for facts in own)
        lines.append(f"Gold itself: {', '.join(means)}")
    if diversity["copied"] is None:
        return [*lines, "Copied training recipes: not measured here (no train.jsonl)"]
    return [
        *lines,
        f"Longest run of words from one training recipe: {_or_dash(diversity['longest_match'])} of "
        f"a recipe (gold: {_or_dash(diversity['gold_longest_match'])}); "
        f"{len(diversity['copied'])} copied",
    ]


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def show_comparison(comparison: Comparison) -> None:
    """Print all metrics of all runs; the best mean of a metric is bold."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=_caption(comparison), caption_justify="left")
    table.add_column("")
    for run in comparison.runs:
        table.add_column(Text(run.name), justify="right")
    for row in comparison.rows:
        cells = [Text(_number(cell), style="bold" if cell.best else "") for cell in row.cells]
        table.add_row(row.title + (" ↓" if row.lower_is_better else ""), *cells)
    valid = [len(run.judged) - run.failed for run in comparison.runs]
    table.add_section()
    table.add_row("Valid recipes", *(str(count) for count in valid))
    Console().print(table)


def markdown(comparison: Comparison) -> str:
    """Return the result as a Markdown table, runs down and metrics across."""
    titles = [row.title + (" ↓" if row.lower_is_better else "") for row in comparison.rows]
    lines = [
        "| run | " + " | ".join(titles) + " | valid |",
        "|---|" + "---|" * (len(titles) + 1),
    ]
    for i, run in enumerate(comparison.runs):
        cells = (row.cells[i] for row in comparison.rows)
        numbers = (f"**{_number(cell)}**" if cell.best else _number(cell) for cell in cells)
        valid = f"{len(run.judged) - run.failed}/{len(run.judged)}"
        lines.append(f"| {run.name} | " + " | ".join(numbers) + f" | {valid} |")
    gains = [
        f"- {run.name} against {comparison.baseline.name}, {row.title}: {gain_text(gain)}"
        for i, run in comparison.others
        for row in comparison.rows
        if (gain := row.cells[i].gain)
    ]
    signatures = [
        f"- {run.name}: `{row.cells[i].signature}`"
        for row in comparison.rows
        for i, run in enumerate(comparison.runs)
    ]
    return "\n".join(
        [
            "# Evaluation\n",
            *lines,
            f"\n{_caption(comparison)}\n",
            *(
                ["## Differences, recipe by recipe (above 0 is better)\n", *gains, ""]
                if gains
                else []
            ),
            "## Signatures\n",
            *signatures,
            "",
        ]
    )


def gain_text(gain: Mean) -> str:
    """Return a difference with its interval: `+0.012 [-0.003, 0.027]`."""
    return f"{gain.mean:+.3f} [{gain.low:.3f}, {gain.high:.3f}]"


def comma_separated(comparison: Comparison) -> str:
    """Return one CSV row per run and metric, with every number at full precision."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for i, run in enumerate(comparison.runs):
        for row in comparison.rows:
            cell = row.cells[i]
            mean = cell.mean or ("", "", 0, "", "")
            gain = (cell.gain.mean, cell.gain.low, cell.gain.high) if cell.gain else ("", "", "")
            writer.writerow([run.name, row.name, *mean, cell.pooled, *gain, cell.signature])
    return out.getvalue()


def _number(cell: Cell) -> str:
    return "–" if cell.mean is None else f"{cell.mean.mean:.4f}"


def _caption(comparison: Comparison) -> str:
    count = len(comparison.runs[0].judged)
    return (
        f"Means over {count} test titles; ↓: lower is better; bold: best. "
        "A failed generation scores worst. Intervals, differences and signatures: see the report."
    )
