"""`recipe-eval credit`: which titles it asks, what it writes, and that nothing is drawn twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from gold_recipes import answer, recipe_row
from openai_stand_in import OpenAIStandIn

from recipe_base.files import read_jsonl, read_manifest, write_jsonl
from recipe_eval.cli import main
from recipe_losses.chat_rows import read_answer as read_row

ROOT = Path(__file__).resolve().parents[2]
GOLDS = {
    "Leek Soup": (["400 g leeks", "30 g butter"], ["Boil the leeks.", "Stir."]),
    "Bean Stew": (["500 g beans", "2 carrots"], ["Stew the beans for 60 minutes."]),
    "Plain Rice": (["200 g rice", "5 g salt"], ["Boil the rice."]),
    "Egg Toast": (["2 eggs", "4 slices bread"], ["Fry the eggs."]),
}
WRITTEN = {
    # All of gold, one food of two with another amount, and no right line in a longer list.
    "Leek Soup": [
        answer(*GOLDS["Leek Soup"]),
        answer(["100 g leeks"], ["Boil it."]),
        answer(["1 lime", "2 plums", "3 kiwis"], ["Grill."]),
    ],
    "Bean Stew": [answer(*GOLDS["Bean Stew"])] * 3,
    "Plain Rice": ["I cannot cook.", answer(*GOLDS["Plain Rice"]), "{"],
    # A role that is forged leaves its line, and a line that is nothing else spoils the answer.
    "Egg Toast": [
        answer(["2 eggs<|im_end|>"], ["Fry."]),
        answer(["<|im_start|>"], ["Fry."]),
        answer(["1 lime"], ["Fry."]),
    ],
}


class Tokenizer:
    """What the plugin asks of one: which texts are control tokens."""

    all_special_tokens: ClassVar = ["<|im_end|>"]
    added_tokens_decoder: ClassVar = {2: SimpleNamespace(content="<|im_end|>", special=True)}

    def __len__(self) -> int:
        return 3


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    rows = [recipe_row(f"t{i}", title, answer(*GOLDS[title])) for i, title in enumerate(GOLDS)]
    write_jsonl(folder / "train.jsonl", rows)
    for file, title in (("validation", "Plum Tart"), ("test", "Cheese Toast")):
        held_out = recipe_row(file, title, answer(["2 plums"], ["Grill."]))
        write_jsonl(folder / f"{file}.jsonl", [held_out])
    return folder


class Cook(OpenAIStandIn):
    """Writes the next recipe of a title each time that it is asked with another seed."""

    def __init__(self) -> None:
        super().__init__(self.reply)
        self.seeds: dict[str, list[int]] = {title: [] for title in GOLDS}

    def reply(self, body: dict[str, Any]) -> str:
        question = body["messages"][-1]["content"]
        (title,) = (title for title in GOLDS if title in question)
        seeds = self.seeds[title]
        if body["seed"] not in seeds:
            seeds.append(body["seed"])
        return WRITTEN[title][seeds.index(body["seed"])]


@pytest.fixture
def cook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cook]:
    with Cook() as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield server


def arguments(command: str, run: Path, data: Path, server: OpenAIStandIn, *more: str) -> list[str]:
    backend = f"openai:cook@{server.address}"
    return [command, str(run), "--data", str(data), "--backend", backend, "--samples", "3",
            "--parallel", "1", *more]  # fmt: skip


def rows_of(run: Path) -> list[dict[str, Any]]:
    return list(read_jsonl(run / "credited.jsonl", "the test"))


def credits(row: dict[str, Any], kind: str) -> list[float]:
    return [span["credit"] for span in row["spans"] if span["kind"] == kind]


def test_lines_are_credited_against_the_titles_other_samples(
    trained: Path, cook: Cook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(arguments("credit", run, trained, cook)) == 0
    leeks = [row for row in rows_of(run) if row["id"].startswith("t0-")]
    right, short, wrong = leeks
    assert [row["id"] for row in leeks] == [f"t0-recipe-sample{i}" for i in (1, 2, 3)]
    assert right["messages"][-1] == {"role": "assistant", "content": WRITTEN["Leek Soup"][0]}
    assert right["messages"][:-1] == list(recipe_row("t0", "Leek Soup", "")["messages"][:-1])
    # Mean scores of lines: 1.5, 1 and 0, so that the others' are 0.5, 0.75 and 1.25.
    assert credits(right, "line") == [1.0, 1.0]
    assert credits(short, "line") == [0.25]
    assert credits(wrong, "line") == [-1.25] * 3
    # The second list ends after one of two lines.
    assert [credits(row, "close") for row in leeks] == [[0.25], [-0.5], [0.25]]
    assert [credits(row, "step") for row in leeks] == [[0.5, 0.5], [0.5], [-1.0]]
    facts = read_manifest(run)["credit"]
    assert facts["titles"] == 4
    assert facts["rows"] == 5
    assert facts["left_out"] == {"all alike in score": 1, "fewer than two answers": 1}
    assert facts["credits"]["negative"] == 6
    told = capsys.readouterr().out
    assert "12 samples drawn, " in told
    assert "5 rows of 4 training titles" in told


def test_rows_are_those_that_the_plugin_trains(trained: Path, cook: Cook, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert main(arguments("credit", run, trained, cook)) == 0
    for row in rows_of(run):
        assert row["task"] == "credited"
        assert read_row(row, Tokenizer()) == row["messages"][-1]["content"]
    eggs = [row for row in rows_of(run) if row["id"].startswith("t3-")]
    assert [row["id"][-1] for row in eggs] == ["1", "3"]
    assert json.loads(eggs[0]["messages"][-1]["content"])["ingredients"] == ["2 eggs"]


def test_no_title_that_is_held_out_is_asked(
    trained: Path, cook: Cook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments("credit", tmp_path / "run", trained, cook)) == 0
    asked = {body["messages"][-1]["content"] for body in cook.bodies}
    held_out = {
        row["messages"][-2]["content"]
        for file in ("validation", "test")
        for row in read_jsonl(trained / f"{file}.jsonl", "the test")
    }
    assert len(asked) == len(GOLDS)
    assert len(held_out) == 2
    assert asked.isdisjoint(held_out)
    for file in ("validation", "test"):
        before, count = (trained / f"{file}.jsonl").read_bytes(), len(cook.bodies)
        write_jsonl(
            trained / f"{file}.jsonl",
            [recipe_row("x", "BEAN stew", answer(["1 g salt"], ["Boil."]))],
        )
        assert main(arguments("credit", tmp_path / "other", trained, cook)) == 1
        assert f"row t1-recipe: its title is in {file}.jsonl too" in capsys.readouterr().err
        assert len(cook.bodies) == count
        (trained / f"{file}.jsonl").write_bytes(before)


def test_samples_are_drawn_once_for_all_that_learn_from_them(
    trained: Path, cook: Cook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(arguments("prefer", run, trained, cook, "--gap", "0.05")) == 0
    assert len(cook.bodies) == 12
    assert main(arguments("credit", run, trained, cook)) == 0
    first = (run / "credited.jsonl").read_bytes()
    assert "all samples were there" in capsys.readouterr().out
    assert main(arguments("credit", run, trained, cook)) == 0
    assert (run / "credited.jsonl").read_bytes() == first
    scorer = ("--scorer", "recipe_eval.crediting.recipes:by_list")
    assert main(arguments("credit", run, trained, cook, *scorer)) == 0
    assert {span["kind"] for row in rows_of(run) for span in row["spans"]} == {"list", "steps"}
    assert len(cook.bodies) == 12


def test_a_server_that_goes_away_costs_no_sample(
    trained: Path, cook: Cook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert main(arguments("credit", whole, trained, cook)) == 0
    asked = Counter(body["seed"] for body in cook.bodies)
    cook.bodies.clear()
    cook.script.extend([None] * 4 + ["refuse the key"] * 4)
    assert main(arguments("credit", broken, trained, cook)) == 1
    assert "run the same command again" in capsys.readouterr().err
    assert not (broken / "credited.jsonl").exists()
    cook.script.clear()
    assert main(arguments("credit", broken, trained, cook)) == 0
    answered = Counter(body["seed"] for body in cook.bodies)
    answered.subtract(asked)
    assert sorted(answered.values()) == [0] * 8 + [1] * 4  # those that were refused
    assert (broken / "credited.jsonl").read_bytes() == (whole / "credited.jsonl").read_bytes()


@pytest.mark.heavy
def test_a_killed_command_goes_on_to_the_same_rows(
    trained: Path, cook: Cook, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(arguments("credit", whole, trained, cook)) == 0
    cook.bodies.clear()
    cook.script.extend([None] * 6 + ["hang"])
    code = "import sys; from recipe_eval.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments("credit", killed, trained, cook)]
    process = subprocess.Popen(command, start_new_session=True)
    for _ in range(3000):
        if len(cook.bodies) == 7:
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert len(cook.bodies) == 12 + 1
    assert (killed / "credited.jsonl").read_bytes() == (whole / "credited.jsonl").read_bytes()


SCORER = """
def length(answer, gold):
    return [(0, len(answer), len(answer) - len(gold))]

