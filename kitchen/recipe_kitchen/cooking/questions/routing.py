"""Which task a question is one of, and what it is about."""

from __future__ import annotations

import re
from dataclasses import replace

from recipe_base.discovery import declared
from recipe_base.errors import TopochefError
from recipe_data.building.servings import without_servings
from recipe_data.language.numbers import NUMBER_WORDS
from recipe_data.language.text import words
from recipe_data.pantry.meanings import said_words
from recipe_data.pantry.words import food_words
from recipe_data.schema import Recipe
from recipe_data.tasks.listing import read_line
from recipe_data.tasks.scaling import lines_in
from recipe_kitchen.cooking.order import headline, plain
from recipe_kitchen.cooking.questions.asked import About, Kind

MAX_QUESTION_CHARS = 2_000
KINDS: tuple[Kind, ...] = tuple(declared("recipe_kitchen.cooking.questions", Kind))
"""The kinds of questions: a module of this package that declares one adds it."""
_DISH = re.compile(
    r"\b(?:in|into|for)\s+(?P<article>(?:the|my|our|this|that|these|its)\s+)?(?:an? )?"
    r"(?P<dish>[^?.!,;:\d]+?)(?=\s+(?:for|in|into|with|at|if|when|to|do|does|should|can|is|are)\b|[?.!,;:]|$)",
    re.IGNORECASE,
)
_FOR_IT = re.compile(
    r"(?:substitut\w*|alternatives?|replacements?|stand(?:s|ing)? in|use|take|swap\w*)\s*$",
    re.IGNORECASE,
)
"""What follows is what is to be replaced, and no dish."""
_NO_DISH = words(
    "it that this them people person persons me us guests instead oven pan pot freezer fridge"
    " minute minutes hour hours step steps total advance all"
    " dozen many much each everything recipe dish meal place lieu of"
    " something anything serving servings portion portions friends adults half how long hot gram"
    " grams and degree degrees celsius myself himself herself ourselves"
) | set(NUMBER_WORDS)


def kind_of(question: str) -> Kind:
    """Return the kind of a question; raises `TopochefError` with examples where it is none."""
    found = [
        (kind.rank, match.start(), number)
        for number, kind in enumerate(KINDS)
        if (match := kind.pattern.search(question))
    ]
    if not found:
        examples = ", ".join(f'"{kind.example}"' for kind in sorted(KINDS, key=lambda k: k.rank))
        raise TopochefError(f"that is no question that was trained: ask like {examples}")
    return KINDS[min(found)[-1]]


def read_question(text: str) -> str:
    """Return a question as it may be asked; raises `TopochefError` where there is none."""
    question = " ".join(plain(line) for line in text.strip().splitlines() if line.strip())
    question = question if len(text.splitlines()) < 2 else "\n".join(map(plain, text.splitlines()))
    if not any(character.isalnum() for character in question):
        raise TopochefError('say what to answer: recipe-cook ask "What can replace the butter?"')
    if len(question) > MAX_QUESTION_CHARS:
        raise TopochefError(f"a question has at most {MAX_QUESTION_CHARS} characters: shorten it")
    return question


def located(question: str, about: About) -> tuple[About, tuple[str, ...]]:
    """Find what a question is about: a list in it, another dish that it names, or the recipe.

    Returns what to tell the cook where that is not the recipe.
    """
    if lines := lines_in(question):
        return about._replace(recipe=_listed(question, lines)), ()
    named = _dish_in(question)
    recipe = about.recipe
    if recipe is None:
        return about._replace(dish=headline(named)), ()
    if named and _is_other(named, recipe):
        told = f"{named} is not {recipe.title}: answered without that recipe"
        return about._replace(recipe=None, dish=headline(named)), (told,)
    return about._replace(dish=recipe.title), ()


def _dish_in(question: str) -> str:
    for found in _DISH.finditer(question):
        dish = found["dish"].strip()
        named = set(dish.lower().split())
        replaced = _FOR_IT.search(question, 0, found.start())
        if not found["article"] and named and not _NO_DISH & named and not replaced:
            return dish
    return ""


def _is_other(dish: str, recipe: Recipe) -> bool:
    """Tell whether no word of a dish stands anywhere in a recipe."""
    steps = " ".join(step.text for step in recipe.instructions)
    names = " ".join(line.name for line in recipe.ingredients)
    said = said_words(f"{recipe.title} {names} {steps}")
    return not said & set(food_words(dish))


def _listed(question: str, lines: list[str]) -> Recipe:
    """Make a recipe of the list in a question, for as many as stand before it."""
    head = question.partition(lines[0])[0].rstrip(" :-\n").partition("\n")[0]
    title, servings = without_servings(head)
    ingredients = tuple(map(read_line, lines))
    return replace(
        Recipe("", title, servings, ingredients, (), ""), title=headline(title) or "Dish"
    )
