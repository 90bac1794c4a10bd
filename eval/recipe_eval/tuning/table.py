"""A search for a sampler, in the terminal."""

from __future__ import annotations

from recipe_base.console import table_console
from recipe_eval.tuning.marks import OBJECTIVE, Row
from recipe_eval.tuning.search import Found

_COLUMNS = {
    "F1": "f1",
    "recall": "recall",
    "precision": "precision",
    "actions F1": "actions",
    "quantity": "quantity",
    "valid": "valid",
    "repeats": "repeated",
    "rewinds": "rewinds",
    "length": "length",
}


def show_search(found: Found, title: str) -> None:
    """Print every sampler that was tried, the chosen one marked."""
    from rich import box
    from rich.table import Table

    console = table_console(width=110)
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("sampler", "objective", "behind", *_COLUMNS):
        table.add_column(heading, justify="left" if heading == "sampler" else "right")
    for row in found.rows:
        chosen = row is found.chosen
        cells = (f"{row.mean(field):.3f}" for field in _COLUMNS.values())
        name = f"{row.sampler}{' ← chosen' if chosen else ''}"
        table.add_row(
            name, f"{row.objective:.3f}", _behind(row, found.chosen), *cells,
            style="bold" if chosen else None,
        )  # fmt: skip
    console.print(table)
    console.print(
        f"objective: {OBJECTIVE}. behind: how much better the chosen one is, ± standard error, "
        "paired by title. repeats: share of recipes that list a food twice; rewinds: how often a "
        "repeat was taken back, per recipe; length: lines of the list for each of gold's.",
        style="dim", markup=False, highlight=False,
    )  # fmt: skip


def _behind(row: Row, best: Row) -> str:
    if row is best:
        return "–"
    behind, error = row.behind(best)
    return f"{behind:+.3f} ± {error:.3f}"
