"""What a study of arms is, and where each of its runs, configs and rows lies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recipe_base.runs import Run
from recipe_study.continuing.arms import START, Arm, Arms, filled
from recipe_study.plan import Settings

PROFILE = "balanced"
RATION = "ration"
ROWS = "rows"
"""The folder of a run that has what it is trained on, as `recipe-data ration` left it."""
CONFIGS = Path("configs")
"""Where the configs of all runs are written, below the folder of the study."""


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

    def rationed(self, arm: Arm, seed: int) -> Iterator[Path]:
        """Yield the files of a ration: those that it is taken from, in a folder of the run."""
        folder = self.run(arm.name, seed).folder / ROWS
        yield from (folder / Path(path).name for path in arm.train)

    def filled(self, arm: Arm, seed: int, text: str) -> str:
        """Return a text of the file of arms with its places filled."""
        places = {
            "start": self.run(START, seed).folder,
            "run": self.run(arm.name, seed).folder,
            "seed": seed,
            "scorer": arm.scorer,
        }
        return filled(text, places)
