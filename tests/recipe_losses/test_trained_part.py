"""Only the part of an answer that a row names is trained, to the last bit of the gradient."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    TrainingArguments,
)
from transformers import Trainer as PlainTrainer

from recipe_losses.hf import attach, encode

pytestmark = pytest.mark.heavy

LOSS = {
    "tasks": {"default": {"cross_entropy": 0.6, "focal": 0.2, "aligned_mse": 0.2}},
    "aligned_mse": {"spans": ["ingredient"]},
}


@pytest.fixture(scope="module")
def tokenizer(workshop):
    return AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")


@pytest.fixture
def model(workshop):
    model = AutoModelForCausalLM.from_pretrained(workshop.folder / "tiny-init").double()
    model.get_input_embeddings().weight.requires_grad_(False)
    return model


@pytest.fixture(scope="module")
def rows(workshop) -> list[dict[str, Any]]:
    """Lists that alone are trained, before steps that are not."""
    lines = (workshop.folder / "train.jsonl").read_text().splitlines()[6:9]
    found = [json.loads(line) for line in lines]
    return [{**row, "trained": [0, row["messages"][-1]["content"].index("]") + 1]} for row in found]


def whole(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "trained"}


def with_steps(row: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    *before, last = row["messages"]
    answer = {**json.loads(last["content"]), "instructions": steps}
    text = json.dumps(answer, separators=(",", ":"))
    assert text[: row["trained"][1]] == last["content"][: row["trained"][1]]
    return {**row, "messages": [*before, {**last, "content": text}]}


def gradients(model: Any, tokenizer: Any, encoded: list[dict[str, list[int]]], folder: Any) -> Any:
    """Return loss and gradients of one batch, as the trainer computes them."""
    arguments = TrainingArguments(
        output_dir=str(folder), use_cpu=True, remove_unused_columns=False, report_to=[]
    )
    collator = DataCollatorForSeq2Seq(tokenizer)
    trainer = PlainTrainer(model, arguments, data_collator=collator, train_dataset=encoded)
    attach(trainer, LOSS, tokenizer)
    model.zero_grad()
    model.eval()
    loss = trainer.compute_loss(model, trainer.data_collator(encoded))
    loss.backward()
    found = {name: w.grad.clone() for name, w in model.named_parameters() if w.grad is not None}
    return loss.detach(), found


def equal(one: Any, other: Any) -> None:
    torch.testing.assert_close(one[0], other[0], atol=1e-10, rtol=1e-10)
    for name, gradient in one[1].items():
        torch.testing.assert_close(gradient, other[1][name], atol=1e-10, rtol=1e-10)


def test_the_labels_are_those_of_the_part(rows, tokenizer) -> None:
    for row in rows:
        full, alone = encode(whole(row), tokenizer), encode(row, tokenizer)
        assert {key for key in full if full[key] != alone[key]} == {"labels"}
        kept = [label for label in alone["labels"] if label != -100]
        assert kept == [label for label in full["labels"] if label != -100][: len(kept)]
        text = tokenizer.decode(kept)
        end = row["trained"][1]
        assert row["messages"][-1]["content"][:end] in text  # the token that closes the list too
        assert len(text) - end <= 2
        assert tokenizer.eos_token_id not in kept


def test_a_part_up_to_the_end_is_the_whole_answer(rows, tokenizer) -> None:
    for row in rows:
        length = len(row["messages"][-1]["content"])
        assert encode({**row, "trained": [0, length]}, tokenizer) == encode(whole(row), tokenizer)


def test_what_stands_behind_the_part_changes_no_gradient(model, rows, tokenizer, tmp_path) -> None:
    some = [encode(with_steps(row, ["Cook it."]), tokenizer) for row in rows]
    others = [
        encode(with_steps(row, ["Cook the rice for 12 minutes.", "Serve it."]), tokenizer)
        for row in rows
    ]
    assert [len(row["input_ids"]) for row in some] != [len(row["input_ids"]) for row in others]
    ours = gradients(model, tokenizer, some, tmp_path)
    equal(ours, gradients(model, tokenizer, others, tmp_path))
    assert max(float(g.abs().max()) for g in ours[1].values()) > 1e-6


def test_the_part_trains_as_labels_by_hand_do(model, rows, tokenizer, tmp_path) -> None:
    ours = gradients(model, tokenizer, [encode(row, tokenizer) for row in rows], tmp_path)
    by_hand = []
    for row in rows:
        full = encode(whole(row), tokenizer)
        ids, end, text = full["input_ids"], row["trained"][1], ""
        labels, answer = [-100] * len(ids), row["messages"][-1]["content"]
        first = next(i for i, label in enumerate(full["labels"]) if label != -100)
        for place in range(first, len(ids)):
            if len(text) >= end:
                break
            labels[place] = ids[place]
            text += tokenizer.decode([ids[place]])
        assert answer.startswith(text)
        by_hand.append({**full, "labels": labels})
    equal(ours, gradients(model, tokenizer, by_hand, tmp_path))
    unlike = gradients(model, tokenizer, [encode(whole(row), tokenizer) for row in rows], tmp_path)
    assert float((unlike[0] - ours[0]).abs()) > 1e-6
