"""The data folder: where the files of a build lie, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from recipe_base.errors import TopochefError
from recipe_base.files import MANIFEST, read_manifest
from recipe_base.records import Folder, Rows

TRAIN_FILE = "train.jsonl"
TEST_FILE = "test.jsonl"
VALIDATION_FILE = "validation.jsonl"

BUILD = "build"
"""The stage that wrote the folder, in its manifest."""
LINES = "lines"
"""Its input that says what the lines of answers begin with, where that is not the amount."""
Lines = Literal["amount-first", "name-first"]
AMOUNT_FIRST: Lines = "amount-first"


@dataclass(frozen=True)
class DataFolder(Folder):
    """What `recipe-data build` wrote."""

    @property
    def made_by(self) -> str:
        """The command that makes it."""
        return f"recipe-data build SOURCE --output {self.folder}"

    @property
    def train(self) -> Rows:
        """Chat rows to train on."""
        return self.rows(TRAIN_FILE)

    @property
    def validation(self) -> Rows:
        """Chat rows for choices that a test must not decide."""
        return self.rows(VALIDATION_FILE)

    @property
    def test(self) -> Rows:
        """Chat rows that no training has seen."""
        return self.rows(TEST_FILE)

    @property
    def recipes(self) -> Rows:
        """Every recipe, with the split that it went to."""
        return self.rows("recipes.jsonl")

    @property
    def pretrain(self) -> Rows:
        """Texts to pretrain on."""
        return self.rows("pretrain.jsonl")

    @property
    def lines(self) -> Lines:
        """What the lines of its answers begin with; rows that no build wrote are as usual."""
        said = read_manifest(self.folder).get(BUILD, {}).get("inputs", {}).get(LINES, AMOUNT_FIRST)
        known: Lines
        for known in get_args(Lines):
            if said == known:
                return known
        raise TopochefError(
            f"{self.folder / MANIFEST}: lines that are {said!r} are none of "
            f"{', '.join(get_args(Lines))}: run `{self.made_by}` anew"
        )

    def rows(self, file: str) -> Rows:
        """One of the files by its name."""
        return Rows(self.folder / file, self.made_by)
