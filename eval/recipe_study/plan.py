"""What a study runs: one job for every configuration and seed, each a few of our own commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.runs import FLOORS_FOLDER
from recipe_data.sampling import DEFAULT, Sampler
from recipe_data.sampling_arguments import options_of
from recipe_eval.floors.systems import FLOORS
from recipe_eval.metrics.models import MINILM

CONFIGURATIONS = ("ce", "focal", "dice", "topo", "mixed", "topo-ordered", "aligned", "weighted")
"""The thesis' losses, ours, and the two controls; those that a model has files for are run."""
NUMERIC = ("numeric",)
"""Run beside them only where rows have numbers to learn: questions of time, temperature, amount."""
GGUF_TYPE = "F16"
"""What is evaluated: quantization is measured apart, by the ladder."""
FLOORS_JOB = "floors"
"""The configuration of the one job that writes and scores all floors."""
PROFILES = ("strict", "balanced")
"""What every run is scored by."""
LIKELIHOOD_RECIPES = 300
"""Enough for the likelihood of gold, which no decoding makes noisy."""


class Stage(NamedTuple):
    """One command of a job."""

    name: str
    """`train`, `export`, `generate`, `score`, …: what takes as long in every job."""
    command: tuple[str, ...]
    reads: tuple[Path, ...] = ()
    """Files whose content decides the result beside the command."""


class Job(NamedTuple):
    """One run folder and the stages that fill it, in order."""

    name: str
    configuration: str
    """`topo`, or `base` for the model before any tuning."""
    seed: int | None
    """None where nothing is drawn."""
    stages: tuple[Stage, ...]

    @property
    def folder(self) -> Path:
        """The run folder, below the folder of the study."""
        return Path("runs") / self.name


