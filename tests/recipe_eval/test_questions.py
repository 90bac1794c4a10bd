"""Questions asked of a run: constrained, scored beside floors, compared and shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, read_manifest, to_json, update_manifest, write_jsonl
from recipe_base.runs import Run
from recipe_data.instructions import parse_instruction
from recipe_data.sampling import DEFAULT, Sampler
from recipe_data.schema import ChatRow, Ingredient, Recipe
from recipe_data.tasks.by_hand.curated import question_rows
from recipe_data.tasks.registry import ALL, QUESTIONS, rows_of
from recipe_data.tasks.task import Question
from recipe_eval.cli import main
from recipe_eval.questions.asked import as_asked, read_questions
from recipe_eval.questions.comparison import compare_answers
from recipe_eval.questions.floors import CONSTANT, COPY, Floors
from recipe_eval.questions.score import score
from recipe_kitchen.asking import Asker, Decoder
from recipe_kitchen.backends import Completion, Message
from recipe_kitchen.backends.choice import Choice

DISHES = ("Pea", "Leek", "Corn", "Carrot", "Cabbage", "Turnip")
BY_HAND = Question("time", "How long do I steep black tea?", "4 min")


def bake(number: int, dish: str, minutes: int) -> Recipe:
    return Recipe(
        f"r{number}",
        f"{dish} Bake",
        2,
        (
            Ingredient(100.0 + 10 * number, None, "g", f"{dish.lower()}s"),
            Ingredient(240.0, None, "ml", "heavy cream"),
            Ingredient(80.0, None, "g", "Gruyère cheese"),
            Ingredient(None, None, None, "salt"),
        ),
        (
            parse_instruction(f"Simmer the {dish.lower()}s for {number + 5} minutes."),
            parse_instruction(f"Bake at 190 °C for {minutes} minutes."),
        ),
        "demo",
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six recipes to learn from, of which two are asked about as if unseen, and one question."""
    recipes = [bake(i, dish, 20 + 5 * i) for i, dish in enumerate(DISHES)]
    write(tmp_path / "data" / "train.jsonl", rows(recipes))
    by_hand = question_rows([BY_HAND], "by hand")
    write(tmp_path / "data" / "test.jsonl", [*rows(recipes[:2]), *by_hand])
    return tmp_path / "data"


def rows(recipes: Sequence[Recipe]) -> list[ChatRow]:
    return [row for recipe in recipes for row in rows_of(recipe, 7, ALL)]


def write(path: Path, some: Sequence[ChatRow]) -> None:
    write_jsonl(path, [row.to_dict() for row in some])


