"""Lists without steps: they end where lists end, are scored as lists, and as nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gold_recipes import GOLD, answer, recipe_row
from openai_stand_in import OpenAIStandIn
from scripted_engine import ScriptedEngine

from recipe_base.files import read_jsonl, read_manifest, write_jsonl
from recipe_base.runs import Run
from recipe_data.repeats import NO_REPEATS
from recipe_data.sampling import Sampler
from recipe_data.schema import ANSWER_SCHEMA, SCHEMAS, WHOLE
from recipe_eval.cli import main
from recipe_eval.metrics import PROFILES
from recipe_eval.reading.entities import extract
from recipe_eval.tuning.marks import mark
from recipe_kitchen.answers import AnswerError, read_answer
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends import Job
from recipe_kitchen.request import Request

LIST = "ingredients"
LINES = ["200 g rice", "salt", "2 eggs"]
TOKENS = ['"],"', '","', "instructions", '":["', '"]}', '":[]}', "200 g rice", "salt", "2 eggs"]


def wanting(text: str) -> Callable[[str], Mapping[str, float]]:
    """Return a model that writes a text by heart, in the longest tokens."""

    def wants(written: str) -> Mapping[str, float]:
        if not text.startswith(written) or written == text:
            return {}
        rest = text[len(written) :]
        return {max((t for t in (*TOKENS, rest[0]) if rest.startswith(t)), key=len): 9.0}

    return wants


def written(text: str, schema: dict[str, Any]) -> str:
    job = Job([], schema, 400, veto=NO_REPEATS)
    (completion,) = ScriptedEngine(TOKENS, wanting(text)).complete_all([job])
    assert completion.finish_reason == "stop"
    return completion.text


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_list_ends_where_it_ends_in_a_whole_answer(count: int) -> None:
    """A model that learnt whole answers closes a list by `"],"`, which a bare list forbids."""
    whole = answer(LINES[:count], ["Boil the rice."])
    alone = written(whole, SCHEMAS[LIST])
    assert written(whole, ANSWER_SCHEMA) == whole
    assert alone == answer(LINES[:count], [])
    assert read_answer(alone, LIST).ingredients == read_answer(whole).ingredients


def drawing(written: str) -> Mapping[str, float]:
    """Write as a model that goes on with one of some lines, or closes the list."""
    if '],"' in written:
        return {"instructions": 9.0, '":["': 8.0, '":[]}': 8.0, "Boil": 7.0, '"]}': 6.0}
    if written.endswith(('["', '","')):
        return dict.fromkeys(FOODS, 5.0)
    if written.endswith(tuple(FOODS)):
        return {'","': 5.0, '"],"': 4.5, '"]': 4.0, '"]}': 5.5}
    return {OPENING[len(written)]: 9.0} if OPENING.startswith(written) else {}


OPENING = '{"ingredients":["'
FOODS = ["rice", "salt", "egg", "leek", "bean", "plum", "kale"]


def test_the_same_draw_is_the_same_list_alone_or_with_steps() -> None:
    """Seed by seed, to the letter: so its length is what it is in whole answers."""
    tokens = [*TOKENS, *FOODS, "Boil", '"]']
    lists: dict[str, list[tuple[str, ...]]] = {}
    for part, schema in SCHEMAS.items():
        jobs = [Job([], schema, 300, Sampler(1.0, top_p=1.0, min_p=0.0), seed, veto=NO_REPEATS)
                for seed in range(40)]  # fmt: skip
        completions = ScriptedEngine(tokens, drawing).complete_all(jobs)
        lists[part] = [read_answer(one.text, part).ingredients for one in completions]
    assert lists[LIST] == lists[WHOLE]
    assert len({len(one) for one in lists[WHOLE]}) > 3


def test_the_schema_of_a_list_takes_lists_alone() -> None:
    check = jsonschema.Draft202012Validator(SCHEMAS[LIST])
    assert check.is_valid({LIST: LINES, "instructions": []})
    for wrong in (
        {LIST: LINES, "instructions": ["Boil."]},
        {LIST: LINES},
        {LIST: [], "instructions": []},
        {LIST: ["x" * 121], "instructions": []},
        {LIST: LINES, "instructions": [], "title": "Rice"},
    ):
        assert not check.is_valid(wrong)


def test_a_list_is_read_as_a_list_and_is_no_whole_answer() -> None:
    alone = answer(LINES, [])
    assert read_answer(alone, LIST) == (tuple(LINES), ())
    with pytest.raises(AnswerError, match="instructions is out of bounds"):
        read_answer(alone)
    assert read_answer(answer(LINES, ["Boil."]), LIST) == (tuple(LINES), ())
    for wrong in ("{}", answer([], []), answer([" "], [])):
        with pytest.raises(AnswerError):
            read_answer(wrong, LIST)


def test_what_is_written_of_a_recipe_is_recorded() -> None:
    assert "part" not in Decoder().inputs()
    assert Decoder(part="ingredients").inputs() == {**Decoder().inputs(), "part": LIST}


@pytest.mark.parametrize("profile", ["strict", "balanced"])
def test_metrics_of_lists_do_not_look_at_steps(profile: str) -> None:
    """Those that say so, and no other: steps that are right or wrong change all the rest."""
    golds = [extract(read_answer(answer(lines, steps))) for _, lines, steps in GOLD]
    wrong = ["Boil for 12 minutes.", "Grill at 90 °C for 3 minutes.", "Boil for 12 minutes."]
    poor = [extract(read_answer(answer([*lines[1:], "2 eggs"], wrong))) for _, lines, _ in GOLD]
    pairs = [*zip(golds, golds, strict=True), *zip(golds, poor, strict=True)]
    bare = [[one._replace(steps=(), uses=(), doubts=()) for one in pair] for pair in pairs]
    for metric in PROFILES[profile]:
        with_steps, without = (
            [metric.score(*pair).value for pair in some] for some in (pairs, bare)
        )
        assert (with_steps == without) == (metric.part == LIST), metric.name
    assert {m.name for m in PROFILES["balanced"] if m.part == LIST} >= {
        "ingredient_f1", "quantity_f1", "rare_ingredient_recall", "list_length"
    }  # fmt: skip


def test_a_sampler_is_searched_for_by_lists_without_asking_for_actions() -> None:
    request = Request("r", "Rice", [], answer(["200 g rice", "salt"], ["Boil the rice."]))
    prediction = {"text": answer(["200 g rice", "2 eggs"], []), "finish_reason": "stop",
                  "rewinds": 0}  # fmt: skip
    title = mark(request, prediction, LIST)
    assert (title.valid, title.f1, title.quantity, title.actions) == (True, 0.5, 0.5, None)
    assert title.objective == 0.5
    assert not mark(request, prediction).valid


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    rows = [recipe_row(f"r{i}", title, answer(lines, steps))
            for i, (title, lines, steps) in enumerate(GOLD)]  # fmt: skip
    for split in ("train", "test"):
        write_jsonl(folder / f"{split}.jsonl", rows)
    return folder


def listed(body: dict[str, Any]) -> str:
    """Answer as a server that obeys the schema: with gold's list, and one wrong line for eggs."""
    asked = body["messages"][-1]["content"]
    lines, steps = next((lines, steps) for title, lines, steps in GOLD if title in asked)
    schema = body["response_format"]["json_schema"]["schema"]
    whole = "maxItems" in schema["properties"]["instructions"] and (
        schema["properties"]["instructions"]["maxItems"] > 0
    )
    return answer([*lines[1:], "2 eggs"], steps if whole else [])


