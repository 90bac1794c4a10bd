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
from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.reading import names
from recipe_kitchen.answers import Answer, AnswerError, read_answer

_PARSERS = (
    "check/*.py", "ingredients.py", "instructions.py", "line_order.py", "repeats.py", "schema.py",
    "language/*.py", "pantry/*.py", "pantry/*.yaml", "pantry/foods/*.yaml",
)  # fmt: skip


class Asked(NamedTuple):
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
    title: str = ""
    """The title that was asked for."""

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
            "title": self.title,
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
            row.get("title", ""),
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

    def extract(self, answer: Answer, asked: Asked) -> Entities:
        """Return the entities of an answer."""
        ...

    def agreement(self) -> dict[str, float | None] | None:
        """Return the F1 of each field with the rules; None for the rules themselves."""
        ...


class Rules:
    """The parsers of `recipe_data`: the same answer always gives the same entities."""

    waits = False

    def __init__(self, cache: JsonlCache | None = None) -> None:
        """Remember what was read, if there is a cache."""
        self._cache = cache or JsonlCache()

    @property
    def name(self) -> str:
        """`rules-` and a hash of the code that reads."""
        return f"rules-{code_hash()}"

    def extract(self, answer: Answer, asked: Asked) -> Entities:
        """Return what the parsers find, or found before in the same text."""
        key = fingerprint([self.name, answer, asked])
        row = self._cache.get(key)
        if row is not None:
            return Entities.from_dict(row)
        entities = extract(answer, asked)
        self._cache.put(key, entities.to_dict())
        return entities

    def agreement(self) -> None:
        """Return nothing: the rules agree with themselves."""


def extract(answer: Answer, asked: Asked = Asked()) -> Entities:  # noqa: B008  an immutable value
    """Find the entities of an answer with the parsers of `recipe_data`.

    A step uses an ingredient if it has a word of the ingredient's core name.
    """
    ingredients = tuple(parse_ingredient(line) for line in answer.ingredients)
    steps = tuple(parse_instruction(text) for text in answer.instructions)
    return assemble(answer.ingredients, ingredients, steps, asked)


def extract_text(text: str) -> Entities | None:
    """Find the entities of what a model wrote; None where it is no answer."""
    try:
        return extract(read_answer(text))
    except AnswerError:
        return None


def assemble(
    lines: tuple[str, ...],
    ingredients: tuple[Ingredient, ...],
    steps: tuple[Instruction, ...],
    asked: Asked,
) -> Entities:
    """Add what follows from the parts: which step uses what, and what a cook would doubt."""
    recipe = Recipe("", asked.title, asked.servings, ingredients, steps, "")
    return Entities(
        lines,
        ingredients,
        steps,
        uses=tuple(_named(step.text, ingredients) for step in steps),
        doubts=tuple(warning.code for warning in check_recipe(recipe)),
        title=asked.title,
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