class Answering:
    """Stands in for a model: answers what it is told to for a question, and keeps the schemas."""

    def __init__(self, answers: Callable[[str], str]) -> None:
        self.answers = answers
        self.schemas: list[dict[str, Any] | None] = []

    def facts(self) -> dict[str, Any]:
        return {"engine": "answering"}

    def complete(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None,
        max_tokens: int,
        sampler: Sampler = DEFAULT,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        self.schemas.append(schema)
        return Completion(self.answers(messages[-1]["content"]), "stop", 7, 5, 0.01)


@pytest.fixture
def ask(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Run the command for a run whose model is a function."""
    gold = {one.text: one.request.gold for one in read_questions(data)}

    def command(name: str, answers: Callable[[str, str], str], *more: str) -> Path:
        backend = Answering(lambda question: answers(question, gold[question]))
        monkeypatch.setattr(Choice, "open", lambda *_: backend)
        model = tmp_path / "model.gguf"
        model.write_bytes(b"not read")
        run = tmp_path / "runs" / name
        arguments = ["--data", str(data), "--gguf", str(model), "--tries", "1", *more]
        assert main(["questions", str(run), *arguments]) == 0
        return run

    return command


def summary_of(run: Path) -> dict[str, Any]:
    return Run(run).questions.summary.read()


def test_the_questions_of_the_test_split_are_asked(data: Path) -> None:
    asked = read_questions(data)
    assert {one.task.name for one in asked} == set(QUESTIONS)
    assert [one.group for one in asked if one.curated] == ["time.curated"]
    assert all(one.request.messages[-1]["role"] == "user" for one in asked)
    few = read_questions(data, limit=1)
    assert sorted(one.group for one in few) == sorted({one.group for one in asked})


def test_each_is_constrained_by_the_schema_of_its_task(data: Path) -> None:
    asked = read_questions(data)
    backend = Answering(lambda question: "{}")
    outcomes = Asker(backend, Decoder(tries=1)).ask([one.request for one in asked])
    assert backend.schemas == [one.task.schema for one in asked]
    assert {outcome.error for outcome in outcomes} == {
        "not an object with answer alone", "not an object with ingredients alone",
    }  # fmt: skip


def test_gold_scores_best_and_nothing_fails(
    ask: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run = ask("gold", lambda question, gold: gold)
    summary = summary_of(run)
    assert summary["failures"] == {}
    for facts in summary["metrics"].values():
        if facts["n"]:
            assert facts["mean"] == (0.0 if facts["lower_is_better"] else 1.0)
    groups = ["numbers", *QUESTIONS, "time.curated"]
    assert sorted(summary["groups"]) == sorted(groups)
    assert next(iter(summary["groups"])) == "numbers"
    numbers = sum(summary["groups"][name]["asked"] for name in ("quantity", "time", "temperature"))
    assert summary["groups"]["numbers"]["asked"] == numbers
    shown = capsys.readouterr().out
    assert f"{summary['recipes']} answers" in shown
    assert "Time, asked by hand (1)" in shown
    assert "All numbers" in shown


def test_failed_answers_are_counted_and_score_worst(ask: Callable[..., Path]) -> None:
    def answers(question: str, gold: str) -> str:
        return "I am sorry" if "bake" in question.lower() else gold

    summary = summary_of(ask("sorry", answers))
    failed = summary["failures"]["not JSON"]
    assert 0 < len(failed) < summary["recipes"]
    time = summary["groups"]["time"]
    assert time["failed"] > 0
    right = summary["metrics"]["time.within_15"]
    assert right["n"] == time["asked"]
    assert right["mean"] == pytest.approx(1 - time["failed"] / time["asked"])


def test_another_unit_is_no_failure_and_scores_worst(data: Path, ask: Callable[..., Path]) -> None:
    asked = [one for one in read_questions(data) if one.task.name == "quantity"]
    amounts = [one.task.read_text(one.request.gold) for one in asked]
    grams = [amount.value for amount in amounts if amount.unit == "g"]
    summary = summary_of(
        ask("ml", lambda question, gold: gold.replace(" g", " ml") if " g" in gold else gold)
    )
    assert summary["failures"] == {}
    assert summary["metrics"]["quantity.error_g"]["mean"] == pytest.approx(fmean(grams))
    assert summary["metrics"]["quantity.within_10"]["mean"] < 1


def test_what_was_answered_is_not_asked_again(data: Path, ask: Callable[..., Path]) -> None:
    run = ask("gold", lambda question, gold: gold)
    folder = Run(run).questions.folder
    before = (folder / "predictions.jsonl").read_bytes()
    ask("gold", lambda question, gold: "{}")
    assert (folder / "predictions.jsonl").read_bytes() == before
    inputs = read_manifest(folder)["generate"]["inputs"]
    assert {"test_sha256", "schema", "seed", "tries", "temperature"} <= inputs.keys()
    assert "rule" not in inputs
    assert main(["questions", str(run), "--data", str(data), "--seed", "5"]) == 1


def test_a_stopped_command_goes_on(
    tmp_path: Path, ask: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = ask("whole", lambda question, gold: gold)
    left = [3]

    def stops(question: str, gold: str) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return gold

    with pytest.raises(AssertionError):
        ask("stopped", stops)
    asked: list[str] = []
    run = ask("stopped", lambda question, gold: asked.append(question) or gold)  # type: ignore[func-returns-value]
    rows = [Run(one).questions.predictions.path.read_bytes() for one in (whole, run)]
    assert rows[0] == rows[1]
    assert len(asked) == summary_of(whole)["recipes"] - 3


def test_the_floors_are_medians_by_wording_and_unit_and_commonest_foods(data: Path) -> None:
    floors = Floors.of(data)
    train = [
        as_asked(row) for row in read_jsonl(data / "train.jsonl", "") if row["task"] in QUESTIONS
    ]
    bakes = [one for one in train if one.task.kind_of(one.text) == "time_bake"]
    assert floors.answers(bakes[0]) == {CONSTANT: '{"answer":"30 min"}'}  # of 20, 25 … 45
    steps = [one for one in train if one.task.kind_of(one.text) == "time"]
    assert floors.answers(steps[0])[CONSTANT] != floors.answers(bakes[0])[CONSTANT]
    grams = next(one for one in train if one.task.name == "quantity" and " g" in one.request.gold)
    assert floors.answers(grams)[CONSTANT].endswith(' g"}')
    (by_hand,) = (one for one in read_questions(data) if one.curated)
    assert floors.answers(by_hand)[CONSTANT] == to_json(
        {"answer": f"{floors.numbers['time', '', 'min']:g} min"}
    )
    scaling = next(one for one in train if one.task.name == "scaling")
    copied = json.loads(floors.answers(scaling)[COPY])["ingredients"]
    assert copied[1:] == ["240 ml heavy cream", "80 g Gruyère cheese", "salt"]
    commonest = json.loads(floors.answers(scaling)[CONSTANT])["ingredients"]
    assert {"salt"} < set(commonest)
    assert len(commonest) == 4


def test_a_unit_that_was_never_taught_has_a_floor_that_fails(data: Path) -> None:
    write(data / "train.jsonl", [row for row in rows([bake(0, "Pea", 20)]) if row.task != "time"])
    floors = Floors.of(data)
    time = next(one for one in read_questions(data) if one.task.name == "time")
    assert floors.answers(time) == {CONSTANT: ""}


@pytest.mark.heavy
def test_runs_are_compared_on_every_measure(ask: Callable[..., Path]) -> None:
    runs = []
    for seed in ("1", "2"):
        runs += [
            ask(f"late-seed{seed}", lambda question, gold: gold.replace(" min", "0 min")),
            ask(f"gold-seed{seed}", lambda question, gold: gold),
        ]
    answers = compare_answers(runs, baseline="late")
    assert answers is not None
    found = {row.name: one for _, row, one in answers.contrasts(1)}
    log_error = found["time.log_error"]
    assert (log_error.ours, log_error.theirs) == ("gold", "late")
    assert found["time.within_15"].verdict == "better"
    assert log_error.effect.high < 0
    assert found["numbers.log_error"].effect.mean < 0
    assert found["temperature.within_10"].effect.mean == 0
    lines = {line.row.name: line for group in answers.groups for line in group.lines}
    beneath = lines["scaling.amount_error"]
    floors = beneath.row.facts["floors"]
    assert floors.keys() == {CONSTANT, COPY}
    assert beneath.floor_mean == min(floors.values())
    assert lines["time.within_15"].floor == CONSTANT
    assert [lines["time.within_15"].sunk(column) for column in (0, 1)] == [True, False]
    assert answers.confounds == {}


@pytest.mark.heavy
def test_another_way_of_asking_is_told(ask: Callable[..., Path]) -> None:
    one = ask("one", lambda question, gold: gold)
    two = ask("two", lambda question, gold: gold, "--temperature", "0", "--seed", "3")
    answers = compare_answers([one, two])
    assert answers is not None
    (confound,) = answers.confounds["two"]
    assert confound == ("questions.temperature", ("0.6", "0.0"))
    other = ask("other", lambda question, gold: gold, "--limit", "1")
    with pytest.raises(TopochefError, match=r"answers to questions: .* different test titles"):
        compare_answers([one, other])


def test_runs_that_were_not_asked_are_named(tmp_path: Path, ask: Callable[..., Path]) -> None:
    (tmp_path / "runs" / "bare").mkdir(parents=True)
    assert compare_answers([tmp_path / "runs" / "bare"]) is None
    run = ask("gold", lambda question, gold: gold)
    answers = compare_answers([tmp_path / "runs" / "bare", run], baseline="bare")
    assert answers is not None
    assert answers.without == ("bare",)


def test_answers_to_other_questions_are_refused(data: Path, ask: Callable[..., Path]) -> None:
    run = ask("gold", lambda question, gold: gold)
    write(data / "test.jsonl", rows([bake(7, "Swede", 20)]))
    with pytest.raises(TopochefError, match="do not belong to the test split"):
        score(run, data)


def test_a_test_split_without_questions_says_what_to_build(tmp_path: Path) -> None:
    write(
        tmp_path / "test.jsonl", [row for row in rows([bake(0, "Pea", 20)]) if row.task == "recipe"]
    )
    with pytest.raises(TopochefError, match="--tasks all"):
        read_questions(tmp_path)


@pytest.mark.heavy
def test_compare_and_report_show_them(
    tmp_path: Path, data: Path, ask: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    runs = []
    for name, answers in (("good", "{0}"), ("<bad>", "I am sorry")):
        run = ask(name, lambda question, gold, answers=answers: answers.format(gold))
        recipes = [row for row in read_jsonl(data / "test.jsonl", "") if row["task"] == "recipe"]
        texts = [
            {"id": row["id"], "title": row["title"], "text": row["messages"][-1]["content"],
             "finish_reason": "stop"}
            for row in recipes if row["form"] == "title"
        ]  # fmt: skip
        write_jsonl(run / "predictions.jsonl", texts)
        update_manifest(run, "generate", {"inputs": {**Decoder().inputs(), "limit": None}})
        assert main(["score", str(run), "--data", str(data), "--bertscore", "none"]) == 0
        runs.append(str(run))
    capsys.readouterr()
    table = tmp_path / "compared.csv"
    assert main(["compare", *runs, "--output", str(table)]) == 0
    assert "All numbers: Within 10 %" in capsys.readouterr().out
    assert "questions,good,time.log_error" in table.read_text()
    assert main(["report", *runs, "--output", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<h2>Answers to questions</h2>" in page
    assert "<bad>" not in page
    for text in (table.with_suffix(".md").read_text(), (tmp_path / "report.md").read_text()):
        lines = text.splitlines()
        assert "## Answers to questions" in lines
        (failed,) = (line for line in lines if line.startswith("| Scaling: failed"))
        assert failed == "| Scaling: failed | 2 | | 0 | 2 |"
        (within,) = (
            line for line in lines if line.startswith("| Time: Within 15 %") and "†" in line
        )
        assert within.count("|") == 6
