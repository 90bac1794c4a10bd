"""What the page may ask for: a recipe, piece by piece; questions about it; what was cooked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING

from recipe_base.errors import TopochefError
from recipe_data.ingredients import parse_ingredient
from recipe_kitchen.asking import Decoder, begun_together
from recipe_kitchen.backends import Backend
from recipe_kitchen.choosing import FIRST
from recipe_kitchen.cooking.cookbooks import NEIGHBOURS, fitted, leaning
from recipe_kitchen.cooking.drafting import drafts
from recipe_kitchen.cooking.events import Event, ingredient_row, served, shown
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.live import listener
from recipe_kitchen.cooking.questions import Model, pose
from recipe_kitchen.cooking.ready import ReadyRecipe, plate
from recipe_kitchen.cooking.shelf import Shelf
from recipe_kitchen.cooking.wishes import order_of, question_of, scaling_of

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
    listed: Callable[[], dict[str, Callable[[], Backend]]] = dict
    """Asks for more of them, whenever the page is opened; see `models.ollamas`."""
    cookbook: Cookbook | None = None
    neighbours: int = NEIGHBOURS
    """Recipes of the cookbook that a dish leans on."""
    _stove: Lock = field(default_factory=Lock)
    _others: tuple[int, tuple[ReadyRecipe, ...]] = 0, ()
    """The drafts beside the last dish, and the number of its request."""

    def __post_init__(self) -> None:
        """Have the first model come back without being loaded again, where nothing loads it."""
        first = self.backend
        self.others = {self.author: lambda: first, **self.others}

    @property
    def questions(self) -> dict[str, Callable[[Event], Event]]:
        """What is answered at once, by name."""
        here = {"menu": self.menu, "scale": self.scale, "another": self.another}
        return here | Shelf(self.history).questions

    @property
    def tasks(self) -> dict[str, Callable[[Event, Callable[[Event], None]], None]]:
        """What takes a while, by name: it sends events, and `send` may raise to stop it.

        Raises `TopochefError` for a request that makes no sense, and what comes to nothing.
        """
        return {"cook": self.cook, "ask": self.ask}

    def menu(self, request: Event) -> Event:
        """Return what the page has to offer: models, and whether there is a history."""
        self.others |= self.listed()
        return {"models": list(self.others), "model": self.author, "keeps": bool(self.history)}

    def cook(self, request: Event, send: Callable[[Event], None]) -> None:
        """Send the dish a few times while it is written, then whole."""
        order = order_of(request)
        with self._at_the_stove(request, send):
            if self.cookbook:
                order = leaning(order, self.cookbook, self.neighbours)
                order = fitted(order, self.backend, self.decoder.max_tokens)
            together = begun_together(self.backend, self.decoder)
            begun = count(1)
            listen = listener(order, lambda dish: send({"dish": shown(dish)}))

            def begin() -> Callable[[str], None] | None:
                send({"draft": next(begun), "together": together})
                return listen()

            answers = drafts(order, self.backend, self.decoder, begin)
            author = self.author
        dish, *others = (plate(order, answer, author) for answer in answers)
        send({**self._given(dish, tuple(others), self._others[0] + 1), "done": True})

    def another(self, request: Event) -> Event:
        """Return the next draft beside a dish; no model is asked."""
        number, waiting = self._others
        if request.get("request") != number or not waiting:
            raise TopochefError("there is no other draft at hand any more: cook it again")
        return self._given(waiting[0], waiting[1:], number)

    def _given(self, dish: ReadyRecipe, others: tuple[ReadyRecipe, ...], number: int) -> Event:
        """Keep a dish, and its drafts at hand."""
        self._others = number, others
        more = {"request": number, "others": len(others)}
        return {**served(dish), **self._kept(dish, others), **more}

    def ask(self, request: Event, send: Callable[[Event], None]) -> None:
        """Send what the rules answer at once, where they do, then what the model says too."""
        question, recipe, avoid, diet = question_of(request)
        posed = pose(question, recipe, avoid=avoid, diet=diet)
        if known := posed.by_rule():
            send({"answer": known.to_dict()})
        with self._at_the_stove(request, send):
            send({"asking": self.author})
            found = posed.by(Model(self.backend, self.author, self.decoder._replace(choose=FIRST)))
        send({"answer": found.to_dict(), "done": True})

    @contextmanager
    def _at_the_stove(self, request: Event, send: Callable[[Event], None]) -> Iterator[None]:
        """Wait for whoever is there, and have the model of the request ready."""
        name = request.get("model") or self.author
        if not isinstance(name, str) or name not in self.others:
            raise TopochefError("that model is not at hand any more: reload the page")
        if not self._stove.acquire(blocking=False):
            send({"waiting": True})
            self._stove.acquire()
        try:
            self._load(name, send)
            yield
        finally:
            self._stove.release()

    def _load(self, name: str, send: Callable[[Event], None]) -> None:
        """Have another model at the stove, in the place of the one that was there."""
        if name != self.author:
            send({"loading": name})
            self.backend = self.others[name]()
            self.author = name

    def _kept(self, dish: ReadyRecipe, others: tuple[ReadyRecipe, ...]) -> Event:
        if self.history is None:
            return {}
        try:
            return {"number": self.history.keep(dish, others)}
        except TopochefError as error:
            return {"unkept": f"The recipe was not kept: {error}"}

    def scale(self, request: Event) -> Event:
        """Return the ingredients for other servings."""
        from recipe_data.tasks.scale import scaled

        lines, now, then = scaling_of(request)
        read = list(map(parse_ingredient, lines))
        listed = scaled(read, then / now) if now != then else read
        return {"ingredients": [ingredient_row(ingredient) for ingredient in listed]}
