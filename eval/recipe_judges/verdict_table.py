"""What a judge said, in the terminal."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from recipe_judges.judge import Verdicts


def show_points(run: str, verdicts: Verdicts) -> None:
    """Print the share of recipes that passes each criterion."""
    table = Table(title=f"{run}, judged by {verdicts.judge}", box=SIMPLE_HEAD)
    table.add_column("criterion")
    for heading in ("passed", "of", "share", "95 % interval", "no verdict"):
        table.add_column(heading, justify="right")
    for name, share in verdicts.summary.items():
        if name == "all":
            table.add_section()
        interval = _interval(share["low"], share["high"])
        counts = (str(share["passed"]), str(share["n"]))
        table.add_row(name, *counts, _number(share["rate"]), interval, str(share["unjudged"]))
    Console().print(table)


def pair_lines(run: str, other: str, verdicts: Verdicts) -> list[str]:
    """Say who won, and whether the judge only went by the order."""
    found: dict[str, Any] = verdicts.summary
    lines = [
        f"{run} against {other}, judged by {verdicts.judge}, each pair in both orders:",
        f"  {found['ours']} won, {found['tie']} tied, {found['theirs']} lost of {found['n']}",
    ]
    if rate := found["win_rate"]:
        interval = _interval(rate["low"], rate["high"])
        lines.append(f"  win rate {rate['mean']:.3f} {interval}, sign test p {found['p']:.3f}")
    if found["unjudged"]:
        lines.append(f"  {found['unjudged']} titles without a verdict: the judge gave no answer")
    if found["not_asked"]:
        lines.append(f"  {found['not_asked']} decided without asking (failed or equal recipes)")
    order = found["order"]
    if order["asked"]:
        lines.append(
            f"  both orders agree on {order['consistent']} of {order['asked']} titles; what stood "
            f"first was taken both times on {order['first']}, what stood second on "
            f"{order['second']} (sign test p {order['p']:.3f})"
        )
    if order["biased"]:
        lines.append("  warning: this judge goes by the order: take another one")
    return lines


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
