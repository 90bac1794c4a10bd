"""A dish as JSON and as Markdown."""

from __future__ import annotations

import json
import re
from typing import Any

from recipe_data.check.avoided import Avoided
from recipe_data.schema import Ingredient, Instruction
from recipe_kitchen.cooking.card import amount_text, fragments
from recipe_kitchen.cooking.ready import ReadyRecipe

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_BLOCK_MARK = re.compile(r"^(\d*)([-+=.)])")
"""What begins a list, a rule or an underlining at the beginning of a line."""


def as_json(dish: ReadyRecipe) -> str:
    """Return a dish as one JSON object."""
    recipe: dict[str, Any] = {
        "title": dish.title,
        "servings": dish.servings,
        "ingredients": dish.ingredients,
        "instructions": dish.steps,
        "warnings": [vars(warning) for warning in dish.warnings],
    }
    if dish.author:
        recipe["model"] = dish.author
    if dish.diet or dish.avoided:
        recipe["diet"] = dish.diet
        recipe["avoided"] = [_avoided(each) for each in dish.avoided]
        recipe["unchecked"] = [vars(note) for note in dish.unchecked]
    if dish.to_buy is not None:
        recipe["to_buy"] = dish.to_buy
    if dish.after:
        recipe["after"] = [
            {"title": each.title, "nearness": round(each.nearness, 2)} for each in dish.after
        ]
    return json.dumps(recipe, ensure_ascii=False, indent=2)


def _avoided(meant: Avoided) -> dict[str, Any]:
    """Say what a word was taken for; `caution` is what cannot be checked."""
    families = [f"all kinds of {family}" for family in meant.families]
    others = [*meant.foods, *([meant.unknown] if meant.unknown else [])]
    said = {"word": meant.word, "taken_for": [*meant.substances, *families, *others]}
    return said | ({"caution": meant.caution} if meant.caution else {})


def as_markdown(dish: ReadyRecipe) -> str:
    """Return a dish as a Markdown document; what a model wrote is text, never markup."""
    parts = [f"# {_escaped(dish.title)}"]
    if dish.servings:
        parts.append(f"Serves {dish.servings}.")
    parts.append(
        "\n".join(
            ["| Amount | Ingredient |", "| ---: | --- |", *map(_row, dish.recipe.ingredients)]
        )
    )
    steps = enumerate(dish.recipe.instructions, 1)
    parts.append("\n".join(f"{n}. {_step(step)}" for n, step in steps))
    if dish.to_buy:
        parts.append(f"To buy: {_escaped(', '.join(dish.to_buy))}.")
    if dish.leant_on:
        parts.append(f"After: {_escaped(dish.leant_on)}.")
    if dish.doubts:
        doubts = (f"> - {_block(_escaped(doubt))}" for doubt in dish.doubts)
        parts.append("\n".join(["> **Check before cooking**", ">", *doubts]))
    if dish.notes:
        notes = (f"- {_block(_escaped(note))}" for note in dish.notes)
        parts.append("\n".join(["What was looked for:", "", *notes]))
    if dish.author:
        parts.append(f"Written by a language model ({_escaped(dish.author)}).")
    return "\n\n".join(parts)


def _row(ingredient: Ingredient) -> str:
    name = ingredient.name
    if ingredient.preparation:
        name += f", {ingredient.preparation}"
    return f"| {amount_text(ingredient)} | {_escaped(name)} |"


def _step(step: Instruction) -> str:
    """Write a step with times and temperatures in bold."""
    written = (
        _escaped(part.text) if part.kind == "plain" else f"**{_escaped(part.text)}**"
        for part in fragments(step)
    )
    return _block("".join(written))


def _block(text: str) -> str:
    """Escape what would begin a list within a list."""
    return _BLOCK_MARK.sub(r"\1\\\2", text)


def _escaped(text: str) -> str:
    r"""Escape what Markdown would read as markup.

    >>> print(_escaped("*Rice* <b>1</b> | [x]"))
    \*Rice\* \<b\>1\</b\> \| \[x\]
    """
    return _MARKUP.sub(r"\\\1", text)
