"""What a recipe is judged by: the same criteria for language models and for people."""

from __future__ import annotations

from typing import NamedTuple

VERDICTS = ("pass", "fail")


class Criterion(NamedTuple):
    """One thing that a recipe does or does not do."""

    name: str
    """As in files and on the command line."""
    question: str
    passes: str
    """When the answer is yes."""
    fails: str
    """When it is no."""


CRITERIA = (
    Criterion(
        "cookable",
        "Can a home cook make the dish of the title from this recipe alone?",
        "every step can be done in an ordinary kitchen, and the result is food, safe to eat, that "
        "the title describes",
        "a step is impossible, senseless or unsafe, something decisive is left out, or another "
        "dish comes out",
    ),
    Criterion(
        "ingredients_used",
        "Do the list of ingredients and the steps agree?",
        "every listed ingredient is used in a step, and every food of a step is listed; water, "
        "salt, pepper and oil for the pan may be missing from either",
        "a listed ingredient is never used, or a step uses food that is not listed",
    ),
    Criterion(
        "amounts_plausible",
        "Are amounts, times and temperatures plausible for so many servings?",
        "a cook would buy these amounts and set these times and temperatures, give or take a half",
        "an amount is several times too much or too little, or a time or temperature would leave "
        "the food raw or burnt",
    ),
    Criterion(
        "steps_in_order",
        "Can the steps be followed from first to last?",
        "everything is prepared before it is used, and the order leads to the dish",
        "a step uses what a later one makes, repeats one that is done, or comes after serving",
    ),
)

BY_NAME = {criterion.name: criterion for criterion in CRITERIA}
