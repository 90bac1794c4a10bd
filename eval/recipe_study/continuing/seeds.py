"""What a study of arms runs: for each seed one supervised model, and every arm that goes on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from recipe_base.datasets import DataFolder
from recipe_base.runs import FLOORS_FOLDER, Run
from recipe_eval.floors.systems import FLOORS
from recipe_study.continuing.arms import START, Arm
from recipe_study.continuing.configs import settings_of
from recipe_study.continuing.runs import PROFILE, RATION, ROWS, Continuing
from recipe_study.plan import FLOORS_JOB, GGUF_TYPE, Job, Plan, Stage, base_made, train


def plans(continuing: Continuing) -> Iterator[Plan]:
    """Yield what needs no seed, then a plan for each seed: what its arms stand on, and the arms.

    Every seed is whole before the next begins, so that a study that is stopped can be read.
    """
    beneath = (floors(continuing),) if continuing.study.floors else ()
    yield Plan((base_made(continuing.study),), beneath)
    for seed in continuing.study.seeds:
        trained_first = sorted(continuing.arms.arms, key=lambda arm: bool(arm.decodes))
        arms = (_arm(continuing, arm, seed) for arm in trained_first)
        yield Plan((_start(continuing, seed),), tuple(arms))


def _start(continuing: Continuing, seed: int) -> Job:
    """Return the job of the supervised model of a seed: trained on gold, and exported."""
    run, config = continuing.run(START, seed), continuing.config_of(START, seed)
    data = DataFolder(continuing.study.data)
    reads = (config, data.train.path, data.validation.path)
    stages = (
        Stage("train", train(config, str(run.adapter), seed), reads),
        _export(run),
    )
    return Job(run.folder.name, START, seed, stages)


def _export(run: Run) -> Stage:
    return Stage("export", ("recipe-export", "all", str(run.folder), "--types", GGUF_TYPE))


def _arm(continuing: Continuing, arm: Arm, seed: int) -> Job:
    """Return the job of an arm: its rows, their ration, training, export, evaluation."""
    stages = () if arm.decodes else tuple(_trained(continuing, arm, seed))
    evaluated = tuple(_evaluated(continuing, arm, seed))
    return Job(continuing.job_name(arm.name, seed), arm.name, seed, (*stages, *evaluated))


def _trained(continuing: Continuing, arm: Arm, seed: int) -> Iterator[Stage]:
    data = DataFolder(continuing.study.data)
    splits = (data.train.path, data.validation.path)
    start, run = continuing.run(START, seed), continuing.run(arm.name, seed)
    weights = start.weights
    if arm.rows:
        yield Stage(ROWS, _command(continuing, arm, seed), (*splits, data.test.path, weights))
    files = tuple(Path(continuing.filled(arm, seed, path)) for path in arm.train)
    rationing = (
        *("recipe-data", "ration", *map(str, files), "--tokens", str(continuing.arms.tokens)),
        *("--tokenizer", str(start.merged), "--seed", str(seed)),
        *("--sequence-len", str(settings_of(continuing, arm)["sequence_len"])),
        *("--output", str(run.folder / ROWS)),
    )
    yield Stage(RATION, rationing, (*files, weights))
    config = continuing.config_of(arm.name, seed)
    reads = (config, *continuing.rationed(arm, seed), data.validation.path, weights)
    yield Stage("train", train(config, str(run.adapter), seed), reads)
    yield _export(run)


def _command(continuing: Continuing, arm: Arm, seed: int) -> tuple[str, ...]:
    """Return the command that writes an arm's own rows."""
    words = shlex.split(arm.rows)
    drawn = continuing.arms.samples.options
    limits = {
        "max-tokens": continuing.study.max_tokens,
        "parallel": continuing.study.parallel,
        "seed": seed,
    }
    drawn += tuple(word for name, value in limits.items() for word in (f"--{name}", str(value)))
    return tuple(
        one
        for word in words
        for one in (drawn if word == "{samples}" else (continuing.filled(arm, seed, word),))
    )


def _evaluated(continuing: Continuing, arm: Arm, seed: int) -> Iterator[Stage]:
    """Yield what finds an arm's temperature, once for all seeds, and what writes and scores."""
    study, writer = continuing.study, arm.decodes or arm.name
    run, model = continuing.run(arm.name, seed), continuing.run(writer, seed)
    first = continuing.run(writer, study.seeds[0])
    data = ("--data", str(study.data))
    limits = ("--max-tokens", str(study.max_tokens), "--parallel", str(study.parallel))
    folder = DataFolder(study.data)
    if not arm.decodes and seed == study.seeds[0]:
        values = ",".join(f"{one:g}" for one in continuing.arms.temperatures)
        search = ("--titles", str(continuing.arms.titles), "--grid", f"temperature={values}")
        yield Stage(
            "tune",
            ("recipe-eval", "tune-sampler", str(run.folder), *data, *limits, *search,
             "--part", "ingredients", "--seed", str(seed)),
            (folder.validation.path,),
        )  # fmt: skip
    gguf = ("--gguf", str(model.gguf(GGUF_TYPE))) if arm.decodes else ()
    write = (
        *("recipe-eval", "generate", str(run.folder), *data, *limits, *gguf),
        *("--tries", str(study.tries), "--choose", arm.choose),
        *("--sampler", str(first.sampler.path), "--seed", str(seed)),
    )
    reads = (folder.test.path, first.sampler.path, model.weights)
    whole, lists = str(study.recipes), str(continuing.lists)
    yield Stage("generate", (*write, "--limit", whole), reads)
    yield Stage("lists", (*write, "--limit", lists, "--part", "ingredients"), reads)
    score = ("recipe-eval", "score", str(run.folder), *data, "--profile", PROFILE)
    yield Stage("score", (*score, "--bertscore", "none"), (folder.test.path, folder.train.path))
    if not arm.decodes:
        likelihood = ("recipe-eval", "likelihood", str(run.folder), *data, "--limit", whole)
        yield Stage("likelihood", likelihood, (folder.test.path,))


def floors(continuing: Continuing) -> Job:
    """Return the job of all floors: whole recipes of all titles that any arm is asked for."""
    study, data = continuing.study, DataFolder(continuing.study.data)
    job = Job(FLOORS_FOLDER, FLOORS_JOB, None, ())
    runs = [str(job.folder / floor.name) for floor in FLOORS]
    most = str(max(study.recipes, continuing.lists))
    write = ("recipe-eval", "floor", str(study.data), "--output", "runs", "--limit", most)
    score = ("recipe-eval", "score", *runs, "--data", str(study.data), "--profile", PROFILE)
    reads = (data.train.path, data.test.path)
    stages = (
        Stage("floor", write, reads),
        Stage("score", (*score, "--bertscore", "none"), reads),
    )
    return job._replace(stages=stages)
