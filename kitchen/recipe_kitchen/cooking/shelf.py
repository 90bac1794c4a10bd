"""What the page may ask of the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_kitchen.cooking.events import Event, served
from recipe_kitchen.cooking.keeping.cookbook import as_cookbook
from recipe_kitchen.cooking.keeping.history import History

MOST_LISTED = 200


class Shelf(NamedTuple):
    """The history as questions; each raises `TopochefError` for nonsense and a broken file."""

    history: History | None

    @property
    def questions(self) -> dict[str, Callable[[Event], Event]]:
        """What is answered, by name."""
        return {
            "history": self.entries,
            "recipe": self.recipe,
            "star": self.star,
            "delete": self.delete,
            "export": self.export,
        }

    def entries(self, request: Event) -> Event:
        """Return the newest recipes, or those that hold `words`, and whether there are more."""
        words, favourites = request.get("words", ""), request.get("favourites", False)
        found = self._open().entries(_text(words), _truth(favourites), MOST_LISTED + 1)
        listed = [entry._asdict() for entry in found[:MOST_LISTED]]
        return {"entries": listed, "more": len(found) > MOST_LISTED}

    def recipe(self, request: Event) -> Event:
        """Return a recipe as it was cooked."""
        entry, dish = self._open().one(_number(request))
        return {**served(dish), "number": entry.id, "favourite": entry.favourite}

    def star(self, request: Event) -> Event:
        """Make a recipe a favourite, or no longer."""
        favourite = _truth(request.get("favourite"))
        self._open().star([_number(request)], favourite)
        return {"favourite": favourite}

    def delete(self, request: Event) -> Event:
        """Forget a recipe."""
        self._open().delete([_number(request)])
        return {}

    def export(self, request: Event) -> Event:
        """Return the document that `recipe-cook history export` writes."""
        kept = list(self._open().all(_truth(request.get("favourites", False))))
        return {"document": as_cookbook(kept), "count": len(kept)}

    def _open(self) -> History:
        if self.history is None:
            raise TopochefError("nothing is kept: start recipe-cook without --no-history")
        return self.history


def _number(request: Event) -> int:
    number = request.get("number")
    if type(number) is not int:
        raise TopochefError("a recipe is named by its number: reload the page")
    return number


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TopochefError("it is a favourite or not: reload the page")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TopochefError("words are a text: reload the page")
    return value
