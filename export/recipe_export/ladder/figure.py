"""The ladder as one figure: closeness, speed, memory and recipe metrics over the file's size."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from recipe_base import look
from recipe_base.look import COLOURS
from recipe_export.ladder.recipes import Scores
from recipe_export.ladder.rungs import TOP, Rung

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 5  # of recipe metrics


class Drawn(NamedTuple):
    """The figure twice: same numbers, same bytes."""

    svg: str  # a bare <svg> element, for a page
    png: bytes


def draw(rungs: Sequence[Rung], scores: dict[str, Scores]) -> Drawn:
    """Draw the figure; rungs stand side by side, in the order given."""
    names = list(next(iter(scores.values())).metrics) if scores else []
    rows = -(-len(names) // COLUMNS)
    with look.figure(10, 6.4 + 1.7 * rows, "ladder", grid=True) as figure:
        costs, *metrics = figure.subfigures(
            2 if rows else 1, 1, squeeze=False, height_ratios=[6.4, 1.7 * rows][: 1 + bool(rows)]
        )[:, 0]
        for axes, panel in zip(
            costs.subplots(2, 2).flat, (_closeness, _agreement, _sizes, _speeds), strict=True
        ):
            panel(axes, rungs)
        if metrics:
            _recipes(metrics[0], names, rungs, scores)
        return Drawn(look.to_svg(figure, "cost and loss of each type"), _png(figure))


def _png(figure: Any) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png", dpi=130, facecolor=look.PAPER, metadata={"Software": None})
    return out.getvalue()


def _closeness(axes: Axes, rungs: Sequence[Rung]) -> None:
    axes.set_title(f"Divergence from {TOP}, nats a token (logarithmic)")
    shown = [(i, rung.agreement.kl) for i, rung in enumerate(rungs) if rung.agreement.kl > 0]
    if shown:
        places, values = zip(*shown, strict=True)
        axes.plot(places, values, "o-", color=COLOURS[0])
        axes.set_yscale("log")
        axes.set_ylim(min(values) / 4, max(values) * 6)
        axes.yaxis.set_major_formatter("{x:.0e}")
        axes.minorticks_off()
    for i, value in shown:
        _label(axes, i, value, f"{value:.1e}")
    _types(axes, rungs)


def _agreement(axes: Axes, rungs: Sequence[Rung]) -> None:
    axes.set_title(f"Same first token as {TOP}, %")
    values = [100 * rung.agreement.top1 for rung in rungs]
    axes.plot(range(len(rungs)), values, "o-", color=COLOURS[0])
    for i, value in enumerate(values):
        _label(axes, i, value, f"{value:.1f}")
    low = min(values)
    axes.set_ylim(low - 0.15 * (100 - low) - 0.5, 100 + 0.2 * (100 - low) + 0.5)
    _types(axes, rungs)


def _sizes(axes: Axes, rungs: Sequence[Rung]) -> None:
    axes.set_title("MB")
    for shift, colour, name, values in (
        (-0.21, COLOURS[0], "file", [rung.bytes / 1e6 for rung in rungs]),
        (0.21, COLOURS[1], "memory", [rung.speed.peak_bytes / 1e6 for rung in rungs]),
    ):
        places = [i + shift for i in range(len(rungs))]
        axes.bar(places, values, width=0.4, color=colour, label=name)
        for place, value in zip(places, values, strict=True):
            _label(axes, place, value, f"{value:.0f}" if value >= 100 else f"{value:.2g}")
    axes.margins(y=0.15)
    _legend(axes)
    _types(axes, rungs)


def _speeds(axes: Axes, rungs: Sequence[Rung]) -> None:
    axes.set_title("Tokens a second")
    for colour, name, values in (
        (COLOURS[1], "prompt", [rung.speed.prompt_per_second for rung in rungs]),
        (COLOURS[0], "generated", [rung.speed.generated_per_second for rung in rungs]),
    ):
        axes.plot(range(len(rungs)), values, "o-", color=colour, label=name)
        for i, value in enumerate(values):
            _label(axes, i, value, f"{value:.3g}" if value < 1000 else f"{value:,.0f}")
    axes.set_yscale("log")
    axes.margins(y=0.25)
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:,g}")
    _legend(axes)
    _types(axes, rungs)


def _recipes(
    figure: Any, names: Sequence[str], rungs: Sequence[Rung], scores: dict[str, Scores]
) -> None:
    """Draw one small panel a metric, with 95 % intervals."""
    number = max(found.recipes for found in scores.values())
    figure.suptitle(f"Means over {number} recipes, with 95 % intervals", x=0.01, ha="left", size=11)
    rows = -(-len(names) // COLUMNS)
    panels = list(figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).flat)
    for axes, name in zip(panels, names, strict=False):
        _metric(axes, name, rungs, scores)
    for axes in panels[len(names) :]:
        axes.set_visible(False)


def _metric(axes: Axes, name: str, rungs: Sequence[Rung], scores: dict[str, Scores]) -> None:
    points = [
        (i, metric)
        for i, rung in enumerate(rungs)
        if rung.kind in scores and (metric := scores[rung.kind].metrics[name])["mean"] is not None
    ]
    for i, metric in points:
        axes.plot([i, i], [metric["low"], metric["high"]], color=COLOURS[0], linewidth=1.2)
    means = [metric["mean"] for _, metric in points]
    axes.plot([i for i, _ in points], means, "o-", color=COLOURS[0], markersize=3.5, linewidth=1)
    shown = next(iter(scores.values())).metrics[name]
    axes.set_title(shown["title"] + (" ↓" if shown["lower_is_better"] else ""), fontsize=8.5, pad=4)
    axes.tick_params(labelsize=7)
    axes.set_xticks(range(len(rungs)), [rung.kind for rung in rungs], fontsize=6.5, rotation=45)
    axes.grid(visible=False, axis="x")


def _types(axes: Axes, rungs: Sequence[Rung]) -> None:
    names = [f"{rung.kind}\n{rung.bits_per_weight:.1f} bit" for rung in rungs]
    axes.set_xticks(range(len(rungs)), names, fontsize=8)
    axes.set_xlim(-0.6, len(rungs) - 0.4)
    axes.grid(visible=False, axis="x")


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))


def _label(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), (0, 6), textcoords="offset points", ha="center", fontsize=8)
