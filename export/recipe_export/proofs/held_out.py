"""The conversations on which logits are compared: rows of the test split, or the built-in ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_export.proofs.probes import CONVERSATIONS

ROWS = 16


class Probes(NamedTuple):
    """Conversations that no training has seen, and where they are from."""

    source: str
    conversations: tuple[list[dict[str, Any]], ...]
    """Messages, the last of them the assistant's."""

    @property
    def content(self) -> str:
        """Tell one set of conversations from another."""
        return fingerprint(self.conversations)


BUILT_IN = Probes("the built-in recipes", CONVERSATIONS)


def held_out(data: Path) -> Probes:
    """Return `ROWS` rows of `data/test.jsonl`, evenly spaced over the file.

    Raises `TopochefError` if there is no test split, or no row with an answer in it.
    """
    test = DataFolder(data).test
    path = test.path
    rows = [row["messages"] for row in test.read() if row.get("messages")]
    if not rows:
        raise TopochefError(f"{path} holds no conversation: run `{test.made_by}` with more rows")
    chosen = [rows[i * len(rows) // ROWS] for i in range(ROWS)] if len(rows) > ROWS else rows
    return Probes(f"{len(chosen)} rows of {path}", tuple(chosen))
