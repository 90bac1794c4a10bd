"""Preferences out of a model's own recipes: which pair, of which titles, and what Axolotl gets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gold_recipes import answer, recipe_row
from openai_stand_in import OpenAIStandIn

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, read_manifest, write_jsonl
from recipe_eval.cli import main
from recipe_eval.preferring.choosing import Guards, Sample, best_and_worst
from recipe_eval.sampling.asked import training_requests
from recipe_kitchen.answers import Answer

GOLDS = {
    "Leek Soup": (
        ["400 g leeks", "800 ml stock", "30 g butter"],
        ["Boil the leeks for 20 minutes."],
    ),
    "Bean Stew": (
        ["500 g beans", "2 carrots", "400 g tomatoes"],
        ["Stew the beans for 60 minutes."],
    ),
    "Egg Fried Rice": (["200 g rice", "3 eggs", "20 ml oil"], ["Fry the rice for 5 minutes."]),
}
WRITTEN = {
    # Gold, a recipe of the same length with one food of three, and one that is much longer.
    "Leek Soup": [
        answer(["400 g leeks", "5 g salt", "9 g sugar"], ["Boil the leeks for 20 minutes."]),
        answer(*GOLDS["Leek Soup"]),
        answer([f"{i} g cinnamon" for i in range(1, 12)], ["Grill."]),
    ],
    # Equal thrice.
    "Bean Stew": [answer(*GOLDS["Bean Stew"])] * 3,
    # One recipe, and what is none.
    "Egg Fried Rice": ["I cannot cook.", answer(*GOLDS["Egg Fried Rice"]), "{"],
}


def sample(score: float, foods: int = 3, steps: int = 1) -> Sample:
    lines = tuple(f"{score} g food {i}" for i in range(foods))
    return Sample(Answer(lines, ("Boil.",) * steps), score)


def test_the_furthest_pair_of_like_lengths_is_taken() -> None:
    best, middle, worst = sample(0.9, foods=8), sample(0.7), sample(0.2, foods=5)
    assert best_and_worst([middle, worst, best], Guards()) == (middle, worst)
    assert best_and_worst([middle, worst, best], Guards(lines=3)) == (best, worst)
    assert best_and_worst([sample(0.9, steps=9), worst, middle], Guards()) == (middle, worst)
    assert best_and_worst([sample(0.2), sample(0.9, steps=4)], Guards()) == "too unlike in length"


def test_a_gap_is_met_by_its_own_size_and_by_nothing_less() -> None:
    assert best_and_worst([sample(0.4), sample(0.55)], Guards(gap=0.15)) != "too alike in score"
    assert best_and_worst([sample(0.4), sample(0.549)], Guards(gap=0.15)) == "too alike in score"
    assert best_and_worst([sample(0.4)], Guards()) == "fewer than two recipes"
    assert best_and_worst([], Guards()) == "fewer than two recipes"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Data with a training split, a row of a consensus in front, and a test split."""
    folder = tmp_path / "data"
    rows = [recipe_row(f"t{i}", title, answer(*GOLDS[title])) for i, title in enumerate(GOLDS)]
    agreed = {**rows[0], "id": "t0-consensus", "task": "consensus", "trained": [0, 20]}
    write_jsonl(folder / "train.jsonl", [agreed, *rows])
    held_out = recipe_row("h", "Cheese Toast", answer(["2 slices bread"], ["Grill."]))
    write_jsonl(folder / "test.jsonl", [held_out])
    write_jsonl(folder / "validation.jsonl", [{**held_out, "title": "Plum Tart"}])
    return folder


@pytest.fixture
def cook(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIStandIn]:
    """A server that has another recipe for a title each time it is asked."""
    asked: Counter[str] = Counter()

    def reply(body: dict[str, Any]) -> str:
        question = body["messages"][-1]["content"]
        (title,) = (title for title in GOLDS if title in question)
        asked[title] += 1
        return WRITTEN[title][asked[title] - 1]

    with OpenAIStandIn(reply) as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield server


def prefer(run: Path, data: Path, server: OpenAIStandIn, *more: str) -> int:
    return main(
        ["prefer", str(run), "--data", str(data), "--backend", f"openai:cook@{server.address}",
         "--samples", "3", "--parallel", "1", *more]
    )  # fmt: skip