def test_generate_writes_lists_beside_recipes_and_score_scores_both(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    with OpenAIStandIn(listed) as server:
        asked = ["generate", str(run), "--data", str(data), "--backend",
                 f"openai:cook@{server.address}"]  # fmt: skip
        assert main([*asked, "--limit", "2"]) == 0
        assert main([*asked, "--part", LIST, "--choose", "mbr:2"]) == 0
        for wrong in (("--choose", "checked:2"), ("--greedy", "1")):
            assert main([*asked, "--part", LIST, *wrong]) == 1
            assert f"leave out {' '.join(wrong[:1])}" in capsys.readouterr().err
    lists = Run(run).lists
    assert [row["text"] for row in lists.predictions.read()] == [
        answer([*lines[1:], "2 eggs"], []) for _, lines, _ in GOLD
    ]
    assert len(list(Run(run).predictions.read())) == 2
    inputs = read_manifest(lists.folder)["generate"]["inputs"]
    assert inputs["schema"] != read_manifest(run)["generate"]["inputs"]["schema"]
    scored = ["score", str(run), "--data", str(data), "--profile", "balanced"]
    assert main([*scored, "--bertscore", "none"]) == 0
    whole, alone = (one.summary("balanced").read() for one in (Run(run), lists))
    assert set(alone["metrics"]) == {m.name for m in PROFILES["balanced"] if m.part == LIST}
    assert (whole["recipes"], alone["recipes"], alone["failures"]) == (2, 3, {})
    assert alone["metrics"]["ingredient_f1"]["mean"] == pytest.approx((2 / 3 + 1 / 2 + 2 / 3) / 3)
    assert alone["metrics"]["ingredient_f1"]["signature"].count("-mbr:2-ingredients") == 1
    both = ("r0-recipe", "r1-recipe")
    values = [
        {row["id"]: row["value"] for row in read_jsonl(one.scores("balanced").path, "score")
         if row["metric"] == "ingredient_f1" and row["id"] in both}
        for one in (Run(run), lists)
    ]  # fmt: skip
    assert values[0] == values[1]
    assert WHOLE not in alone["metrics"]["ingredient_f1"]["signature"]
