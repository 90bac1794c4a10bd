"""Does a study of arms seed by seed, and writes its pages whenever a seed is whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_study.continuing.configs import write_configs
from recipe_study.continuing.guards import BASELINE
from recipe_study.continuing.runs import Continuing
from recipe_study.continuing.seeds import plans
from recipe_study.plan import Plan
from recipe_study.runner import Outcome, Watch, run_plan

Written = Callable[[Sequence[Outcome]], None]
"""Hears of all outcomes so far when a seed is done."""


def continue_arms(
    continuing: Continuing, folder: Path, watch: Watch, written: Written
) -> list[Outcome]:
    """Do what is not done yet; return what became of each job that was begun.

    One job at a time: arms draw on the samples of one supervised model. Without its base nothing
    is begun, a seed whose supervised model fails has no arms, and an arm that fails stops no other.
    What was done from the same commands and files is not done again, here or on another machine.
    """
    write_configs(continuing, folder)
    outcomes: dict[str, Outcome] = {}
    for plan in plans(continuing):
        done = run_plan(plan, folder, 1, watch)
        outcomes |= {outcome.job.name: outcome for outcome in done}
        begins = done[0]
        if begins.job.seed is not None:
            written(list(outcomes.values()))
        elif begins.failed:
            break
    return list(outcomes.values())


def all_jobs(continuing: Continuing) -> Plan:
    """Return one plan of everything, for who shows how far it is."""
    jobs = {job.name: job for plan in plans(continuing) for job in plan.jobs}
    return Plan(tuple(jobs.values()), ())


def check(continuing: Continuing, folder: Path) -> None:
    """Refuse now what would fail after hours: a scorer, data or an arm that is not there.

    Raises `TopochefError`.
    """
    from recipe_eval.crediting.parts import load_scorer

    names = {arm.name for arm in continuing.arms.arms}
    if BASELINE not in names:
        raise TopochefError(
            f"--arms: no arm is called {BASELINE}, with which guards compare: declare it"
        )
    for arm in continuing.arms.arms:
        if arm.scorer:
            load_scorer(arm.scorer)
        for path in arm.train:
            if "{" not in path and not (folder / path).is_file():
                made_by = DataFolder((folder / path).parent).made_by
                raise TopochefError(
                    f"{folder / path} does not exist, on which the arm {arm.name} is trained: run "
                    f"`{made_by}` first"
                )
