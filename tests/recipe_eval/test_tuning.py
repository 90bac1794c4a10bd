"""The search for a sampler: its marks by hand, its path on known values, the command itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gold_recipes import recipe_row

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, write_jsonl
from recipe_data.sampling import DEFAULT, GREEDY, Sampler
from recipe_data.sampling_arguments import read_sampler
from recipe_eval.cli import main
from recipe_eval.tuning.marks import Row, Title, mark
from recipe_eval.tuning.search import GRID, most_rows, search
from recipe_kitchen.request import Request

GOLD = '{"ingredients":["200 g rice","30 g butter","salt"],"instructions":["Boil the rice. Stir."]}'
REQUEST = Request("r", "Rice", [], GOLD)


def marked(text: str, **more: Any) -> Title:
    return mark(REQUEST, {"text": text, "finish_reason": "stop", "rewinds": 0, **more})


def test_gold_itself_has_full_marks() -> None:
    title = marked(GOLD, rewinds=3)
    assert title[:5] == (1.0, 1.0, 1.0, 1.0, 1.0)
    assert (title.valid, title.repeated, title.rewinds, title.length) == (True, False, 3, 1.0)
    assert title.objective == 1.0


def test_marks_by_hand() -> None:
    """Of 3 foods 2 are named among 4, one twice; boil of boil and stir; 1 of 3 amounts is right."""
    lines = '["200 g rice","90 g butter","1 egg","5 g rice","pepper"]'
    title = marked(f'{{"ingredients":{lines},"instructions":["Boil."]}}')
    assert (title.recall, title.precision) == (pytest.approx(2 / 3), 0.5)
    assert title.f1 == pytest.approx(2 * 2 / (3 + 4))
    assert title.actions == pytest.approx(2 * 1 / (2 + 1))
    assert title.quantity == pytest.approx(1 / 4)
    assert title.repeated
    assert title.length == pytest.approx(5 / 3)
    assert title.objective == pytest.approx((4 / 7 + 2 / 3 + 1 / 4) / 3)


@pytest.mark.parametrize(
    ("text", "reason"), [("no recipe", "stop"), (GOLD[:30], "length"), (GOLD, "length")]
)
def test_what_is_no_recipe_is_worth_nothing(text: str, reason: str) -> None:
    title = marked(text, finish_reason=reason)
    assert not title.valid
    assert title.objective == title.f1 == title.recall == title.length == 0.0


def test_amounts_that_nobody_states_are_left_out_of_the_mean() -> None:
    gold = '{"ingredients":["salt"],"instructions":["Boil."]}'
    request = Request("r", "Salt", [], gold)
    prediction = {"text": gold, "finish_reason": "stop", "rewinds": 0}
    assert mark(request, prediction).quantity is None
    assert mark(request, prediction).objective == 1.0


def row(sampler: Sampler, *objectives: float) -> Row:
    titles = (Title(v, v, v, v, v, True, False, 0, 1.0) for v in objectives)
    return Row(sampler, tuple(titles))


def test_the_difference_to_another_row_is_paired_by_title() -> None:
    worse, better = row(GREEDY, 0.1, 0.5, 0.3), row(DEFAULT, 0.2, 0.6, 0.4)
    assert worse.behind(better) == (pytest.approx(0.1), pytest.approx(0.0, abs=1e-12))
    mean, error = row(GREEDY, 0.0, 0.0).behind(row(DEFAULT, 0.1, 0.3))
    assert (mean, error) == (pytest.approx(0.2), pytest.approx(0.1))


def test_the_search_finds_the_top_of_a_hill_one_setting_after_the_other() -> None:
    asked: list[Sampler] = []

    def evaluate(sampler: Sampler) -> Row:
        asked.append(sampler)
        far = abs(sampler.temperature - 0.8) + abs(sampler.min_p - 0.1)
        far += abs(sampler.top_p - 0.9) + abs(sampler.repeat_penalty - 1.05)
        return row(sampler, 1.0 if sampler.greedy else 0.9 - far / 10)

    found = search(evaluate)
    assert found.chosen.sampler == Sampler(0.8, top_p=0.9, min_p=0.1, repeat_penalty=1.05)
    assert [one.sampler for one in found.rows] == asked
    assert len(asked) == len(set(asked)) <= most_rows(GRID)
    assert asked[:2] == [GREEDY, DEFAULT]


def test_where_all_are_equal_the_start_stays() -> None:
    found = search(lambda sampler: row(sampler, 0.5))
    assert found.chosen.sampler == DEFAULT


def test_greedy_is_never_chosen_even_where_the_grid_names_it() -> None:
    grid = {"temperature": (0.0, 0.3), "top_p": (1.0,), "min_p": (0.0,)}
    found = search(lambda s: row(s, 1.0 if s.greedy else 0.2 + s.temperature / 10), grid)
    assert found.chosen.sampler == DEFAULT
    assert found.chosen.sampler.temperature > 0


@pytest.fixture
def validation(data: Path) -> Path:
    """The test split as validation, with titles of its own."""
    golds = [
        row["messages"][-1]["content"]
        for row in read_jsonl(data / "test.jsonl", "the fixture")
        if row["task"] == "recipe"
    ]
    rows = (recipe_row(f"demo-{i}", f"Dish {i}", gold) for i, gold in enumerate(golds))
    write_jsonl(data / "validation.jsonl", rows)
    return data


def tune(run: Path, data: Path, gguf: Path, *more: str) -> int:
    return main(
        ["tune-sampler", str(run), "--data", str(data), "--gguf", str(gguf), "--titles", "2",
         "--max-tokens", "60", "--parallel", "2", "--threads", "1",
         "--grid", "temperature=0.5,2", "--grid", "min-p=0", *more]
    )  # fmt: skip


def test_the_command_searches_validation_titles_and_writes_what_it_saw(
    tmp_path: Path, validation: Path, tiny_gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert tune(run, validation, tiny_gguf) == 0
    told = capsys.readouterr()
    assert "greedy" in told.out
    assert told.out.count("← chosen") == 1
    assert "greedy (1 of at most 5)" in told.err
    file = run / "sampler.json"
    found = json.loads(file.read_text())
    assert (found["titles"], found["seed"]) == (2, 0)
    assert "|n:2|seed:0|" in found["signature"]
    samplers = [Sampler.from_dict(one["sampler"]) for one in found["rows"]]
    assert samplers[:4] == [GREEDY, DEFAULT, Sampler(0.5), Sampler(2.0)]
    best = max(found["rows"][1:], key=lambda one: one["objective"])
    assert read_sampler(file) in [
        Sampler.from_dict(one["sampler"])
        for one in found["rows"][1:]
        if one["objective"] == best["objective"]
    ]
    for one in found["rows"]:
        assert {"f1", "recall", "precision", "quantity", "actions", "valid", "repeated", "length",
                "rewinds", "behind", "behind_standard_error"} < set(one)  # fmt: skip
    titles = {
        row["title"]
        for predictions in run.glob("sampler/*/*/predictions.jsonl")
        for row in read_jsonl(predictions, "the test")
    }
    assert titles == {"Dish 0", "Dish 1"}


def test_a_search_goes_on_where_it_stopped_and_another_one_begins_anew(
    tmp_path: Path, validation: Path, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recipe_kitchen.backends.llamacpp import LlamaCpp

    groups = 0
    write = LlamaCpp.complete_all

    def counting(self: LlamaCpp, jobs: Any) -> Any:
        nonlocal groups
        groups += 1
        if groups == 3:
            raise KeyboardInterrupt
        return write(self, jobs)

    monkeypatch.setattr(LlamaCpp, "complete_all", counting)
    run = tmp_path / "run"
    assert tune(run, validation, tiny_gguf) == 130
    assert not (run / "sampler.json").exists()
    assert tune(run, validation, tiny_gguf) == 0
    first = (run / "sampler.json").read_bytes()
    done = groups
    assert tune(run, validation, tiny_gguf) == 0
    assert (groups, (run / "sampler.json").read_bytes()) == (done, first)
    assert tune(run, validation, tiny_gguf, "--seed", "1") == 0
    assert groups > done


def test_what_cannot_be_searched_is_refused(
    tmp_path: Path, data: Path, tiny_gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(tmp_path / "run", data, tiny_gguf) == 1
    assert "validation.jsonl does not exist" in capsys.readouterr().err
    for wrong, said in (("heat=1", "no setting"), ("top_p=0", "--top-p"), ("min_p=", "--min-p")):
        with pytest.raises(SystemExit):
            tune(tmp_path / "run", data, tiny_gguf, "--grid", wrong)
        assert said in capsys.readouterr().err


def test_generate_takes_what_a_search_chose(tmp_path: Path) -> None:
    (tmp_path / "sampler.json").write_text("{}")
    with pytest.raises(TopochefError, match="holds no chosen sampler"):
        read_sampler(tmp_path / "sampler.json")
