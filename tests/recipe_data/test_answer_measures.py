"""What is measured of answers to questions: known values, and what is no answer scores worst."""

from __future__ import annotations

import json
import math
from typing import Any

import jsonschema
import pytest

from recipe_base.errors import TopochefError
from recipe_data.tasks.number_measures import MOST_LOG_ERROR
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import QuestionTask


def text_of(name: str, value: Any) -> str:
    return json.dumps({QUESTIONS[name].key: value})


def measured(name: str, answer: Any, gold: Any) -> dict[str, float | None]:
    return QUESTIONS[name].measure(text_of(name, answer), text_of(name, gold))


@pytest.mark.parametrize(
    ("name", "answer", "gold", "shares", "log_error", "error"),
    [
        ("time", "22 min", "20 min", (1, 1, 1), math.log(23 / 21), 2),
        ("time", "17 min", "20 min", (0, 1, 1), math.log(21 / 18), 3),
        ("time", "15 min", "20 min", (0, 0, 1), math.log(21 / 16), 5),
        ("time", "26 min", "20 min", (0, 0, 0), math.log(27 / 21), 6),
        ("time", "90 min", "20 min", (0, 0, 0), math.log(91 / 21), 20),
        ("time", "9999 min", "20 min", (0, 0, 0), math.log(10), 20),
        ("temperature", "198 °C", "180 °C", (1, 1, 1), math.log(199 / 181), 18),
        ("temperature", "0 °C", "180 °C", (0, 0, 0), math.log(10), 180),
    ],
)
def test_numbers(
    name: str, answer: str, gold: str, shares: tuple[int, ...], log_error: float, error: float
) -> None:
    found = measured(name, answer, gold)
    names = ("within_10", "within_15", "within_25")
    assert tuple(found[each] for each in names) == shares
    assert found["log_error"] == pytest.approx(log_error)
    unit = QUESTIONS[name].measures[-1].name
    assert unit == {"time": "error_min", "temperature": "error_celsius"}[name]
    assert found[unit] == pytest.approx(error)


def test_a_quantity_errs_in_the_unit_that_it_was_asked_in() -> None:
    found = measured("quantity", "80 g", "100 g")
    assert (found["error_g"], found["error_ml"], found["error_unit"]) == (20, None, None)
    other = measured("quantity", "100 ml", "100 g")
    assert (other["error_g"], other["log_error"]) == (100, MOST_LOG_ERROR)
    assert (other["within_10"], other["within_25"]) == (0, 0)
    pieces = measured("quantity", "3", "4")
    assert (pieces["error_unit"], pieces["within_25"]) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "gold", "f1", "hit"),
    [
        (["Courgettes"], ["zucchini"], 1, 1),
        (["rice", "zucchini"], ["zucchini"], 2 / 3, 0),
        (["zucchini", "rice", "salt"], ["zucchini"], 0.5, 1),
        (["rice"], ["zucchini"], 0, 0),
    ],
)
def test_missing_ingredients(answer: Any, gold: Any, f1: float, hit: float) -> None:
    found = measured("missing_ingredient", answer, gold)
    assert found == {"foods_f1": pytest.approx(f1), "hit_at_1": hit}


@pytest.mark.parametrize(
    ("answer", "lines", "foods", "error"),
    [
        (["180 ml milk", "60 g butter"], 1, 1, 0),
        (["60 g butter", "190 ml milk"], 1, 1, (10 / 180) / 2),
        (["180 ml milk", "90 g butter"], 0.5, 1, 0.25),
        (["180 ml milk"], 2 / 3, 2 / 3, 0.5),
        (["180 g milk", "500 g butter"], 0, 1, 1),
        (["milk", "butter"], 0, 1, 1),
    ],
)
def test_substitutions(answer: Any, lines: float, foods: float, error: float) -> None:
    found = measured("substitution", answer, ["180 ml milk", "60 g butter"])
    assert found == pytest.approx({"lines_f1": lines, "foods_f1": foods, "amount_error": error})


@pytest.mark.parametrize(
    ("answer", "lines", "exact", "error"),
    [
        (["300 g rice", "7 g salt", "basil"], 1, 1, 0),
        (["290 g rice", "7 g salt", "basil"], 1, 2 / 3, (10 / 300) / 2),
        (["300 g rice", "14 g salt", "basil"], 2 / 3, 2 / 3, 0.5),
        (["300 g rice", "7 g salt", "basil", "2 eggs"], 6 / 7, 3 / 4, 0),
        (["300 g rice", "300 g rice", "300 g rice"], 1 / 3, 1 / 3, 0.5),
    ],
)
def test_scaled_lists(answer: Any, lines: float, exact: float, error: float) -> None:
    found = measured("scaling", answer, ["300 g rice", "7 g salt", "basil"])
    assert found == pytest.approx({"lines_f1": lines, "exact_lines": exact, "amount_error": error})


