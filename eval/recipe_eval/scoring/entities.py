"""What an answer says, as amounts, names, actions, minutes and degrees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import recipe_data
from recipe_base.files import fingerprint
from recipe_data.check import check_recipe
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Ingredient, Instruction, Recipe
from recipe_eval.scoring import names
from recipe_eval.scoring.memory import Memory
from recipe_kitchen.answers import Answer

_PARSERS = (
    "check/*.py", "ingredients.py", "instructions.py", "repeats.py", "schema.py", "language/*.py",
    "pantry/*.py", "pantry/*.yaml", "pantry/foods/*.yaml",
)  # fmt: skip


class Dish(NamedTuple):
    """What was asked for."""

    title: str = ""
    servings: int | None = None


class Entities(NamedTuple):
    """An answer and what was found in it; `ingredients[i]` was read from `lines[i]`."""

    lines: tuple[str, ...]
    ingredients: tuple[Ingredient, ...]
    steps: tuple[Instruction, ...]
    uses: tuple[tuple[int, ...], ...] = ()
    """The ingredients that each step names, by their place in the list."""
    doubts: tuple[str, ...] = ()
    """What `recipe_data.check.check_recipe` warns of, by code."""

    @property
    def actions(self) -> tuple[str, ...]:
        """The cooking verbs of all steps, in order."""
        return tuple(action for step in self.steps for action in step.actions)

    @property
    def text(self) -> str:
        """The answer as plain text, for metrics that count words."""
        return Answer(self.lines, tuple(step.text for step in self.steps)).text

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "lines": self.lines,
            "ingredients": [vars(ingredient) for ingredient in self.ingredients],
            "steps": [vars(step) for step in self.steps],
            "uses": self.uses,
            "doubts": self.doubts,
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Entities:
        """Rebuild entities from `to_dict`."""
        return cls(
            tuple(row["lines"]),
            tuple(Ingredient(**ingredient) for ingredient in row["ingredients"]),
            tuple(
                Instruction(**{**step, "actions": tuple(step["actions"])}) for step in row["steps"]
            ),
            tuple(tuple(used) for used in row.get("uses", ())),
            tuple(row.get("doubts", ())),
        )


NOTHING = Entities((), (), ())


class Extractor(Protocol):
    """Finds the entities of answers."""

    waits: bool
    """Whether it spends its time waiting, so that several answers are best read at once."""

    @property
    def name(self) -> str:
        """What a number that rests on it is signed with."""
        ...

    def extract(self, answer: Answer, dish: Dish) -> Entities:
        """Return the entities of an answer."""
        ...

    def agreement(self) -> dict[str, float | None] | None:
        """Return the F1 of each field with the rules; None for the rules themselves."""
        ...


class Rules:
    """The parsers of `recipe_data`: the same answer always gives the same entities."""

    waits = False

    def __init__(self, memory: Memory | None = None) -> None:
        """Remember what was read, if there is a memory."""
        self._memory = memory or Memory()

    @property
    def name(self) -> str:
        """`rules-` and a hash of the code that reads."""
        return f"rules-{code_hash()}"

    def extract(self, answer: Answer, dish: Dish) -> Entities:
        """Return what the parsers find, or found before in the same text."""
        key = fingerprint([self.name, answer, dish])
        row = self._memory.get(key)
        if row is not None:
            return Entities.from_dict(row)
        entities = extract(answer, dish)
        self._memory.put(key, entities.to_dict())
        return entities

    def agreement(self) -> None:
        """Return nothing: the rules agree with themselves."""


def extract(answer: Answer, dish: Dish = Dish()) -> Entities:  # noqa: B008  an immutable value
    """Find the entities of an answer with the parsers of `recipe_data`.

    A step uses an ingredient if it has a word of the ingredient's core name.
    """
    ingredients = tuple(parse_ingredient(line) for line in answer.ingredients)
    steps = tuple(parse_instruction(text) for text in answer.instructions)
    return assemble(answer.ingredients, ingredients, steps, dish)


def assemble(
    lines: tuple[str, ...],
    ingredients: tuple[Ingredient, ...],
    steps: tuple[Instruction, ...],
    dish: Dish,
) -> Entities:
    """Add what follows from the parts: which step uses what, and what a cook would doubt."""
    recipe = Recipe("", dish.title, dish.servings, ingredients, steps, "")
    return Entities(
        lines,
        ingredients,
        steps,
        uses=tuple(_named(step.text, ingredients) for step in steps),
        doubts=tuple(warning.code for warning in check_recipe(recipe)),
    )


def _named(text: str, ingredients: Sequence[Ingredient]) -> tuple[int, ...]:
    stems = names.said(text)
    return tuple(
        i for i, item in enumerate(ingredients) if names.names_ingredient(stems, item.name)
    )


@cache
def code_hash() -> str:
    """Hash the code of the parsers: entities of other rules are never taken for these."""
    package = Path(recipe_data.__file__).parent
    files: Iterable[Path] = (path for pattern in _PARSERS for path in package.glob(pattern))
    digest = hashlib.sha256()
    for path in [*sorted(files), Path(__file__), Path(names.__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
