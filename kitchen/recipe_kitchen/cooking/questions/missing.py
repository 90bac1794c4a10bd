"""What is missing: what the title promises, the steps name, or is not at home."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from recipe_data.check.titles import missing
from recipe_data.check.usage import unlisted
from recipe_data.pantry.identity import same_food
from recipe_data.pantry.meanings import is_said, naming_words, said_words
from recipe_data.prompts import listed
from recipe_data.schema import Ingredient
from recipe_data.tasks.foods import main_ingredients
from recipe_data.tasks.missing_ingredient import TASK
from recipe_kitchen.cooking.questions.asked import About, Asked, Kind, Rule
from recipe_kitchen.cooking.questions.freely import freely
from recipe_kitchen.cooking.ready import to_buy

_HAVE = re.compile(r"\b(?:I|we)(?:'ve| have| got)+(?: got| only| just)? (?P<foods>[^.?!;:]+)", re.I)
_AND = re.compile(r",\s*(?:and\s+)?|\s+and\s+")
_BEHIND = re.compile(r"\s+(?:for|in|at home|here|left|so far|on)\b.*$", re.IGNORECASE)


class Missing(Kind):
    """Rules compare the list with its title, its steps, and what is at home."""

    task = TASK
    pattern = re.compile(
        r"\bmissing\b|\bforg[oe]t(?:ten)?\b|\bwhat else\b|\bstill need\b|\bshopping list\b"
        r"|\b(?:need|have|must|should|do) (?:I |we )?(?:to )?(?:buy|get)\b"
        r"|\bnot (?:there|on it)\b|\black(?:ing)?\b",
        re.IGNORECASE,
    )
    example = "What is missing?"

    def ask(self, question: str, about: About) -> Asked:
        """Take what is at home from the question, where it names foods."""
        recipe = about.recipe
        have = about.have or _said_to_have(question)
        if recipe is None:
            return freely(TASK, question, about)
        names = list(have) or [food.name for food in main_ingredients(recipe)]
        names = names or [line.name for line in recipe.ingredients]
        if not names:
            return freely(TASK, question, about, notes=("its list is empty",))
        there = [Ingredient(None, None, None, name) for name in names]
        if not have:
            there = [*recipe.ingredients]

        def doubts(foods: Sequence[Ingredient]) -> list[str]:
            known = [
                f"{food.name} is there already"
                for food in foods
                if any(same_food(food.name, one.name) for one in there)
            ]
            return [*known, *about.breaks(foods)]

        prompt = TASK.asked("missing_ingredient", title=recipe.title, names=listed(names))
        if have:
            lines = to_buy(recipe, have)
            because = "the recipe's list was compared with what is at home"
        else:
            lines = tuple(w.message for w in (*missing(recipe), *unlisted(recipe)))
            because = "title and steps were compared with the list"
        nothing = "nothing on the list" if have else "nothing that its title and steps name"
        return Asked(TASK, prompt, Rule(lines or (nothing,), because, _differs(lines)), doubts)


KIND = Missing()


def _said_to_have(question: str) -> tuple[str, ...]:
    found = _HAVE.search(question)
    if not found:
        return ()
    foods = _AND.split(_BEHIND.sub("", found["foods"]))
    return tuple(food.strip() for food in foods if naming_words(food) and " to " not in food)


def _differs(lines: Sequence[str]) -> Callable[[Sequence[Ingredient]], list[str]]:
    said = said_words(" ".join(lines))

    def differs(foods: Sequence[Ingredient]) -> list[str]:
        others = [food.name for food in foods if not is_said(naming_words(food.name), said)]
        return [f"the model misses {listed(others)}"] if others else []

    return differs
