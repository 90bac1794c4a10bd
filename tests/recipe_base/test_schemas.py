"""Every schema that a model is held to has its keys in alphabetical order, as servers put them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recipe_data import schema
from recipe_data.augmenting import prompts as author
from recipe_data.converters import prompts as reader
from recipe_data.schema import closed
from recipe_data.tasks.by_hand.curated import curated_rows
from recipe_data.tasks.registry import QUESTIONS
from recipe_judges import prompts as judge

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS: dict[str, dict[str, Any]] = {
    "recipe": schema.ANSWER_SCHEMA,
    **{f"question {name}": task.schema for name, task in QUESTIONS.items()},
    **{f"author {kind}": author.answer_schema(kind) for kind in author.KINDS},
    **{f"reader {kind}": one for kind, one in reader.SCHEMAS.items()},
    "judge": judge.POINT_SCHEMA,
    "judge of two": judge.PAIR_SCHEMA,
}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all that a schema says of objects, at any depth."""
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each)


@pytest.mark.parametrize("name", SCHEMAS)
def test_keys_stand_in_alphabetical_order(name: str) -> None:
    found = list(objects(SCHEMAS[name]))
    assert found
    for one in found:
        assert list(one["properties"]) == one["required"] == sorted(one["properties"])
        assert one == closed(one["properties"])


def test_other_keys_are_no_schema() -> None:
    with pytest.raises(ValueError, match="verdict, reason: keys"):
        closed({"verdict": {}, "reason": {}})


def test_no_schema_is_made_elsewhere() -> None:
    places = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("*/recipe_*/**/*.py")
        if path.parts[len(ROOT.parts)] != "tests"
        and '"additionalProperties"' in path.read_text(encoding="utf-8")
    }
    assert places == {"data_prep/recipe_data/schema.py"}


def test_what_is_trained_has_the_order_of_its_schema() -> None:
    rows = curated_rows()
    assert {row.task for row in rows} == set(QUESTIONS)
    for row in rows:
        assert list(json.loads(row.messages[-1]["content"])) == SCHEMAS[f"question {row.task}"][
            "required"
        ]  # fmt: skip


def test_examples_of_prompts_have_the_order_of_their_schema() -> None:
    for kind, one in reader.SCHEMAS.items():
        said = [m["content"] for m in reader.messages(kind, "") if m["role"] == "assistant"]
        assert said
        for text in said:
            assert list(json.loads(text)) == one["required"]
    for kind in author.KINDS:
        told = author.messages(kind, "Rice", [QUESTIONS[kind].example])[0]["content"]
        assert list(json.loads(told.splitlines()[-1])) == author.answer_schema(kind)["required"]