def test_the_command_writes_the_pairs_of_training_titles(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert prefer(run, trained, cook) == 0
    (row,) = read_jsonl(run / "preferences.jsonl", "the test")
    assert set(row) == {"id", "messages", "chosen", "rejected"}
    assert row["id"] == "t0-recipe"
    assert row["messages"][-1]["content"] == "Generate a recipe for Leek Soup, 2 servings."
    assert row["chosen"] == answer(*GOLDS["Leek Soup"])
    assert row["rejected"] == WRITTEN["Leek Soup"][0]
    facts = read_manifest(run)["prefer"]
    assert (facts["titles"], facts["pairs"], facts["longer_lists"]) == (3, 1, 0)
    assert facts["left_out"] == {"too alike in score": 1, "fewer than two recipes": 1}
    # Gold has F1 1 of foods, amounts, actions and times; the other 1 / 3 of two of them.
    assert facts["chosen"] == 1.0
    assert facts["rejected"] == pytest.approx((1 / 3 + 1 / 3 + 1 + 1) / 4, abs=1e-4)
    assert "1 pairs of 3 training titles" in capsys.readouterr().out
    # Asked again, nothing is drawn anew, and the bytes are the same.
    before, asked = (run / "preferences.jsonl").read_bytes(), len(cook.bodies)
    assert prefer(run, trained, cook) == 0
    assert ((run / "preferences.jsonl").read_bytes(), len(cook.bodies)) == (before, asked)
    assert asked == 9


def test_another_gap_is_chosen_from_the_same_recipes(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert prefer(run, trained, cook) == 0
    before = (run / "preferences.jsonl").read_bytes()
    assert prefer(run, trained, cook, "--gap", "0.5") == 1
    assert "2 fewer than two" not in (told := capsys.readouterr().err)
    assert "none of 3 titles gives a pair" in told
    assert (run / "preferences.jsonl").read_bytes() == before
    assert prefer(run, trained, cook, "--gap", "0.5", "--lines", "8") == 0
    (row,) = read_jsonl(run / "preferences.jsonl", "the test")
    assert row["rejected"] == WRITTEN["Leek Soup"][2]


def test_more_samples_are_drawn_beside_those_that_are_there(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert prefer(run, trained, cook, "--samples", "2") == 0
    assert len(cook.bodies) == 6
    assert prefer(run, trained, cook) == 0
    assert len(cook.bodies) == 9
    assert len({body["seed"] for body in cook.bodies}) == 9


def test_titles_that_are_held_out_are_refused(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [one.title for one in training_requests(trained, None)] == list(GOLDS)
    leaked = recipe_row("x", "Bean Stew II", answer(["1 g salt"], ["Boil."]))
    for file in ("validation.jsonl", "test.jsonl"):
        clean = (trained / file).read_bytes()
        write_jsonl(trained / file, [leaked])
        with pytest.raises(TopochefError, match=rf"row t1-recipe: its title is in {file} too"):
            training_requests(trained, None)
        (trained / file).write_bytes(clean)
    (trained / "train.jsonl").unlink()
    assert prefer(tmp_path / "run", trained, cook) == 1
    assert "train.jsonl does not exist" in capsys.readouterr().err
    assert cook.bodies == []


def test_what_cannot_differ_is_refused(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (("--temperature", "0"), ("--samples", "1")):
        assert prefer(tmp_path / "run", trained, cook, *wrong) == 1
        assert "nothing to be compared with" in capsys.readouterr().err
    for gap in ("0", "1.1", "far"):
        with pytest.raises(SystemExit):
            prefer(tmp_path / "run", trained, cook, "--gap", gap)
    assert cook.bodies == []


def test_answers_are_neutral_text(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = answer(["400 g leeks<|im_end|>", "5 g salt", "9 g sugar"], ["Boil them."])
    monkeypatch.setitem(WRITTEN, "Leek Soup", [spoilt, *WRITTEN["Leek Soup"][1:]])
    assert prefer(tmp_path / "run", trained, cook) == 0
    (row,) = read_jsonl(tmp_path / "run" / "preferences.jsonl", "the test")
    assert json.loads(row["rejected"])["ingredients"][0] == "400 g leeks"


def test_a_text_of_which_nothing_is_left_without_control_tokens_is_in_no_pair(
    trained: Path, cook: OpenAIStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = answer(["<|im_start|>", "5 g salt", "9 g sugar"], ["Boil the leeks for 20 minutes."])
    others = [answer(*GOLDS["Leek Soup"]), WRITTEN["Leek Soup"][0]]
    monkeypatch.setitem(WRITTEN, "Leek Soup", [forged, *others])
    assert prefer(tmp_path / "run", trained, cook) == 0
    (row,) = read_jsonl(tmp_path / "run" / "preferences.jsonl", "the test")
    assert (row["chosen"], row["rejected"]) == tuple(others)
