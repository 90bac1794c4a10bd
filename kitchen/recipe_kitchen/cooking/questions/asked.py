"""A question made ready: what a model is asked, and what the rules know of it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from recipe_data.check.substances import allergens, diet_violations
from recipe_data.prompts import Diet
from recipe_data.schema import Ingredient, Recipe
from recipe_data.tasks.task import QuestionTask


class About(NamedTuple):
    """What a question is about."""

    recipe: Recipe | None
    """None where it is about cooking in general, or a dish that nobody wrote down."""
    dish: str = ""
    """The dish that it names, else the recipe's title; empty where there is neither."""
    have: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    diet: Diet | None = None

    def breaks(self, lines: Sequence[Ingredient]) -> list[str]:
        """Say what these lines hold that is to be avoided."""
        dish = Recipe("", "", None, tuple(lines), (), "")
        found = [*allergens(dish, self.avoid), *diet_violations(dish, self.diet)]
        return list(dict.fromkeys(warning.message for warning in found))


class Rule(NamedTuple):
    """What the rules answer."""

    lines: tuple[str, ...]
    because: str
    """By what they know it, in a few words."""
    differs: Callable[[Any], list[str]]
    """Says how a model's answer, as its task reads it, differs from this."""


class Asked(NamedTuple):
    """One question, as a model is asked and the rules answer it."""

    task: QuestionTask
    prompt: str
    rule: Rule | None
    doubts: Callable[[Any], list[str]]
    """Says what is wrong with a model's answer by what the rules know."""
    notes: tuple[str, ...] = ()


class Kind(ABC):
    """The questions of one task; each module of this package declares its own."""

    task: ClassVar[QuestionTask]
    pattern: ClassVar[re.Pattern[str]]
    """What such a question says."""
    rank: ClassVar[int] = 0
    """Of two kinds that a question may be, the one of the lower rank; else the earlier words."""
    example: ClassVar[str]

    @abstractmethod
    def ask(self, question: str, about: About) -> Asked:
        """Make a question ready; raises `TopochefError` where it does not say what it asks."""
