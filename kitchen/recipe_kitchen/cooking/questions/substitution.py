"""What can replace it: the curated list, the amount of the recipe's own line, and a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recipe_base.errors import TopochefError
from recipe_data.answers import render_ingredient
from recipe_data.ingredients import parse_ingredient
from recipe_data.pantry.identity import foods_in, same_food
from recipe_data.schema import Ingredient
from recipe_data.tasks.line_measures import pairs
from recipe_data.tasks.substitution import TASK, is_baking, known_as, replacement_of, replacements
from recipe_kitchen.cooking.questions.asked import About, Asked, Kind, Rule
from recipe_kitchen.cooking.questions.foods import line_of

_USUAL_GRAMS = 100.0
"""So much is asked for where neither question, recipe nor curated list name an amount."""
_FOOD = (
    r"(?:the |an? |my |any |some |of )*(?P<food>[^?.!,;:]+?)"
    r"(?=\s+(?:in|into|with|for|by|from|when|if|to|because|since|on|as|at|that|whose)\b|[?.!,;:]|$)"
)
_OPENINGS = (
    r"\b(?:replac(?:e|es|ed|ing)|substitut(?:e|es|ed|ing|ion)s?(?: for)?|swap(?:ping|ped)?(?: out)?"
    r"|instead of|in place of|in lieu of|alternatives? (?:to|for)|replacements? for"
    r"|stand(?:s|ing)? in for|takes? the place of|other than"
    r"|(?:can|could|do|should|might) (?:I|we|you) (?:use|take) for)\s+",
    r"\b(?:have no|has no|have not got|there(?:'s| is| are) no|ran out of|run out of|out of|without"
    r"|am missing|are missing|'m missing|lack|no more|not have|don't have)\s+(?:any )?",
)
_FOODS = tuple(re.compile(opening + _FOOD, re.IGNORECASE) for opening in _OPENINGS)
_BEFORE = re.compile(
    r"(?:^|\b(?:an?|the|any|for)\s)(?P<food>[^?.!,;:]+?)\s+(?:substitut\w+|alternatives?|replacements?)\b",
    re.IGNORECASE,
)
_PRONOUNS = frozenset({"it", "that", "this", "them", "those", "these", "what", "which", "one"})


class Substitution(Kind):
    """The curated list answers where it can; in what is baked or whipped it is silent."""

    task = TASK
    pattern = re.compile(
        r"\breplac\w*|\bsubstitut\w*|\bswap\w*|\binstead\b|\bin (?:place|lieu) of\b"
        r"|\btakes? the place\b|\balternatives?\b|\bstand(?:s|ing)? in\b"
        r"|\b(?:can|could|do|should|might) (?:I|we|you) (?:use|take) for\b"
        r"|\buse\b[^?.]* other than\b"
        r"|\b(?:have no|ran out of|run out of|out of|don't have|'m missing|am missing|lack)\b"
        r"[^?]*(?:[.,;:!]|\s[-–—]\s)[^?]*\b(?:what|which) (?:can|could|do|now|else)",
        re.IGNORECASE,
    )
    rank = -1
    example = "What can replace the butter?"

    def ask(self, question: str, about: About) -> Asked:
        """Find the food, its amount, and what the list knows."""
        food = replaced(question)
        recipe = about.recipe
        line = line_of(food.name, recipe.ingredients) if recipe else None
        notes: tuple[str, ...] = ()
        if food.quantity is None and line is not None:
            food = replace(line, preparation=None)
        elif recipe is not None and line is None:
            notes = (f"not on the recipe's list: {food.name}",)
        known = known_as(food.name)
        if food.quantity is None:
            listed = replacements()[known].amount if known else None
            amount = listed or Ingredient(_USUAL_GRAMS, None, "g", food.name)
            food = replace(amount, name=food.name)
        written = render_ingredient(food)
        dish = about.dish or "a savoury dish"
        prompt = TASK.asked("substitution", line=written, title=dish, name=food.name)
        use = replacement_of(replace(food, name=known)) if known else ()
        rule = None
        if use and recipe is not None and is_baking(recipe):
            notes += ("the curated list is silent of what is baked or whipped",)
        elif use and (broken := about.breaks(use)):
            lines = ", ".join(map(render_ingredient, use))
            notes += (f"the curated list has {lines}, but {'; '.join(broken)}",)
        elif use:
            rule = Rule(
                tuple(map(render_ingredient, use)),
                f"the curated list, for {written}",
                lambda lines: _differs(lines, use),
            )
        else:
            notes += (f"the curated list has nothing for {written}",)

        def doubts(lines: Sequence[Ingredient]) -> list[str]:
            same = [f"{line.name} is what is to be replaced" for line in lines
                    if same_food(line.name, food.name)]  # fmt: skip
            silent = [
                f"it does not say how much {line.name}" for line in lines if line.quantity is None
            ]
            return [*same, *silent, *about.breaks(lines)]

        return Asked(TASK, prompt, rule, doubts, notes)


KIND = Substitution()


def replaced(question: str) -> Ingredient:
    """Return the food that a question wants replaced, with its amount if it says any.

    >>> replaced("What can replace 60 ml mayonnaise in tuna salad?").name
    'mayonnaise'
    >>> replaced("I ran out of cream. What can I use instead of it?").name
    'cream'
    >>> replaced("My daughter hates carrots, what could I use instead?").name
    'carrot'

    Raises `TopochefError` where it names none.
    """
    for pattern in (*_FOODS, _BEFORE):
        for found in pattern.finditer(question):
            words = found["food"].strip()
            if words and words.lower() not in _PRONOUNS:
                return parse_ingredient(words, weigh=False)
    for mention in foods_in(question):
        return parse_ingredient(mention.words, weigh=False)
    raise TopochefError('say which food: "What can replace the butter?"')


def _differs(lines: Sequence[Ingredient], use: Sequence[Ingredient]) -> list[str]:
    named = [line for line, _ in pairs(lines, use) if line is not None]
    other = [render_ingredient(line) for line in lines if line not in named]
    return [f"the model would take {', '.join(other)}"] if other else []
