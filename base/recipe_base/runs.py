"""The run folder: where every record of a run lies, what wrote it, and how it is read and written.

It is the contract between the stages; the trainer's plugin, which imports nothing of ours, spells
the two names that it writes once more, and a test holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import is_done, update_manifest
from recipe_base.records import Facts, Folder, Rows

STRICT = "strict"
"""The profile whose files have the plain names."""
FLOORS_FOLDER = "floors"
"""Where the runs of systems without a model lie, beside the other runs."""


@dataclass(frozen=True)
class Run(Folder):
    """The folder of one run."""

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Return the run; refuse a folder that is not there, or whose name no file can carry."""
        run = cls(folder)
        if not folder.is_dir():
            raise TopochefError(f"{folder} is not a folder: name a run such as runs/tiny-topo")
        if not run.name.isprintable() or not run.name:
            raise TopochefError(f"{folder!s}: rename the run without control characters")
        return run

    @property
    def name(self) -> str:
        """The run's name, which its GGUF files carry."""
        return self.folder.resolve().name

    # The model.

    @property
    def adapter(self) -> Path:
        """What Axolotl trained; a run without it is an untuned model."""
        return self.folder / "adapter"

    @property
    def weights(self) -> Path:
        """What the training left in the adapter: by it a stage knows whether a run is another."""
        return self.adapter / "adapter_model.safetensors"

    @property
    def merged(self) -> Path:
        """The whole model: `merged`, or the run itself where it is a model.

        The latter is a base model that was imported: it is evaluated like what is tuned from it.
        """
        return self.folder if (self.folder / "config.json").is_file() else self.folder / "merged"

    @property
    def modelfile(self) -> Path:
        """What `ollama create -f` reads."""
        return self.folder / "Modelfile"

    def gguf(self, kind: str) -> Path:
        """The GGUF file of one type, such as `Q4_K_M`, under the run's name of today."""
        return self.folder / "gguf" / f"{self.name}-{kind}.gguf"

    @property
    def any_gguf(self) -> Path | None:
        """One of its GGUF files, which all have the same words and prompts; None without any."""
        return min((self.folder / "gguf").glob("*.gguf"), default=None)

    def the_gguf(self, kind: str) -> Path:
        """Return the one GGUF file of a type, whatever the run was called when it was made.

        Raises `TopochefError` if there is none, or several.
        """
        found = sorted((self.folder / "gguf").glob(f"*-{kind}.gguf"))
        if len(found) != 1:
            raise TopochefError(
                f"{self.folder / 'gguf'} holds {len(found)} files *-{kind}.gguf: run "
                f"`recipe-export all {self.folder}` first, or choose a file with --gguf"
            )
        return found[0]

    # What the trainer recorded.

    @property
    def training(self) -> dict[str, Any] | None:
        """Every setting of the training, its data and base by content; None if not recorded."""
        return training_of(self.adapter)

    @property
    def cost(self) -> dict[str, Any] | None:
        """What the training took, of an adapter or of all weights; None if not recorded."""
        places = (self.adapter, self.folder / "merged")
        records = (Facts(place / "cost.json", "axolotl train").read_if_there() for place in places)
        return next((record for record in records if record is not None), None)

    # What evaluation wrote.

    @property
    def predictions(self) -> Rows:
        """What the model wrote for every test title."""
        return Rows(self.folder / "predictions.jsonl", f"recipe-eval generate {self.folder}")

    @property
    def greedy(self) -> Run:
        """The predictions of the likeliest tokens beside them, in a run folder of their own."""
        return Run(self.folder / "greedy")

    @property
    def lists(self) -> Run:
        """Lists of ingredients without steps beside them, in a run folder of their own."""
        return Run(self.folder / "lists")

    @property
    def floor(self) -> Facts:
        """The name of the system without a model that wrote the predictions, and what it does.

        Only where one did: a run with this record stands in tables as a floor.
        """
        return Facts(self.folder / "floor.json", "recipe-eval floor DATA")

    @property
    def sampler(self) -> Facts:
        """What the search of sampler settings found."""
        return Facts(self.folder / "sampler.json", f"recipe-eval tune-sampler {self.folder}")

    @property
    def samples(self) -> Path:
        """What the run wrote for training prompts: a run folder for each sample of all of them."""
        return self.folder / "samples"

    @property
    def credited(self) -> Rows:
        """What the run itself wrote for training prompts, with a credit for each part of it."""
        return Rows(self.folder / "credited.jsonl", f"recipe-eval credit {self.folder}")

    @property
    def preferences(self) -> Rows:
        """Better and worse recipes of training titles, out of what the run itself wrote."""
        return Rows(self.folder / "preferences.jsonl", f"recipe-eval prefer {self.folder}")

    @property
    def entities(self) -> Rows:
        """What was read in gold and predictions."""
        return Rows(self.folder / "entities.jsonl", f"recipe-eval score {self.folder}")

    def scores(self, profile: str = STRICT) -> Rows:
        """One row for each recipe and metric of a profile."""
        path = self.folder / of_profile("scores.jsonl", profile)
        return Rows(path, f"recipe-eval score {self.folder} --profile {profile}")

    def summary(self, profile: str = STRICT) -> Facts:
        """The means of a profile."""
        path = self.folder / of_profile("summary.json", profile)
        return Facts(path, f"recipe-eval score {self.folder} --profile {profile}")

    @property
    def likelihood(self) -> Rows:
        """Nats of every gold recipe by kind of span."""
        return Rows(self.folder / "likelihood.jsonl", f"recipe-eval likelihood {self.folder}")

    @property
    def retention(self) -> Facts:
        """What tuning cost: benchmarks and perplexity."""
        return Facts(self.folder / "retention.json", f"recipe-eval retention {self.folder}")

    @property
    def questions(self) -> Questions:
        """Its answers to the test split's questions, and their scores, in a folder of their own."""
        return Questions(self.folder / "questions")

    def judgements(self, against: str | None = None) -> Rows:
        """A judge's verdicts on this run, alone or against another by its name."""
        name = "judgements.jsonl" if against is None else f"judgements-against-{against}.jsonl"
        return Rows(self.folder / name, f"recipe-eval judge {self.folder}")

    @property
    def ladder(self) -> Facts:
        """Size, speed and loss of each GGUF type; its page and figure lie beside it."""
        return Facts(self.folder / "ladder" / "ladder.json", f"recipe-export ladder {self.folder}")

    def rung(self, kind: str) -> Run:
        """The predictions of one type of the ladder, in a run folder of their own."""
        return Run(self.folder / "ladder" / kind)

    # What every stage recorded.

    def record(self, stage: str, facts: dict[str, Any]) -> None:
        """Record the facts of a stage."""
        update_manifest(self.folder, stage, facts)

    def finished(self, stage: str, output: Path, inputs: dict[str, Any]) -> bool:
        """Tell whether `output` is there, made from these inputs.

        A stage records itself before its output takes its name: a record without its output is
        of a killed process and counts for nothing. Raises `TopochefError` where the output is
        of other inputs.
        """
        if not output.exists():
            return False
        try:
            return is_done(self.folder, stage, inputs)
        except TopochefError as error:
            raise TopochefError(
                f"{output} was made from other inputs: delete it to make it again ({error})"
            ) from error