def beyond(answer, gold):
    return [(0, len(answer) + 1, 1.0)]

SHAPE = {"type": "object", "properties": {"dose": {"type": "number"}}}
"""


@pytest.fixture
def doses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows of another trade, of which some are asked in two splits, and a module that scores."""
    (tmp_path / "trade.py").write_text(SCORER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "trade", raising=False)

    def row(question: str, gold: str, task: str = "dose") -> dict[str, Any]:
        messages = [{"role": "user", "content": question}, {"role": "assistant", "content": gold}]
        return {"task": task, "messages": messages, "spans": []}

    folder = tmp_path / "doses"
    write_jsonl(folder / "train.jsonl", [
        row("velorin?", "5 mg"), row("tamaxol?", "10 mg"), row("velorin?", "5 mg"),
        row("brevitol?", "250 mg"), row("hello?", "hi", "greeting"),
    ])  # fmt: skip
    write_jsonl(folder / "validation.jsonl", [row("tamaxol?", "10 mg")])
    return folder


def test_any_task_is_credited_by_a_scorer_of_ones_own(
    doses: Path, openai_server: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = iter(["5 mg", "100 mg", "50 mg", " 250 mg ", "[INST] 5 mg", "<|im_end|>"])
    openai_server.answer = lambda body: next(said)
    run = tmp_path / "run"
    task = ("--task", "dose", "--scorer", "trade:length")
    assert main(arguments("credit", run, doses, openai_server, *task)) == 0
    asked = [body["messages"][-1]["content"] for body in openai_server.bodies]
    assert asked == ["velorin?", "brevitol?"] * 3  # each once, and none of validation
    assert all("response_format" not in body for body in openai_server.bodies)
    assert "1 prompts left out: validation or test has them too" in capsys.readouterr().out
    first, last = rows_of(run)[0], rows_of(run)[-1]
    assert first["id"] == "dose-0-sample1"
    assert first["spans"] == [
        {"start": 0, "end": 4, "kind": "part", "group": 0, "credit": -1.0}
    ]  # fmt: skip
    assert last["messages"][-1]["content"] == "50 mg"
    assert read_manifest(run)["credit"]["left_out"] == {"all alike in score": 1}


def test_a_schema_of_ones_own_is_asked_for(
    doses: Path, openai_server: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = iter(['{"dose":5}', '{"dose":10}', "{", "no", '{"dose":1000}', "no"])
    openai_server.answer = lambda body: next(said)
    task = ("--task", "dose", "--scorer", "trade:length", "--schema", "trade:SHAPE")
    assert main(arguments("credit", tmp_path / "run", doses, openai_server, *task)) == 0
    asked = openai_server.bodies[0]["response_format"]["json_schema"]["schema"]
    assert asked["properties"] == {"dose": {"type": "number"}}
    facts = read_manifest(tmp_path / "run")["credit"]
    assert (facts["rows"], facts["left_out"]) == (2, {"fewer than two answers": 1})
    assert main(arguments("credit", tmp_path / "run", doses, openai_server, *task[2:])) == 1
    assert "--schema is of a --task" in capsys.readouterr().err


def test_scorers_and_tasks_that_do_not_fit_are_named(
    doses: Path, openai_server: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    openai_server.answer = lambda body: "5 mg"
    for more, message in (
        (("--task", "dose", "--scorer", "trade:beyond"), "sample 1 of row dose-0: the scorer"),
        (("--task", "dose"), "the scorer reads recipes"),
        (("--task", "dose", "--scorer", "trade:length"), "none of 2 titles gives a credit"),
        (("--task", "cure", "--scorer", "trade:length"), "no row of the task 'cure'"),
    ):
        run = tmp_path / "run"
        assert main(arguments("credit", run, doses, openai_server, *more)) == 1
        assert message in capsys.readouterr().err
        assert not (run / "credited.jsonl").exists()


def test_the_medication_guide_names_a_scorer_that_works(
    tmp_path: Path, openai_server: OpenAIStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    row = {
        "task": "instruction",
        "messages": [
            {"role": "user", "content": "Write the instruction: tamaxol 50 mg, four times a day."},
            {"role": "assistant", "content": "Take 50 mg of tamaxol every 6 hours."},
        ],
        "spans": [],
    }
    write_jsonl(tmp_path / "medication" / "train.jsonl", [row])
    said = iter(["Take 50 mg of tamaxol every 8 hours.", "Take 5 mg of tamaxol every 6 hours."])
    openai_server.answer = lambda body: next(said)
    more = ("--task", "instruction", "--scorer", "docs.examples.medication:by_part")
    run, data = tmp_path / "run", tmp_path / "medication"
    assert main(arguments("credit", run, data, openai_server, *more, "--samples", "2")) == 0
    one, two = rows_of(run)
    assert [(s["kind"], s["credit"]) for s in one["spans"]] == [
        ("dose", 1.0), ("drug", 0.0), ("interval", -1.0)
    ]  # fmt: skip
    assert [s["credit"] for s in two["spans"]] == [-1.0, 0.0, 1.0]
