"""One recipe of a dish: who eats, what goes in, how it is worded; and its truth in metric."""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

from recipe_data.demo.knowledge import DishTemplate, Item
from recipe_data.demo.lines import Line, plural, write_line
from recipe_data.demo.markup import Words, WrittenStep, facts, write_step
from recipe_data.demo.style import Style, draw_style, write_duration, write_heat
from recipe_data.demo.titles import Title, write_title
from recipe_data.pantry.identity import is_meatless
from recipe_data.pantry.words import food_words

SERVINGS = (2, 3, 4, 6, 8)
MAX_INGREDIENTS = 10

_SERVINGS_WEIGHTS = (4, 2, 5, 3, 2)
_YIELDS = ("Serves {}.", "Serves {}.", "Yield: {} servings.", "Makes {} servings.")
_STATED_SHARE = 0.85
_EXTRA_SHARE = 0.25
_MEATLESS_SHARE = 0.15
_RANGE_SHARE = 0.05
_VOICE_SHARE = 0.8
_MADE_OF = {
    **dict.fromkeys(("biryani", "jambalaya", "paella", "pilaf", "risotto"), "rice"),
    **dict.fromkeys(("burrito", "quesadilla", "taco"), "tortilla"),
    **dict.fromkeys(("sandwich", "toast"), "bread"),
}
"""What a title names by the kind of its dish."""


class Composed(NamedTuple):
    """A recipe with its truth, before it is made dirty and laid out as a row."""

    dish: DishTemplate
    title: Title
    servings: int
    lines: tuple[Line, ...]
    steps: tuple[WrittenStep, ...]
    last_direction: str | None
    """`Serves 4.`: says only how many it feeds."""
    habits: tuple[str, ...]
    """What is unusual in how the amounts are written: `range`, `dual_measure`, …"""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two rows the same recipe: the words of the title and what goes in."""
        words = re.findall(r"[a-z0-9]+", self.title.text.lower())
        return " ".join(words), *((line.name, line.quantity) for line in self.lines)


def compose_recipe(dish: DishTemplate, rng: Random) -> Composed:
    """Compose one recipe; amounts are proportional to the servings.

    Where neither title nor directions state the servings, they are those of the knowledge base.
    """
    stated = rng.random() < _STATED_SHARE
    servings = rng.choices(SERVINGS, _SERVINGS_WEIGHTS)[0] if stated else dish.serves
    meatless = dish.vegetarian is not None and rng.random() < _MEATLESS_SHARE
    items = _choose_items(dish, rng, meatless=meatless)
    extras = tuple(item for item in items if item.optional)
    title = write_title(dish, servings, extras, rng, meatless=meatless)
    items = named_first(items, title.text)
    style = draw_style(rng, voices=max(map(len, dish.steps)))
    ranged = rng.randrange(len(items)) if rng.random() < _RANGE_SHARE else None
    lines = tuple(
        write_line(item, servings / dish.serves, style, rng, ranged=i == ranged)
        for i, item in enumerate(items)
    )
    needs_yield = stated and not title.states_servings
    return Composed(
        dish=dish,
        title=title,
        servings=servings,
        lines=lines,
        steps=_write_steps(dish, items, lines, style, rng),
        last_direction=rng.choice(_YIELDS).format(servings) if needs_yield else None,
        habits=_habits(style, lines),
    )


def _choose_items(dish: DishTemplate, rng: Random, *, meatless: bool) -> tuple[Item, ...]:
    swaps = dish.vegetarian if meatless and dish.vegetarian else {}
    chosen = [
        swaps.get(item.key, item)
        for item in dish.items
        if not item.optional
        or (rng.random() < _EXTRA_SHARE and (not meatless or is_meatless(item.name)))
    ]
    return tuple(chosen[:MAX_INGREDIENTS])


def named_first(items: tuple[Item, ...], title: str) -> tuple[Item, ...]:
    """Put what the title names first, in the title's order; the rest stays in its own.

    A list that opens with the food it is named after is a list that can be read off the title,
    where `rice` names Arborio rice too, and so does `risotto`.

    >>> from recipe_data.demo.knowledge import read_item
    >>> items = [read_item(food, f"28 g {food}") for food in ("butter", "sugar", "strawberry")]
    >>> [item.key for item in named_first(tuple(items), "Nonna's Strawberries in Butter")]
    ['strawberry', 'butter', 'sugar']
    >>> items = [read_item(food, f"28 g {food}") for food in ("butter", "rice", "mushroom")]
    >>> [item.key for item in named_first(tuple(items), "Mushroom Risotto")]
    ['mushroom', 'rice', 'butter']
    """
    words = [_MADE_OF.get(word, word) for word in food_words(title)]

    def place(item: Item) -> int:
        head = food_words(item.key)[-1]
        return words.index(head) if head in words else len(words)

    return tuple(sorted(items, key=place))


def _habits(style: Style, lines: tuple[Line, ...]) -> tuple[str, ...]:
    text = "\n".join(line.text for line in lines)
    found = {
        "range": any(line.quantity_max is not None for line in lines),
        "dual_measure": style.dual and re.search(r"\d ?(?:g|ml)\b", text),
        "vulgar_fraction": style.vulgar and re.search(r"[¼⅓½⅔¾]", text),
        "hyphenated_fraction": style.hyphenated and re.search(r"\d-\d/\d", text),
    }
    return tuple(name for name, present in found.items() if present)


def _write_steps(
    dish: DishTemplate, items: tuple[Item, ...], lines: tuple[Line, ...], style: Style, rng: Random
) -> tuple[WrittenStep, ...]:
    """Write the steps whose ingredients were chosen, most of them in the writer's own voice."""
    words = Words(
        {item.key: _reference(item, line) for item, line in zip(items, lines, strict=True)},
        lambda minutes: write_duration(minutes, style, rng),
        lambda celsius: write_heat(celsius, style),
    )
    steps = []
    for wordings in dish.steps:
        voice = style.voice if rng.random() < _VOICE_SHARE else rng.randrange(len(wordings))
        wording = wordings[voice % len(wordings)]
        if facts(wording).needed <= words.ingredients.keys():
            steps.append(write_step(wording, words))
    return tuple(steps)


def _reference(item: Item, line: Line) -> str:
    """Word an ingredient the way a step refers to it: in the number that its line has."""
    word = item.key.replace("_", " ")
    return plural(word) if line.name != item.name else word
