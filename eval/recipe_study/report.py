"""A study on one page: the questions answered, every mean, what differed, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_text
from recipe_base.look import pages
from recipe_eval.comparing.formats import FILTERS
from recipe_eval.comparing.noise import noise_of
from recipe_eval.metrics.headline import HEADLINE
from recipe_eval.questions.comparison import compare_answers
from recipe_eval.questions.table import FILTERS as ANSWER_FILTERS
from recipe_study.forest import plot_answers
from recipe_study.plan import FLOORS_JOB
from recipe_study.results import Results, Spent, read_results, spent
from recipe_study.runner import Outcome

PAGES = ("study.html", "study.md")
COST = "cost"
"""Of a run's manifest: what all its stages took together."""
KWH = 3.6e6
"""Joules of a kilowatt-hour."""


def write_study(
    folder: Path, outcomes: Sequence[Outcome], watts: float, title: str
) -> tuple[Path, ...]:
    """Write `PAGES` and the noise of training into the folder of a study; return the pages.

    `COST` goes into its runs' manifests.

    `watts` is what one busy core draws: the energy is an estimate from processor time alone.
    Raises `TopochefError` if no run was scored.
    """
    models = [outcome for outcome in outcomes if outcome.job.configuration != FLOORS_JOB]
    if not any(outcome.failed is None for outcome in models):
        raise TopochefError(f"{folder}: no run was finished, so there is nothing to report")
    results = read_results(folder, outcomes)
    costs = [spent(folder, outcome) for outcome in outcomes]
    for outcome, cost in zip(outcomes, costs, strict=True):
        if (run := folder / outcome.job.folder).is_dir():
            kwh = {"kwh": energy(cost, watts), "watts_of_a_core": watts}
            update_manifest(run, COST, {**cost._asdict(), **kwh})
    runs = [run.folder for one in results.configurations for run in one.runs.values()]
    facts = {
        "title": title,
        "answers": compare_answers(runs),
        "results": results,
        "forest": _forest(results),
        "failed": [outcome for outcome in outcomes if outcome.failed],
        "costs": costs,
        "watts": watts,
    }
    noise_of(folder).write({means.profile: means.swings for means in results.means})
    for page in PAGES:
        write_text(folder / page, render(f"{page}.j2", facts))
    return tuple(folder / page for page in PAGES)


def _forest(results: Results) -> str | None:
    from markupsafe import Markup

    asked = [contrast for answer in results.answers for contrast in answer.contrasts]
    if not asked:
        return None
    titles = [results.metrics[one.metric]["title"] for one in asked]
    return Markup(plot_answers(asked, titles))


def render(template: str, facts: dict[str, Any]) -> str:
    """Return a page of the study; `facts` say `watts` beside what the template names."""
    packages = ("recipe_study", "recipe_eval.reporting")
    environment = pages(*packages, escape=template.endswith(".html.j2"))
    environment.filters |= FILTERS
    environment.globals |= {"headline": HEADLINE}
    environment.filters["energy"] = lambda cost: energy(cost, facts["watts"])
    environment.filters |= ANSWER_FILTERS
    return environment.get_template(template).render(**facts)


def energy(cost: Spent, watts: float) -> float:
    """Estimate kilowatt-hours: processor seconds × watts of a busy core."""
    return cost.cpu_seconds * watts / KWH
