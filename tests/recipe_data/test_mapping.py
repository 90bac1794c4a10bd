"""The README's example for several processes writes what a build writes of the same rows."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recipe_data.building.build import Options, build
from recipe_data.building.sources import CSV_HEADER
from recipe_data.building.split import SPLITS
from recipe_data.demo.compose import write_corpus
from recipe_data.tasks.by_hand.curated import SOURCE
from recipe_data.tasks.registry import parse_tasks

README = Path(__file__).resolve().parents[2] / "README.md"


def example() -> str:
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.S | re.M
    )
    return str(block)


@pytest.mark.slow
def test_the_example_writes_the_bytes_of_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    corpus, source = tmp_path / "corpus.csv", tmp_path / "recipes" / "0.parquet"
    write_corpus(corpus, tmp_path / "gold.jsonl", rows=120, seed=3)
    with corpus.open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row.keys() == set(CSV_HEADER) and None not in row.values()
        ]
    datasets.Dataset.from_list(rows).to_parquet(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")

    names: dict[str, Any] = {}
    exec(example(), names)
    facts = build(source, tmp_path / "data", Options(tasks=parse_tasks("all")))

    lines, rejected = names["converted"]["line"], names["converted"]["rejected"]
    kept = {json.loads(json.loads(line)[1])["id"]: line for line in reversed(lines) if line}
    recipes = (tmp_path / "data" / "recipes.jsonl").read_text(encoding="utf-8").splitlines()
    unsplit = [re.sub(r',"split":"\w+"}$', "}", recipe) for recipe in recipes]
    assert [json.loads(line)[1] for line in kept.values()][::-1] == unsplit
    made = {row for line in kept.values() for _, row in json.loads(line)[3]}
    built = {
        row
        for split in SPLITS
        for row in (tmp_path / "data" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        if json.loads(row)["source"] != SOURCE
    }
    assert made == built
    duplicates = {"duplicate": rejected.count("") - len(kept)}
    assert Counter(filter(None, rejected)) + Counter(duplicates) == facts["rows"]["rejected"]