class Plan(NamedTuple):
    """Jobs to do first, then jobs in any order."""

    first: tuple[Job, ...]
    """What the others are made from."""
    matrix: tuple[Job, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, in the order of the report."""
        return self.first + self.matrix


class Settings(NamedTuple):
    """What a study is about."""

    model: str
    """`tiny`, `qwen3-4b`: how its config files begin."""
    seeds: tuple[int, ...]
    configs: Path
    """Folder of the config files."""
    data: Path
    """Folder that `recipe-data build` wrote."""
    recipes: int = 1000
    """Most recipes to generate a run."""
    max_tokens: int = 512
    """Most tokens a recipe: what a model that rambles may cost, the untuned one above all."""
    tries: int = 3
    """Times to ask for a recipe."""
    parallel: int = 1
    """Recipes in one batch."""
    configurations: tuple[str, ...] | None = None
    """What to compare; None takes all that the model has config files for."""
    numbers: bool = False
    """Whether the data have questions whose answer is a number, which `NUMERIC` needs."""
    sampler: Sampler = DEFAULT
    """Of decoding; a run draws by its own seed."""
    bertscore: str = MINILM
    """Its model, or `none`."""
    floors: bool = True
    """Whether what can be had without a model stands beside them."""

    def config(self, configuration: str) -> Path:
        """Return the config of the model for a configuration; raises `TopochefError` without."""
        file = self.configs / f"{self.model}-{configuration}.yaml"
        if not file.is_file():
            raise TopochefError(
                f"{file} does not exist: write it by the example of "
                f"smollm2-135m-{configuration}.yaml, or name another --model or --configs"
            )
        return file


def make_plan(settings: Settings) -> Plan:
    """Lay out a study.

    Raises `TopochefError` if the model has no config files, or lacks one that was asked for.
    """
    choices = CONFIGURATIONS + (NUMERIC if settings.numbers else ())
    files = {c: settings.configs / f"{settings.model}-{c}.yaml" for c in choices}
    there = [c for c in choices if files[c].is_file()]
    if not there:
        known = sorted(
            {f.name.removesuffix("-ce.yaml") for f in settings.configs.glob("*-ce.yaml")}
        )
        raise TopochefError(
            f"{settings.configs} holds no configs of a model called {settings.model}: "
            f"choose {' or '.join(known) or 'another folder with --configs'}"
        )
    wanted = there if settings.configurations is None else settings.configurations
    if missing := sorted(set(wanted) - set(there)):
        raise TopochefError(
            f"--configurations {','.join(missing)}: {settings.model} has {', '.join(there)}"
        )
    matrix = tuple(
        tuned(settings, configuration, files[configuration], seed)
        for seed in settings.seeds
        for configuration in there
        if configuration in wanted
    )
    return Plan((_base(settings),), matrix + ((_floors(settings),) if settings.floors else ()))


def _floors(settings: Settings) -> Job:
    """Return the job of all floors: its folder holds their runs."""
    data = DataFolder(settings.data)
    job = Job(FLOORS_FOLDER, FLOORS_JOB, None, ())
    runs = [str(job.folder / floor.name) for floor in FLOORS]
    limit = ("--limit", str(settings.recipes))
    write = ("recipe-eval", "floor", str(settings.data), "--output", "runs", *limit)
    score = ("recipe-eval", "score", *runs, "--data", str(settings.data))
    rules = ("--profile", ",".join(PROFILES), "--bertscore", settings.bertscore)
    stages = (
        Stage("floor", write, (data.train.path, data.test.path)),
        Stage("score", (*score, *rules), (data.test.path,)),
    )
    return job._replace(stages=stages)


def tuned(settings: Settings, configuration: str, config: Path, seed: int) -> Job:
    """Return the job of one configuration and seed."""
    name = f"{settings.model}-{configuration}-seed{seed}"
    run = f"runs/{name}"
    command = train(config, f"{run}/adapter", seed)
    data = DataFolder(settings.data)
    reads = (config, data.train.path, data.validation.path)
    stages = (Stage("train", command, reads), *evaluation(settings, run, seed))
    return Job(name, configuration, seed, stages)


def _base(settings: Settings) -> Job:
    """Return the untuned model's job."""
    made = base_made(settings)
    return made._replace(stages=(*made.stages, *evaluation(settings, str(made.folder))))


def base_made(settings: Settings) -> Job:
    """Return what makes the untuned model: it is grown, imported from a package, or downloaded."""
    name = f"{settings.model}-base"
    config = settings.configs / f"{name}.yaml"
    made: tuple[Stage, ...]
    if config.is_file():
        grow = (
            "recipe-data",
            "tiny-model",
            "--data",
            str(settings.data),
            "--output",
            "runs/tiny-init",
        )
        pretrain = Stage(
            "pretrain", train(config), (config, DataFolder(settings.data).pretrain.path)
        )
        made = (Stage("grow", grow, (DataFolder(settings.data).train.path,)), pretrain)
    else:
        base = Path(_base_model(settings.config("ce")))
        if base.parent == Path("runs"):  # imported from a package, into a run folder of its own
            name = base.name
            imported = ("recipe-data", "base-model", settings.model, "--output", str(base))
            made = (Stage("import", imported),)
        else:
            download = ("hf", "download", str(base), "--local-dir", f"runs/{name}/merged")
            made = (Stage("download", download),)
    return Job(name, "base", None, made)


def train(config: Path, output: str | None = None, seed: int | None = None) -> tuple[str, ...]:
    """Return the command that trains a config, into another folder and with another seed."""
    changes: Sequence[str] = ()
    if output is not None:
        changes = ("--output-dir", output, "--seed", str(seed))
    return ("axolotl", "train", str(config), "--launcher", "python", *changes)


def evaluation(settings: Settings, run: str, seed: int = 0) -> tuple[Stage, ...]:
    """Return what exports and evaluates a run, in order."""
    data = ("--data", str(settings.data))
    test = (DataFolder(settings.data).test.path,)
    limit = ("--limit", str(settings.recipes))
    numbers = {
        "max-tokens": settings.max_tokens,
        "tries": settings.tries,
        "parallel": settings.parallel,
    }
    asked = (
        *limit,
        *(word for name, value in numbers.items() for word in (f"--{name}", str(value))),
    )
    drawn = (*options_of(settings.sampler), "--seed", str(seed))
    bertscore = ("--bertscore", settings.bertscore)
    gold = str(min(settings.recipes, LIKELIHOOD_RECIPES))
    return (
        Stage("export", ("recipe-export", "all", run, "--types", GGUF_TYPE)),
        Stage("generate", ("recipe-eval", "generate", run, *data, *asked, *drawn), test),
        Stage("score", ("recipe-eval", "score", run, *data, *bertscore), test),
        Stage("likelihood", ("recipe-eval", "likelihood", run, *data, "--limit", gold), test),
        Stage("balanced", ("recipe-eval", "score", run, *data, "--profile", "balanced"), test),
    )


def _base_model(config: Path) -> str:
    import yaml

    return str(yaml.safe_load(config.read_text(encoding="utf-8"))["base_model"])


def with_questions(plan: Plan, data: Path, limit: int) -> Plan:
    """Return the plan with the questions of the test split asked last in every job that cooks.

    They are asked as the recipes are, `limit` of every task about recipes.
    """
    return Plan(*(tuple(_with_questions(job, data, limit) for job in jobs) for jobs in plan))


def _with_questions(job: Job, data: Path, limit: int) -> Job:
    cooking = next((stage.command for stage in job.stages if stage.name == "generate"), None)
    if cooking is None:
        return job
    asked = ["recipe-eval", "questions", *cooking[2:]]
    asked[asked.index("--limit") + 1] = str(limit)
    folder = DataFolder(data)
    stage = Stage("questions", tuple(asked), (folder.test.path, folder.train.path))
    return job._replace(stages=(*job.stages, stage))