@dataclass(frozen=True)
class Questions(Folder):
    """The folder of a run's answers to questions."""

    @property
    def made_by(self) -> str:
        """The command that makes it."""
        return f"recipe-eval questions {self.folder.parent}"

    @property
    def predictions(self) -> Rows:
        """What the model answered, question by question."""
        return Rows(self.folder / "predictions.jsonl", self.made_by)

    @property
    def scores(self) -> Rows:
        """One row for each question and measure, with what the floors have."""
        return Rows(self.folder / "scores.jsonl", self.made_by)

    @property
    def summary(self) -> Facts:
        """Means by task and measure, and the failures."""
        return Facts(self.folder / "summary.json", self.made_by)


def training_of(folder: Path) -> dict[str, Any] | None:
    """Return what the trainer recorded of its settings in the folder that it wrote."""
    claim = Facts(folder / "recipe_loss.json", "axolotl train").read_if_there()
    settings: dict[str, Any] | None = claim and claim["fingerprint"]
    return settings


def of_profile(name: str, profile: str) -> str:
    """Return a name as it is for a profile: those of `strict` are plain.

    >>> of_profile("summary.json", "thesis"), of_profile("score", "strict")
    ('summary.thesis.json', 'score')
    """
    path = Path(name)
    return name if profile == STRICT else f"{path.stem}.{profile}{path.suffix}"
