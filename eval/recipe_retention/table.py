"""What tuning cost, in the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recipe_retention.measure import Found
from recipe_retention.texts import Reading
from recipe_retention.verdicts import FAILURE_POINTS, WARNING_POINTS, Overall, Retention

_COLOURS = {"kept": "green", "warning": "yellow", "failure": "red"}


def show(run: str, found: Found) -> None:
    """Print benchmarks, then texts, then what must be said about them."""
    console = Console()
    if found.benchmarks:
        console.print(_benchmarks(run, found))
    if found.readings:
        console.print(_readings(found.readings))
    for line in remarks(found):
        console.print(line, markup=False, highlight=False)


def remarks(found: Found) -> list[str]:
    """Return, one a line, which benchmarks lost too much, and whether that is more than chance."""
    everything: list[tuple[str, Retention | Overall]] = [(b.name, b) for b in found.benchmarks]
    if found.overall and len(found.benchmarks) > 1:
        everything.append(("all", found.overall))
    lines = []
    for name, one in everything:
        limit = {"warning": WARNING_POINTS, "failure": FAILURE_POINTS}.get(one.change.verdict)
        if limit is None:
            continue
        chance = "" if one.change.shown else "; its interval holds 0: ask more items to be sure"
        lines.append(
            f"{one.change.verdict}: {name} lost {-one.change.points:.2f} points "
            f"({-limit:g} or more){chance}"
        )
    return lines


def _benchmarks(run: str, found: Found) -> Table:
    table = _table(f"{run}: what is left of the base model", "task")
    for heading in ("items", "base", "tuned", "left", "points", "verdict"):
        table.add_column(heading, justify="right")
    for one in found.benchmarks:
        sides = (f"{side.mean:.3f} ±{side.se:.3f}" for side in (one.base, one.tuned))
        table.add_row(Text(f"{one.name}\n{one.metric}"), str(one.n), *sides, *_change(one))
    if found.overall and len(found.benchmarks) > 1:
        both = (f"{side:.3f}" for side in (found.overall.base, found.overall.tuned))
        table.add_section()
        table.add_row("all, each the same", "", *both, *_change(found.overall))
    return table


def _change(one: Retention | Overall) -> tuple[str | Text, ...]:
    change = one.change
    return (
        "–" if one.percent is None else f"{one.percent:.1f} %",
        f"{change.points:+.2f} [{change.low:+.2f}, {change.high:+.2f}]",
        Text(change.verdict, style=_COLOURS[change.verdict]),
    )


def _readings(readings: list[Reading]) -> Table:
    table = _table("Bits per byte, and perplexity per token: lower is better", "text")
    for heading in ("tokens", "base", "tuned", "change"):
        table.add_column(heading, justify="right")
    for one in readings:
        sides = (f"{s.bits_per_byte:.4f} ({s.perplexity:.2f})" for s in (one.base, one.tuned))
        interval = "" if one.low is None else f" [{one.low:+.4f}, {one.high:+.4f}]"
        change = f"{one.change:+.4f}{interval}"
        table.add_row(Text(f"{one.kind}: {one.source}"), str(one.base.tokens), *sides, change)
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column(first, no_wrap=first == "task", overflow="fold")
    return table
