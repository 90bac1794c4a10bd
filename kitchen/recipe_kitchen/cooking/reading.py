"""A recipe read back: what `recipe-cook` writes, a recipe manager's JSON, or a pasted list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.building.servings import take_from_steps, without_servings
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import convert_instruction, locate, parse_instruction
from recipe_data.schema import MAX_INGREDIENTS, MAX_INSTRUCTIONS, RawRecipe, Recipe
from recipe_kitchen.cooking.order import MAX_TITLE_CHARS, plain

MAX_BYTES = 1_000_000
UNNAMED = "Dish"
"""What a list without a title is called."""
_LONGEST_LINE_WORDS = 12
"""A line of more words that is in no list is a step."""
_TABLE_ROW = re.compile(r"^\|(?P<amount>[^|]*)\|(?P<name>(?:\\.|[^|\\])+)\|\s*$")
_ESCAPE = re.compile(r"\\([^\w\s])")
_NUMBERED = re.compile(r"^(?:step\s*)?\d{1,2}[.):]\s+(?=\D|\d+\\)", re.IGNORECASE)
_BULLET = re.compile(r"^[-*•]\s+")
_HEADING = re.compile(
    r"^#*\s*(?:(?P<list>ingredients?|shopping list|you need)|(?P<steps>directions?|instructions?"
    r"|method|preparation|steps?))\s*:?\s*$",
    re.IGNORECASE,
)
_SERVES = re.compile(
    r"^(?:(?:serves|servings|for|feeds|makes|yields?)\b|\d{1,3} (?:servings?|portions?|people)$)",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"^(?:>|To buy:|After:|What was looked for:|Check before cooking|Written by a language model)"
)


def read_file(path: Path) -> Recipe:
    """Read the recipe of a file; raises `TopochefError` if it holds none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TopochefError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise TopochefError(f"{path} is larger than {MAX_BYTES:,} bytes: give one recipe")
    return read_text(data.decode("utf-8-sig", "replace"), str(path))


def read_text(text: str, where: str = "the text") -> Recipe:
    """Read a recipe from JSON, JSON-LD, Markdown or plain lines.

    >>> recipe = read_text("Rice for 2\\n200 g rice\\n5 g salt\\n1. Boil the rice for 12 minutes.")
    >>> recipe.title, recipe.servings, len(recipe.ingredients), recipe.instructions[0].minutes
    ('Rice', 2, 2, 12.0)

    Raises `TopochefError` that names `where` it holds no line of ingredients.
    """
    if len(text) > MAX_BYTES:
        raise TopochefError(f"{where} is longer than {MAX_BYTES:,} characters: give one recipe")
    if text.lstrip().startswith(("{", "[")):
        return _from_json(text, where)
    title, lines, steps = _from_lines(text)
    return _recipe(title, lines, steps, where)


def _from_json(text: str, where: str) -> Recipe:
    from recipe_data.building.sources.jsonld import rows_of_value

    try:
        value: Any = json.loads(text)
        row = next(iter(rows_of_value(1, value, lambda title: None)), None)
    except (ValueError, RecursionError) as error:
        raise TopochefError(f"{where} is no JSON that can be read ({error})") from error
    if not isinstance(row, RawRecipe):
        reason = f" ({row.reason})" if row else ""
        raise TopochefError(f"{where} holds no recipe{reason}: give what recipe-cook --json writes")
    return _recipe(row.title, row.ingredients, row.directions, where)


def _from_lines(text: str) -> tuple[str, list[str], list[str]]:
    """Tell title, ingredients and steps of Markdown, or of plain lines, apart."""
    title, lines, steps = "", list[str](), list[str]()
    part = ""
    for written in text.splitlines():
        line = written.strip()
        if not line or _REMARK.match(line):
            part = "end" if line else part
            continue
        if heading := _HEADING.match(line):
            part = str(heading.lastgroup)
        elif line.startswith("#"):
            title = title or _unmarked(line.lstrip("# "))
        elif line.startswith("|"):
            row = _TABLE_ROW.match(line)
            if row and not set(line) <= set("|-: ") and row["amount"].strip() != "Amount":
                lines.append(_unmarked(f"{row['amount'].strip()} {row['name'].strip()}"))
        elif part == "end":
            continue
        elif _SERVES.match(line) or _NUMBERED.match(line) or part == "steps":
            steps.append(_unmarked(_NUMBERED.sub("", line)))
        elif part == "list" or _BULLET.match(line) or _is_listed(line, bool(lines)):
            lines.append(_unmarked(_BULLET.sub("", line)))
        elif not title and not lines and not steps:
            title = _unmarked(line.rstrip(":"))
        else:
            steps.append(_unmarked(line))
    return title, lines, steps


def _is_listed(line: str, below_others: bool) -> bool:
    """Tell a line of ingredients from a title above them and a step below."""
    if len(line.split()) > _LONGEST_LINE_WORDS or line.endswith((".", "!")):
        return False
    if parse_ingredient(line).quantity is not None:
        return True
    return below_others and not any(found.kind == "action" for found in locate(line))


def _unmarked(text: str) -> str:
    return _ESCAPE.sub(r"\1", text.replace("**", ""))


def _recipe(title: str, lines: Iterable[str], steps: Iterable[str], where: str) -> Recipe:
    """Read lines and steps in metric units; control characters and tokens are no part of them."""
    named, servings_in_title = without_servings(" ".join(plain(title).split()))
    told, servings = take_from_steps([" ".join(plain(step).split()) for step in steps])
    listed = [" ".join(plain(line).split()) for line in lines]
    ingredients = tuple(parse_ingredient(line) for line in listed if line)[:MAX_INGREDIENTS]
    if not ingredients:
        raise TopochefError(f"{where} lists no ingredients: a line each, as `200 g rice`")
    instructions = [parse_instruction(convert_instruction(step)) for step in told]
    return Recipe(
        "",
        named[:MAX_TITLE_CHARS] or UNNAMED,
        servings or servings_in_title,
        ingredients,
        tuple(instructions[:MAX_INSTRUCTIONS]),
        "",
    )
