"""The wording of every prompt: training, evaluation, `recipe-cook` and the Modelfile share it."""

from __future__ import annotations

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
