"""A dish as a schema.org Recipe in JSON-LD, for recipe managers such as Mealie and Tandoor."""

from __future__ import annotations

import json
from typing import Any

from recipe_data.instructions import places
from recipe_data.language.durations import OVERNIGHT_MINUTES
from recipe_data.language.text import words
from recipe_data.prompts import Diet
from recipe_data.schema import Instruction
from recipe_data.tasks.diets import ingredient_diet
from recipe_kitchen.cooking.ready import ReadyRecipe

_DIETS: dict[Diet, str] = {
    "vegan": "https://schema.org/VeganDiet",
    "vegetarian": "https://schema.org/VegetarianDiet",
}
_HEATS = words(
    "bake barbecue blanch boil braise broil brown caramelize char cook crisp deep-fry fry grill"
    " heat melt microwave pan-fry parboil poach preheat reduce reheat roast saute scald scramble"
    " sear simmer smoke soften steam stew stir-fry sweat thicken toast warm"
)

_WAITS = words(
    "brine chill cool cure defrost ferment freeze hydrate infuse leave macerate marinate proof"
    " prove refrigerate rest rise set sit soak stand steep store thaw wait"
)


def as_linked_data(dish: ReadyRecipe) -> dict[str, Any]:
    """Return a dish as a JSON-LD object; what is not known is left out.

    Times are sums of what the steps state: cooking of what they heat, the total of all. A diet is
    stated where it was asked for, nothing in the recipe breaks it, and every word of every line is
    known to keep to it.
    """
    recipe: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Recipe",
        "name": dish.title,
        "recipeIngredient": list(dish.ingredients),
        "recipeInstructions": [{"@type": "HowToStep", "text": step} for step in dish.steps],
    }
    if dish.author:
        after = f", after: {dish.leant_on}" if dish.after else ""
        recipe["description"] = f"Written by a language model ({dish.author}){after}."
    if dish.after:
        recipe["isBasedOn"] = [{"@type": "Recipe", "name": each.title} for each in dish.after]
    if dish.servings:
        recipe["recipeYield"] = f"{dish.servings} serving{'s' if dish.servings != 1 else ''}"
    steps = dish.recipe.instructions
    for key, minutes in (
        ("cookTime", sum(map(cooking_minutes, steps))),
        ("totalTime", sum(step.minutes or 0.0 for step in steps)),
    ):
        if minutes:
            recipe[key] = duration(minutes)
    if dish.diet and _keeps_to(dish, dish.diet):
        recipe["suitableForDiet"] = _DIETS[dish.diet]
        recipe["keywords"] = dish.diet
    return recipe


def _keeps_to(dish: ReadyRecipe, diet: Diet) -> bool:
    if not dish.ingredients or any(warning.code == "diet" for warning in dish.warnings):
        return False
    stated = {ingredient_diet(ingredient.name) for ingredient in dish.recipe.ingredients}
    return stated <= ({"vegan"} if diet == "vegan" else {"vegan", "vegetarian"})


def cooking_minutes(step: Instruction) -> float:
    """Return for how long a step heats: the longest time that is no waiting, 0 if it has none.

    >>> from recipe_data.instructions import parse_instruction
    >>> cooking_minutes(parse_instruction("Simmer 20 minutes, cool, then chill overnight."))
    20.0
    """
    if _HEATS.isdisjoint(step.actions):
        return 0.0
    minutes, hot, said = 0.0, True, False
    for found in places(step):
        if found.lemma in _HEATS or found.lemma in _WAITS:
            hot, said = found.lemma in _HEATS, True
        elif found.kind == "time" and found.value and hot:
            overnight = found.value == OVERNIGHT_MINUTES and not said
            minutes = minutes if overnight else max(minutes, found.value)
    return minutes


def as_schema_org(dish: ReadyRecipe) -> str:
    """Return the JSON-LD document."""
    return in_a_page(json.dumps(as_linked_data(dish), ensure_ascii=False, indent=2))


def in_a_page(document: str) -> str:
    """Escape the `<` of a JSON document, so that it can stand in a web page.

    >>> print(in_a_page('"</script>"'))
    "\\u003c/script>"
    """
    return document.replace("<", "\\u003c")


def duration(minutes: float) -> str:
    """Write minutes as an ISO 8601 duration; what is shorter than a minute counts as one.

    >>> duration(75), duration(60), duration(0.5), duration(1500)
    ('PT1H15M', 'PT1H', 'PT1M', 'PT25H')
    """
    hours, rest = divmod(max(1, round(minutes)), 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{rest}M' if rest else ''}"
