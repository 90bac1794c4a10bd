"""A study on one page: the questions answered, every mean, what differed, what it cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_data.errors import TopochefError
from recipe_data.files import write_text
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.statistics import Mean
from recipe_eval.study.results import Spent, read_results, spent
from recipe_eval.study.runner import Outcome

PAGES = ("study.html", "study.md")
KWH = 3.6e6
"""Joules of a kilowatt-hour."""


def write_study(
    folder: Path, outcomes: Sequence[Outcome], watts: float, title: str
) -> tuple[Path, ...]:
    """Write `PAGES` into the folder of a study and return their paths.

    `watts` is what one busy core draws: the energy is an estimate from processor time alone.
    Raises `TopochefError` if no run was scored.
    """
    if not any(outcome.failed is None for outcome in outcomes):
        raise TopochefError(f"{folder}: no run was finished, so there is nothing to report")
    results = read_results(folder, outcomes)
    facts = {
        "title": title,
        "results": results,
        "failed": [outcome for outcome in outcomes if outcome.failed],
        "costs": [spent(folder, outcome) for outcome in outcomes],
        "watts": watts,
    }
    for page in PAGES:
        write_text(folder / page, _render(f"{page}.j2", facts))
    return tuple(folder / page for page in PAGES)


def _render(template: str, facts: dict[str, Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("recipe_eval"),
        autoescape=template.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "found": found,
        "mean": mean,
        "p": p_value,
        "energy": lambda cost: energy(cost, facts["watts"]),
    }
    return environment.get_template(template).render(**facts)


def found(contrast: Contrast) -> str:
    """Say what a contrast found: the difference, its interval, corrected p, effect size, verdict.

    A difference that was not shown comes with the one that would have been.
    """
    effect = contrast.effect
    text = (
        f"{effect.mean:+.4f} [{effect.low:+.4f}, {effect.high:+.4f}], "
        f"corrected p {p_value(contrast.corrected)}, d {contrast.d:+.2f}: {contrast.verdict}"
    )
    if contrast.verdict == "not shown":
        text += f" (a difference of {effect.detectable:.4f} would be seen four times in five)"
    return text


def mean(value: Mean | None) -> str:
    """Write a mean with its interval.

    >>> mean(Mean(0.26, 0.1, 88, 0.24, 0.281)), mean(None)
    ('0.260 [0.240, 0.281]', '–')
    """
    return "–" if value is None else f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def p_value(p: float) -> str:
    """Write a p value.

    >>> p_value(0.0321), p_value(0.00002), p_value(1.0)
    ('0.032', '< 0.001', '1')
    """
    if p < 0.001:
        return "< 0.001"
    return "1" if math.isclose(p, 1) else f"{p:.3f}"


def energy(cost: Spent, watts: float) -> float:
    """Estimate kilowatt-hours: processor seconds × watts of a busy core."""
    return cost.cpu_seconds * watts / KWH
