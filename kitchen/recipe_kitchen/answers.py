"""Read what a model wrote: a whole answer, or the beginning of one."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.line_order import amount_first
from recipe_data.schema import (
    MAX_INGREDIENT_CHARS,
    MAX_INGREDIENTS,
    MAX_INSTRUCTION_CHARS,
    MAX_INSTRUCTIONS,
    WHOLE,
    Ingredient,
    Instruction,
    Part,
    Recipe,
)
from recipe_spans import is_blank

MAX_CHARS = 1_000_000
"""No answer within the schema's bounds is as long, however its characters are escaped."""


class Answer(NamedTuple):
    """The two lists of an answer, as written."""

    ingredients: tuple[str, ...]
    instructions: tuple[str, ...]

    @property
    def usual(self) -> Answer:
        """The same with amounts in front: it is no wording, and tells no judge who wrote it."""
        return self._replace(ingredients=tuple(map(amount_first, self.ingredients)))

    @property
    def text(self) -> str:
        """One line an ingredient, its amount in front, then one line a step."""
        return "\n".join((*self.usual.ingredients, *self.instructions))


class AnswerError(Exception):
    """Text that is not an answer; the message is a short reason that many texts share."""


def read_answer(text: str, part: Part = WHOLE) -> Answer:
    """Read a JSON answer that obeys `recipe_data.schema.ANSWER_SCHEMA`, or a part of one.

    Of a list alone, steps are none, whatever stands there. Raises `AnswerError` for anything else,
    however long or deep it is, and for lists in which a text is blank or no letter stands.

    >>> read_answer('{"ingredients":["salt"],"instructions":["Boil."]}').ingredients
    ('salt',)
    >>> read_answer('{"ingredients":["salt"],"instructions":[]}', "ingredients")
    Answer(ingredients=('salt',), instructions=())
    >>> read_answer("I am sorry")
    Traceback (most recent call last):
    recipe_kitchen.answers.AnswerError: not JSON
    """
    if not text.strip():
        raise AnswerError("empty")
    if len(text) > MAX_CHARS:
        raise AnswerError("too long")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerError("not JSON") from error
    if not isinstance(value, dict) or set(value) != {"ingredients", "instructions"}:
        raise AnswerError("not an object with ingredients and instructions")
    ingredients = _strings(value, "ingredients", MAX_INGREDIENTS, MAX_INGREDIENT_CHARS)
    if part != WHOLE:
        return Answer(ingredients, ())
    return Answer(
        ingredients, _strings(value, "instructions", MAX_INSTRUCTIONS, MAX_INSTRUCTION_CHARS)
    )


def as_recipe(title: str, servings: int | None, answer: Answer) -> Recipe:
    """Read the lines and steps of an answer."""
    return Recipe("", title, servings, *_read(answer), source="")


@lru_cache(maxsize=16)  # what is checked is then shown
def _read(answer: Answer) -> tuple[tuple[Ingredient, ...], tuple[Instruction, ...]]:
    ingredients = tuple(parse_ingredient(line) for line in answer.ingredients)
    return ingredients, tuple(parse_instruction(step) for step in answer.instructions)


def _strings(value: dict[str, Any], key: str, most: int, most_chars: int) -> tuple[str, ...]:
    items = value[key]
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise AnswerError(f"{key} is not a list of strings")
    if not 1 <= len(items) <= most or not all(1 <= len(item) <= most_chars for item in items):
        raise AnswerError(f"{key} is out of bounds")
    if any(map(is_blank, items)):
        raise AnswerError(f"{key} has a blank text")
    if not any(character.isalpha() for item in items for character in item):
        raise AnswerError(f"{key} has no words")
    return tuple(_without_surrogates(item) for item in items)


def _without_surrogates(text: str) -> str:
    """Replace the halves of surrogate pairs that JSON's escapes allow and UTF-8 does not."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_beginning(text: str) -> Answer:
    r"""Read as much of an answer as has been written so far.

    >>> read_beginning('{"ingredients":["rice","sal')
    Answer(ingredients=('rice', 'sal'), instructions=())
    >>> read_beginning('{"ingr')
    Answer(ingredients=(), instructions=())
    """
    closers: list[str] = []
    in_string = escaped = False
    for char in text:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "{[":
            closers.append("}" if char == "{" else "]")
        elif char in "}]" and closers:
            closers.pop()
    end = '"' if in_string else ""
    try:
        value = json.loads(text.rstrip(",") + end + "".join(reversed(closers)))
    except (ValueError, RecursionError):  # between a key and its value, or inside an escape
        return Answer((), ())
    lists = value if isinstance(value, dict) else {}
    return Answer(
        *(
            tuple(item for item in lists.get(key) or () if isinstance(item, str))
            for key in Answer._fields
        )
    )
