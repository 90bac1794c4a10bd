"""Parts of scoring that stand alone: cache, longest runs, measured quality, hostile answers."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.metrics import PROFILES
from recipe_eval.reading.entities import extract
from recipe_eval.reading.quality import Measured, measure_rules
from recipe_eval.scoring.longest_match import Passages
from recipe_kitchen.answers import read_answer

texts = st.lists(st.text("abc", max_size=9), min_size=1, max_size=4)


def test_a_cache_outlives_its_process_and_a_torn_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cache.jsonl"
    first = JsonlCache(path)
    first.put("a", [1, "½"])
    first.put("b", {"c": None})
    path.write_bytes(path.read_bytes()[:-3])
    second = JsonlCache(path)
    assert (second.get("a"), second.get("b")) == ([1, "½"], None)
    second.put("d", 2)
    assert (JsonlCache(path).get("a"), JsonlCache(path).get("d")) == ([1, "½"], 2)


@given(texts, texts)
def test_the_longest_run_is_the_one_that_a_search_for_every_run_finds(
    mine: list[str], corpus: list[str]
) -> None:
    found = Passages(dict(enumerate(mine))).longest_in((str(i), t) for i, t in enumerate(corpus))
    for key, text in enumerate(mine):
        runs = {text[i:j] for i in range(len(text)) for j in range(i, len(text) + 1)}
        longest = max((len(run) for run in runs if any(run in t for t in corpus)), default=0)
        assert found[key].words == longest
        if longest:
            source = corpus[int(found[key].source or "")]
            assert any(run in source for run in runs if len(run) == longest)


def test_quality_is_measured_once_where_there_are_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = JsonlCache()
    assert measure_rules(tmp_path, cache) is None
    line = {"text": "2 cups oat milk", "name": "oat milk", "quantity": ["2"], "unit": ["cup"]}
    wrong = {"text": "1 leek", "name": "pumpkin", "quantity": ["1"], "unit": []}
    bake = {"start": 0, "end": 4, "label": "AC"}
    nine = {"start": 9, "end": 18, "label": "DUR"}
    hot = {"start": 22, "end": 27, "label": "TEMPERATURE"}
    step = {"text": "Bake for 9 minutes at 90 °C.", "spans": [bake, nine, hot]}
    write_gold(tmp_path / "ingredient_gold.jsonl.gz", [line, wrong])
    write_gold(tmp_path / "actions_gold.jsonl.gz", [step])
    first = measure_rules(tmp_path, cache)
    assert first is not None
    assert first["ingredient names"] == Measured(0.5, 2)
    assert first["actions"] == Measured(1.0, 1)
    monkeypatch.setattr("recipe_data.gold.measure.measure_gold", None)
    assert measure_rules(tmp_path, cache) == first


def write_gold(path: Path, rows: list[dict[str, object]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"size": None, **row}) + "\n" for row in rows)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "unit",
    ["1 1 1 1 ", "((((((((", "boil fry ", "chop, then ", "½–½ x ", "a", "1/2/1/2/", "\u00e9\u0301 ",
     "9999999999 g ", "for 10 to ", "-", "\\", "{{", "350°F-", "or or or ",
     "until it reaches 60°C, ", "remove the ", "bake for 9 hours "],
)  # fmt: skip
def test_no_answer_within_the_bounds_takes_long(unit: str) -> None:
    line, step = f"a {unit * 400}"[:120], f"a {unit * 400}"[:400]
    hostile = json.dumps({"ingredients": [line] * 40, "instructions": [step] * 40})
    start = time.process_time()
    entities = extract(read_answer(hostile))
    metrics = [metric for metric in PROFILES["strict"] if metric.score(entities, entities)]
    assert len(metrics) == len(PROFILES["strict"])
    assert time.process_time() - start < 5.0
