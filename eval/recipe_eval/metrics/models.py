"""The language models that some metrics need: by default one that a package brings along."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.cookbook import minilm

MINILM = "minilm"
MINILM_NAME = minilm.NAME
QWEN = "Qwen/Qwen3-Embedding-0.6B"
"""What the thesis embeds actions with: `--embedding` this, where the hub can be reached."""


def display_name(model: str) -> str:
    """Return what a signature calls a model.

    >>> display_name("minilm"), display_name("models/roberta-large/")
    ('all-MiniLM-L6-v2', 'roberta-large')
    """
    return MINILM_NAME if model == MINILM else model.rstrip("/").rsplit("/", 1)[-1]


def location(model: str) -> str:
    """Return the folder of the packaged model, or the name or folder that was given."""
    return model if model != MINILM else str(minilm.folder())


class ActionVectors:
    """Embeddings of actions; each is computed once, the model loads when the first is asked for."""

    def __init__(self, model: str = MINILM) -> None:
        self.model = model
        self._vectors: dict[str, Any] = {}
        self._cosines: dict[tuple[str, str], float] = {}

    def learn(self, actions: Sequence[str]) -> None:
        """Embed the actions that are new, all at once.

        Raises `TopochefError` if the model cannot be loaded.
        """
        new = sorted({*actions} - {*self._vectors})
        if new:
            vectors = self._load().encode(new, normalize_embeddings=True, show_progress_bar=False)
            self._vectors.update(zip(new, vectors, strict=True))

    def cosine(self, one: str, other: str) -> float:
        """Return the cosine of two actions, to six digits, so that machines agree."""
        pair = (one, other)
        if pair not in self._cosines:
            self.learn(pair)
            cosine = float(self._vectors[one] @ self._vectors[other])
            self._cosines[pair] = 1.0 if one == other else round(cosine, 6)
        return self._cosines[pair]

    def _load(self) -> Any:
        with quiet():
            from sentence_transformers import SentenceTransformer

            try:
                return SentenceTransformer(location(self.model), device="cpu")
            except (OSError, ValueError) as error:
                raise unloadable("--embedding", self.model, error) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what libraries say about kernels and weights while they load off the terminal."""
    from transformers.utils import logging as transformers_logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def unloadable(option: str, model: str, error: Exception) -> TopochefError:
    """Say that a model could not be loaded, and what works without a network."""
    reason = next(iter(str(error).splitlines()), "")
    return TopochefError(
        f"{option} {model}: the model cannot be loaded ({reason}): give a folder that holds it, "
        f"connect to the hub, or leave the option out for {MINILM_NAME}"
    )
