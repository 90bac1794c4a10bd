"""Questions in the cook's own words: about no recipe, or what its steps do not say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from recipe_data.answers import render_ingredient
from recipe_data.check import check_recipe
from recipe_data.instructions import parse_instruction
from recipe_data.pantry.identity import foods_in
from recipe_data.schema import Ingredient, Recipe
from recipe_data.tasks.by_hand.curated import question_words, questions
from recipe_data.tasks.listing import ListTask
from recipe_data.tasks.number_measures import Amount
from recipe_data.tasks.task import Question, QuestionTask
from recipe_kitchen.cooking.questions.asked import About, Asked, Rule
from recipe_kitchen.cooking.questions.numbers import CODES, number_text


def freely(
    task: QuestionTask,
    question: str,
    about: About,
    sentence: Callable[[str], str] = str,
    notes: tuple[str, ...] = (),
) -> Asked:
    """Ask in the cook's words, as the questions of people do that a model is taught.

    What such a question may not be answered by is doubted; `sentence` makes a step of the answer,
    which the checker reads.
    """
    prompt = f"{about.recipe.title}: {question}" if about.recipe else question

    def doubts(meaning: Any) -> list[str]:
        return [*_faults(task, question, meaning), *_warnings(question, meaning, sentence)]

    return Asked(task, prompt, known_answer(task, question), doubts, notes)


def known_answer(task: QuestionTask, question: str) -> Rule | None:
    """Return the answer of the curated question that asks for the same, in other words at most."""
    asked = question_words(question)
    for one in questions() if asked else ():
        if one.task == task.name and question_words(one.text) == asked:
            lines = (one.answer,) if isinstance(one.answer, str) else one.answer

            def differs(meaning: Any, text: str = task.read(one)[0]) -> list[str]:
                if task.measures[0].compare(meaning, task.read_gold(text)) == 1.0:
                    return []
                return [f"the model answers {', '.join(written(meaning))}"]

            return Rule(lines, f"by the curated answer to “{one.text}”", differs)
    return None


def written(meaning: Any) -> tuple[str, ...]:
    """Write what a model answered as lines."""
    if isinstance(meaning, Amount):
        if meaning.unit in ("min", "celsius"):
            return (number_text(meaning),)
        return (f"{meaning.value:.6g}{'' if meaning.unit == 'unit' else f' {meaning.unit}'}",)
    lines: Sequence[Ingredient] = meaning
    return tuple(map(render_ingredient, lines))


def _faults(task: QuestionTask, question: str, meaning: Any) -> list[str]:
    lines = written(meaning)
    asked = Question(task.name, question, lines if task.listed else lines[0])
    found = (
        [task.line_fault(asked, line) for line in lines]
        if isinstance(task, ListTask)
        else [task.fault(asked)]
    )
    return [fault for fault in found if fault]


def _warnings(question: str, meaning: Any, sentence: Callable[[str], str]) -> list[str]:
    """Read the answer as the only step of a recipe with the foods that the question names."""
    if not isinstance(meaning, Amount) or meaning.unit not in ("min", "celsius"):
        return []
    foods = tuple(Ingredient(None, None, None, m.words) for m in foods_in(question))
    step = parse_instruction(sentence(number_text(meaning)))
    dish = Recipe("", question, None, foods, (step,), "")
    return [w.message for w in check_recipe(dish) if w.code.startswith(CODES)]
