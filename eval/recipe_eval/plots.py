"""Figures of the report, as SVG that stands inside a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from recipe_eval.comparison import Comparison, Row
from recipe_eval.curves import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#a9a294", "#2f6f73", "#d9743a", "#7d5a86", "#b99a2b", "#4a78a8", "#a84a4a", "#5f8a4c")
_INK, _FAINT = "#3a352e", "#e4ddcf"
_FEW = 5
"""A curve of so few points shows them."""
_STYLE = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _FAINT,
    "axes.titlesize": 11,
    "axes.titlepad": 8,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": _FAINT,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def colour_of(column: int) -> str:
    """Return the colour of the run in this column, the same in every figure."""
    return COLOURS[column % len(COLOURS)]


def plot_means(comparison: Comparison) -> str:
    """Draw one panel a metric, one bar a run, with 95 % intervals."""
    names = [run.name for run in comparison.runs]
    with _panels("means", len(comparison.rows), 3, 0.62 + 0.3 * len(names)) as (figure, panels):
        for axes, row in zip(panels, comparison.rows, strict=True):
            axes.set_title(row.title + (" (lower is better)" if row.lower_is_better else ""))
            _bars(axes, row)
            axes.set_yticks(range(len(names)), names)
            axes.invert_yaxis()
        return _svg(figure, "means")


def _bars(axes: Axes, row: Row) -> None:
    means = [cell.mean for cell in row.cells]
    longest = max((mean.high for mean in means if mean), default=0) or 1
    for i, mean in enumerate(means):
        if mean is None:
            axes.text(0, i, " does not apply", va="center")
            continue
        ends = [[max(0.0, mean.mean - mean.low)], [max(0.0, mean.high - mean.mean)]]
        axes.barh(i, mean.mean, height=0.66, color=colour_of(i))
        axes.errorbar(mean.mean, i, xerr=ends, color=_INK, linewidth=1, capsize=2.5)
        axes.text(mean.high + 0.02 * longest, i, f"{mean.mean:.3f}", va="center")
    axes.set_xlim(0, longest * 1.18)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def plot_gains(comparison: Comparison) -> str:
    """Draw one panel a run: its paired difference to the baseline in every metric."""
    others = comparison.others
    height = 0.8 + 0.27 * len(comparison.rows)
    with _panels("gains", len(others), min(2, len(others)), height) as (figure, panels):
        for axes, (column, run) in zip(panels, others, strict=True):
            axes.set_title(f"{run.name} against {comparison.baseline.name}")
            for i, row in enumerate(comparison.rows):
                if gain := row.cells[column].gain:
                    axes.plot([gain.low, gain.high], [i, i], color=colour_of(column), linewidth=2)
                    axes.plot(gain.mean, i, "o", color=colour_of(column), markersize=6)
            axes.axvline(0, color=_INK, linewidth=0.8)
            axes.set_yticks(range(len(comparison.rows)), [row.title for row in comparison.rows])
            axes.set_ylim(len(comparison.rows) - 0.5, -0.5)
            axes.set_xlabel("worse  ←  difference  →  better")
            axes.grid(axis="x")
            axes.spines["left"].set_visible(False)
        return _svg(figure, "gains")


def plot_losses(curves: dict[str, list[Curve]]) -> str:
    """Draw one panel a run: every logged loss over the steps, on a logarithmic scale."""
    from matplotlib.ticker import LogLocator

    names = list(dict.fromkeys(curve.name for run in curves.values() for curve in run))
    with _panels("losses", len(curves), min(3, len(curves)), 2.8) as (figure, panels):
        for axes, (run, run_curves) in zip(panels, curves.items(), strict=True):
            axes.set_title(run)
            for curve in run_curves:
                axes.plot(
                    curve.steps,
                    curve.values,
                    label=curve.name.replace("_", " "),
                    color=colour_of(names.index(curve.name) + 1),
                    linewidth=1.8,
                    marker="o" if len(curve.steps) <= _FEW else "",
                    markersize=4,
                )
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
            axes.set_xlabel("step")
            axes.grid(axis="y")
            axes.legend(frameon=False, fontsize=9)
        return _svg(figure, "losses")


@contextmanager
def _panels(
    name: str, count: int, columns: int, panel_height: float
) -> Iterator[tuple[Figure, Sequence[Axes]]]:
    """Give a page-wide figure with `count` panels in the house style."""
    import matplotlib
    from matplotlib.figure import Figure

    rows = -(-count // columns)
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure: Any = Figure(figsize=(12, rows * panel_height), layout="constrained")
        figure.get_layout_engine().set(h_pad=0.14, w_pad=0.12)
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for spare in grid[count:]:
            spare.set_visible(False)
        yield figure, grid[:count]


def _svg(figure: Figure, name: str) -> str:
    """Return the bare <svg> element: same figure, same bytes."""
    out = StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)
