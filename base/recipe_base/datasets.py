"""The data folder: where the files of a build lie, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass

from recipe_base.records import Folder, Rows

TRAIN_FILE = "train.jsonl"
TEST_FILE = "test.jsonl"
VALIDATION_FILE = "validation.jsonl"


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

    def rows(self, file: str) -> Rows:
        """One of the files by its name."""
        return Rows(self.folder / file, self.made_by)
