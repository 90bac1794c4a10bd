"""The title against the list: a food that was asked for and is not there."""

from __future__ import annotations

from collections.abc import Iterator

from recipe_data.check.usage import is_unmistakable
from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.pantry.titles import listed_of, named_by
from recipe_data.schema import Recipe

_SILENT = words(
    "pesto mayonnaise guacamole lasagna cannelloni ravioli truffle scampi coquille caviar cream"
    " salsa crisp beef"
)
"""Foods that are also dishes, made of others; beef is listed by its cut."""


def missing(recipe: Recipe) -> Iterator[Warning]:
    """Yield the foods that the title names and no line lists, where the word can mean no dish.

    For recipes that were asked for by their title; of published ones `check_recipe` does not ask
    it, since their titles joke ("chicken-fried steak").

    >>> from recipe_data.ingredients import parse_ingredient
    >>> lines = tuple(map(parse_ingredient, ("200 g penne", "1 onion")))
    >>> tuna = Recipe("", "Tuna Pasta Bake", 4, lines, (), "")
    >>> [warning.message for warning in missing(tuna)]
    ['the title names tuna, which is not among the ingredients']
    """
    named = {
        name: mention
        for name, mention in named_by(recipe.title).items()
        if is_unmistakable(mention.words) and " " not in mention.words and name not in _SILENT
    }
    listed = listed_of(list(named.values()), recipe.ingredients)
    for name, mention in named.items():
        if name not in listed:
            message = f"the title names {mention.words}, which is not among the ingredients"
            yield Warning("missing-food", message, "title")
