"""`RUN/ladder/`: ladder.json, ladder.html, ladder.png, and the same tables in the terminal."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.console import STDERR, STDOUT
from recipe_base.files import atomic_path, write_text
from recipe_base.look import pages
from recipe_base.runs import Run
from recipe_export.ladder.figure import draw
from recipe_export.ladder.recipes import Scores, commands, read_scores
from recipe_export.ladder.rungs import TOP, Rung, read_rung
from recipe_export.ladder.speed import GENERATED_TOKENS, PROMPT_TOKENS
from recipe_export.models.files import versions

NONE = "–"


class Cells(NamedTuple):
    """A table as it is shown."""

    head: list[str]
    rows: list[list[str]]


def write_ladder(run: Run, kinds: Sequence[str], data: Path | None = None) -> str:
    """Write the ladder of types that were measured; return a line that says where it is."""
    rungs = sorted((read_rung(run, kind) for kind in kinds), key=lambda r: -r.bits_per_weight)
    scores = read_scores(run, rungs)
    tables = [sizes(rungs), *([recipes(rungs, scores)] if scores else [])]
    folder = run.ladder.path.parent
    facts = {
        "run": run.name,
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "versions": versions("llama-cpp-python"),
        "rungs": [rung.to_dict() for rung in rungs],
        "recipes": {kind: found._asdict() for kind, found in scores.items()},
    }
    drawn = draw(rungs, scores)
    run.ladder.write(facts)
    write_text(folder / "ladder.html", _html(run.name, note(rungs), tables, drawn.svg))
    with atomic_path(folder / "ladder.png") as part:
        part.write_bytes(drawn.png)
    for table in tables:
        _show(table)
    STDOUT.print(note(rungs), markup=False, soft_wrap=False)
    if unscored := [rung for rung in rungs if rung.kind not in scores]:
        STDERR.print("Recipe metrics come from these commands; then call the ladder again:")
        STDERR.print(commands(run, unscored, data), markup=False, soft_wrap=True)
    return f"{len(rungs)} rungs, {len(scores)} with recipe metrics: {folder / 'ladder.html'}"


def sizes(rungs: Sequence[Rung]) -> Cells:
    """Say what each rung costs and how far it is from F16."""
    head = ["type", "file MB", "bits a weight", "prompt tok/s", "generated tok/s"]
    head += ["memory MB", f"KL to {TOP}", f"top-1 as {TOP}"]
    rows = [
        [
            rung.kind,
            f"{rung.bytes / 1e6:,.1f}",
            f"{rung.bits_per_weight:.2f}",
            f"{rung.speed.prompt_per_second:,.0f}",
            f"{rung.speed.generated_per_second:,.1f}",
            f"{rung.speed.peak_bytes / 1e6:,.0f}",
            f"{rung.agreement.kl:.1e}",
            f"{rung.agreement.top1:.1%}",
        ]
        for rung in rungs
    ]
    return Cells(head, rows)


def recipes(rungs: Sequence[Rung], scores: dict[str, Scores]) -> Cells:
    """Say what the recipes of each rung are worth: means of the metrics, over how many."""
    found = [scores.get(rung.kind) for rung in rungs]
    rows = [["recipes", *(str(one.recipes) if one else NONE for one in found)]]
    for name, metric in next(one for one in found if one).metrics.items():
        means = [one.metrics.get(name, {}).get("mean") if one else None for one in found]
        title = metric["title"] + (" ↓" if metric["lower_is_better"] else "")
        rows.append([title, *(NONE if mean is None else f"{mean:.3f}" for mean in means)])
    return Cells(["mean", *(rung.kind for rung in rungs)], rows)


def note(rungs: Sequence[Rung]) -> str:
    """Say how the numbers were measured."""
    close = rungs[0].agreement
    replaced = [f"{len(r.tensors_replaced)} of {r.kind}" for r in rungs if r.tensors_replaced]
    other = f" Tensors whose rows do not fit their type took another: {', '.join(replaced)}."
    return (
        f"Speed: medians on this machine of {PROMPT_TOKENS} prompt tokens at once and of "
        f"{GENERATED_TOKENS} tokens after them, one by one, nothing sampled. Memory: what loading "
        "and running added to a process of its own, mapped pages of the file included. "
        f"KL, in nats, and top-1: means over {close.positions:,} positions of {rungs[0].probes}, "
        "in use: llama.cpp's 8-bit activations included." + (other if replaced else "")
    )


def _show(table: Cells) -> None:
    from rich import box
    from rich.table import Table

    shown = Table(*table.head, box=box.SIMPLE_HEAD)
    for column, *cells in zip(shown.columns, *table.rows, strict=True):
        column.justify = "left" if column is shown.columns[0] else "right"
        column.min_width = max(map(len, [*cells, *str(column.header).split()]))
    for row in table.rows:
        shown.add_row(*row)
    width = STDOUT.width if STDOUT.is_terminal else 120
    STDOUT.print(shown, soft_wrap=False, crop=False, width=width)


def _html(name: str, note: str, tables: Sequence[Cells], svg: str) -> str:
    from markupsafe import Markup

    drawn = Markup(svg)  # matplotlib escapes the text in it
    return (
        pages("recipe_export.ladder", escape=True)
        .get_template("ladder.html.j2")
        .render(name=name, note=note, tables=tables, figure=drawn)
    )
