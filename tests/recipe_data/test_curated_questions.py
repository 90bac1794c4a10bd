"""The questions written by hand: distinct, readable back, safe, and split without leaks."""

from __future__ import annotations

import json
import re
from collections import Counter

import jsonschema
import pytest

from recipe_base.errors import TopochefError
from recipe_data.answers import render_ingredient, rounded
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import locate, parse_instruction
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient
from recipe_data.tasks import curated_rows
from recipe_data.tasks.by_hand.curated import (
    curated_splits,
    group_questions,
    question_words,
    questions,
)
from recipe_data.tasks.registry import QUESTIONS, REGISTRY
from recipe_data.tasks.scale import scaled
from recipe_data.tasks.substitution import replacements
from recipe_data.tasks.task import Question

ROWS = curated_rows()
KINDS = dict.fromkeys(q.task for q in questions())
BY_TASK = {task: [q for q in questions() if q.task == task] for task in KINDS}


def test_every_kind_has_many_questions() -> None:
    counts = {task: len(asked) for task, asked in BY_TASK.items()}
    assert len(counts) == 6
    assert sum(counts.values()) >= 235
    assert min(counts.values()) >= 35
    assert len({row.id for row in ROWS}) == len(ROWS) == sum(counts.values())


def test_no_question_is_asked_twice() -> None:
    plain = Counter(" ".join(re.findall(r"\w+", q.text.casefold())) for q in questions())
    assert plain.most_common(1)[0][1] == 1
    about = Counter((q.task, question_words(q.text)) for q in questions())
    assert about.most_common(1)[0][1] == 1
    digitless = Counter(re.sub(r"[\d.]+", "0", q.text.casefold()) for q in questions())
    assert digitless.most_common(1)[0][1] == 1  # none is another with other numbers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_answers_fit_their_schema_and_read_back(row) -> None:
    text = row.messages[-1]["content"]
    answer = json.loads(text)
    jsonschema.validate(answer, QUESTIONS[row.task].schema)
    if "answer" not in answer:
        for line in answer["ingredients"]:
            assert render_ingredient(rounded(parse_ingredient(line, weigh=False))) == line
        return
    (span,) = row.spans
    digits = text[span.start : span.end]
    assert (span.kind, float(digits)) == ("number", span.value)
    assert re.fullmatch(r"[0-9.]+", digits)
    if row.task == "quantity":
        back = parse_ingredient(f"{answer['answer']} food", weigh=False)
        assert (back.quantity, back.unit) == (span.value, span.unit)
    elif row.task == "time":
        assert parse_instruction(f"Cook {answer['answer']}.").minutes == span.value
    else:
        assert parse_instruction(f"Heat to {answer['answer']}.").celsius == span.value


@pytest.mark.parametrize(
    ("named", "least"),
    [
        (r"chicken|turkey|duck|poultry|bird|goose", 74),
        (r"leftover|reheat", 74),
        (r"minced (?:beef|pork|lamb|meat)|hamburger|pork meatballs|pork sausages", 71),
        (r"egg casserole|frittata", 71),
        (r"pork|beef|lamb|veal|salmon|cod|fish|steak", 63),
        (r"buffet|keep cooked|ham", 60),
    ],
)
def test_core_temperatures_are_safe(named: str, least: int) -> None:
    core = re.compile(r"inside|core|internal|middle|reheat|buffet|warmed", re.IGNORECASE)
    asked = [
        q
        for q in BY_TASK["temperature"]
        if core.search(q.text) and re.search(rf"\b(?:{named})", q.text, re.IGNORECASE)
    ]
    assert asked
    for question in asked:
        (reading,) = locate(f"Heat to {question.answer}.")[1:]
        assert (reading.value or 0) >= least, question


def test_food_is_not_left_warm_for_long() -> None:
    waits = re.compile(r"room temperature|refrigerator", re.IGNORECASE)
    asked = [q for q in BY_TASK["time"] if waits.search(q.text)]
    assert asked
    for question in asked:
        assert (parse_instruction(f"Wait {question.answer}.").minutes or 999) <= 120


def test_scaling_answers_follow_the_rule() -> None:
    for question in BY_TASK["scaling"]:
        before = [_line(part) for part in _parts(question.text)]
        after = [_line(line) for line in question.answer]
        assert _names(before) == _names(after), question
        ratio = (after[0].quantity or 0) / (before[0].quantity or 1)
        wanted = [(line.quantity, line.unit) for line in scaled(before, ratio)]
        assert [(line.quantity, line.unit) for line in after] == wanted, question


def _parts(text: str) -> list[str]:
    """Return the list in a question: what stands between its colon or verb and its full stop."""
    found = re.search(r"(?:: |take )(\d[^.?]*(?:\.\d[^.?]*)*)[.?]", text)
    assert found, text
    return found[1].split(", ")


def _line(text: str) -> Ingredient:
    return rounded(parse_ingredient(text, weigh=False))


def _names(lines: list[Ingredient]) -> list[list[str]]:
    return [food_words(line.name) for line in lines]


def test_missing_ingredients_are_not_told_by_the_question() -> None:
    for question in BY_TASK["missing_ingredient"]:
        for name in question.answer:
            told = re.search(rf"\b{name}\b", question.text, re.IGNORECASE)
            assert not told, question


def test_substitutes_are_something_else() -> None:
    for name, replacement in replacements().items():
        assert name not in {new.name.casefold() for new in replacement.use}
    for question in BY_TASK["substitution"]:
        assert all(re.match(r"[\d.]+ ", line) for line in question.answer), question


def test_splits_are_tenths_of_each_kind_and_keep_alike_questions_together() -> None:
    splits = curated_splits(7)
    assert set(splits) == {row.id for row in ROWS}
    assert splits == curated_splits(7) != curated_splits(8)
    for task, asked in BY_TASK.items():
        if not asked:
            continue
        sides = Counter(splits[f"{q.identity}-{task}"] for q in asked)
        assert sides["test"] == sides["validation"] == round(len(asked) / 10)
        for group in group_questions(asked):
            assert len({splits[f"{q.identity}-{task}"] for q in group}) == 1


def test_alike_questions_are_found() -> None:
    texts = ("How long do I boil dried penne?", "Boil dried penne how long?", "How hot is oil?")
    groups = group_questions([Question("time", text, "9 min") for text in texts])
    assert sorted(map(len, groups)) == [1, 2]


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("time", "ten"),
        ("time", "1 hour"),
        ("time", "9-10 min"),
        ("temperature", "350 °F"),
        ("temperature", "4 degrees"),
        ("quantity", "1 cup"),
        ("quantity", "100 gram"),
    ],
)
def test_answers_that_do_not_read_back_are_refused(task: str, answer: str) -> None:
    with pytest.raises(TopochefError, match=r"does not read back: write `100 g`"):
        QUESTIONS[task].read(Question(task, "How much?", answer))


def test_a_constrained_decoder_can_write_every_answer_and_no_endless_number() -> None:
    llguidance = pytest.importorskip("llguidance")
    tokenizer = llguidance.LLTokenizer("byte")
    for task, schema in ((t.name, t.schema) for t in REGISTRY):
        grammar = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        answers = [row.messages[-1]["content"] for row in ROWS if row.task == task]
        for text, whole in [*((text, True) for text in answers), ('{"answer":"1234567 g"}', False)]:
            matcher = llguidance.LLMatcher(tokenizer, grammar)
            tokens = tokenizer.tokenize_str(text)
            assert (matcher.try_consume_tokens(tokens) == len(tokens)) == whole, text
            assert matcher.is_accepting() == whole
