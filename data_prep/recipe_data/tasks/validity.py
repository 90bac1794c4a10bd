"""What a question and its answer must fulfil, whoever wrote them."""

from __future__ import annotations

import re
from typing import cast

from recipe_base.errors import TopochefError
from recipe_data.answers import render_ingredient, rounded
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.language.text import clean_text
from recipe_data.pantry.identity import core_celsius
from recipe_data.pantry.words import food_words
from recipe_data.schema import MAX_INGREDIENT_CHARS, MAX_INGREDIENTS, MAX_NAMED, Ingredient, Task
from recipe_data.tasks.curated import Question, curated_answer, question_words
from recipe_data.tasks.scale import scaled

MAX_QUESTION_CHARS = 300
_LISTED: dict[Task, int] = {
    "missing_ingredient": MAX_NAMED,
    "substitution": MAX_NAMED,
    "scaling": MAX_INGREDIENTS,
}
_SCALED_LIST = re.compile(r"(?:: |take )(\d[^.?]*(?:\.\d[^.?]*)*)[.?]")
_CORE = re.compile(r"\b(?:inside|core|internal|middle|reheat|buffet|warmed)\b", re.IGNORECASE)
_REHEATED = re.compile(r"\b(?:leftover|reheat)", re.IGNORECASE)
_REHEATED_CELSIUS = 74.0
_KEPT_HOT = re.compile(r"\b(?:buffet|keep cooked|warmed)", re.IGNORECASE)
_KEPT_HOT_CELSIUS = 60.0
_UNCHILLED = re.compile(r"room temperature|refrigerator", re.IGNORECASE)
_LONGEST_UNCHILLED_MINUTES = 120.0


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
    if isinstance(question.answer, tuple):
        return _lines_fault(question, question.answer)
    try:
        curated_answer(question)
    except TopochefError as error:
        return str(error)
    return _unsafe(question)


def _lines_fault(question: Question, lines: tuple[str, ...]) -> str | None:
    if not 1 <= len(lines) <= _LISTED[question.task]:
        return f"{len(lines)} ingredients are answered, 1 to {_LISTED[question.task]} can be"
    for line in lines:
        written = render_ingredient(_line(line))
        back = render_ingredient(_line(written))
        if back != written or len(line) > MAX_INGREDIENT_CHARS or not food_words(line):
            return f"{line!r} reads back as {back!r}: write `100 g feta`"
        if question.task == "missing_ingredient" and re.search(
            rf"\b{re.escape(line)}\b", question.text, re.IGNORECASE
        ):
            return f"the question tells its answer: {line}"
        if question.task == "substitution" and not re.match(r"[\d.]+ ", line):
            return f"{line!r} says not how much"
    return _scaling_fault(question, lines) if question.task == "scaling" else None


def _scaling_fault(question: Question, lines: tuple[str, ...]) -> str | None:
    found = _SCALED_LIST.search(question.text)
    if found is None:
        return "the question lists no ingredients behind a colon"
    before = [_line(part) for part in found[1].split(", ")]
    after = [_line(line) for line in lines]
    if [food_words(i.name) for i in before] != [food_words(i.name) for i in after]:
        return "the answer lists other ingredients than the question"
    first, then = before[0].quantity, after[0].quantity
    if not first or not then:
        return "the first ingredient has no amount to scale"
    wanted = scaled(before, then / first)
    if [(i.quantity, i.unit) for i in after] != [(i.quantity, i.unit) for i in wanted]:
        return f"scaled by the rule it is {', '.join(map(render_ingredient, wanted))}"
    return None


def _unsafe(question: Question) -> str | None:
    answer = cast(str, question.answer)
    if question.task == "temperature" and _CORE.search(question.text):
        celsius = parse_instruction(f"Heat to {answer}.").celsius or 0.0
        least = core_celsius(question.text) or 0.0
        if _REHEATED.search(question.text):
            least = _REHEATED_CELSIUS
        elif _KEPT_HOT.search(question.text):
            least = _KEPT_HOT_CELSIUS
        if celsius < least:
            return f"safe from {least:g} °C inside"
    if question.task == "time" and _UNCHILLED.search(question.text):
        minutes = parse_instruction(f"Wait {answer}.").minutes or 0.0
        if minutes > _LONGEST_UNCHILLED_MINUTES:
            return f"food may stand for {_LONGEST_UNCHILLED_MINUTES:g} min at most"
    return None


def _line(text: str) -> Ingredient:
    return rounded(parse_ingredient(text, weigh=False))
