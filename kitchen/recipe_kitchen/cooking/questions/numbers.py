"""Times and temperatures of a recipe's steps: those that a question asks for, and a model's."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from recipe_data.check import check_recipe
from recipe_data.instructions import Located, parse_instruction, places
from recipe_data.language.text import words
from recipe_data.language.verbs import FORMS
from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.meanings import is_said, members, said_words
from recipe_data.pantry.words import food_words
from recipe_data.schema import Instruction, Recipe
from recipe_data.tasks.number_measures import SHARES, Amount

CODES = ("implausible-time", "implausible-temperature", "unsafe-")
"""How the codes of warnings begin that a number of a step may be the cause of."""
_STEP = re.compile(r"\bstep (\d{1,3})\b", re.IGNORECASE)
_UNITS = {"min": " min", "celsius": " °C"}
_GOVERNED = 3
"""The verb before a number says more of what it is than any other word of its step."""
# Words of asking, and those that any step would answer.
_ASKING = words(
    "a about all altogether an and approximately are at be been before by can could cook cooked"
    " cooking c celsius degree did do does dish done exactly finished finish for from get go has"
    " have high hot hour how i in is it last long make many me meal minute much must my need needed"
    " needs of on one or our ready recipe say second shall should so still step take taken takes"
    " tell temperature that the there they this time to total until up warm we what when which"
    " while"
    " whole will with would you your heat high low set setting"
)


class Place(NamedTuple):
    """One time or temperature of a step."""

    number: int
    """Of the step, from 1."""
    step: Instruction
    found: Located
    governed: str
    """The verb before it: what takes so long, or is so hot; empty where there is none."""

    @property
    def text(self) -> str:
        """The number as it is answered: `12 min`, `180–200 °C`."""
        ends = (self.found.value, self.found.value_max)
        written = "–".join(f"{end:.6g}" for end in ends if end is not None)
        return written + _UNITS[self.found.unit or "min"]

    def differs(self, amount: Amount) -> list[str]:
        """Say that a number is not near the stated one: farther than evaluation calls near."""
        if is_near(amount.value, self.found.value, self.found.value_max):
            return []
        return [f"step {self.number} says {self.text}, the model {number_text(amount)}"]


def is_near(value: float, low: float | None, high: float | None) -> bool:
    """Tell whether a number is as near to what is stated as evaluation calls near at most."""
    least = low or 0.0
    share = max(SHARES)
    return least * (1 - share) <= value <= (high or least) * (1 + share)


def number_text(amount: Amount) -> str:
    """Write a number with its unit."""
    return f"{amount.value:.6g}{_UNITS[amount.unit]}"


def stated(recipe: Recipe, kind: Literal["time", "temperature"]) -> list[Place]:
    """Return the times or temperatures of a recipe, in order; vague ones left out."""
    found = []
    for number, step in enumerate(recipe.instructions, 1):
        verb = ""
        for located in places(step):
            verb = located.lemma or verb
            if located.kind == kind and located.value is not None:
                found.append(Place(number, step, located, verb))
    return found


def nearest(question: str, recipe: Recipe, all_places: Sequence[Place]) -> list[Place] | None:
    """Return the numbers that a question asks for: of steps that name what it names.

    None where it names nothing; empty where no step names it, or it names a food that the recipe
    has not.
    """
    if (wanted := _step_number(question)) is not None:
        return [place for place in all_places if place.number == wanted]
    named = set(food_words(question)) - _ASKING - said_words(recipe.title)
    if not named:
        return None
    if not _has(recipe, question):
        return []
    scores = [_score(named, place) for place in all_places]
    best = max(scores, default=0)
    return [place for place, score in zip(all_places, scores, strict=True) if score == best > 0]


def deeds(question: str) -> set[str]:
    """Return what a question does with food, as the verbs' first forms."""
    return {FORMS[word].lemma for word in set(food_words(question)) - _ASKING if word in FORMS}


def _step_number(question: str) -> int | None:
    found = _STEP.search(question)
    return int(found[1]) if found else None


def _has(recipe: Recipe, question: str) -> bool:
    """Tell whether a recipe has the foods that a question names, or their kind."""
    said = said_words(
        " ".join((recipe.title, *(line.name for line in recipe.ingredients)))
    ) | said_words(" ".join(step.text for step in recipe.instructions))
    return all(
        is_said(words, said) or any(said & members().get(word, frozenset()) for word in words)
        for mention in foods_in(question)
        if (words := said_words(mention.words) - _ASKING)
    )


def _score(named: set[str], place: Place) -> int:
    there = said_words(place.step.text)
    score = 0
    for word in named:
        verb = FORMS[word].lemma if word in FORMS else ""
        if verb and verb == place.governed:
            score += _GOVERNED
        elif (
            is_said(frozenset({word}), there)
            or there & members().get(word, frozenset())
            or verb in place.step.actions
        ):
            score += 1
    return score


def filled(recipe: Recipe, place: Place) -> Callable[[Amount], list[str]]:
    """Return what says which warnings a step gets with another number in that place."""
    text, found = place.step.text, place.found
    known = {(warning.code, warning.message) for warning in check_recipe(recipe)}

    def doubts(amount: Amount) -> list[str]:
        written = f"{text[: found.start]}{number_text(amount)}{text[found.end :]}"
        steps = list(recipe.instructions)
        steps[place.number - 1] = parse_instruction(written)
        warnings = check_recipe(replace(recipe, instructions=tuple(steps)))
        return [
            warning.message
            for warning in warnings
            if warning.code.startswith(CODES) and (warning.code, warning.message) not in known
        ]

    return doubts
