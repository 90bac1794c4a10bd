"""What a cook asks for, and the prompt that training used for it."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.check.avoided import taken_for
from recipe_data.check.diets import read_diet
from recipe_data.grounded_prompts import Neighbour, grounded_messages
from recipe_data.language.text import neutralise_control_tokens
from recipe_data.prompts import (
    SYSTEM,
    Diet,
    diet_request,
    listed,
    pantry_request,
    question_messages,
    recipe_request,
)
from recipe_kitchen.backends import Message

MOST_ASKED = 12
"""Training data seldom states more servings: for more, a model is asked for `USUAL` of them."""
USUAL = 4
MAX_SERVINGS = 500
MAX_TITLE_CHARS = 120
MAX_FOODS = 20
MAX_FOOD_CHARS = 40
_SMALL_WORDS = frozenset({"a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "with"})


class Order(NamedTuple):
    """What is wanted; made by `take_order`."""

    title: str
    """As on the card; empty where only ingredients were named."""
    have: tuple[str, ...] = ()
    servings: int | None = None
    diet: Diet | None = None
    avoid: tuple[str, ...] = ()
    diet_word: str = ""
    """What the diet was called, where by another name."""
    neighbours: tuple[Neighbour, ...] = ()
    """Recipes of a cookbook to lean on, the nearest first."""

    @property
    def heading(self) -> str:
        """The title, or what the dish is made of."""
        return self.title or f"Something with {listed(self.have)}"

    @property
    def asked_servings(self) -> int | None:
        """How many servings the model is asked for; `ready` scales what it writes."""
        if self.servings is None or self.servings <= MOST_ASKED:
            return self.servings
        return USUAL

    def messages(self) -> list[Message]:
        """Return the prompt, in the words of training.

        A title decides the recipe: training has no question with title and ingredients, so that
        what is at home then only shortens the shopping list.
        """
        if not self.title:
            request = pantry_request(self.have, self.diet, self.asked_servings)
        elif self.diet:
            request = diet_request(self.title, self.diet, self.asked_servings)
        else:
            request = recipe_request(self.title, self.asked_servings)
        return grounded_messages(question_messages(SYSTEM, request), self.neighbours)


def take_order(
    title: str,
    have: str = "",
    servings: int | None = None,
    diet: str | None = None,
    avoid: str = "",
) -> Order:
    """Read what was typed; lists are separated by commas.

    A diet that the model was not trained on, such as `gluten-free`, is something to avoid.

    Raises `TopochefError` if neither title nor ingredients are named, something is too long, or
    an allergen looks misspelt or a diet cannot be checked.

    >>> take_order("mushroom risotto", have="rice, stock").heading
    'Mushroom Risotto'
    >>> take_order("", have="eggs,spaghetti ").heading
    'Something with eggs and spaghetti'
    """
    heading = headline(plain(title))
    foods = split_list(have)
    avoided = split_list(avoid)
    if not heading and not foods:
        raise TopochefError(
            'say what to cook: recipe-cook "Mushroom risotto", or --have "eggs, rice"'
        )
    if len(heading) > MAX_TITLE_CHARS:
        raise TopochefError(f"a title has at most {MAX_TITLE_CHARS} characters: name the dish only")
    if servings is not None and not 1 <= servings <= MAX_SERVINGS:
        raise TopochefError(f"{servings} servings: choose 1 to {MAX_SERVINGS}")
    kept, left_out = read_diet(plain(diet)) if diet else (None, ())
    avoided = tuple(dict.fromkeys((*left_out, *avoided)))
    for word in avoided:
        taken_for(word)  # asks where one looks misspelt
    said = diet if kept and diet and diet != kept else ""
    return Order(heading, foods, servings, kept, avoided, plain(said))


def plain(text: str) -> str:
    """Return typed text without control characters and control tokens."""
    return neutralise_control_tokens(printable(text))


def split_list(text: str) -> tuple[str, ...]:
    """Split a comma-separated list, each name once.

    >>> split_list("eggs, spaghetti,,eggs ")
    ('eggs', 'spaghetti')
    """
    names = (" ".join(plain(name).split()) for name in text.split(","))
    found = tuple(dict.fromkeys(name for name in names if name))
    if len(found) > MAX_FOODS or any(len(name) > MAX_FOOD_CHARS for name in found):
        raise TopochefError(
            f"a list holds at most {MAX_FOODS} names of {MAX_FOOD_CHARS} characters, "
            "separated by commas"
        )
    return found


def headline(title: str) -> str:
    """Capitalise a title as those of the training data are; small models mind the difference.

    >>> headline("mushroom risotto with peas"), headline("BLT, the best")
    ('Mushroom Risotto with Peas', 'BLT, the Best')
    """
    words = title.split()
    return " ".join(
        word if i and word in _SMALL_WORDS else word[0].upper() + word[1:]
        for i, word in enumerate(words)
    )


def printable(text: str) -> str:
    r"""Drop everything that could steer a terminal or reorder its text; join lines.

    That is every character of the Unicode categories C*: control, format, surrogate, private
    and unassigned.

    >>> printable("salt\x1b[31m\u202e\npepper")
    'salt[31m pepper'
    """
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
