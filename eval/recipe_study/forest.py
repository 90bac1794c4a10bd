"""The answers of a study as one figure: every difference that was asked for, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recipe_base.look import FAINT, INK, figure, to_svg
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.reporting.plots import colour_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _ROW = 11, 0.3  # inches


def plot_answers(contrasts: Sequence[Contrast], titles: Sequence[str]) -> str:
    """Draw one row a contrast, as SVG: its difference with the 95 % interval of it alone.

    To the right is better, whatever the metric; a full dot is a difference that was shown after
    the correction; the pale bar spans what would be missed more often than once in five.
    `titles` are those of the contrasts' metrics.
    """
    with figure(_WIDTH, 0.9 + _ROW * len(contrasts), "answers") as drawn:
        axes = drawn.subplots()
        configurations = list(dict.fromkeys(one.ours for one in contrasts))
        for place, one in enumerate(contrasts):
            _row(axes, place, one, colour_of(1 + configurations.index(one.ours)))
        axes.axvline(0, color=INK, linewidth=0.8)
        labels = [
            f"{one.ours} − {one.theirs}: {title.lower()}"
            for one, title in zip(contrasts, titles, strict=True)
        ]
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.set_xlabel("worse  ←  difference  →  better")
        axes.spines["left"].set_visible(False)
        return to_svg(drawn, "every difference that was asked for")


def _row(axes: Axes, place: int, contrast: Contrast, colour: str) -> None:
    effect = contrast.effect
    sign = -1 if contrast.lower_is_better else 1
    axes.barh(place, 2 * effect.detectable, left=-effect.detectable, height=0.7, color=FAINT)
    axes.plot([sign * effect.low, sign * effect.high], [place, place], color=colour, linewidth=2)
    axes.plot(
        contrast.gain, place, "o", markersize=6, color=colour,
        markerfacecolor=colour if contrast.shown else "white",
    )  # fmt: skip
