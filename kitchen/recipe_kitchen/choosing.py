"""Which of several texts is kept: the first whole one, the least doubtful, or the typical one."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from recipe_data.prompts import Diet
from recipe_data.schema import Ingredient, Recipe

if TYPE_CHECKING:
    from recipe_data.check import Warning

Rule = Literal["first", "checked", "best", "mbr"]
MAX_DRAWS = 64
TOLERANCE = 0.1
"""Two amounts agree if they differ by no more than this share of the larger one."""


class Draw(NamedTuple):
    """One text that was drawn."""

    failed: bool
    """Whether it is no recipe."""
    repeated: int = 0
    """Lines and steps that it says twice."""
    doubts: int = 0
    """Warnings of the checker, where the rule asks for them."""
    recipe: Recipe | None = None
    """What it says, where the rule asks for it."""

    @property
    def faults(self) -> tuple[bool, int, int]:
        """What is wrong, comparable; nothing is `(False, 0, 0)`."""
        return self.failed, self.repeated, self.doubts


class Choose(NamedTuple):
    """How many texts are drawn for one request, and which is kept."""

    rule: Rule = "first"
    """`first`: the first that is a recipe and says nothing twice.

    `checked`: drawn until the checker has nothing to warn of; else, of those with the fewest
    warnings, the one that agrees most with the others. `best`: the same, of texts that an engine
    in this process writes side by side; a server writes one after the other, as for `checked`.
    `mbr`: all are drawn, and the one that agrees most with the others is kept (minimum Bayes risk).
    """
    draws: int = 1
    """Most texts; 1 for `first`, which is asked again by `Decoder.tries` alone."""

    @property
    def checks(self) -> bool:
        """Whether the checker's warnings decide."""
        return self.rule in ("checked", "best")

    @property
    def side_by_side(self) -> int:
        """How many texts an engine begins together."""
        return self.draws if self.rule == "best" else 1

    def wants_more(self, draws: Sequence[Draw], tries: int) -> bool:
        """Tell whether another text may be better and may be asked for; `tries` mends faults."""
        if self.rule == "mbr" and len(draws) < self.draws:
            return True
        if self.checks and len(draws) < self.draws:
            return all(any(draw.faults) for draw in draws)
        return len(draws) < tries and all(draw.failed or draw.repeated for draw in draws)

    def ranked(self, draws: Sequence[Draw]) -> list[int]:
        """Return the places of the draws, that of the one that is kept first.

        The least fault goes first; of equals what agrees most with all others; of those that were
        not read, the last that was drawn.
        """
        read = {i: draw.recipe for i, draw in enumerate(draws) if draw.recipe}
        typical = dict(zip(read, agreements(list(read.values())), strict=True))

        def order(i: int) -> tuple[tuple[bool, int, int], float, int]:
            return draws[i].faults, -typical.get(i, 0.0), 0 if i in read else -i

        return sorted(range(len(draws)), key=order)

    def __str__(self) -> str:
        return self.rule if self.rule == "first" else f"{self.rule}:{self.draws}"


FIRST = Choose()


def read_choose(text: str) -> Choose:
    """Read what an option says.

    >>> read_choose("mbr:8"), str(read_choose("best:4")), read_choose("first")
    (Choose(rule='mbr', draws=8), 'best:4', Choose(rule='first', draws=1))

    Raises `argparse.ArgumentTypeError` for anything else.
    """
    rule, _, draws = text.partition(":")
    if text == "first":
        return FIRST
    if rule in get_args(Rule)[1:] and draws.isdecimal() and 2 <= int(draws) <= MAX_DRAWS:
        return Choose(rule, int(draws))  # type: ignore[arg-type]
    raise argparse.ArgumentTypeError(
        f"{text} is none of first, checked:N, best:N and mbr:N, with N from 2 to {MAX_DRAWS}"
    )


def add_choose(command: argparse.ArgumentParser, default: Choose) -> None:
    """Add the option `--choose` to a command that draws recipes."""
    command.add_argument(
        "--choose",
        type=read_choose,
        default=default,
        metavar="RULE",
        help="which text is kept: first; checked:N draws N at most, until the checker warns of "
        "nothing; best:N has N written side by side (a server one by one, as checked:N) and keeps "
        "the least doubtful; mbr:N of N the one that agrees most with the others "
        f"(default {default})",
    )


def doubts(recipe: Recipe, avoid: Sequence[str] = (), diet: Diet | None = None) -> list[Warning]:
    """Return what the checker warns of, and what the title promises and the list has not."""
    from recipe_data.check import check_recipe
    from recipe_data.check.titles import missing

    return [*check_recipe(recipe, avoid, diet), *missing(recipe)]


def agreements(recipes: Sequence[Recipe]) -> list[float]:
    """Return the mean `agreement` of each recipe with the others, 0 for a lone one."""
    contents = [Content.of(recipe) for recipe in recipes]
    others = max(len(contents) - 1, 1)
    return [
        sum(agreement(one, other) for j, other in enumerate(contents) if j != i) / others
        for i, one in enumerate(contents)
    ]


class Content(NamedTuple):
    """What two recipes are compared by."""

    amounts: Mapping[str, Ingredient]
    """The first line of each food, by the food's name."""
    actions: Counter[str]

    @classmethod
    def of(cls, recipe: Recipe) -> Content:
        """Read a recipe."""
        from recipe_data.pantry.identity import identity

        foods: dict[str, Ingredient] = {}
        for ingredient in recipe.ingredients:
            food = identity(ingredient.name)
            foods.setdefault(food.name if food else ingredient.name.casefold(), ingredient)
        actions = Counter(action for step in recipe.instructions for action in step.actions)
        return cls(foods, actions)


def agreement(one: Content, other: Content) -> float:
    """Return the mean of three F1: of foods, of foods with their amount, and of actions.

    F1 = 2 · shared ÷ (of the one + of the other); of two that have none, 1. Symmetric, 0 to 1.
    """
    shared = one.amounts.keys() & other.amounts.keys()
    alike = sum(_same_amount(one.amounts[food], other.amounts[food]) for food in shared)
    foods = len(one.amounts) + len(other.amounts)
    actions = (one.actions & other.actions).total()
    steps = one.actions.total() + other.actions.total()
    return (_f1(len(shared), foods) + _f1(alike, foods) + _f1(actions, steps)) / 3


def _f1(shared: int, of_both: int) -> float:
    return 2 * shared / of_both if of_both else 1.0


def _same_amount(one: Ingredient, other: Ingredient) -> bool:
    if one.quantity is None or other.quantity is None or one.unit != other.unit:
        return (one.quantity, one.unit) == (other.quantity, other.unit)
    most = max(one.quantity, other.quantity)
    return abs(one.quantity - other.quantity) <= TOLERANCE * most
