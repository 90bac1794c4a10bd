"""The options of `recipe-eval study` for arms that go on from one supervised model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.errors import TopochefError
from recipe_data.sampling import DEFAULT
from recipe_study.plan import Settings
from recipe_study.runner import Outcome, tell_failures


def add_arms(study: argparse.ArgumentParser) -> None:
    """Add the options; without them a study has the configurations of a model as they are."""
    group = study.add_argument_group("arms that go on from one supervised model a seed")
    group.add_argument(
        "--from", dest="start", metavar="CONFIGURATION", help="that is trained first: ce"
    )
    group.add_argument(
        "--arms", type=Path, metavar="FILE", help="declares them: axolotl_configs/arms/study-2.yaml"
    )
    group.add_argument(
        "--lists", type=positive, default=500, metavar="N",
        help="test titles whose list alone is written, beside --recipes whole ones (default 500)",
    )  # fmt: skip


def study_arms(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do a study of arms and write its pages; return the exit status.

    Raises `TopochefError` where options, files or data are missing or at odds.
    """
    from recipe_study.continuing.arms import read_arms
    from recipe_study.continuing.report import write_arms
    from recipe_study.continuing.runs import Continuing
    from recipe_study.continuing.study import all_jobs, check, continue_arms
    from recipe_study.watching import watching

    folder: Path = arguments.folder
    if not (arguments.start and arguments.arms):
        raise TopochefError("--from and --arms belong together: give both or neither")
    if settings.configurations is not None or arguments.jobs > 1:
        option = "--jobs" if arguments.jobs > 1 else "--configurations"
        raise TopochefError(f"{option}: arms are declared by --arms, and done one by one: leave it")
    if settings.sampler != DEFAULT:
        raise TopochefError(
            "--arms: every arm draws at a temperature of its own: leave the drawing of tokens out"
        )
    arms = read_arms(arguments.arms)
    continuing = Continuing(settings, arguments.start, arms, arguments.lists)
    check(continuing, folder)

    def written(done: Sequence[Outcome]) -> None:
        for page in write_arms(continuing, folder, done, arguments.watts):
            print(page)

    with watching(all_jobs(continuing), 1) as watch:
        outcomes = continue_arms(continuing, folder, watch, written)
    return tell_failures(outcomes)
