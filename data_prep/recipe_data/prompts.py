"""How recipes are asked for: training, evaluation, `recipe-cook` and the Modelfile share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

SYSTEM = (
    "You are an expert chef. Answer with one JSON object that has two lists of strings, "
    '"ingredients" and "instructions". Use grams, millilitres, minutes and °C.'
)


def recipe_request(title: str, servings: int | None = None) -> str:
    """Word the request for a whole recipe.

    >>> recipe_request("Pasta Carbonara")
    'Generate a recipe for Pasta Carbonara.'
    >>> recipe_request("Pasta Carbonara", servings=4)
    'Generate a recipe for Pasta Carbonara, 4 servings.'
    """
    portion = f", {servings} serving{'s' if servings != 1 else ''}" if servings else ""
    return f"Generate a recipe for {title}{portion}."


def recipe_messages(title: str, servings: int | None = None) -> list[dict[str, str]]:
    """Return the messages that ask for a recipe, up to where the assistant answers."""
    return question_messages(SYSTEM, recipe_request(title, servings))


Diet = Literal["vegan", "vegetarian"]
DIETS: tuple[Diet, ...] = get_args(Diet)

PANTRY = (
    "I have {names}. Generate {a_diet}recipe{portion}.",
    "What can I cook with {names}? Generate {a_diet}recipe{portion}.",
    "Generate {a_diet}recipe that uses {names}{portion}.",
    "In my kitchen there is {names}. Generate {a_diet}recipe with that{portion}.",
)
"""Ways to ask for a recipe from what is at hand."""


def question_messages(system: str, question: str) -> list[dict[str, str]]:
    """Return the messages that ask a question, up to where the assistant answers."""
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": question},
    ]


def diet_request(title: str, diet: Diet, servings: int | None = None) -> str:
    """Word the request for a recipe by title that keeps to a diet.

    >>> diet_request("Tomato Rice", "vegan", servings=2)
    'Generate a vegan recipe for Tomato Rice, 2 servings.'
    """
    return recipe_request(title, servings).replace("a recipe", f"a {diet} recipe", 1)


def pantry_request(
    names: Sequence[str], diet: Diet | None = None, servings: int | None = None
) -> str:
    """Word the request for a recipe from what is at hand: the first of the wordings of training.

    >>> pantry_request(["eggs", "rice"], "vegetarian", servings=2)
    'I have eggs and rice. Generate a vegetarian recipe for 2 servings.'
    """
    return PANTRY[0].format(
        names=listed(names),
        a_diet=f"a {diet} " if diet else "a ",
        portion=f" for {servings} serving{'s' if servings != 1 else ''}" if servings else "",
    )


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    >>> listed(["eggs", "spaghetti", "bacon"])
    'eggs, spaghetti and bacon'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
