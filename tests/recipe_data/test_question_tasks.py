"""What every task of short answers has: a true example, a schema that holds, a score."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from recipe_data.tasks.by_hand.curated import questions
from recipe_data.tasks.by_hand.validity import question_fault
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import Question, QuestionTask

each = pytest.mark.parametrize("task", QUESTIONS.values(), ids=lambda task: task.name)


@each
def test_the_example_is_one_of_its_own(task: QuestionTask) -> None:
    assert task.example.task == task.name
    assert question_fault(task.example) is None
    assert isinstance(task.example.answer, tuple) == task.listed
    text, spans = task.read(task.example)
    jsonschema.validate(json.loads(text), task.schema)
    assert spans


@each
def test_scores_go_from_0_to_1(task: QuestionTask) -> None:
    gold, _ = task.read(task.example)
    (key,) = task.schema["required"]
    other = '{"answer":"9999 kg"}' if key == "answer" else '{"ingredients":["777 g gravel"]}'
    assert task.score(gold, gold) == 1.0
    for text in (other, gold[:-1], "", "{}", "[]", "null", f'{{"{key}":null}}', f'{{"{key}":[3]}}'):
        assert task.score(text, gold) == 0.0


@each
def test_answers_by_hand_score_1_beside_themselves(task: QuestionTask) -> None:
    asked = [question for question in questions() if question.task == task.name]
    for gold, _ in map(task.read, asked):
        assert task.score(gold, gold) == 1.0


@pytest.mark.parametrize(
    ("name", "answer", "gold", "score"),
    [
        ("time", "10 min", "11 min", 1.0),  # 9 %
        ("time", "9 min", "11 min", 0.0),  # 18 %
        ("temperature", "200 °C", "180 °C", 1.0),
        ("temperature", "180 min", "180 °C", 0.0),
        ("quantity", "109 g", "100 g", 1.0),
        ("quantity", "111 g", "100 g", 0.0),
        ("quantity", "100 ml", "100 g", 0.0),
        ("quantity", "4", "4", 1.0),
        ("missing_ingredient", ["Peas"], ["peas"], 1.0),
        ("missing_ingredient", ["peas", "rice"], ["peas"], 2 / 3),
        ("missing_ingredient", ["peas", "peas"], ["peas"], 2 / 3),
        ("missing_ingredient", ["Courgettes"], ["zucchini"], 1.0),
        ("substitution", ["100 g Parmesan"], ["100 g Parmesan cheese"], 1.0),
        ("substitution", ["100 g apricot jam"], ["100 g strawberry jam"], 0.0),
        ("scaling", ["300 g rice", "9 g salt"], ["300 g rice", "7 g salt"], 0.5),
        ("substitution", ["100 g tofu"], ["100 ml tofu"], 0.0),
    ],
)
def test_scores_by_hand(name: str, answer: Any, gold: Any, score: float) -> None:
    key = "ingredients" if QUESTIONS[name].listed else "answer"
    texts = [json.dumps({key: value}) for value in (answer, gold)]
    assert QUESTIONS[name].score(*texts) == pytest.approx(score)


def test_a_question_names_itself_by_its_content() -> None:
    one = Question("time", "How long for penne?", "11 min")
    assert one.identity == one._replace(answer="9 min").identity != one._replace(text="?").identity
