"""What a study of arms runs: for each seed one supervised model, and every arm that goes on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import write_text
from recipe_base.runs import FLOORS_FOLDER, Run
from recipe_eval.floors.systems import FLOORS
from recipe_study.continuing.arms import START, Arm, Arms, filled
from recipe_study.plan import FLOORS_JOB, GGUF_TYPE, Job, Plan, Settings, Stage, base_made, train

PROFILE = "balanced"
RATION = "ration"
ROWS = "rows"
"""The folder of a run that has what it is trained on, as `recipe-data ration` left it."""
CONFIGS = Path("configs")
"""Where the configs of all runs are written, below the folder of the study."""
_WEIGHTS = "adapter_model.safetensors"


class Continuing(NamedTuple):
    """A study of arms."""

    study: Settings
    """Its model and seeds, and how whole recipes are written."""
    start: str
    """The configuration of the supervised model: `ce`."""
    arms: Arms
    lists: int = 500
    """Test titles of which a list alone is written."""

    def job_name(self, arm: str, seed: int) -> str:
        """Name the run of an arm, or of `START`."""
        return f"{self.study.model}-{arm}-seed{seed}"

    def run(self, arm: str, seed: int) -> Run:
        """Return its folder, below that of the study."""
        return Run(Path("runs") / self.job_name(arm, seed))

    def config_of(self, arm: str, seed: int) -> Path:
        """Return where its config lies, below the folder of the study."""
        return CONFIGS / f"{self.job_name(arm, seed)}.yaml"

    def source(self, configuration: str) -> Path:
        """Return the config of the model for a configuration; raises `TopochefError` without."""
        file = self.study.configs / f"{self.study.model}-{configuration}.yaml"
        if not file.is_file():
            raise TopochefError(
                f"{file} does not exist: name another --model, --configs or `config` of an arm"
            )
        return file


def plans(continuing: Continuing) -> Iterator[Plan]:
    """Yield the floors, then a plan for each seed: what its arms stand on, and the arms.

    Every seed is whole before the next begins, so that a study that is stopped can be read.
    """
    if continuing.study.floors:
        yield Plan((), (floors(continuing),))
    base = base_made(continuing.study)
    for seed in continuing.study.seeds:
        arms = (_arm(continuing, arm, seed) for arm in continuing.arms.arms)
        yield Plan((base, _start(continuing, seed)), tuple(arms))


def write_configs(continuing: Continuing, folder: Path) -> None:
    """Write the config of every run into the folder of the study.

    What decides a run is then all in that folder, by paths that begin there. Raises
    `TopochefError` where a config would train something else than its ration, once.
    """
    import yaml

    for seed in continuing.study.seeds:
        for name, loaded in _configs(continuing, seed):
            text = f"# {continuing.job_name(name, seed)}, as it is trained.\n"
            text += yaml.safe_dump(loaded, sort_keys=False)
            write_text(folder / continuing.config_of(name, seed), text)


def _configs(continuing: Continuing, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    start = continuing.run(START, seed)
    loaded = _loaded(continuing.source(continuing.start))
    yield START, {**loaded, "output_dir": str(start.adapter)}
    for arm in continuing.arms.arms:
        if arm.decodes:
            continue
        file = continuing.source(arm.config)
        loaded = _loaded(file)
        given = {**continuing.arms.settings, **arm.settings}
        run = continuing.run(arm.name, seed)
        entry = loaded["datasets"][0]
        config = {
            **loaded,
            **given,
            "base_model": str(start.merged),
            "datasets": [{**entry, "path": str(path)} for path in _rationed(continuing, arm, seed)],
            "output_dir": str(run.adapter),
        }
        _refuse_other_lengths(arm, file, config)
        yield arm.name, config


def _loaded(file: Path) -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


def _refuse_other_lengths(arm: Arm, file: Path, config: Mapping[str, Any]) -> None:
    if config.get("num_epochs") != 1 or "max_steps" in config:
        raise TopochefError(
            f"{file}, arm {arm.name}: num_epochs must be 1, and max_steps absent: an arm trains "
            "once on its ration; write `settings: {num_epochs: 1}` into the file of arms"
        )


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
    weights = start.adapter / _WEIGHTS
    if arm.rows:
        yield Stage(ROWS, _command(continuing, arm, seed), (*splits, data.test.path, weights))
    files = tuple(Path(_filled(continuing, arm, seed, path)) for path in arm.train)
    rationing = (
        *("recipe-data", "ration", *map(str, files), "--tokens", str(continuing.arms.tokens)),
        *("--tokenizer", str(start.merged), "--seed", str(seed)),
        *("--output", str(run.folder / ROWS)),
    )
    yield Stage(RATION, rationing, (*files, weights))
    config = continuing.config_of(arm.name, seed)
    reads = (config, *_rationed(continuing, arm, seed), data.validation.path, weights)
    yield Stage("train", train(config, str(run.adapter), seed), reads)
    yield _export(run)


def _rationed(continuing: Continuing, arm: Arm, seed: int) -> Iterator[Path]:
    """Yield the files of a ration: those that it is taken from, in a folder of the run."""
    folder = continuing.run(arm.name, seed).folder / ROWS
    yield from (folder / Path(path).name for path in arm.train)


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
        for one in (drawn if word == "{samples}" else (_filled(continuing, arm, seed, word),))
    )


def _filled(continuing: Continuing, arm: Arm, seed: int, text: str) -> str:
    """Return a text of the file of arms with its places filled."""
    places = {
        "start": continuing.run(START, seed).folder,
        "run": continuing.run(arm.name, seed).folder,
        "seed": seed,
        "scorer": arm.scorer,
    }
    return filled(text, places)


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
    reads = (folder.test.path, first.sampler.path, model.adapter / _WEIGHTS)
    whole, lists = str(study.recipes), str(continuing.lists)
    yield Stage("generate", (*write, "--limit", whole), reads)
    yield Stage("lists", (*write, "--limit", lists, "--part", "ingredients"), reads)
    score = ("recipe-eval", "score", str(run.folder), *data, "--profile", PROFILE)
    yield Stage("score", (*score, "--bertscore", "none"), (folder.test.path, folder.train.path))


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
