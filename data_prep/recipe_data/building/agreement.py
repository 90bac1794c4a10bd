"""The consensus rows of a build: what similar training recipes agree on, for every title."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from recipe_base.console import progress_bar
from recipe_data.building.converting import Written
from recipe_data.building.split import Split
from recipe_data.consensus import neighbours, voting
from recipe_data.consensus.neighbours import nearest_others
from recipe_data.consensus.rows import consensus_row
from recipe_data.schema import ChatRow, Ingredient, Recipe

RULE = f"{neighbours.RULE}|{voting.RULE}|others:of-other-groups"
_FEWEST = 2
"""Lists from which a vote is one: a single one would be copied under another title."""


def agreement_rows(
    kept: Path, splits: Sequence[Split], leaders: Sequence[int], count: int
) -> Iterator[ChatRow]:
    """Yield a row for every training recipe: what its `count` nearest by title agree on.

    Its own list has no vote, nor has that of a recipe of its group, which is alike: a neighbour of
    a training title is as far from it as one of a test title is. Recipes of validation and test are
    not even read. A title that shares a word with fewer than two others has no row.

    Args:
        kept: A `Written` a line, of every recipe.
        splits: The split of each.
        leaders: What names the group of each.
        count: Neighbours that vote.
    """
    titles: list[str] = []
    groups: list[int] = []
    lists: list[tuple[Ingredient, ...]] = []
    same: dict[Ingredient, Ingredient] = {}
    for place, recipe in _trained(kept, splits):
        plain = (replace(item, preparation=None) for item in recipe.ingredients)
        titles.append(recipe.title)
        groups.append(leaders[place])
        lists.append(tuple(same.setdefault(item, item) for item in plain))
    same.clear()
    near = nearest_others(titles, groups, count)
    with progress_bar("Asking the neighbours", len(titles)) as advance:
        for (_, recipe), places in zip(_trained(kept, splits), near, strict=True):
            if len(places) >= _FEWEST:
                agreed = voting.consensus([lists[place] for place in places])
                if row := consensus_row(recipe, agreed):
                    yield row
            advance()


def _trained(kept: Path, splits: Sequence[Split]) -> Iterator[tuple[int, Recipe]]:
    """Yield the recipes of the training split, each with its place among all."""
    with kept.open(encoding="utf-8") as lines:
        for place, (line, split) in enumerate(zip(lines, splits, strict=True)):
            if split == "train":
                written = Written(*json.loads(line))
                yield place, Recipe.from_dict(json.loads(written.recipe))
