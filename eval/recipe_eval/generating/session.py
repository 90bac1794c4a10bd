"""One model that writes several sets of predictions; it is loaded when the first one is missing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from recipe_base.arguments import positive
from recipe_base.datasets import TEST_FILE
from recipe_base.runs import Run
from recipe_data.grounded_prompts import MAX_TOKENS
from recipe_data.schema import SCHEMAS, WHOLE
from recipe_eval.generating.generate import already_generated, generate, inputs_of
from recipe_eval.generating.predictions import STAGE
from recipe_eval.generating.requests import is_grounded, plain, read_requests
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends import Backend
from recipe_kitchen.backends.choice import SPECS, Choice
from recipe_kitchen.request import Request

PROMPT_TOKENS = 512
"""Room for the prompt beside the answer."""


def add_model(command: argparse.ArgumentParser, parallel: int = 1) -> None:
    """Add the options that a `Session` is made of."""
    command.add_argument("run", type=Path, help="run folder, such as runs/tiny-topo")
    command.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    command.add_argument("--backend", default="llamacpp", help=f"who writes: {SPECS}")
    command.add_argument("--gguf", type=Path, help="model file (default: the run's F16)")
    command.add_argument("--max-tokens", type=positive, default=512, help="most tokens a text")
    command.add_argument(
        "--parallel",
        type=positive,
        default=parallel,
        help=f"texts in one batch, or requests at a time (default {parallel})",
    )
    command.add_argument("--threads", type=positive, help="threads of llama.cpp")


def add_part(command: argparse.ArgumentParser, where: str) -> None:
    """Add the option that has lists written without steps, which costs a third as much."""
    command.add_argument(
        "--part",
        choices=SCHEMAS,
        default=WHOLE,
        help=f"what is written of a recipe: all, or its list alone, {where} (default {WHOLE})",
    )


class Session:
    """A model, the data it is asked about, and how many texts are under way at a time."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Read the options of `add_model`; raises `TopochefError` if there is no such model."""
        self._data: Path = arguments.data
        self._choice = Choice.of(arguments.backend, arguments.run, arguments.gguf)
        leaning = MAX_TOKENS if is_grounded(self._data) else 0
        self._context_tokens = arguments.max_tokens + PROMPT_TOKENS + leaning
        self._parallel: int = arguments.parallel
        self._threads: int | None = arguments.threads

    @cached_property
    def model(self) -> dict[str, Any]:
        """What decides which model writes."""
        return self._choice.inputs()

    def predict(
        self,
        folder: Path,
        decoder: Decoder,
        limit: int | None,
        file: str = TEST_FILE,
        without_neighbours: bool = False,
    ) -> tuple[dict[str, Any], bool]:
        """Write `folder/predictions.jsonl`, for the first `limit` titles of a split.

        `without_neighbours` asks without the recipes that grounded prompts lean on. Returns its
        facts, and whether they are new. Raises `TopochefError` if the folder holds predictions of
        other inputs, or nobody answers.
        """
        requests = read_requests(self._data, limit, file)
        if without_neighbours:
            requests = plain(requests, self._data)
        inputs = inputs_of(
            self.model, self._data, decoder, limit, self.batch, file, without_neighbours
        )
        return self.write(folder, requests, decoder, inputs)

    @property
    def batch(self) -> int:
        """How many texts an engine writes in one go."""
        return self._parallel if self._choice.batches else 1

    def write(
        self,
        folder: Path,
        requests: Sequence[Request],
        decoder: Decoder,
        inputs: dict[str, Any],
        label: str = "Cooking the test titles",
    ) -> tuple[dict[str, Any], bool]:
        """Write `folder/predictions.jsonl` of any requests; `inputs` is all that decides them.

        Returns and raises what `predict` does.
        """
        if already_generated(folder, inputs):
            return Run(folder).manifest[STAGE], False
        backend = self._backend
        facts = generate(folder, requests, backend, decoder, inputs, self._parallel, label)
        return facts, True

    @cached_property
    def _backend(self) -> Backend:
        return self._choice.open(self._context_tokens, self._threads, self._parallel)
