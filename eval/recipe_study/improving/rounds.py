"""What rounds of improvement run: jobs of a study, each from what the one before it left."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import write_text
from recipe_base.runs import Run
from recipe_data.sampling import DEFAULT, Sampler
from recipe_data.sampling_arguments import options_of
from recipe_eval.crediting.parts import SCORER
from recipe_study.plan import Job, Settings, Stage, base_made, evaluation, train, tuned

START, CREDITED = "ce", "credited"
"""The configurations of what is trained first, and of every round."""


class Drawing(NamedTuple):
    """How a round draws and credits its samples."""

    samples: int = 8
    """Texts a training title."""
    titles: int | None = None
    """How many training titles; None takes all."""
    sampler: Sampler = DEFAULT
    scorer: str = SCORER


class Improvement(NamedTuple):
    """What is to be improved, and how often."""

    study: Settings
    """Of one seed: how the first run is trained, and how every run is evaluated."""
    rounds: int
    drawing: Drawing = Drawing()

    @property
    def seed(self) -> int:
        """That of the first run; round n trains and draws with n more."""
        return self.study.seeds[0]

    @property
    def credited(self) -> Path:
        """The config of every round; raises `TopochefError` where the model has none."""
        return self.study.config(CREDITED)

    def name(self, number: int) -> str:
        """Name the run of a round; 0 is the one before the first."""
        begin = f"{self.study.model}-{CREDITED if number else START}-seed{self.seed}"
        return f"{begin}-round{number}" if number else begin

    def run(self, number: int) -> Run:
        """Return its folder, below that of the improvement."""
        return Run(Path("runs") / self.name(number))


def make_rounds(improvement: Improvement) -> tuple[Job, ...]:
    """Return the jobs in their order: the untuned model, the run before the first, every round.

    Raises `TopochefError` where the model lacks a config.
    """
    study = improvement.study
    config = study.config(START)
    _round_config(improvement, 1)  # raises
    first = tuned(study, START, config, improvement.seed)
    rounds = (_round(improvement, number) for number in range(1, improvement.rounds + 1))
    return (base_made(study), first, *rounds)


def config_of(improvement: Improvement, number: int) -> Path:
    """Return where a round's config lies, below the folder of the improvement."""
    return Path("configs") / f"{improvement.name(number)}.yaml"


def write_configs(improvement: Improvement, folder: Path) -> None:
    """Write the config of every round: that of the model, from the run before it."""
    import yaml

    for number in range(1, improvement.rounds + 1):
        text = f"# {improvement.name(number)}: {improvement.credited.name}, for this round.\n"
        text += yaml.safe_dump(_round_config(improvement, number), sort_keys=False)
        write_text(folder / config_of(improvement, number), text)


def _round_config(improvement: Improvement, number: int) -> dict[str, Any]:
    """Return the model's config with another base and the credited rows of the run before."""
    import yaml

    file = improvement.credited
    loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    theirs, ours = Run(Path(loaded["base_model"]).parent), improvement.run(number - 1)
    paths = [entry["path"] for entry in loaded["datasets"]]
    if loaded["base_model"] != str(theirs.merged) or str(theirs.credited.path) not in paths:
        raise TopochefError(
            f"{file}: `base_model` must be the merged model of a run, and `datasets` must have its "
            f"credited rows, {theirs.credited.path}: a round replaces both by those before it"
        )
    for entry in loaded["datasets"]:
        if entry["path"] == str(theirs.credited.path):
            entry["path"] = str(ours.credited.path)
    output = improvement.run(number).adapter
    return {**loaded, "base_model": str(ours.merged), "output_dir": str(output)}


def _round(improvement: Improvement, number: int) -> Job:
    """Return the job of a round: sample and credit, go on training, export, evaluate."""
    study, drawing = improvement.study, improvement.drawing
    before, run = improvement.run(number - 1), improvement.run(number)
    data, seed = DataFolder(study.data), improvement.seed + number
    weights = before.weights
    config = config_of(improvement, number)
    limit = () if drawing.titles is None else ("--limit", str(drawing.titles))
    credit = (
        *("recipe-eval", "credit", str(before.folder), "--data", str(study.data)),
        *("--samples", str(drawing.samples), *limit, "--scorer", drawing.scorer),
        *("--max-tokens", str(study.max_tokens), "--parallel", str(study.parallel)),
        *(*options_of(drawing.sampler), "--seed", str(seed)),
    )
    splits = (data.train.path, data.validation.path)
    stages = (
        Stage("credit", credit, (*splits, data.test.path, weights)),
        Stage(
            "train",
            train(config, str(run.adapter), seed),
            (config, *splits, weights, before.credited.path),
        ),
        *evaluation(study, str(run.folder), seed),
    )
    return Job(run.name, CREDITED, seed, stages)
