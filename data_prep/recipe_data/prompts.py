"""The wording of every prompt: training, evaluation, `recipe-cook` and the Modelfile share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from recipe_data.schema import Task

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
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": recipe_request(title, servings)},
    ]


Diet = Literal["vegan", "vegetarian"]
DIETS: tuple[Diet, ...] = get_args(Diet)

_ONE_LIST = (
    "You are an expert chef. Answer with one JSON object that has one list of strings, "
    '"ingredients"'
)
_ONE_NUMBER = 'You are an expert chef. Answer with one JSON object that has one string, "answer":'
TASK_SYSTEMS: dict[Task, str] = {
    "recipe": SYSTEM,
    "missing_ingredient": f"{_ONE_LIST}: the names of what is missing.",
    "substitution": f"{_ONE_LIST}: what together takes the place. Use grams and millilitres.",
    "scaling": f"{_ONE_LIST}: every line with its new amount. Use grams and millilitres.",
    "quantity": f"{_ONE_NUMBER} the amount in g or ml, or a bare number of pieces.",
    "time": f"{_ONE_NUMBER} the time in minutes, as in 10 min.",
    "temperature": f"{_ONE_NUMBER} the temperature in °C.",
}

GAP = "___"
"""What stands in a quoted step for the number that is asked for."""

WORDINGS: dict[str, tuple[str, ...]] = {
    "pantry": (
        "I have {names}. Generate {a_diet}recipe{portion}.",
        "What can I cook with {names}? Generate {a_diet}recipe{portion}.",
        "Generate {a_diet}recipe that uses {names}{portion}.",
        "In my kitchen there is {names}. Generate {a_diet}recipe with that{portion}.",
    ),
    "missing_ingredient": (
        "For {title} I have {names}. Which main ingredient is missing?",
        "I want to cook {title} and have {names}. What do I still need to buy?",
        "My list for {title}: {names}. One main ingredient is not on it. Which?",
    ),
    "substitution": (
        "What can replace {line} in {title}?",
        "I am cooking {title} and have no {name}. What can I use for {line}?",
        "{title} asks for {line}. What works in its place, and how much?",
    ),
    "scaling": (
        "{title}, {now}:\n{lines}\nHow much is that for {then}?",
        "Scale the ingredients of {title} from {now} to {then}:\n{lines}",
        "These ingredients make {now} of {title}. I need {then}.\n{lines}",
    ),
    "quantity": (
        "{how_much} {name} do I need for {title}{portion}?",
        "I am cooking {title}{portion}. {how_much} {name} should I take?",
        "{title}{portion}: {how_much_lower} {name}?",
    ),
    "quantity_beside": (
        "{how_much} {name} do I put into {title} with {beside}?",
        "For {title} I take {beside}. {how_much} {name} do I add?",
        "I have {beside} for {title}. {how_much} {name} do I need besides?",
    ),
    "time": (
        "{title}: {how_long} in this step? {step}",
        "A step of {title} reads: {step} {how_long_upper}?",
        "{how_long_upper} does this take in {title}? {step}",
    ),
    "time_bake": (
        "{how_long_upper} does {title} bake at {celsius} °C?",
        "I bake {title} at {celsius} °C. {how_long_upper} does it take?",
    ),
    "temperature": (
        "{title}: which temperature in °C belongs in this step? {step}",
        "A step of {title} reads: {step} At which °C?",
        "How hot should it be in this step of {title}? {step}",
    ),
    "temperature_oven": (
        "How hot must the oven be for {title}?",
        "What oven temperature does {title} need?",
    ),
}
"""Several wordings of each kind of question; the fields are filled by `recipe_data.tasks`."""


def question_messages(task: Task, question: str) -> list[dict[str, str]]:
    """Return the messages that ask a question of a task, up to where the assistant answers."""
    return [
        {"role": "system", "content": TASK_SYSTEMS[task]},
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
    return WORDINGS["pantry"][0].format(
        names=listed(names),
        a_diet=f"a {diet} " if diet else "a ",
        portion=f" for {servings} serving{'s' if servings != 1 else ''}" if servings else "",
    )


def people(servings: int | None) -> str:
    """Word for how many a dish is, to follow its name; empty where that is not known.

    >>> people(1), people(4), people(None)
    (' for 1 person', ' for 4 people', '')
    """
    if servings is None:
        return ""
    return f" for {servings} {'person' if servings == 1 else 'people'}"


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    >>> listed(["eggs", "spaghetti", "bacon"])
    'eggs, spaghetti and bacon'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
