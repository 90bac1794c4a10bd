"""Figures of the page, as SVG that stands inside it; each is small enough for a telephone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recipe_base.look import COLOURS, INK, figure, to_svg
from recipe_data.reporting.survey import Lengths, Survey, quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 40
_LABEL = 30  # characters
_SHOWN = 0.995
"""Share of the rows that a histogram shows before its last, open bin."""


def plot_reasons(reasons: dict[str, int]) -> str:
    """Draw the rejected rows, one bar a reason, the most common on top."""
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    with _axes(0.5 + 0.3 * len(ordered)) as axes:
        values = [float(count) for _, count in ordered]
        _bars(axes, range(len(ordered)), values, COLOURS[1], "{:,.0f}")
        axes.set_yticks(range(len(ordered)), [_short(reason) for reason, _ in ordered])
        return _svg(axes, "rejected rows by reason")


def plot_kinds(found: Survey) -> str:
    """Draw which share of the answers the spans of each kind cover, one colour a measure."""
    kinds, measures = found.kinds, found.lengths
    with _axes(0.4 + 0.27 * len(kinds) * (len(measures) + 0.4)) as axes:
        rows = [i * (len(measures) + 0.4) for i in range(len(kinds))]
        for number, lengths in enumerate(measures):
            values = [100 * lengths.share(kind) for kind in kinds]
            colour = COLOURS[number % len(COLOURS)]
            _bars(axes, [row + number for row in rows], values, colour, "{:.1f} %")
        axes.set_yticks([row + (len(measures) - 1) / 2 for row in rows], kinds)
        return _svg(axes, "share of the answers by kind of span")


def _bars(
    axes: Axes, rows: Sequence[float], values: Sequence[float], colour: str, style: str
) -> None:
    """Draw bars with their numbers, the first row on top."""
    axes.barh(rows, values, height=0.8, color=colour)
    for row, value in zip(rows, values, strict=True):
        label = style.format(value)
        axes.annotate(label, (value, row), (4, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, max(1.35 * max(values), axes.get_xlim()[1]))
    axes.set_ylim(max(rows) + 0.6, -0.6)
    axes.set_xticks([])
    axes.spines[["left", "bottom"]].set_visible(False)


def plot_lengths(lengths: Lengths, limits: Sequence[int]) -> str:
    """Draw how many rows are how long, stacked by task, with a line at each sequence length."""
    every = lengths.all
    end = max(quantile(every, _SHOWN), *(n for n in limits if n <= 2 * every[-1]), 1)
    edges = [end * 1.02 * i / _BINS for i in range(_BINS + 1)]
    shown = {t: [min(n, edges[-1]) for n in values] for t, values in lengths.by_task.items()}
    with _axes(2.9 + 0.2 * math.ceil(len(shown) / 3)) as axes:
        axes.hist(
            list(shown.values()),
            bins=edges,
            stacked=True,
            label=[task.replace("_", " ") for task in shown],
            color=[COLOURS[i % len(COLOURS)] for i in range(len(shown))],
        )
        for limit in limits:
            if limit <= end:
                axes.axvline(limit, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
                axes.annotate(
                    f" {limit}", (limit, 1), xycoords=("data", "axes fraction"), va="bottom"
                )
        axes.set_xlim(0, edges[-1])
        open_bin = "; the last bar holds all longer ones" if every[-1] > edges[-1] else ""
        axes.set_xlabel(f"{lengths.unit} a row{open_bin}")
        axes.set_ylabel("rows")
        axes.grid(axis="y")
        if len(shown) > 1:
            below: Any = axes.get_figure()
            below.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=9)
        return _svg(axes, f"lengths under {lengths.name}")


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


@contextmanager
def _axes(height: float) -> Iterator[Axes]:
    with figure(5, height, "data") as drawn:
        yield drawn.subplots()


def _svg(axes: Axes, name: str) -> str:
    return to_svg(axes.get_figure(), name)
