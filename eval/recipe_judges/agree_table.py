"""How far people agree, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recipe_judges.agreement import BOOTSTRAP, ENOUGH, Agreement, Coefficient

RATE_ANEW = "make the criterion clearer and rate anew before building on these ratings"


def show_agreement(found: Sequence[Agreement], advice: str = RATE_ANEW) -> None:
    """Print a table for each criterion, and a warning for each coefficient that is too low.

    `advice` says what to do where agreement is too weak.
    """
    console = Console()
    for one in found:
        console.print(_table(one))
    console.print(f"Intervals: 95 %, {BOOTSTRAP}", markup=False, highlight=False)
    for line in warnings(found, advice):
        console.print(line, markup=False, highlight=False, style="yellow")


def warnings(found: Sequence[Agreement], advice: str = RATE_ANEW) -> list[str]:
    """Say which agreement is too weak, and which could not be measured."""
    lines = []
    for one in found:
        for coefficient in one.coefficients:
            what = f"{one.criterion}: {coefficient.name} ({coefficient.raters})"
            if coefficient.judged and coefficient.value is None:
                lines.append(f"warning: {what} is undefined: all gave one and the same rating")
            elif coefficient.weak:
                lines.append(
                    f"warning: {what} is {coefficient.value:.3f}, below {ENOUGH:g}: {advice}"
                )
    return lines


def _table(one: Agreement) -> Table:
    title = Text(f"{one.criterion}: {one.items} items, {one.raters} raters")
    table = Table(title=title, box=SIMPLE_HEAD)
    for heading in ("coefficient", "raters"):
        table.add_column(heading)
    for heading in ("items", "value", "95 % interval"):
        table.add_column(heading, justify="right")
    for coefficient in one.coefficients:
        cells = (coefficient.name, Text(coefficient.raters), str(coefficient.items))
        style = "yellow" if coefficient.weak else "bold" if coefficient.judged else ""
        table.add_row(*cells, *_value(coefficient), style=style)
    return table


def _value(coefficient: Coefficient) -> tuple[str, str]:
    if coefficient.value is None:
        return "–", "–"
    return f"{coefficient.value:.3f}", f"[{coefficient.low:.3f}, {coefficient.high:.3f}]"