def test_a_food_of_two_lines_is_compared_with_the_amount_that_fits() -> None:
    gold = ["200 g butter", "20 g butter"]
    found = measured("scaling", ["20 g butter", "200 g butter"], gold)
    assert found == {"lines_f1": 1.0, "exact_lines": 1.0, "amount_error": 0.0}


each = pytest.mark.parametrize("task", QUESTIONS.values(), ids=lambda task: task.name)


@each
def test_what_is_no_answer_is_the_worst_of_every_measure(task: QuestionTask) -> None:
    gold, _ = task.read(task.example)
    perfect = task.measure(gold, gold)
    texts = (None, "", "null", "[]", "{}", "nan", f'{{"{task.key}":null}}', f'{{"{task.key}":[]}}')
    for text in texts:
        found = task.measure(text, gold)
        for one in task.measures:
            worst, best = found[one.name], perfect[one.name]
            if best is None:
                assert worst is None
                continue
            assert best == (0.0 if one.lower_is_better else 1.0)
            assert worst is not None
            assert worst > 0.0 if one.lower_is_better else worst == 0.0
            other = '{"answer":"99999"}' if task.key == "answer" else '{"ingredients":["gravel"]}'
            value = task.measure(other, gold)[one.name]
            assert value is not None
            assert value <= worst if one.lower_is_better else value >= worst


@each
def test_a_fault_is_what_the_schema_refuses(task: QuestionTask) -> None:
    gold, _ = task.read(task.example)
    assert task.text_fault(gold) is None
    assert task.text_fault(" ") == "empty"
    assert task.text_fault(gold[:-1]) == "not JSON"
    value = json.loads(gold)[task.key]
    refused: list[Any] = [None, 3, [], {}, "", [""], [3], "ten minutes", "x" * 999, [value] * 99]
    for one in refused:
        document = {task.key: one}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, task.schema)
        assert task.text_fault(json.dumps(document))
    assert task.text_fault(json.dumps({task.key: value, "why": "so"}))


def test_gold_that_cannot_be_read_is_told() -> None:
    with pytest.raises(TopochefError, match="no question of time: build the data again"):
        QUESTIONS["time"].measure('{"answer":"3 min"}', '{"answer":"soon"}')


@pytest.mark.parametrize(
    ("name", "question", "kind"),
    [
        ("temperature", "How hot must the oven be for Pizza: the best?", "temperature_oven"),
        ("temperature", "How hot should it be in this step of Pie? «Bake at ___.»", "temperature"),
        ("time", "I bake Rice Pudding at 180 °C. How many minutes does it take?", "time_bake"),
        ("time", "Risotto: how many minutes in this step? «Simmer for ___.»", "time"),
        ("time", "How long do I boil penne?", ""),
        (
            "quantity",
            "I have 20 g butter for Cake. How many grams of flour do I need besides?",
            "quantity_beside",
        ),
    ],
)
def test_a_question_tells_its_wording(name: str, question: str, kind: str) -> None:
    assert QUESTIONS[name].kind_of(question) == kind


@pytest.mark.parametrize(
    "question",
    [
        "Rice, 2 servings:\n- 150 g rice\n- 4 g salt\nHow much is that for 4 servings?",
        "Rice for 2: 150 g rice, 4 g salt. For 4?",
    ],
)
def test_a_copy_is_the_list_of_the_question(question: str) -> None:
    assert QUESTIONS["scaling"].copied(question) == '{"ingredients":["150 g rice","4 g salt"]}'
    assert QUESTIONS["scaling"].copied("How much rice?") == ""
    assert QUESTIONS["time"].copied(question) is None


@pytest.mark.parametrize(
    ("question", "copied"),
    [
        (
            "For Leek and Ham Pie I have leeks, eggs and flour. Which main ingredient is missing?",
            '{"ingredients":["ham"]}',
        ),
        ("My list for Sunday Pie: eggs and flour. One main ingredient is not on it. Which?", ""),
        ("For cacio e pepe there are spaghetti on the table. What is missing?", ""),
    ],
)
def test_a_title_can_name_what_is_missing(question: str, copied: str) -> None:
    assert QUESTIONS["missing_ingredient"].copied(question) == copied
