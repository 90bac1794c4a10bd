"""Gold's likelihood is the model's own log-probability, and every token has its kinds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, write_jsonl
from recipe_eval.cli import main
from recipe_eval.likelihood.measure import measure, read_nats
from recipe_eval.likelihood.tokens import REST, tokens_of


@pytest.fixture
def run(tiny_gguf: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "tiny"
    shutil.copytree(tiny_gguf.parent / "model", folder / "merged")
    return folder


@pytest.fixture
def spanned(data: Path) -> Path:
    """The test split with the first ingredient of every recipe marked."""
    rows = [json.loads(line) for line in (data / "test.jsonl").read_text().splitlines()]
    for row in rows:
        start = row["messages"][-1]["content"].index("g ") + 2
        row["spans"] = [{"start": start, "end": start + 4, "kind": "ingredient", "group": 0}]
    write_jsonl(data / "test.jsonl", rows)
    return data


def rows_of(data: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (data / "test.jsonl").read_text().splitlines()]
    return [row for row in rows if row["task"] == "recipe"]


def test_nats_are_those_of_the_models_own_loss_on_the_whole_conversation(
    run: Path, spanned: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = measure(run, spanned)
    tokenizer: Any = AutoTokenizer.from_pretrained(run / "merged")
    model: Any = AutoModelForCausalLM.from_pretrained(run / "merged", dtype=torch.float32)
    for row in rows_of(spanned):
        tokens = tokens_of(tokenizer, row)
        whole = tokenizer.apply_chat_template(
            row["messages"], enable_thinking=False, return_dict=False
        )
        ids = torch.tensor([whole[: len(tokens.prompt) + len(tokens.answer)]])
        assert ids[0].tolist() == tokens.prompt + tokens.answer
        labels = ids.clone()
        labels[0, : len(tokens.prompt)] = -100
        loss = model(ids, labels=labels).loss.item()
        assert found.nats["all"][row["id"]] == pytest.approx(loss, rel=1e-5)


def test_spans_and_the_rest_share_out_all_tokens(run: Path, spanned: Path) -> None:
    measure(run, spanned)
    written: dict[str, dict[str, dict[str, Any]]] = {}
    for line in (run / "likelihood.jsonl").read_text().splitlines():
        row = json.loads(line)
        written.setdefault(row["id"], {})[row["kind"]] = row
    assert set(written) == {row["id"] for row in rows_of(spanned)}
    for kinds in written.values():
        assert set(kinds) == {"all", "ingredient", REST}
        assert 1 <= kinds["ingredient"]["tokens"] <= 6
        for what in ("nats", "tokens"):
            parts = kinds["ingredient"][what] + kinds[REST][what]
            assert kinds["all"][what] == pytest.approx(parts, abs=1e-5)


def test_the_command_prints_and_records_the_means(
    run: Path, spanned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["likelihood", str(run), "--data", str(spanned), "--limit", "2"]) == 0
    nats = read_nats(run)
    mean = sum(nats["ingredient"].values()) / 2
    assert f"{mean:.3f}" in capsys.readouterr().out
    recorded = read_manifest(run)["likelihood"]
    assert recorded["nats_a_token"]["ingredient"]["mean"] == pytest.approx(mean)
    assert recorded["inputs"]["limit"] == 2


def test_what_the_context_does_not_hold_is_left_out_and_counted(run: Path, spanned: Path) -> None:
    config = run / "merged" / "config.json"
    whole = measure(run, spanned)
    assert whole.too_long == 0
    settings = json.loads(config.read_text())
    config.write_text(json.dumps({**settings, "max_position_embeddings": 8}))
    with pytest.raises(TopochefError, match="all 3 recipes are longer than"):
        measure(run, spanned)
    assert read_nats(run) == whole.nats


def test_a_run_without_a_model_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"runs/none/merged holds no model: run `recipe-export"):
        measure(tmp_path / "runs" / "none", data)
