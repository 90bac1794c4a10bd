"""What the model is taught to say: a recipe as compact JSON, and where in it the entities stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from recipe_base.datasets import AMOUNT_FIRST, Lines
from recipe_base.files import to_json
from recipe_data.instructions import places
from recipe_data.language.units import CONTAINERS, PIECES
from recipe_data.line_order import name_first
from recipe_data.metric import kitchen_number
from recipe_data.prompts import recipe_messages
from recipe_data.schema import (
    MAX_INGREDIENT_CHARS,
    MAX_INGREDIENTS,
    MAX_INSTRUCTION_CHARS,
    MAX_INSTRUCTIONS,
    ChatRow,
    Ingredient,
    Instruction,
    Recipe,
    Span,
    Unit,
)

NumberUnit = Literal["g", "ml", "unit", "min", "celsius"]
"""What the number of an answer counts; `unit` for pieces."""
_UNIT_ENDINGS: dict[NumberUnit, str] = {
    "g": " g",
    "ml": " ml",
    "unit": "",
    "min": " min",
    "celsius": " °C",
}


COUNTERS = CONTAINERS | PIECES


def _number(value: float, unit: Unit | None) -> str:
    digits = f"{value:.3g}" if unit == "unit" else kitchen_number(value)
    return f"{float(digits):.6f}".rstrip("0").rstrip(".")


def rounded(ingredient: Ingredient) -> Ingredient:
    """Round the amounts as they are written: what is rendered and what is recorded agree.

    Grams and millilitres as `kitchen_number` has them, counts to three significant digits.

    >>> rounded(Ingredient(28.35, 28.4, "g", "butter"))
    Ingredient(quantity=28.0, quantity_max=None, unit='g', name='butter', preparation=None)
    """
    low, high = (
        float(_number(value, ingredient.unit)) if value is not None else None
        for value in (ingredient.quantity, ingredient.quantity_max)
    )
    return replace(ingredient, quantity=low, quantity_max=high if high != low else None)


def render_amount(ingredient: Ingredient) -> str:
    """Write number and unit as the answer does; empty where the line names no amount.

    >>> render_amount(Ingredient(2.0, 3.0, "unit", "eggs"))
    '2-3'
    """
    if ingredient.quantity is None:
        return ""
    text = _number(ingredient.quantity, ingredient.unit)
    if ingredient.quantity_max is not None:
        text += f"-{_number(ingredient.quantity_max, ingredient.unit)}"
    return f"{text} {ingredient.unit}" if ingredient.unit in ("g", "ml") else text


def counter(ingredient: Ingredient) -> str | None:
    """Return what is counted where that is not the ingredient itself: `cloves` of garlic.

    >>> counter(Ingredient(3.0, None, "unit", "garlic", "cloves, crushed"))
    'cloves'
    """
    first = (ingredient.preparation or "").partition(", ")[0]
    is_counter = ingredient.unit not in ("g", "ml") and first in COUNTERS
    return first if is_counter else None


def _parts(ingredient: Ingredient) -> tuple[str, str, str]:
    """Return what stands before the name of an ingredient, the name, and what stands behind."""
    amount = render_amount(ingredient)
    behind = ingredient.preparation
    if counted := counter(ingredient):
        amount = f"{amount} {counted}" if amount else f"{counted} of"
        behind = (behind or "").partition(", ")[2]
    return f"{amount} " if amount else "", ingredient.name, f", {behind}" if behind else ""


def render_ingredient(ingredient: Ingredient, lines: Lines = AMOUNT_FIRST) -> str:
    """Write an ingredient as `[quantity[-quantity_max] [unit|counter ]]name[, preparation]`.

    Or with its name first, as far as `name_first` can.

    >>> render_ingredient(Ingredient(320.0, None, "g", "spaghetti"))
    '320 g spaghetti'
    >>> render_ingredient(Ingredient(1.0, None, "unit", "onion", "finely chopped"))
    '1 onion, finely chopped'
    >>> render_ingredient(Ingredient(3.0, None, "unit", "garlic", "cloves, crushed"))
    '3 cloves garlic, crushed'
    >>> render_ingredient(Ingredient(320.0, None, "g", "spaghetti"), "name-first")
    'spaghetti, 320 g'
    """
    parts = _parts(ingredient)
    turned = None if lines == AMOUNT_FIRST else name_first(*parts)
    return turned or "".join(parts)


def answer_fault(recipe: Recipe) -> str | None:
    """Say which bound of the answer schema a recipe breaks; None where it fits."""
    for name, count, most in (
        ("ingredients", len(recipe.ingredients), MAX_INGREDIENTS),
        ("steps", len(recipe.instructions), MAX_INSTRUCTIONS),
    ):
        if count > most:
            return f"{count} {name}, at most {most} fit"
    for ingredient in recipe.ingredients:
        if len(line := render_ingredient(ingredient)) > MAX_INGREDIENT_CHARS:
            return f"an ingredient of {len(line)} characters: {line}"
    for step in recipe.instructions:
        if len(step.text) > MAX_INSTRUCTION_CHARS:
            return f"a step of {len(step.text)} characters: {step.text}"
    return None


def answer(recipe: Recipe) -> tuple[str, tuple[Span, ...]]:
    """Return the compact JSON of a recipe and its spans, as offsets into that JSON, in order.

    Ingredient i has group i; step j has group `len(ingredients) + j`.
    """
    steps = recipe.instructions
    listed, spans, position = _listed(recipe.ingredients)
    text = to_json({"ingredients": listed, "instructions": [step.text for step in steps]})
    position += len('"],"instructions":["') - len('","')
    for group, step in enumerate(steps, len(listed)):
        spans += _step_spans(step, _offsets(step.text, position), group)
        position += _json_length(step.text) + len('","')
    return text, tuple(spans)


def ingredients_answer(ingredients: Sequence[Ingredient]) -> tuple[str, tuple[Span, ...]]:
    """Return the compact JSON of a bare list of ingredients and its spans; see `answer`.

    >>> ingredients_answer([Ingredient(100.0, None, "g", "feta")])[0]
    '{"ingredients":["100 g feta"]}'
    """
    listed, spans, _ = _listed(ingredients)
    return to_json({"ingredients": listed}), tuple(spans)


def number_answer(value: float, unit: NumberUnit) -> tuple[str, tuple[Span, ...]]:
    """Return the compact JSON of a number with its unit, and the span of its digits.

    >>> text, (span,) = number_answer(180.0, "celsius")
    >>> text, text[span.start : span.end], span.value, span.unit
    ('{"answer":"180 °C"}', '180', 180.0, 'celsius')
    >>> number_answer(4.0, "unit")[0]
    '{"answer":"4"}'
    """
    digits, start = f"{value:g}", len('{"answer":"')
    text = to_json({"answer": digits + _UNIT_ENDINGS[unit]})
    return text, (Span(start, start + len(digits), "number", 0, float(digits), unit),)


def chat_row(recipe: Recipe) -> ChatRow:
    """Return the example that teaches to write this recipe from its title and servings."""
    text, spans = answer(recipe)
    messages = recipe_messages(recipe.title, recipe.servings)
    return ChatRow(
        id=f"{recipe.id}-recipe",
        task="recipe",
        messages=(*messages, {"role": "assistant", "content": text}),
        spans=spans,
        **about(recipe),
        form="title",
    )


def about(recipe: Recipe) -> dict[str, Any]:
    """Return what a row says of the recipe that it asks about."""
    return {
        "recipe": recipe.id,
        "title": recipe.title,
        "servings": recipe.servings or 0,
        "source": recipe.source,
    }


def _listed(ingredients: Sequence[Ingredient]) -> tuple[list[str], list[Span], int]:
    """Return the lines of the first list of an answer, their spans, and where a next would begin.

    Behind the opening quote of the first string; each next string starts 3 characters after.
    """
    lines = [render_ingredient(ingredient) for ingredient in ingredients]
    spans: list[Span] = []
    position = len('{"ingredients":["')
    for group, (ingredient, line) in enumerate(zip(ingredients, lines, strict=True)):
        spans += _ingredient_spans(ingredient, _offsets(line, position), group)
        position += _json_length(line) + len('","')
    return lines, spans, position


def _json_length(text: str) -> int:
    return len(to_json(text)) - 2


def _offsets(text: str, start: int) -> Callable[[int], int]:
    """Map an offset in `text` to one in the JSON where its string begins at `start`."""
    if _json_length(text) == len(text):
        return lambda offset: start + offset
    return lambda offset: start + _json_length(text[:offset])


def _ingredient_spans(ingredient: Ingredient, at: Callable[[int], int], group: int) -> list[Span]:
    amount = render_amount(ingredient)
    spans = []
    if amount:
        spans.append(
            Span(at(0), at(len(amount)), "quantity", group, ingredient.quantity, ingredient.unit)
        )
    start = len(_parts(ingredient)[0])
    return [*spans, Span(at(start), at(start + len(ingredient.name)), "ingredient", group)]


def _step_spans(step: Instruction, at: Callable[[int], int], group: int) -> list[Span]:
    return [
        Span(at(found.start), at(found.end), found.kind, group, found.value, found.unit)
        for found in places(step)
        if found.kind != "keeping"
    ]
