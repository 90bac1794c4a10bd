"""Answers generated during training obey the schema and are judged by the config's function."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from pydantic import ValidationError
from transformers import AutoModelForCausalLM, AutoTokenizer

from recipe_data.sampling import DEFAULT, WINDOW_TOKENS
from recipe_losses.args import SamplesArgs
from recipe_losses.errors import RecipeLossError
from recipe_losses.refusals import refuse_conflicts
from recipe_losses.samples import (
    PENALTY_WINDOW,
    Grammar,
    RepeatPenalty,
    SampleCallback,
    Task,
    tasks,
)

pytestmark = pytest.mark.heavy

SCHEMA = {
    "type": "object",
    "properties": {"ingredients": {"type": "array", "items": {"enum": ["rice", "egg"]}}},
    "required": ["ingredients"],
    "additionalProperties": False,
}
JUDGE = """
SCHEMA = {
    "type": "object",
    "properties": {"ingredients": {"type": "array", "items": {"enum": ["rice"]}, "maxItems": 2}},
    "required": ["ingredients"],
    "additionalProperties": False,
}


def judge(texts, golds):
    return {"texts": len(texts), "longest_gold": max(map(len, golds))}
"""


def test_the_last_answer_is_cut_from_a_conversation():
    row = {"input_ids": [1, 2, 3, 4, 5, 6], "labels": [-100, 2, -100, 4, 5, -100]}
    assert tasks([row]) == [([1, 2, 3], [4, 5])]


def test_random_scores_can_only_write_what_the_schema_allows(workshop):
    tokenizer = AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")
    torch.manual_seed(0)
    grammar = Grammar(SCHEMA, tokenizer).begin(4)
    ids = torch.zeros(4, 1, dtype=torch.long)
    for _ in range(60):
        scores = grammar(ids, torch.randn(4, len(tokenizer)) * 3)
        assert scores.isfinite().any(-1).all()
        ids = torch.cat([ids, scores.softmax(-1).multinomial(1)], -1)
    texts = tokenizer.batch_decode(ids[:, 1:], skip_special_tokens=True)
    ended = [text for text, row in zip(texts, ids, strict=True) if tokenizer.eos_token_id in row]
    assert ended
    for text in ended:
        assert set(json.loads(text)["ingredients"]) <= {"rice", "egg"}
        assert " " not in text


def test_a_schema_that_cannot_be_enforced_is_refused(workshop):
    tokenizer = AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")
    with pytest.raises(RecipeLossError, match="json_schema cannot be enforced"):
        Grammar({"type": "no such type"}, tokenizer)


def test_the_defaults_are_those_of_every_other_text() -> None:
    drawn = {**DEFAULT.to_dict(), "seed": 0}
    del drawn["top_k"]
    assert {key: getattr(SamplesArgs(), key) for key in drawn} == drawn
    assert PENALTY_WINDOW == WINDOW_TOKENS


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -1}, {"top_p": 0}, {"min_p": 1}, {"repeat_penalty": 0.5}, {"seed": -1}],
)
def test_a_setting_that_makes_no_sense_is_refused_by_its_key(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        SamplesArgs(**wrong)


def test_a_penalty_looks_at_the_last_tokens_of_each_answer_alone() -> None:
    ids = torch.tensor([[3, 0, *[1] * PENALTY_WINDOW], [3, 2, 2, *[0] * (PENALTY_WINDOW - 1)]])
    scores = torch.tensor([[3.0, 3.0, -3.0, 3.0], [3.0, 3.0, -3.0, 3.0]])
    changed = RepeatPenalty(1.5, prompt_tokens=1)(ids, scores)
    assert changed.tolist() == [[3.0, 2.0, -3.0, 3.0], [2.0, 3.0, -4.5, 3.0]]
    first = RepeatPenalty(1.5, prompt_tokens=1)(ids[:, :1], scores)
    assert torch.equal(first, scores)


def callback(folder: Path, **settings: object) -> SampleCallback:
    """Return what samples from a model of random weights."""
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    trainer = SimpleNamespace(
        accelerator=SimpleNamespace(unwrap_model=lambda model: model),
        model=model,
        args=SimpleNamespace(device=torch.device("cpu")),
    )
    return SampleCallback(trainer, SamplesArgs(max_new_tokens=12, **settings), tokenizer, folder)


def test_a_seed_decides_what_is_drawn_and_leaves_the_training_its_own_numbers(workshop) -> None:
    folder = workshop.folder / "tiny-init"
    cut = [Task([5, 6, 7], [8]), Task([9, 10], [8])]
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    hot = {"temperature": 2.0, "top_p": 1.0, "min_p": 0.0}
    drawn = callback(folder, **hot).generate(cut)
    assert torch.equal(torch.rand(3), expected)
    assert callback(folder, **hot).generate(cut) == drawn
    assert callback(folder, **hot, seed=1).generate(cut) != drawn
    greedy = [callback(folder, temperature=0, seed=seed).generate(cut) for seed in (0, 1)]
    assert greedy[0] == greedy[1] != drawn
    assert callback(folder, top_p=1e-6).generate(cut) == greedy[0]
    stuck = callback(folder, temperature=0).generate(cut)
    assert callback(folder, temperature=0, repeat_penalty=2.0).generate(cut) != stuck


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"val_set_size": 0}, "evaluates nothing"),
        ({"fsdp_config": {"a": 1}}, "fsdp_config"),
        ({"recipe_loss": {"samples": {"metrics": "no.such"}}}, "no.such cannot be imported"),
        ({"recipe_loss": {"samples": {"json_schema": "json.SCHEMA"}}}, "json.SCHEMA cannot be"),
    ],
)
def test_samples_that_cannot_be_are_refused_before_training(change, message):
    config = {"val_set_size": 0.1, "recipe_loss": {"samples": {"rows": 2}}, **change}
    with pytest.raises(RecipeLossError, match=message):
        refuse_conflicts(config)


@pytest.mark.slow
def test_a_run_writes_its_samples_and_logs_their_metrics(workshop, monkeypatch):
    (workshop.folder / "sample_judge.py").write_text(JUDGE)
    monkeypatch.setenv("PYTHONPATH", str(workshop.folder))
    samples = {
        "every": 2,
        "rows": 3,
        "max_new_tokens": 40,
        "json_schema": "sample_judge.SCHEMA",
        "metrics": "sample_judge.judge",
    }
    block = {"tasks": {"default": {"cross_entropy": 1.0}}, "samples": samples}
    evaluated = {"val_set_size": 0.2, "eval_steps": 2, "eval_strategy": "steps"}
    config = workshop.write_config("sampled", recipe_loss=block, **evaluated)
    done = workshop.train(config)
    assert done.returncode == 0, done.stderr[-3000:]
    folder = workshop.folder / "sampled" / "adapter" / "samples"
    files = sorted(folder.iterdir())
    logged = [e for e in workshop.history("sampled") if "recipe_loss/sample/texts" in e]
    assert [f"step-{e['step']:06d}.jsonl" for e in logged] == [file.name for file in files]
    evaluations = [e["step"] for e in workshop.history("sampled") if "eval_loss" in e]
    assert [e["step"] for e in logged] == evaluations[::2]
    for file in files:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        assert len(rows) == 3
        for row in rows:
            assert "Generate a recipe" in row["prompt"]
            assert json.loads(row["gold"])["ingredients"]
            assert json.loads(row["text"])["ingredients"] in ([], ["rice"], ["rice", "rice"])
    sys.modules.pop("sample_judge", None)
