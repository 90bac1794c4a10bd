"""What the page may ask for: a recipe, piece by piece, and the same for more people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_data.ingredients import parse_ingredient
from recipe_data.schema import MAX_INGREDIENT_CHARS, MAX_INGREDIENTS, Ingredient
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends import Backend
from recipe_kitchen.cooking.card import amount_text, fragments
from recipe_kitchen.cooking.cookbooks import NEIGHBOURS, fitted, leaning
from recipe_kitchen.cooking.linked import as_linked_data
from recipe_kitchen.cooking.live import listener
from recipe_kitchen.cooking.models import written
from recipe_kitchen.cooking.order import MAX_SERVINGS, Order, printable, take_order
from recipe_kitchen.cooking.ready import ReadyRecipe, plate

if TYPE_CHECKING:
    from recipe_data.cookbook.searching import Cookbook

Event = dict[str, Any]


@dataclass
class Kitchen:
    """One model that cooks one recipe at a time."""

    backend: Backend
    author: str
    decoder: Decoder
    cookbook: Cookbook | None = None
    neighbours: int = NEIGHBOURS
    """Recipes of the cookbook that a dish leans on."""
    _stove: Lock = field(default_factory=Lock)

    def cook(self, request: dict[str, Any], send: Callable[[Event], None]) -> None:
        """Send the dish a few times while it is written, then whole; `send` may raise to stop it.

        Raises `TopochefError` for a request that makes no sense and a recipe that was not finished.
        """
        order = _order(request)
        if not self._stove.acquire(blocking=False):
            send({"waiting": True})
            self._stove.acquire()
        try:
            if self.cookbook:
                order = leaning(order, self.cookbook, self.neighbours)
                order = fitted(order, self.backend, self.decoder.max_tokens)
            listen = listener(order, lambda dish: send({"dish": shown(dish)}))
            answer = written(order, self.backend, self.decoder, listen)
        finally:
            self._stove.release()
        dish = plate(order, answer, self.author)
        send({"dish": shown(dish), "done": True, "linked": as_linked_data(dish)})

    def scale(self, request: dict[str, Any]) -> Event:
        """Return the ingredients for other servings; raises `TopochefError` for nonsense."""
        from recipe_data.tasks.scale import scaled

        lines: Any = request.get("lines")
        now, then = (request.get(key, 0) for key in ("from", "to"))
        if not _is_lines(lines) or not _is_servings(now) or not _is_servings(then):
            raise TopochefError("scaling needs lines, and servings from and to: reload the page")
        read = [parse_ingredient(printable(line)) for line in lines]
        listed = scaled(read, then / now) if now != then else read
        return {"ingredients": [_ingredient(ingredient) for ingredient in listed]}


def shown(dish: ReadyRecipe) -> Event:
    """Return a dish as the page shows it; every value is plain text."""
    recipe = dish.recipe
    return {
        "title": dish.title,
        "servings": dish.servings,
        "lines": dish.ingredients,
        "ingredients": [_ingredient(ingredient) for ingredient in recipe.ingredients],
        "steps": [[part._asdict() for part in fragments(step)] for step in recipe.instructions],
        "warnings": dish.doubts,
        "notes": [*([f"after: {dish.leant_on}"] if dish.after else []), *dish.notes],
        "toBuy": dish.to_buy,
        "author": dish.author,
    }


def _ingredient(ingredient: Ingredient) -> Event:
    return {
        "amount": amount_text(ingredient),
        "name": ingredient.name,
        "note": ingredient.preparation,
    }


def _order(request: dict[str, Any]) -> Order:
    title, have, avoid = (request.get(key, "") for key in ("title", "have", "avoid"))
    servings, diet = request.get("servings"), request.get("diet") or None
    if not all(isinstance(text, str) for text in (title, have, avoid, diet or "")):
        raise TopochefError("title, have, diet and avoid are texts: reload the page")
    if servings is not None and not _is_servings(servings):
        raise TopochefError(f"servings are a whole number from 1 to {MAX_SERVINGS}")
    return take_order(title, have, servings, diet, avoid)


def _is_servings(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_SERVINGS


def _is_lines(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= MAX_INGREDIENTS
        and all(isinstance(line, str) and len(line) <= 2 * MAX_INGREDIENT_CHARS for line in value)
    )
