"""The same loss outside Axolotl: a plain Trainer and TRL's."""

from __future__ import annotations

import inspect
import json

import pytest
import torch
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    Trainer,
    TrainingArguments,
)
from trl import SFTConfig, SFTTrainer

from recipe_losses.codes import code
from recipe_losses.errors import RecipeLossError
from recipe_losses.hf import attach, encode
from recipe_losses.losses import Marks

pytestmark = pytest.mark.heavy

LOSS = {
    "tasks": {"default": {"cross_entropy": 0.6, "aligned_mse": 0.4}},
    "aligned_mse": {"spans": ["ingredient"]},
}


@pytest.fixture(scope="module")
def tokenizer(workshop):
    return AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")


@pytest.fixture
def model(workshop):
    model = AutoModelForCausalLM.from_pretrained(workshop.folder / "tiny-init")
    model.get_input_embeddings().weight.requires_grad_(False)
    return model


@pytest.fixture(scope="module")
def rows(workshop, tokenizer):
    lines = (workshop.folder / "train.jsonl").read_text().splitlines()[:12]
    return Dataset.from_list([encode(json.loads(line), tokenizer) for line in lines])


SETTINGS = {
    "max_steps": 2,
    "learning_rate": 1e-2,
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": [],
    "use_cpu": True,
    "remove_unused_columns": False,
    "lr_scheduler_type": "constant",
    "seed": 3,
}


def plain_trainer(model, rows, tokenizer, folder, **settings):
    arguments = TrainingArguments(output_dir=str(folder), **{**SETTINGS, **settings})
    collator = DataCollatorForSeq2Seq(tokenizer)
    return Trainer(model, arguments, data_collator=collator, train_dataset=rows)


def test_encoded_rows_mark_the_answer(rows, tokenizer):
    row = rows[0]
    marked = [i for i, kind in zip(row["input_ids"], row["span_kind"], strict=True)
              if kind == code("ingredient")]  # fmt: skip
    named = tokenizer.decode(marked)
    answer = tokenizer.decode([i for i in row["labels"] if i != -100])
    assert answer.startswith('{"ingredients":[')
    assert all(word in answer for word in named.split())
    assert "Generate" not in answer


@pytest.mark.parametrize("shape", [(6, 1), (2, 3)])
def test_a_plain_trainer_trains_it_and_logs_its_parts(model, rows, tokenizer, tmp_path, shape):
    size, steps = shape
    trainer = plain_trainer(
        model,
        rows,
        tokenizer,
        tmp_path,
        per_device_train_batch_size=size,
        gradient_accumulation_steps=steps,
    )
    attach(trainer, LOSS, tokenizer)
    trainer.train()
    entries = [entry for entry in trainer.state.log_history if "loss" in entry]
    for entry in entries:
        parts = 0.6 * entry["recipe_loss/cross_entropy"] + 0.4 * entry["recipe_loss/aligned_mse"]
        assert entry["loss"] == pytest.approx(parts, abs=2e-4)
    assert len(entries) == 2


def test_the_forward_names_every_column_lest_a_trainer_drops_it(model, rows, tokenizer, tmp_path):
    attach(plain_trainer(model, rows, tokenizer, tmp_path), LOSS, tokenizer)
    assert set(Marks._fields) <= set(inspect.signature(model.forward).parameters)


def test_accumulation_changes_nothing(workshop, rows, tokenizer, tmp_path):
    trained = []
    for size, steps in ((6, 1), (2, 3)):
        model = AutoModelForCausalLM.from_pretrained(workshop.folder / "tiny-init")
        model.get_input_embeddings().weight.requires_grad_(False)
        settings = {"per_device_train_batch_size": size, "gradient_accumulation_steps": steps}
        trainer = plain_trainer(model, rows, tokenizer, tmp_path, optim="sgd", **settings)
        attach(trainer, LOSS, tokenizer).train()
        trained.append(model.model.layers[0].mlp.up_proj.weight.detach())
    torch.testing.assert_close(trained[0], trained[1], atol=1e-5, rtol=1e-4)


def test_trls_trainer_trains_it(model, rows, tokenizer, tmp_path):
    arguments = SFTConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=4,
        dataset_kwargs={"skip_prepare_dataset": True},
        **SETTINGS,
    )
    trainer = SFTTrainer(
        model,
        arguments,
        data_collator=DataCollatorForSeq2Seq(tokenizer),
        train_dataset=rows,
        processing_class=tokenizer,
    )
    attach(trainer, LOSS)
    trainer.train()
    assert any("recipe_loss/aligned_mse" in entry for entry in trainer.state.log_history)


def test_what_would_drop_the_columns_or_the_loss_is_refused(model, rows, tokenizer, tmp_path):
    for change in ({"remove_unused_columns": True}, {"label_smoothing_factor": 0.1}):
        trainer = plain_trainer(model, rows, tokenizer, tmp_path, **change)
        with pytest.raises(RecipeLossError, match=next(iter(change))):
            attach(trainer, LOSS, tokenizer)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (None, "chat_template"),
        ("{% for m in messages %}{{ m.content }", "refuses it"),
        ("{% for m in messages %}{{ m.content + 1 }}{% endfor %}", "refuses it"),
        ("{% for m in messages %}{{ m.tags.first }}{% endfor %}", "refuses it"),
        ("{% for m in messages[:-1] %}{{ m.content }}{% endfor %}", "changes the text"),
    ],
)
def test_a_template_that_cannot_render_a_row_is_told_with_the_row(workshop, template, words):
    tokenizer = AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")
    tokenizer.chat_template = template
    row = json.loads((workshop.folder / "train.jsonl").read_text().splitlines()[0])
    with pytest.raises(RecipeLossError, match=f"row row-0.*{words}"):
        encode(row, tokenizer)


def test_what_is_no_fast_tokenizer_is_refused_first():
    with pytest.raises(RecipeLossError, match="fast tokenizer"):
        encode({"messages": []}, None)
