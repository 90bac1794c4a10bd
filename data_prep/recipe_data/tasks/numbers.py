"""Questions whose answer is a number: how much, how long, how hot."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_data.answers import counter, number_answer, render_ingredient
from recipe_data.check import MAX_CELSIUS, check_recipe
from recipe_data.instructions import Located, places
from recipe_data.pantry.identity import core_celsius
from recipe_data.prompts import GAP, listed, people
from recipe_data.schema import ChatRow, Ingredient, Instruction, Recipe
from recipe_data.tasks.drawing import Draw, question_row
from recipe_data.tasks.foods import main_ingredients

MOST_ROWS = 2
"""Questions of one kind about one recipe: long recipes shall not outweigh the others."""
MOST_MINUTES = 1440.0
LEAST_BAKING_MINUTES = 10.0
"""What bakes more shortly is being toasted or melted, and seldom the whole dish."""
OVEN_CELSIUS = (80.0, 300.0)
_ASKED = {"g": "How many grams of", "ml": "How many millilitres of", "unit": "How many"}
_BAKES = re.compile(r"\b(?:bake|roast)\b", re.IGNORECASE)
_BAKING = re.compile(r"\b(?:bake|roast)\b[^.;]*$", re.IGNORECASE)
_CORE = re.compile(r"internal temperature|thermometer|registers?\b|reads?\b", re.IGNORECASE)
_LEAST_CORE_CELSIUS = 63.0
_UNSAFE = frozenset(["unsafe-poultry", "implausible-temperature"])


def quantity_rows(recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
    """Ask how much of an ingredient it takes for so many people, or beside the other ones."""
    known = main_ingredients(recipe)
    askable = [food for food in known if _is_askable(food)]
    for number, food in enumerate(draw.sample("quantity", askable, MOST_ROWS)):
        how_much = _ASKED[food.unit or "unit"]
        fields = {"how_much": how_much, "name": food.name, "title": recipe.title}
        fields["how_much_lower"] = how_much[0].lower() + how_much[1:]
        purpose = str(number)
        if recipe.servings:
            portion = people(recipe.servings)
            question = draw.words("quantity", purpose, portion=portion, **fields)
        else:
            others = [other for other in known if other is not food and _can_be_told(other)]
            if not others:
                continue
            chosen = draw.sample(f"beside {number}", others, 3)
            beside = listed([_brief(ingredient) for ingredient in chosen])
            question = draw.words("quantity_beside", purpose, beside=beside, **fields)
        answer = number_answer(food.quantity or 0.0, food.unit or "unit")
        yield question_row(recipe, "quantity", question, answer, number)


def _is_askable(food: Ingredient) -> bool:
    """Pieces are asked for in the plural; what is counted in cloves or cans is no piece."""
    if food.quantity is None or food.quantity_max is not None or not 0 < food.quantity < 20_000:
        return False
    pieces = food.quantity >= 2 and food.name.endswith("s") and not counter(food)
    return food.unit != "unit" or pieces


def _can_be_told(food: Ingredient) -> bool:
    return food.unit in ("g", "ml") or _is_askable(food)


def _brief(ingredient: Ingredient) -> str:
    return render_ingredient(ingredient).removesuffix(f", {ingredient.preparation}")


def time_rows(recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
    """Quote a step without its time, and ask how long the dish bakes.

    It bakes for the time of the last step that states any, if only that step bakes something.
    """
    stated = [
        (step, time)
        for step in _steps(recipe)
        if (time := _only(step, "time")) and 0 < (time.value or 0.0) <= MOST_MINUTES
    ]
    for number, (step, time) in enumerate(draw.sample("time", stated, MOST_ROWS)):
        question = draw.words(
            "time", str(number), title=recipe.title, step=_gapped(step, time), **_how_long(time)
        )
        answer = number_answer(time.value or 0.0, "min")
        yield question_row(recipe, "time", question, answer, number)
    baked = [
        (step, time, heat)
        for step, time in stated
        if (heat := _only(step, "temperature"))
        and _BAKING.search(step.text, 0, time.start)
        and _is_oven(heat)
        and (time.value or 0.0) >= LEAST_BAKING_MINUTES
    ]
    if len(baked) == 1 and _bakes_last(recipe, baked[0][0]):
        _, time, heat = baked[0]
        question = draw.words(
            "time_bake", title=recipe.title, celsius=f"{heat.value:g}", **_how_long(time)
        )
        answer = number_answer(time.value or 0.0, "min")
        yield question_row(recipe, "time", question, answer, MOST_ROWS)


def _how_long(time: Located) -> dict[str, str]:
    """Word the question; of a range, the lower end is asked for."""
    asked = "how many minutes" if time.value_max is None else "at least how many minutes"
    return {"how_long": asked, "how_long_upper": asked[0].upper() + asked[1:]}


def temperature_rows(recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
    """Quote a step without its temperature, and ask for the oven's where there is only one.

    A recipe whose temperatures are unsafe or cannot be meant teaches none.
    """
    stated = [
        (step, heat)
        for step in _steps(recipe)
        if (heat := _only(step, "temperature")) and _is_whole(heat) and _is_safe(recipe, step, heat)
    ]
    if not stated or any(warning.code in _UNSAFE for warning in check_recipe(recipe)):
        return
    step, heat = draw.pick("temperature", stated)
    question = draw.words("temperature", title=recipe.title, step=_gapped(step, heat))
    yield question_row(recipe, "temperature", question, number_answer(heat.value or 0.0, "celsius"))
    baked = {heat.value for step, heat in stated if _is_oven(heat)}
    if len(baked) == len(stated) == 1 and any(_BAKES.search(step.text) for step in _steps(recipe)):
        question = draw.words("temperature_oven", title=recipe.title)
        answer = number_answer(heat.value or 0.0, "celsius")
        yield question_row(recipe, "temperature", question, answer, 1)


def _steps(recipe: Recipe) -> list[Instruction]:
    """Return the steps that can be quoted with a gap."""
    return [step for step in recipe.instructions if GAP not in step.text]


def _only(step: Instruction, kind: str) -> Located | None:
    """Return the one time or temperature that a step states; None where there are more."""
    found = [located for located in places(step) if located.kind == kind]
    return found[0] if len(found) == 1 and found[0].value is not None else None


def _gapped(step: Instruction, found: Located) -> str:
    """Quote a step with a gap where its number stands, so that the answer is not told."""
    text = step.text
    rest = text[found.end :] or "."  # the parsers take `minutes.` at the end as an abbreviation
    return f"«{text[: found.start]}{GAP}{rest}»"


def _is_whole(heat: Located) -> bool:
    value = heat.value or 0.0
    return heat.value_max is None and value.is_integer() and 0 < value <= MAX_CELSIUS


def _is_oven(heat: Located) -> bool:
    return _is_whole(heat) and OVEN_CELSIUS[0] <= (heat.value or 0.0) <= OVEN_CELSIUS[1]


def _bakes_last(recipe: Recipe, baking: Instruction) -> bool:
    """Tell whether no step after the one that bakes takes time: then it baked the dish."""
    later = recipe.instructions[recipe.instructions.index(baking) + 1 :]
    return not any(located.kind == "time" for step in later for located in places(step))


def _is_safe(recipe: Recipe, step: Instruction, heat: Located) -> bool:
    """Tell whether what a thermometer shall show inside is enough for all that is cooked.

    What a source rounds down, or leaves rare, is no answer to teach.
    """
    if not _CORE.search(step.text):
        return True
    cores = [core_celsius(f"{i.preparation or ''} {i.name}") for i in recipe.ingredients]
    return (heat.value or 0.0) >= max(_LEAST_CORE_CELSIUS, *(core or 0.0 for core in cores), 0.0)
