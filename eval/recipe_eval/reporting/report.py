"""`recipe-eval report`: scored runs as one HTML file, with Markdown and CSV beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_base.files import write_text
from recipe_base.look import pages
from recipe_base.runs import Run as RunFolder
from recipe_eval.comparing.comparison import Comparison, Row, compare
from recipe_eval.comparing.formats import FILTERS
from recipe_eval.comparing.runs import Run, load_run
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.base import MAIN
from recipe_eval.metrics.headline import HEADLINE
from recipe_eval.questions.comparison import Answers, compare_answers
from recipe_eval.questions.table import FILTERS as ANSWER_FILTERS
from recipe_eval.reporting import plots
from recipe_eval.reporting.csv_rows import comma_separated
from recipe_eval.reporting.curves import read_curves
from recipe_eval.reporting.gallery import choose_samples
from recipe_eval.reporting.greedy import read_beside
from recipe_eval.reporting.ladder import read_ladder
from recipe_eval.reporting.opening import opening
from recipe_eval.reporting.published import matched_means, matched_tests
from recipe_eval.reporting.terminal import note
from recipe_eval.reporting.worst import worst_recipes
from recipe_eval.scoring.score import read_summary
from recipe_eval.scoring.summary import remarks, rests_on

if TYPE_CHECKING:
    from jinja2 import Environment

GROUPS = {
    "published": "The ten of the thesis",
    "balanced": "Right, and no more than is right",
    "wording": "More of the wording",
    "kitchen": "In the kitchen",
}
"""Headings of the groups of metrics."""


def write_report(
    folders: Sequence[Path],
    output: Path,
    baseline: str | None = None,
    samples: int = 6,
    profiles: Sequence[str] = (),
    study: Path | None = None,
) -> list[Comparison]:
    """Compare scored runs and write `output`, and `.md` and `.csv` beside it.

    `profiles` are those to show; without, all that every run was scored by. `study` is the folder
    of one that measured the noise of training.

    Raises `TopochefError` if a run is not scored, or the runs cannot be compared.
    """
    if output.suffix != ".html":
        raise TopochefError(f"--output {output}: the report is one .html file")
    chosen = profiles or scored_profiles(folders)
    loaded = [load_runs(folders, profile) for profile in chosen]
    comparisons = compare(loaded, baseline, study)
    answers = compare_answers(folders, baseline)
    tables = [*comparisons, *([answers.comparison] if answers else [])]
    page = render(comparisons, samples, answers)
    write_text(output.with_suffix(".md"), markdown(comparisons, answers))
    write_text(output.with_suffix(".csv"), comma_separated(tables))
    write_text(output, page)
    return comparisons


def load_runs(folders: Sequence[Path], profile: str) -> list[Run]:
    """Read scored runs; raises `TopochefError` if one is not scored, or by an earlier version."""
    runs = [load_run(folder, profile) for folder in folders]
    for run in runs:
        if "diversity" not in run.summary:
            raise TopochefError(
                f"{run.folder} was scored by an earlier version: run `recipe-eval score "
                f"{run.folder} --profile {profile}` again"
            )
    return runs


def scored_profiles(folders: Sequence[Path]) -> list[str]:
    """Return the profiles that every run was scored by.

    Raises `TopochefError` if there is none, or a run lacks one that another has: a page never
    drops numbers without saying so.
    """
    has = {folder: [p for p in PROFILES if _is_scored(folder, p)] for folder in folders}
    every = [profile for profile in PROFILES if any(profile in some for some in has.values())]
    if not every:
        read_summary(folders[0])
    for folder, some in has.items():
        if missing := [profile for profile in every if profile not in some]:
            raise TopochefError(
                f"{folder} has no {missing[0]} scores, which another run has: run `recipe-eval "
                f"score {folder} --profile {missing[0]}`, or choose one profile with --profile"
            )
    return every


def _is_scored(folder: Path, profile: str) -> bool:
    try:
        read_summary(folder, profile)
    except TopochefError:
        return False
    return True


def render(
    comparisons: Sequence[Comparison], samples: int = 6, answers: Answers | None = None
) -> str:
    """Return the page: self-contained, and everything that came from a model is escaped."""
    from markupsafe import Markup

    runs = _runs(comparisons[0])
    curves = {
        one.name: [curves for run in one.runs.values() if (curves := read_curves(run.folder))]
        for one in comparisons[0].configurations
    }
    trained = {name: some for name, some in curves.items() if some}
    return _render(
        "report.html.j2",
        comparisons,
        bars={
            comparison.profile: [
                (group, Markup(plots.plot_means(comparison, rows)))
                for group, rows in _grouped(comparison)
            ]
            for comparison in comparisons
        },
        gains={
            comparison.profile: Markup(plots.plot_gains(comparison))
            for comparison in comparisons
            if comparison.others
        },
        losses=Markup(plots.plot_losses(trained)) if trained else None,
        samples=choose_samples(comparisons[0], samples),
        facts=[(column, run, _facts(run)) for column, run in runs],
        answers=answers,
    )


def markdown(comparisons: Sequence[Comparison], answers: Answers | None = None) -> str:
    """Return the same numbers as Markdown tables."""
    return _render("report.md.j2", comparisons, answers=answers)


def comparison_markdown(comparisons: Sequence[Comparison], answers: Answers | None = None) -> str:
    """Return the tests alone as Markdown tables."""
    template = _environment(escape=False).get_template("compare.md.j2")
    return template.render(comparisons=comparisons, answers=answers)


def _render(template: str, comparisons: Sequence[Comparison], **more: Any) -> str:
    runs = _runs(comparisons[0])
    environment = _environment(escape=template.endswith(".html.j2"))
    return environment.get_template(template).render(
        comparisons=comparisons,
        published={c.profile: (matched_means(c), matched_tests(c)) for c in comparisons},
        opening=opening(comparisons),
        worst=worst_recipes(comparisons[0]),
        ladders=[(run, rungs) for _, run in runs if (rungs := read_ladder(run.folder))],
        costs=[(run, cost) for _, run in runs if (cost := RunFolder(run.folder).cost)],
        beside_greedy=[one for _, run in runs if (one := read_beside(run))],
        **more,
    )


def _environment(*, escape: bool) -> Environment:
    environment = pages("recipe_eval.reporting", escape=escape)
    environment.filters |= FILTERS | ANSWER_FILTERS
    environment.filters["labelled"] = lambda rows: [(row.title, one) for row, one in rows]
    environment.globals |= {"colour_of": plots.colour_of, "rests_on": rests_on, "note": note}
    environment.globals |= {"headline": HEADLINE, "main": MAIN}
    environment.globals |= {"grouped": _grouped, "groups": GROUPS, "remarks": remarks}
    return environment


def _runs(comparison: Comparison) -> list[tuple[int, Run]]:
    """Return all runs, each with the column of its configuration."""
    columns = enumerate(comparison.configurations)
    return [(column, run) for column, one in columns for run in one.runs.values()]


def _grouped(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    rows = {g: [row for row in comparison.rows if row.facts["group"] == g] for g in GROUPS}
    return [(group, some) for group, some in rows.items() if some]


def _facts(run: Run) -> dict[str, str]:
    """Return what the manifest says, stage by stage, as readable JSON."""
    return {
        stage: json.dumps(facts, ensure_ascii=False, indent=2)
        for stage, facts in run.manifest.items()
    }
