"""What a question by hand and its answer must fulfil, whoever wrote them."""

from __future__ import annotations

from recipe_data.language.text import clean_text
from recipe_data.tasks.by_hand.curated import question_words
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import Question

MAX_QUESTION_CHARS = 300


def question_fault(question: Question) -> str | None:
    """Say why a question cannot be taught; None if it can.

    >>> question_fault(Question("time", "How long do I boil dried penne?", "11 min"))
    >>> question_fault(Question("missing_ingredient", "Rice and peas: what else?", ("peas",)))
    'the question tells its answer: peas'
    """
    text = question.text
    if clean_text(text) != text:
        return "the question holds markup or characters that cleaning would change"
    if len(text) > MAX_QUESTION_CHARS or not question_words(text):
        return f"the question is about nothing, or longer than {MAX_QUESTION_CHARS} characters"
    return QUESTIONS[question.task].fault(question)
