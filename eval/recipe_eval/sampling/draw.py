"""Draws K texts of a run for every training prompt, in folders named by what decides them.

Who learns from samples shares them: `recipe-eval prefer` and `recipe-eval credit` draw once.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from recipe_base.arguments import positive
from recipe_base.datasets import TRAIN_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_base.runs import Run
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_eval.generating.generate import inputs_of
from recipe_eval.generating.session import Session, add_model
from recipe_eval.sampling.asked import Asked
from recipe_kitchen.asking import Decoder


class Drawn(NamedTuple):
    """The samples of a run."""

    runs: list[Run]
    """Run folders, each with one text for every request, in their order."""
    texts: int
    """Those that this command drew: what lay there already is not drawn again."""
    seconds: float
    """What these took, loading the model left out."""

    @property
    def pace(self) -> str:
        """How fast it went, for people.

        >>> Drawn([], 24, 8.0).pace, Drawn([], 0, 0.0).pace
        ('24 samples drawn, 3.0 a second', 'all samples were there')
        """
        if not self.texts:
            return "all samples were there"
        return f"{self.texts:,} samples drawn, {self.texts / max(self.seconds, 1e-9):.1f} a second"


def add_drawing(command: argparse.ArgumentParser) -> None:
    """Add the options that `draw_samples` reads."""
    add_model(command, parallel=16)
    command.add_argument("--limit", type=positive, help="only the first N training titles")
    command.add_argument("--samples", type=positive, default=8, help="texts a title (default 8)")
    command.add_argument(
        "--into", type=Path, metavar="RUN", help="run that gets the rows (default: the same)"
    )
    add_sampler(command)


def draw_samples(arguments: argparse.Namespace, asked: Asked) -> Drawn:
    """Draw what is not there yet; a killed command goes on.

    Raises `TopochefError` where the texts of a prompt could not differ.
    """
    sampler, count = sampler_of(arguments), arguments.samples
    if sampler.greedy or count < 2:
        raise TopochefError(
            "one and the same text has nothing to be compared with: draw at a --temperature above "
            "0, and two or more --samples"
        )
    session = Session(arguments)
    runs: list[Run] = []
    texts, seconds = 0, 0.0
    for number in range(count):
        # It asks once: a failure is no answer, and another sample takes its place.
        decoder = Decoder(arguments.max_tokens, sampler, arguments.seed + number, tries=1)
        inputs = inputs_of(
            session.model, arguments.data, decoder, arguments.limit, session.batch, TRAIN_FILE
        )
        inputs |= asked.inputs
        folder = Run(arguments.run).samples / fingerprint(inputs)[:12]
        label = f"Asking the training titles ({number + 1} of {count})"
        facts, new = session.write(folder, asked.requests, decoder, inputs, label)
        if new:
            texts += facts["last_session"]["rows"]
            seconds += facts["last_session"]["seconds"]
        runs.append(Run(folder))
    return Drawn(runs, texts, seconds)
