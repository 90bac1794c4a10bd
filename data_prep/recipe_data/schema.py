"""What the stages hand on: recipes, answers, spans and chat rows (the one home of their shapes)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Unit = Literal["g", "ml", "unit"]
Kind = Literal["ingredient", "quantity", "action", "time", "temperature", "number"]
Form = Literal["title", "pantry", "diet", "question"]
Part = Literal["whole", "ingredients"]

# Bounds of an answer: a decoder that may run on for ever is cut off in the middle of its JSON.
MAX_INGREDIENTS = 40
MAX_INSTRUCTIONS = 40
MAX_INGREDIENT_CHARS = 120
MAX_INSTRUCTION_CHARS = 400
MAX_NAMED = 6  # ingredients that a short answer names


def closed(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of an object with these keys, all of them and no other.

    Every schema that a model is held to is made here. Some servers sort the keys of a schema, and
    a model writes them in that order: keys stand in alphabetical order, or `ValueError` is raised.

    >>> closed({"reason": {"type": "string"}, "verdict": {"type": "string"}})["required"]
    ['reason', 'verdict']
    >>> closed({"q": {}, "a": {}})
    Traceback (most recent call last):
    ValueError: q, a: keys of a schema stand in alphabetical order
    """
    keys = list(properties)
    if keys != sorted(keys):
        raise ValueError(f"{', '.join(keys)}: keys of a schema stand in alphabetical order")
    return {
        "type": "object",
        "properties": properties,
        "required": keys,
        "additionalProperties": False,
    }


def _texts(most: int, chars: int) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": chars}
    return {"type": "array", "items": text, "minItems": 1, "maxItems": most}


ANSWER_SCHEMA: dict[str, Any] = closed(
    {
        "ingredients": _texts(MAX_INGREDIENTS, MAX_INGREDIENT_CHARS),
        "instructions": _texts(MAX_INSTRUCTIONS, MAX_INSTRUCTION_CHARS),
    }
)
WHOLE: Part = "whole"
SCHEMAS: dict[Part, dict[str, Any]] = {
    WHOLE: ANSWER_SCHEMA,
    "ingredients": closed(
        {
            "ingredients": ANSWER_SCHEMA["properties"]["ingredients"],
            "instructions": {"type": "array", "maxItems": 0},
        }
    ),
}
"""What a part of an answer obeys. That of the list keeps the key of the steps, and none behind it:

so a list ends in the very tokens in which it ends in a whole answer, and is neither longer nor
shorter for being written alone.
"""


@dataclass(frozen=True)
class Ingredient:
    """One line of an ingredient list, in metric units."""

    quantity: float | None
    """Amount in `unit`; the lower end of a range; None where the line names no amount."""
    quantity_max: float | None
    """Upper end of a range, else None."""
    unit: Unit | None
    """`g`, `ml`, or `unit` for things that are counted; None where there is no amount."""
    name: str
    """What it is, without amount, size or preparation: `spring onion`."""
    preparation: str | None = None
    """What was done to it before: `finely chopped`."""


@dataclass(frozen=True)
class Instruction:
    """One step of a recipe, and what it asks for."""

    text: str
    actions: tuple[str, ...] = ()
    """Cooking verbs in order, as lemmas: `("boil", "drain")`."""
    minutes: float | None = None
    """The step's duration in minutes; the lower end of a range."""
    minutes_max: float | None = None
    """Upper end of a range, else None."""
    celsius: float | None = None
    """Temperature in °C."""


@dataclass(frozen=True)
class Recipe:
    """A clean recipe: metric, NFC text, no markup."""

    id: str
    title: str
    servings: int | None
    ingredients: tuple[Ingredient, ...]
    instructions: tuple[Instruction, ...]
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            **vars(self),  # dataclasses.asdict copies deeply and takes ten times as long
            "ingredients": tuple(vars(ingredient).copy() for ingredient in self.ingredients),
            "instructions": tuple(vars(step).copy() for step in self.instructions),
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Recipe:
        """Rebuild a recipe from `to_dict`."""
        return cls(
            id=row["id"],
            title=row["title"],
            servings=row["servings"],
            ingredients=tuple(Ingredient(**i) for i in row["ingredients"]),
            instructions=tuple(
                Instruction(**{**i, "actions": tuple(i["actions"])}) for i in row["instructions"]
            ),
            source=row["source"],
        )


@dataclass(frozen=True)
class Span:
    """Characters `start:end` of the last assistant message, and what they name."""

    start: int
    end: int
    kind: Kind
    group: int
    """Joins the spans of one ingredient or one step; ingredients count first, then steps."""
    value: float | None = None
    """The number meant, where the span holds one."""
    unit: str | None = None


ROW_FORMAT = 2
"""Raised when rows say more or less of themselves: a build of other rows is not taken for done."""


@dataclass(frozen=True)
class ChatRow:
    """One training or test example in the chat format that Axolotl reads."""

    id: str
    task: str
    """Name of one of `recipe_data.tasks.registry`, or of `recipe_data.consensus.rows`."""
    messages: tuple[dict[str, str], ...]
    spans: tuple[Span, ...]
    source: str
    form: Form = "question"
    """How a recipe is asked for: by its title, from a list of foods, or by title for a diet."""
    recipe: str = ""
    """Id of the recipe that is asked about; empty where there is none."""
    title: str = ""
    """Its title; empty where there is none."""
    servings: int = 0
    """For how many the recipe is, 0 where that is not said.

    Not null: `datasets` gives a column the type of the first rows, and breaks where they have none.
    """
    trained: tuple[int, int] | None = None
    """Characters `start:end` of the answer that alone are trained; None where all of it is."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; every span has every key, so that columns stay typed.

        `trained` is only there where it says something: a file's first rows must be such, if any.
        """
        row = {**vars(self), "spans": tuple(vars(span).copy() for span in self.spans)}
        if self.trained is None:
            del row["trained"]
        return row


@dataclass(frozen=True)
class RawRecipe:
    """A row as its source gives it: text verbatim, dirt kept."""

    row: int
    """Number of the row in its source, from 1, header not counted."""
    title: str
    ingredients: tuple[str, ...]
    directions: tuple[str, ...]
    source: str
    ner: tuple[str, ...] = field(default=())
    """RecipeNLG's entity column: given, never trusted."""
    left_out: int = 0
    """Lines that the source itself calls no steps: tips."""


@dataclass(frozen=True)
class Rejection:
    """A row that is not used, and why: rows are counted, never lost."""

    row: int
    reason: str
    """A short phrase that many rows share, so that it can be counted: `no ingredients`."""
    detail: str = ""
    """What was seen in this row, cut to a readable length."""
