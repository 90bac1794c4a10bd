"""Questions proposed by a model: valid, new, and used only where a person approved them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from openai_stand_in import OpenAIStandIn

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256, to_json
from recipe_data.augmenting.candidates import TRIES, is_same, propose
from recipe_data.augmenting.prompts import KINDS, answer_schema
from recipe_data.augmenting.review import SOURCE, read_review, reviewed_rows, write_review
from recipe_data.cli import main
from recipe_data.demo.compose import write_corpus
from recipe_data.endpoints import Endpoint, Patience, endpoint
from recipe_data.tasks.by_hand.curated import curated_splits, questions
from recipe_data.tasks.by_hand.validity import question_fault
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import Question

FOODS = ("quinoa", "turnip", "fennel", "okra", "tofu", "millet", "celeriac", "kohlrabi", "salsify")
TITLES = [f"{food.title()} Supper" for food in FOODS]
ANSWERS: dict[str, tuple[str, Any]] = {
    "missing_ingredient": ("Lemon and {0} wait for a {0} soup. What else?", ["onion"]),
    "substitution": ("No {0} at the {0} market. What replaces 100 g?", ["100 g parsnip"]),
    "scaling": ("{0} bowl for 2: 100 g {0}, 4 g salt. Make it for 4.", ["200 g {0}", "7 g salt"]),
    "quantity": ("How much {0} goes into {0} fritters?", "150 g"),
    "time": ("How long does {0} steam beside a pie?", "17 min"),
    "temperature": ("How hot must {0} crackers bake?", "190 °C"),
}


def kind_of(body: dict[str, Any]) -> str:
    schema = body["response_format"]["json_schema"]["schema"]
    same = [kind for kind in KINDS if answer_schema(kind) == schema]
    told = body["messages"][0]["content"]
    return next(kind for kind in same if QUESTIONS[kind].wanted in told)


def well_asked(body: dict[str, Any]) -> str:
    food = body["messages"][-1]["content"].split()[1].lower()
    question, answer = ANSWERS[kind_of(body)]
    filled = [a.format(food) for a in answer] if isinstance(answer, list) else answer
    return to_json({"question": question.format(food), "reply": filled})


@pytest.fixture
def server(openai_server: OpenAIStandIn) -> OpenAIStandIn:
    openai_server.answer = well_asked
    return openai_server


@pytest.fixture
def model(server: OpenAIStandIn) -> Endpoint:
    return endpoint(f"openai:cook@{server.address}", patience=Patience(2, 2, 0.01))


@pytest.fixture
def proposed(model: Endpoint) -> tuple[Question, ...]:
    return propose(model, TITLES, 2).questions


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_corpus(folder / "corpus.csv", folder / "gold.jsonl", rows=40, seed=3)
    assert main(["build", str(folder / "corpus.csv"), "--output", str(folder / "data")]) == 0
    return folder / "data"


@pytest.mark.heavy
def test_each_kind_gets_as_many_as_wanted(server: OpenAIStandIn, model: Endpoint) -> None:
    result = propose(model, TITLES, 3)
    assert Counter(q.task for q in result.questions) == dict.fromkeys(KINDS, 3)
    assert result.refused == {}
    assert len(server.bodies) == 3 * len(KINDS)
    assert all(question_fault(question) is None for question in result.questions)
    assert propose(model, reversed(TITLES), 3, workers=4) == result


@pytest.mark.heavy
def test_examples_are_never_held_out(server: OpenAIStandIn, model: Endpoint) -> None:
    propose(model, TITLES, 5)
    splits = curated_splits(7)
    held_out = [q.text for q in questions() if splits[f"{q.identity}-{q.task}"] != "train"]
    told = [body["messages"][0]["content"] for body in server.bodies]
    assert held_out
    assert not [text for text in held_out if any(to_json(text) in prompt for prompt in told)]
    assert any(to_json(q.text) in told[0] for q in questions())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("no JSON", "no question and answer"),
        ('["question","reply"]', "no question and answer"),
        ('{"q":"How long is a leek pie baked?","a":"9 min"}', "no question and answer"),
        ('{"question":"How long?","reply":7,"b":1}', "no question and answer"),
        ('{"question":"How hot?","reply":["7"]}', "no question and answer"),
        (to_json({"question": "How long is a kohlrabi pie baked?", "reply": "1 h"}), "not valid"),
        (
            to_json({"question": "<b>How</b> long <|im_start|>?", "reply": "9 min"}),
            "not valid",
        ),
    ],
)
def test_bad_answers_are_counted(
    server: OpenAIStandIn, model: Endpoint, answer: str, why: str
) -> None:
    server.answer = lambda body: answer if kind_of(body) == "time" else well_asked(body)
    result = propose(model, TITLES, 2)
    assert "time" not in {q.task for q in result.questions}
    assert result.refused == {why: min(TRIES * 2, len(TITLES))}


def test_what_was_asked_before_is_not_taken(server: OpenAIStandIn, model: Endpoint) -> None:
    known = next(q.text for q in questions() if q.task == "time")
    new = ["How long does okra steam beside a pie?", "How long does tofu rest in brine?"]
    answers = iter([known, new[0], "How long does OKRA steam beside the pies", new[1]])
    server.answer = lambda body: (
        to_json({"question": next(answers), "reply": "17 min"})
        if kind_of(body) == "time"
        else well_asked(body)
    )
    result = propose(model, TITLES, 2)
    assert [q.text for q in result.questions if q.task == "time"] == new
    assert result.refused == {"asked before": 2}


def test_cut_off_answers_are_counted(server: OpenAIStandIn, model: Endpoint) -> None:
    server.script.extend(["cut off"] * 3)
    result = propose(model, TITLES, 1)
    assert result.refused == {"cut off": 3}
    assert len(result.questions) == len(KINDS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("How long for 2 eggs?", "how long, for 12 eggs", True),
        ("How long do I boil dried penne?", "How many minutes do I boil dried penne?", True),
        ("How long do I boil dried penne?", "How long do I boil dried farfalle?", False),
    ],
)
def test_sameness(one: str, other: str, same: bool) -> None:
    assert is_same(Question("time", one, "9 min"), Question("time", other, "9 min")) is same


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Question("missing_ingredient", "Rice, peas and what?", ("peas",)), "tells its answer"),
        (Question("missing_ingredient", "A rice salad lacks?", tuple("abcdefg")), "7 ingredients"),
        (Question("missing_ingredient", "A rice salad lacks?", ()), "0 ingredients"),
        (Question("substitution", "No feta for 100 g?", ("tofu",)), "says not how much"),
        (Question("scaling", "Twice as much rice?", ("2 g rice",)), "behind a colon"),
        (
            Question("scaling", "For 2: 100 g rice, 4 g salt. For 4?", ("200 g rice", "8 g salt")),
            "scaled by the rule it is 200 g rice, 7 g salt",
        ),
        (Question("scaling", "For 2: 100 g rice. For 4?", ("200 g oats",)), "other ingredients"),
        (Question("time", "How long for penne?", "1 hour"), "does not read back"),
        (Question("time", "How long may rice stand at room temperature?", "180 min"), "120 min"),
        (Question("temperature", "How hot is a turkey inside?", "65 °C"), "safe from 74 °C"),
        (Question("temperature", "Which core temperature has pork?", "55 °C"), "safe from 63 °C"),
        (Question("time", "How long is it?", "9 min"), "about nothing"),
        (Question("time", "Penne &amp; peas, how long?", "9 min"), "markup"),
        (Question("time", f"How long{' penne' * 60}?", "9 min"), "longer than 300"),
    ],
)
def test_what_cannot_be_taught_is_refused(question: Question, told: str) -> None:
    assert told in (question_fault(question) or "")


def test_every_question_by_hand_is_valid() -> None:
    assert [q for q in questions() if question_fault(q)] == []


def test_nothing_is_approved_until_a_person_does(
    proposed: tuple[Question, ...], tmp_path: Path
) -> None:
    path = tmp_path / "more.review.yaml"
    write_review(path, proposed, "openai:cook")
    written = yaml.safe_load(path.read_text())
    assert [entry["approved"] for entries in written.values() for entry in entries] == [False] * 12
    assert "openai:cook" in path.read_text().splitlines()[0]
    with pytest.raises(TopochefError, match="no question is approved"):
        read_review(path)
    path.write_text(path.read_text().replace("approved: false", "approved: true", 3))
    assert read_review(path) == proposed[:3]
    with pytest.raises(TopochefError, match="may hold your review"):
        write_review(path, proposed, "openai:cook")
    assert read_review(path) == proposed[:3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time: [", "is not YAML"),
        ("- q", "give a list of questions for each kind"),
        ("time: 3", "give a list of questions for each kind"),
        ("time: [3]", "time 1: give `q`, `a` and `approved"),
        ("time: [{q: How long for okra?, a: 9 min}]", "give `q`, `a` and `approved"),
        ("time: [{q: How long for okra?, a: 9 min, approved: maybe}]", "give `q`, `a` and"),
        ("time: [{q: How long for okra?, a: [9 min], approved: true}]", "`a` must be one amount"),
        ("lunch: [{q: How long for okra?, a: 9 min, approved: true}]", "is called lunch"),
        ("scaling: [{q: For 2?, a: [3], approved: true}]", "`a` must be a list of texts"),
        ("time: [{q: How long for okra?, a: soon, approved: true}]", "time 1: .*mend it, or set"),
        (
            "time: [{q: How long for okra?, a: 9 min, approved: true},"
            " {q: how long for okra, a: 8 min, approved: true}]",
            "time 2: asked before",
        ),
    ],
)
def test_a_broken_review_names_the_place(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(TopochefError, match=told) as caught:
        read_review(tmp_path / "r.yaml")
    assert str(tmp_path / "r.yaml") in str(caught.value) or "questions.yaml" in str(caught.value)


def test_approved_questions_train_and_are_never_alike_to_a_held_out_one() -> None:
    splits = curated_splits(7)
    held_out = next(
        q for q in questions() if q.task == "time" and splits[f"{q.identity}-time"] == "test"
    )
    close = held_out._replace(text=f"{held_out.text} Please, in a kohlrabi kitchen")
    far = Question("time", "How long does salsify simmer?", "21 min")
    (row,) = reviewed_rows([close, far], 7)
    assert (row.messages[1]["content"], row.source) == (far.text, SOURCE)
    assert json.loads(row.messages[-1]["content"]) == {"answer": "21 min"}


@pytest.mark.heavy
def test_the_whole_way(
    server: OpenAIStandIn, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    review = tmp_path / "more.review.yaml"
    spec = f"openai:cook@{server.address}"
    command = ["augment", str(data), "--endpoint", spec, "--per-kind", "1", "--output", str(review)]
    assert main(command) == 0
    assert "6 questions to review, none approved yet" in capsys.readouterr().out
    asked, first = len(server.bodies), review.read_text()
    assert main(command) == 1
    assert "may hold your review" in capsys.readouterr().err
    review.unlink()
    assert main([*command, "--workers", "2"]) == 0
    assert review.read_text() == first
    assert len(server.bodies) <= asked + len(KINDS)  # at most one more a kind, by the window of two
    titles = {
        row["title"]
        for row in map(json.loads, (data / "recipes.jsonl").open())
        if row["split"] == "train"
    }
    assert {body["messages"][-1]["content"].removeprefix("Dish: ") for body in server.bodies} <= (
        titles
    )

    corpus = str(data.parent / "corpus.csv")
    build = ["build", corpus, "--tasks", "all", "--questions", str(review), "--output"]
    assert main([*build, str(tmp_path / "none")]) == 1
    assert "no question is approved" in capsys.readouterr().err
    review.write_text(re.sub("approved: false", "approved: true", first, count=2))
    assert main(["build", corpus, "--tasks", "all", "--output", str(tmp_path / "plain")]) == 0
    assert main([*build, str(tmp_path / "more")]) == 0
    rows = [json.loads(line) for line in (tmp_path / "more" / "train.jsonl").open()]
    used = [row["messages"][1]["content"] for row in rows if row["source"] == SOURCE]
    assert used == [q.text for q in read_review(review)]
    for name in ("test.jsonl", "validation.jsonl"):
        assert sha256(tmp_path / "more" / name) == sha256(tmp_path / "plain" / name)
    facts = read_manifest(tmp_path / "more")["build"]
    assert "questions" in facts["inputs"]
    assert facts["approved_questions"] == {"given": 2, "used": 2}
    only_time = ["build", corpus, "--tasks", "time", "--questions", str(review), "--output"]
    assert main([*only_time, str(tmp_path / "time")]) == 0
    facts = read_manifest(tmp_path / "time")["build"]
    assert facts["approved_questions"] == {"given": 2, "used": 0}
    assert re.search("approved questions used, of those given .* 0 / 2", capsys.readouterr().out)
