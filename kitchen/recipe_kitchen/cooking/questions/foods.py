"""Which line of a recipe a cook means by the name of a food."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recipe_data.pantry.identity import same_food
from recipe_data.pantry.meanings import is_said, naming_words, said_words
from recipe_data.schema import Ingredient


def line_of(food: str, lines: Sequence[Ingredient]) -> Ingredient | None:
    """Return the line of a food: the same one, one with all its words, or one of its kind.

    >>> lines = [Ingredient(100.0, None, "g", name) for name in ("egg noodles", "Pecorino Romano")]
    >>> line_of("pecorino", lines).name, line_of("noodles", lines).name, line_of("ham", lines)
    ('Pecorino Romano', 'egg noodles', None)
    """
    said = said_words(food)
    named = naming_words(food) or said
    tests: tuple[Callable[[Ingredient], bool], ...] = (
        lambda line: same_food(line.name, food),
        lambda line: named <= said_words(line.name),
        lambda line: is_said(naming_words(line.name), said),
    )
    return next((line for test in tests for line in lines if test(line)), None)
