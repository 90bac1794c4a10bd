"""What the page may ask for: a recipe, piece by piece; it for more people; what was cooked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_data.ingredients import parse_ingredient
from recipe_data.schema import MAX_INGREDIENT_CHARS, MAX_INGREDIENTS
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends import Backend
from recipe_kitchen.cooking.cookbooks import NEIGHBOURS, fitted, leaning
from recipe_kitchen.cooking.events import Event, ingredient_row, served, shown
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.live import listener
from recipe_kitchen.cooking.models import written
from recipe_kitchen.cooking.order import MAX_SERVINGS, Order, printable, take_order
from recipe_kitchen.cooking.ready import ReadyRecipe, plate
from recipe_kitchen.cooking.shelf import Shelf

if TYPE_CHECKING:
    from recipe_data.cookbook.searching import Cookbook


@dataclass
class Kitchen:
    """One model at a time, that cooks one recipe at a time."""

    backend: Backend
    author: str
    decoder: Decoder
    history: History | None = None
    """Where what is cooked is kept; None where it is not."""
    others: dict[str, Callable[[], Backend]] = field(default_factory=dict)
    """What loads the models that the page may choose instead, by name; see `models.at_hand`."""
    cookbook: Cookbook | None = None
    neighbours: int = NEIGHBOURS
    """Recipes of the cookbook that a dish leans on."""
    _stove: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Have the first model come back without being loaded again, where nothing loads it."""
        first = self.backend
        self.others = {self.author: lambda: first, **self.others}

    @property
    def questions(self) -> dict[str, Callable[[Event], Event]]:
        """What is answered at once, by name."""
        return {"menu": self.menu, "scale": self.scale} | Shelf(self.history).questions

    def menu(self, request: Event) -> Event:
        """Return what the page has to offer: models, and whether there is a history."""
        return {"models": list(self.others), "model": self.author, "keeps": bool(self.history)}

    def cook(self, request: Event, send: Callable[[Event], None]) -> None:
        """Send the dish a few times while it is written, then whole; `send` may raise to stop it.

        Raises `TopochefError` for a request that makes no sense and a recipe that was not finished.
        """
        order = _order(request)
        name = request.get("model") or self.author
        if not isinstance(name, str) or name not in self.others:
            raise TopochefError("that model is not at hand any more: reload the page")
        if not self._stove.acquire(blocking=False):
            send({"waiting": True})
            self._stove.acquire()
        try:
            self._load(name, send)
            if self.cookbook:
                order = leaning(order, self.cookbook, self.neighbours)
                order = fitted(order, self.backend, self.decoder.max_tokens)
            drafts = count(1)
            listen = listener(order, lambda dish: send({"dish": shown(dish)}))

            def begin() -> Callable[[str], None] | None:
                send({"draft": next(drafts)})
                return listen()

            answer = written(order, self.backend, self.decoder, begin)
            dish = plate(order, answer, self.author)
        finally:
            self._stove.release()
        send({**served(dish), **self._kept(dish), "done": True})

    def _load(self, name: str, send: Callable[[Event], None]) -> None:
        """Have another model at the stove, in the place of the one that was there."""
        if name != self.author:
            send({"loading": name})
            self.backend = self.others[name]()
            self.author = name

    def _kept(self, dish: ReadyRecipe) -> Event:
        if self.history is None:
            return {}
        try:
            return {"number": self.history.keep(dish)}
        except TopochefError as error:
            return {"unkept": f"The recipe was not kept: {error}"}

    def scale(self, request: Event) -> Event:
        """Return the ingredients for other servings; raises `TopochefError` for nonsense."""
        from recipe_data.tasks.scale import scaled

        lines: Any = request.get("lines")
        now, then = (request.get(key, 0) for key in ("from", "to"))
        if not _is_lines(lines) or not _is_servings(now) or not _is_servings(then):
            raise TopochefError("scaling needs lines, and servings from and to: reload the page")
        read = [parse_ingredient(printable(line)) for line in lines]
        listed = scaled(read, then / now) if now != then else read
        return {"ingredients": [ingredient_row(ingredient) for ingredient in listed]}


def _order(request: Event) -> Order:
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
