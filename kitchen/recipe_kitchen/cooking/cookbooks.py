"""What a dish leans on: the recipes of a cookbook nearest to what is ordered.

A file or folder of recipes is indexed once, into the user's folder of caches; an index is opened as
it stands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_base.writer import LOCK, only_writer
from recipe_data.grounded_prompts import Neighbour, fitting, refuse_too_many
from recipe_kitchen.backends import Backend, Message

if TYPE_CHECKING:
    from recipe_data.cookbook.searching import Cookbook
    from recipe_kitchen.cooking.order import Order

INDEX_ENDINGS = (".sqlite", ".db")
NEIGHBOURS = 3
_LOOKED_AT = 4
"""Times as many recipes are looked at as are wanted: some hold what is to be avoided."""


@runtime_checkable
class Counts(Protocol):
    """A backend that can say how long a prompt is."""

    @property
    def context_tokens(self) -> int:
        """Of prompt and answer together."""
        ...

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a prompt."""
        ...


def open_cookbook(path: Path) -> Cookbook:
    """Open the index of a file or folder of recipes, and make it where there is none of this state.

    Raises `TopochefError` where there is nothing to read, or a library is missing.
    """
    from recipe_data.cookbook.file import facts_of, stamp
    from recipe_data.cookbook.searching import Cookbook

    if not path.exists():
        raise TopochefError(f"{path} does not exist: give a file or folder of recipes")
    if path.suffix.lower() in INDEX_ENDINGS:
        return Cookbook(path)
    index = cached_index(path)
    known = facts_of(index)
    if known is None or known["stamp"] != stamp(path):
        from recipe_data.cookbook.indexing import write_index

        with only_writer([index.with_name(f".{index.name}{LOCK}")]):
            facts, new = write_index(path, index)
        if new:
            left_out = sum(facts["rejected"].values())
            print(
                f"indexed {path}: {facts['recipes']:,} recipes, {left_out:,} rows left out "
                f"(`recipe-data index {path} --output book.sqlite` names them)",
                file=sys.stderr,
            )
    return Cookbook(index)


def cached_index(path: Path) -> Path:
    """Return where the index of a file or folder is kept: by its place, as caches of a user are."""
    root = os.environ.get("XDG_CACHE_HOME")
    folder = Path(root) if root else Path.home() / ".cache"
    place = path.resolve()
    return folder / "topochef" / "cookbooks" / f"{place.stem}-{fingerprint(str(place))[:12]}.sqlite"


def leaning(order: Order, cookbook: Cookbook, count: int = NEIGHBOURS) -> Order:
    """Return the order with the nearest recipes that keep to its diet and hold nothing avoided."""
    refuse_too_many(count)
    found = cookbook.nearest(order.title, order.have, count * _LOOKED_AT)
    wanted = [one.neighbour for one in found if one.neighbour.nearness > 0]
    kept = [each for each in wanted if not _is_refused(each, order)][:count]
    return order._replace(neighbours=tuple(fitting(kept)))


def fitted(order: Order, backend: Backend, max_tokens: int) -> Order:
    """Return the order without the farthest recipes whose tokens leave no room for the answer.

    Where a server tokenizes, the bound of characters of `grounded_prompts` alone decides.
    """
    if isinstance(backend, Counts):
        room = backend.context_tokens - max_tokens
        while order.neighbours and len(backend.prompt_tokens(order.messages())) > room:
            order = order._replace(neighbours=order.neighbours[:-1])
    return order


def _is_refused(neighbour: Neighbour, order: Order) -> bool:
    if not order.avoid and not order.diet:
        return False
    from recipe_data.check.substances import allergens, diet_violations
    from recipe_kitchen.answers import Answer, as_recipe

    recipe = as_recipe(neighbour.title, None, Answer(neighbour.ingredients, neighbour.steps))
    return bool(allergens(recipe, order.avoid) or diet_violations(recipe, order.diet))
