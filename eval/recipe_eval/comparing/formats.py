"""Numbers of a comparison as they are written everywhere."""

from __future__ import annotations

import math

from recipe_eval.comparing.confounds import Confound
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.floors import Standing
from recipe_eval.statistics.means import Mean
from recipe_eval.statistics.significance import Moments, Test

NONE = "–"
SUNK = "†"
"""Behind the mean of a model that is not shown to beat the best floor."""


def mean_text(value: Mean | None) -> str:
    """Write a mean with its interval.

    >>> mean_text(Mean(0.26, 0.1, 88, 0.24, 0.281)), mean_text(None)
    ('0.260 [0.240, 0.281]', '–')
    """
    return NONE if value is None else f"{value.mean:.3f} {interval(value.low, value.high)}"


def spread(sample: Moments | Mean | None) -> str:
    """Write a mean with the deviation of recipes.

    >>> spread(Moments(0.26, 0.1, 88)), spread(None)
    ('0.260 ± 0.100', '–')
    """
    return NONE if sample is None else f"{sample.mean:.3f} ± {sample.sd:.3f}"


def interval(low: float, high: float) -> str:
    """Write an interval.

    >>> interval(-0.0304, 0.281)
    '[-0.030, 0.281]'
    """
    return f"[{low:.3f}, {high:.3f}]"


def difference(contrast: Contrast) -> str:
    """Write ours - theirs with its interval: `-0.036 [-0.083, 0.014]`."""
    effect = contrast.effect
    return f"{effect.mean:+.3f} {interval(effect.low, effect.high)}"


def over_floor(standing: Standing) -> str:
    """Write how far a model is above the best floor, with the lower end of the 95 % interval.

    >>> over_floor(Standing("nearest-title", 0.02, -0.011))
    '+0.020 (at least -0.011) over nearest-title'
    """
    return f"{standing.gain:+.3f} (at least {standing.least:+.3f}) over {standing.floor}"


def fine(contrast: Contrast) -> str:
    """Write ours - theirs with its interval to four places: `-0.0361 [-0.0832, +0.0141]`."""
    effect = contrast.effect
    return f"{effect.mean:+.4f} [{effect.low:+.4f}, {effect.high:+.4f}]"


def p_value(p: float) -> str:
    """Write a p value.

    >>> p_value(0.0321), p_value(0.00002), p_value(1.0)
    ('0.032', '< 0.001', '1')
    """
    if p < 0.001:
        return "< 0.001"
    return "1" if math.isclose(p, 1) else f"{p:.3f}"


def share(value: float | None) -> str:
    """Write a share in per cent.

    >>> share(0.445), share(None)
    ('44.5 %', '–')
    """
    return NONE if value is None else f"{100 * value:.1f} %"


def statistic(test: Test) -> str:
    """Write a test as publications do.

    >>> statistic(Test(2.5, 87.0, 0.0143))
    't(87) = 2.50, p 0.014'
    """
    return f"t({test.df:.0f}) = {test.statistic:.2f}, p {p_value(test.p)}"


def found(contrast: Contrast) -> str:
    """Say what a contrast found: the difference, its interval, corrected p, effect size, verdict.

    A difference that was not shown comes with the one that would have been.
    """
    effect = contrast.effect
    p, d = p_value(contrast.corrected), f"{contrast.d:+.2f}"
    text = f"{fine(contrast)}, corrected p {p}, d {d}: {contrast.verdict}"
    if contrast.verdict == "not shown":
        text += f" (a difference of {effect.detectable:.4f} would be seen four times in five)"
    if contrast.verdict == "one run":
        text += f" (of one run on each side; noise of training: {seeds(contrast)})"
    return text


def seeds(contrast: Contrast) -> str:
    """Write the deviation of a difference between seeds; of single runs what is known of it.

    `0.012`; `± 0.034`, what two trainings of one configuration differ by, 19 times in 20 at most;
    or `unknown`.
    """
    if contrast.effect.seed_sd is not None:
        return f"{contrast.effect.seed_sd:.3f}"
    return "unknown" if contrast.swing is None else f"± {contrast.swing:.3f}"


def confound_text(confound: Confound) -> str:
    """Write what two runs do not share.

    >>> confound_text(Confound("train.lora_r", ("8", "64")))
    'train.lora_r (8 → 64)'
    """
    return f"{confound.key} ({confound.values[0]} → {confound.values[1]})"


FILTERS = {
    "mean": mean_text,
    "spread": spread,
    "difference": difference,
    "fine": fine,
    "over_floor": over_floor,
    "p": p_value,
    "share": share,
    "test": statistic,
    "found": found,
    "seeds": seeds,
    "confound": confound_text,
}
"""For templates."""
