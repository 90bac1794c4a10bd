"""Figures of the report, as SVG that stands inside a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recipe_base.look import COLOURS as PALETTE
from recipe_base.look import INK, SOFT, figure, to_svg
from recipe_eval.comparing.comparison import Comparison, Row
from recipe_eval.reporting.curves import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (SOFT, *PALETTE)
_WIDTH = 12  # inches
_FEW = 5
"""A curve of so few points shows them."""


def colour_of(column: int) -> str:
    """Return the colour of the configuration in this column, the same in every figure."""
    return COLOURS[column % len(COLOURS)]


def plot_means(comparison: Comparison, rows: Sequence[Row]) -> str:
    """Draw one panel a metric, one bar a configuration, with 95 % intervals; a dot is a seed."""
    names = [one.name for one in comparison.configurations]
    salt = f"means {comparison.profile} {rows[0].name}"
    with _panels(salt, len(rows), 3, 0.62 + 0.3 * len(names)) as (drawn, panels):
        for axes, row in zip(panels, rows, strict=True):
            lower = " (lower is better)" if row.facts["lower_is_better"] else ""
            axes.set_title(row.facts["title"] + lower)
            _bars(axes, row)
            axes.set_yticks(range(len(names)), names)
            axes.invert_yaxis()
        return to_svg(drawn, f"means, {comparison.profile}")


def _bars(axes: Axes, row: Row) -> None:
    means = [cell.mean for cell in row.cells]
    longest = max((mean.high for mean in means if mean), default=0) or 1
    for i, (mean, cell) in enumerate(zip(means, row.cells, strict=True)):
        if mean is None:
            axes.text(0, i, " does not apply", va="center")
            continue
        ends = [[max(0.0, mean.mean - mean.low)], [max(0.0, mean.high - mean.mean)]]
        axes.barh(i, mean.mean, height=0.66, color=colour_of(i))
        axes.errorbar(mean.mean, i, xerr=ends, color=INK, linewidth=1, capsize=2.5)
        if len(cell.seed_means) > 1:
            axes.plot(cell.seed_means, [i] * len(cell.seed_means), ".", color=INK, markersize=4)
        right = max(mean.high, *cell.seed_means)
        axes.text(right + 0.02 * longest, i, f"{mean.mean:.3f}", va="center")
    axes.set_xlim(0, longest * 1.18)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def plot_gains(comparison: Comparison) -> str:
    """Draw one panel a configuration: its difference to the baseline in every metric.

    Above 0 is better, whatever the metric; a full dot is a difference that was shown.
    """
    others = comparison.others
    height = 0.8 + 0.27 * len(comparison.rows)
    salt = f"gains {comparison.profile}"
    with _panels(salt, len(others), min(2, len(others)), height) as (drawn, panels):
        for axes, (column, one) in zip(panels, others, strict=True):
            axes.set_title(f"{one.name} against {comparison.baseline.name}")
            for i, row in enumerate(comparison.rows):
                _gain(axes, i, row, column)
            axes.axvline(0, color=INK, linewidth=0.8)
            titles = [row.facts["title"] for row in comparison.rows]
            axes.set_yticks(range(len(titles)), titles)
            axes.set_ylim(len(titles) - 0.5, -0.5)
            axes.set_xlabel("worse  ←  difference  →  better")
            axes.locator_params(axis="x", nbins=5)
            axes.grid(axis="x")
            axes.spines["left"].set_visible(False)
        return to_svg(drawn, f"differences, {comparison.profile}")


def _gain(axes: Axes, place: int, row: Row, column: int) -> None:
    contrast = row.cells[column].contrast
    if contrast is None:
        return
    effect, colour = contrast.effect, colour_of(column)
    sign = -1 if contrast.lower_is_better else 1
    ends = [sign * effect.low, sign * effect.high]
    axes.plot(ends, [place, place], color=colour, linewidth=2)
    axes.plot(
        contrast.gain, place, "o", markersize=6, color=colour,
        markerfacecolor=colour if contrast.shown else "white",
    )  # fmt: skip


def plot_losses(curves: Mapping[str, Sequence[Sequence[Curve]]]) -> str:
    """Draw one panel a configuration: every logged loss over the steps, on a logarithmic scale.

    `curves` are those of each run; those of other seeds than the first are thin.
    """
    every = [curve for runs in curves.values() for run in runs for curve in run]
    names = list(dict.fromkeys(curve.name for curve in every))
    with _panels("losses", len(curves), min(3, len(curves)), 2.8) as (drawn, panels):
        for axes, (name, runs) in zip(panels, curves.items(), strict=True):
            axes.set_title(name)
            for i, run in enumerate(runs):
                for curve in run:
                    width = 1.8 if i == 0 else 0.7
                    _curve(axes, curve, colour_of(names.index(curve.name) + 1), width)
            _over_steps(axes)
        _legend(drawn, names)
        return to_svg(drawn, "losses")


def _curve(axes: Axes, curve: Curve, colour: str, width: float) -> None:
    axes.plot(
        curve.steps,
        curve.values,
        color=colour,
        linewidth=width,
        marker="o" if len(curve.steps) <= _FEW else "",
        markersize=4,
    )


def _over_steps(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel("step")
    axes.grid(axis="y")


def _legend(drawn: Figure, names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    lines = [
        Line2D([], [], color=colour_of(i + 1), linewidth=1.8, label=name.replace("_", " "))
        for i, name in enumerate(names)
    ]
    drawn.legend(handles=lines, loc="outside lower left", ncols=len(lines), frameon=False)


@contextmanager
def _panels(
    salt: str, count: int, columns: int, panel_height: float
) -> Iterator[tuple[Figure, Sequence[Axes]]]:
    """Give a page-wide figure with `count` panels in the house style."""
    rows = -(-count // columns)
    with figure(_WIDTH, rows * panel_height, salt) as drawn:
        engine: Any = drawn.get_layout_engine()
        engine.set(h_pad=0.14, w_pad=0.12)
        grid: Any = drawn.subplots(rows, columns, squeeze=False).ravel()
        for spare in grid[count:]:
            spare.set_visible(False)
        yield drawn, grid[:count]
