"""Rations: as many trained tokens as were asked for, no row taken before its turn."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from gold_recipes import GOLD, answer, recipe_row

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, read_manifest, write_jsonl
from recipe_data import rationing
from recipe_data.cli import main
from recipe_data.rationing import Ration, ration, take


def counted(rows: Any) -> list[int]:
    return [sum(len(one["messages"][-1]["content"].split()) for one in rationing._answers(row))
            for row in rows]  # fmt: skip


@pytest.fixture(autouse=True)
def words_for_tokens(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count words, but where a tokenizer is what is tested."""
    if "tokenizer" not in request.node.name:
        monkeypatch.setattr(rationing, "tokens_of", lambda name, longest: counted)


def rows(count: int, name: str, words: int) -> list[dict[str, Any]]:
    return [recipe_row(f"{name}{i}", f"{name} {i}", "word " * words) for i in range(count)]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """20 rows of 10 tokens, and 10 pairs of 2 × 20."""
    write_jsonl(tmp_path / "gold.jsonl", rows(20, "g", 10))
    pairs = [{"id": f"p{i}", "messages": [{"role": "user", "content": "Cook"}],
              "chosen": "good " * 20, "rejected": "poor " * 20} for i in range(10)]  # fmt: skip
    write_jsonl(tmp_path / "pairs.jsonl", pairs)
    return [tmp_path / "gold.jsonl", tmp_path / "pairs.jsonl"]


def taken(folder: Path, name: str) -> list[str]:
    return [row["id"] for row in read_jsonl(folder / name, "ration")]


@pytest.mark.parametrize("tokens", [100, 333, 600, 1500])
def test_the_ration_is_met_to_half_a_row(files: list[Path], tmp_path: Path, tokens: int) -> None:
    facts = ration(files, Ration(tokens, "t", 1), tmp_path / "out")
    gold, pairs = (taken(tmp_path / "out", name) for name in ("gold.jsonl", "pairs.jsonl"))
    assert facts["tokens"] == 10 * len(gold) + 40 * len(pairs)
    assert abs(facts["tokens"] - tokens) <= 20
    assert facts["rows"] == {"gold.jsonl": len(gold), "pairs.jsonl": len(pairs)}
    assert facts["tokens_by_file"] == {"gold.jsonl": 10 * len(gold), "pairs.jsonl": 40 * len(pairs)}
    assert read_manifest(tmp_path / "out")["ration"] == facts
    times = Counter((*gold, *pairs))
    least = min(times.values()) if len(times) == 30 else 0
    assert max(times.values()) - least <= 1


def test_one_ration_is_one_ration_whatever_lay_there(files: list[Path], tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        ration(files, Ration(300, "t", seed), tmp_path / name)
    ration(files, Ration(900, "t", 1), tmp_path / "b")
    ration(files, Ration(300, "t", 1), tmp_path / "b")
    a, b, c = ((tmp_path / name / "gold.jsonl").read_bytes() for name in "abc")
    assert a == b != c
    assert (tmp_path / "a/manifest.json").read_bytes() == (
        tmp_path / "b/manifest.json"
    ).read_bytes()


def test_what_a_trainer_prepared_of_other_rows_is_gone(files: list[Path], tmp_path: Path) -> None:
    kept = tmp_path / "out" / "prepared" / "abc" / "data.arrow"
    kept.parent.mkdir(parents=True)
    kept.touch()
    (tmp_path / "out" / "notes").touch()
    ration(files, Ration(300, "t"), tmp_path / "out")
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "gold.jsonl", "pairs.jsonl", "manifest.json", "notes"
    }  # fmt: skip


def test_rows_keep_the_order_of_their_file_so_that_columns_keep_their_types(
    files: list[Path], tmp_path: Path
) -> None:
    """`trained` must stand in a file's first rows: consensus rows come first, and stay there."""
    agreed = [{**row, "trained": [0, 5]} for row in rows(10, "a", 1)]
    write_jsonl(files[0], [*agreed, *rows(10, "g", 1)])
    ration(files[:1], Ration(14, "t", 3), tmp_path / "out")
    kept = taken(tmp_path / "out", "gold.jsonl")
    assert len(kept) == 14
    assert [name[0] for name in kept] == sorted(name[0] for name in kept)
    assert kept == sorted(kept)


def test_rows_without_a_trained_token_end_no_ration() -> None:
    assert [one.place for one in take([(0, 0, 0), (0, 1, 5)], 10, 1)] == [1, 1]
    assert list(take([(0, 0, 0)], 10, 1)) == []
    assert list(take([], 10, 1)) == []


def test_what_cannot_be_rationed_is_named(files: list[Path], tmp_path: Path) -> None:
    twice = tmp_path / "more" / "gold.jsonl"
    write_jsonl(twice, [])
    with pytest.raises(TopochefError, match=r"two files are called gold.jsonl: rename one"):
        ration([*files, twice], Ration(100, "t"), tmp_path / "out")
    with pytest.raises(TopochefError, match=r"gold.jsonl would be overwritten: give another"):
        ration(files, Ration(100, "t"), tmp_path / "out" / "..")
    empty = tmp_path / "empty.jsonl"
    write_jsonl(empty, [])
    with pytest.raises(TopochefError, match=r"empty.jsonl: no row of it is within 100 trained"):
        ration([*files, empty], Ration(100, "t"), tmp_path / "out")
    with pytest.raises(TopochefError, match=r"no row of it is within 10 trained .*: ask for more"):
        ration(files, Ration(10, "t", 2), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(TopochefError, match=r"none.jsonl does not exist"):
        ration([tmp_path / "none.jsonl"], Ration(100, "t"), tmp_path / "out")


@pytest.mark.heavy
def test_a_tokenizer_counts_what_the_trainer_labels(
    tmp_path: Path, tiny_gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Answer and end of turn; of a part what it covers; of a pair both sides; of long rows none."""
    from transformers import AutoTokenizer

    from recipe_losses.hf import encode

    tiny_model = tiny_gguf.parent / "model"
    texts = [answer(lines, steps) for _, lines, steps in GOLD]
    plain, part, _ = (recipe_row(f"r{i}", GOLD[i][0], text) for i, text in enumerate(texts))
    part["trained"] = [0, texts[1].index(',"instructions')]
    pair = {"id": "p", "messages": plain["messages"][:-1], "chosen": texts[0], "rejected": texts[2]}
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    other = recipe_row("r0", GOLD[0][0], texts[2])
    rows = [json.loads(json.dumps(row)) for row in (plain, part, other)]  # as a file has them
    encoded = [encode(row, tokenizer)["labels"] for row in rows]
    labelled = [sum(label != -100 for label in labels) for labels in encoded]
    count = rationing.tokens_of(str(tiny_model))
    whole, listed, both = count([plain, part, pair])
    assert [whole, listed] == labelled[:2]
    assert both == labelled[0] + labelled[2]
    most = max(len(encoded[0]), len(encoded[2]))
    assert rationing.tokens_of(str(tiny_model), most)([plain, pair]) == [whole, both]
    assert rationing.tokens_of(str(tiny_model), most - 1)([pair]) == [0]
    write_jsonl(tmp_path / "rows.jsonl", [plain])
    words = ["ration", str(tmp_path / "rows.jsonl"), "--tokens", str(3 * whole), "--tokenizer",
             str(tiny_model), "--output", str(tmp_path / "out")]  # fmt: skip
    assert main(words) == 0
    assert f"{3 * whole} trained tokens, 3.00 times through the rows" in capsys.readouterr().out
    assert json.loads((tmp_path / "out/manifest.json").read_text())["ration"]["passes"] == 3.0
