"""What an answer says, as amounts, names, actions, minutes and degrees: rules, no model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NamedTuple

from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Ingredient, Instruction
from recipe_eval.answers import Answer

EXTRACTOR = "rules"


class Entities(NamedTuple):
    """An answer and what was found in it; `ingredients[i]` was read from `lines[i]`."""

    lines: tuple[str, ...]
    ingredients: tuple[Ingredient, ...]
    steps: tuple[Instruction, ...]

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
            "lines": list(self.lines),
            "ingredients": [asdict(ingredient) for ingredient in self.ingredients],
            "steps": [asdict(step) for step in self.steps],
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
        )


NOTHING = Entities((), (), ())


def extract(answer: Answer) -> Entities:
    """Find the entities of an answer with the parsers of `recipe_data`."""
    return Entities(
        lines=answer.ingredients,
        ingredients=tuple(parse_ingredient(line) for line in answer.ingredients),
        steps=tuple(parse_instruction(text) for text in answer.instructions),
    )
