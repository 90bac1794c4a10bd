"""`recipe-data augment`: the dishes of a build become proposed questions in a file to review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from recipe_base.console import position_bar
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.augmenting.candidates import propose
from recipe_data.augmenting.prompts import KINDS
from recipe_data.augmenting.review import refuse_to_replace, write_review
from recipe_data.endpoints import Endpoint


def augment(
    data: Path, output: Path, endpoint: Endpoint, per_kind: int, *, seed: int = 7, workers: int = 1
) -> None:
    """Propose `per_kind` questions of each kind about dishes of the train split of a build.

    Raises `TopochefError` if `output` is there already, or if nothing proposed can be used.
    """
    refuse_to_replace(output)
    with position_bar("Asking", per_kind * len(KINDS)) as progress:
        proposed = propose(
            endpoint,
            _titles(data),
            per_kind,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    refused = ", ".join(f"{count} {reason}" for reason, count in proposed.refused.items())
    facts = endpoint.facts()
    if not proposed.questions:
        raise TopochefError(
            f"{facts['model']} at {facts['server']} proposed nothing that can be used "
            f"({refused or 'there are no dishes'}): try another model"
        )
    write_review(output, proposed.questions, f"{facts['engine']}:{facts['model']}")
    print(f"{output}: {len(proposed.questions)} questions to review, none approved yet")
    if refused:
        print(f"not taken: {refused}")


def _titles(data: Path) -> Iterator[str]:
    recipes = DataFolder(data).recipes
    return (row["title"] for row in recipes.read() if row["split"] == "train")
