"""What LLaMA-Factory is asked: to train what Axolotl trains, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from checks import Found, program
from engines import LlamaFactory, MissingError

RECORD = Path(__file__).parent / "record.py"
STEPS = 3
BATCH, ACCUMULATED = 2, 2
RATE = 1.0
"""Of SGD, whose steps are as near each other as gradients are; Adam's divide by those near 0."""
TOLERANCE = 2e-5
"""Of losses and weights, both in float32: sums in another order, over three steps."""
LOSS = {
    "tasks": {
        "default": {"cross_entropy": 0.6, "topological": 0.4},
        "numeric": {"numeric": 1.0},
        "own_sample": {"credited": 1.0},
    },
    "cross_entropy": {"span_weights": {"quantity": 2.0}},
    "topological": {"spans": ["ingredient"], "cost_scale": "relative", "order_weight": 10.0},
    "gradient_shares_every": 0,
}
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj"]
TAGS = {
    "role_tag": "role", "content_tag": "content", "user_tag": "user",
    "assistant_tag": "assistant", "system_tag": "system",
}  # fmt: skip
INIT = """
import sys, torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
torch.manual_seed(7)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
config = LoraConfig(r=8, lora_alpha=16, target_modules=sys.argv[3:], task_type="CAUSAL_LM")
get_peft_model(model, config).save_pretrained(sys.argv[2])
"""


class Trained(NamedTuple):
    """One folder, in which both trainers have trained the same."""

    factory: LlamaFactory
    folder: Path
    ours: list[dict[str, Any]]
    """Every micro-batch under LLaMA-Factory."""
    axolotls: list[dict[str, Any]]


def made_runs(factory: LlamaFactory, model: Path, folder: Path) -> Trained:
    """Train the same rows from the same adapter under both; the model is made where it is not."""
    environment = {"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    os.environ.update(environment)
    base = folder / "smollm2"
    if not (model / "model.safetensors").is_file():
        model = folder / "imported"
        _run(folder, program("recipe-data"), "base-model", "smollm2-135m", "--output", model)
    base.mkdir()
    for file in model.resolve().iterdir():
        (base / file.name).symlink_to(file)
    # LLaMA-Factory loads a model in the type that its folder names, whatever the CPU has units for.
    config = json.loads((base / "config.json").read_text()) | {"dtype": "float32"}
    (base / "config.json").unlink()
    (base / "config.json").write_text(json.dumps(config))
    _run(folder, factory.python, "-c", INIT, base, folder / "init", *MODULES)
    rows = made_rows(folder)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "alpaca.json").write_text(json.dumps([_alpaca(row) for row in rows[:2]]))
    described = {"file_name": "rows.jsonl", "formatting": "sharegpt"}
    described |= {"columns": {"messages": "messages"}, "tags": TAGS}
    alpaca = {"file_name": "alpaca.json", "columns": {
        "prompt": "instruction", "response": "output", "system": "system"
    }}  # fmt: skip
    (folder / "dataset_info.json").write_text(json.dumps({"rows": described, "alpaca": alpaca}))
    recorded = []
    for name, python, command, config in (
        ("llamafactory", factory.python, "recipe_losses.llamafactory.launcher:main", theirs()),
        ("axolotl", sys.executable, "axolotl.cli.main:main", axolotls()),
    ):
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config))
        steps = folder / f"{name}.steps"
        more = ["--launcher", "python"] if name == "axolotl" else []
        _run(folder, python, RECORD, "steps", steps, command, "train", path, *more)
        recorded.append([json.loads(line) for line in steps.read_text().splitlines()])
    return Trained(factory, folder, *recorded)


def made_rows(folder: Path) -> list[dict[str, Any]]:
    """Return recipes of the own corpus, a number, two turns, a part to train, and credits."""
    corpus = [program("recipe-data"), "demo-corpus", "--rows", "60", "--output", folder / "data"]
    _run(folder, *corpus)
    build = [program("recipe-data"), "build", folder / "data" / "corpus.csv"]
    _run(folder, *build, "--output", folder / "data")
    lines = (folder / "data" / "train.jsonl").read_text().splitlines()
    recipes = [json.loads(line) for line in lines][: BATCH * ACCUMULATED * STEPS - 4]
    asked = {"role": "user", "content": "How much rice for two?"}
    amount, rice = (
        {"start": 0, "end": 5, "kind": "number", "group": 0},
        {"start": 6, "end": 10, "kind": "ingredient", "group": 0},
    )
    answer = {"role": "assistant", "content": "200 g rice, boiled for 12 minutes."}
    again = [{"role": "user", "content": "And for one?"},
             {"role": "assistant", "content": "100 g rice."}]  # fmt: skip
    more = [
        {"task": "quantity", "messages": [asked, answer], "spans": [amount, rice]},
        {"messages": [asked, answer, *again], "spans": [rice]},
        {"messages": [asked, answer], "spans": [rice], "trained": [6, 18]},
        {"task": "own_sample", "messages": [asked, answer], "spans": [{**rice, "credit": -0.5}]},
    ]
    kept = ("id", "task", "messages", "spans", "trained")
    for number, row in enumerate(rows := [*recipes[:3], *more, *recipes[3:]]):
        row["id"] = f"row-{number}"
        row["spans"] = [
            {key: span.get(key) for key in ("start", "end", "kind", "group", "credit")}
            for span in row["spans"]
        ]
    return [{key: row.get(key) for key in kept} for row in rows]


def theirs(**changes: Any) -> dict[str, Any]:
    """Return a config of LLaMA-Factory."""
    return {
        "model_name_or_path": "smollm2",
        "adapter_name_or_path": "init",
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "dataset_dir": ".",
        "dataset": "rows",
        "template": "chatml",
        "cutoff_len": 1024,
        "disable_shuffling": True,
        "output_dir": "llamafactory-out",
        "per_device_train_batch_size": BATCH,
        "gradient_accumulation_steps": ACCUMULATED,
        "max_steps": STEPS,
        "learning_rate": RATE,
        "lr_scheduler_type": "constant",
        "optim": "sgd",
        "logging_steps": 1,
        "report_to": "none",
        "use_cpu": True,
        "seed": 7,
        "recipe_loss": LOSS,
        **changes,
    }


def axolotls() -> dict[str, Any]:
    """Return the same as a config of Axolotl."""
    return {
        "base_model": "smollm2",
        "lora_model_dir": "init",
        "adapter": "lora",
        "plugins": ["recipe_losses.plugin.RecipeLossPlugin"],
        "trainer_cls": "recipe_losses.trainer.RecipeLossTrainer",
        "datasets": [{"path": "rows.jsonl", "ds_type": "json", "type": "recipe_losses.strategy"}],
        "shuffle_merged_datasets": False,
        "curriculum_sampling": True,
        "chat_template": "chatml",
        "sequence_len": 1024,
        "output_dir": "axolotl-out",
        "micro_batch_size": BATCH,
        "gradient_accumulation_steps": ACCUMULATED,
        "max_steps": STEPS,
        "num_epochs": 1,
        "learning_rate": RATE,
        "lr_scheduler": "constant",
        "optimizer": "sgd",
        "logging_steps": 1,
        "bf16": False,
        "tf32": False,
        "attn_implementation": "sdpa",
        "seed": 7,
        "recipe_loss": LOSS,
    }


def columns(met: Trained) -> Found:
    """Compare every column of every token of every micro-batch."""
    assert len(met.ours) == len(met.axolotls) == ACCUMULATED * STEPS, "another number of batches"
    names = {name for batch in met.ours for name in batch["columns"]}
    wrong = {
        name
        for ours, axolotls in zip(met.ours, met.axolotls, strict=True)
        for name in names | set(axolotls["columns"])
        if not _same(ours["columns"].get(name), axolotls["columns"].get(name))
    }
    tokens = sum(len(row) for batch in met.ours for row in batch["columns"]["input_ids"])
    marked = sum(
        kind != 0 for batch in met.ours for row in batch["columns"]["span_kind"] for kind in row
    )
    words = f"{', '.join(sorted(names))} of {tokens:,} tokens, {marked:,} of them in spans"
    return Found(not wrong, f"differ: {', '.join(sorted(wrong))}" if wrong else f"equal: {words}")


def losses(met: Trained) -> Found:
    """Compare the loss of every micro-batch, over three steps of the optimizer."""
    pairs = [(a["loss"], b["loss"]) for a, b in zip(met.ours, met.axolotls, strict=True)]
    worst = max(abs(ours - axolotls) for ours, axolotls in pairs)
    shown = ", ".join(f"{ours:.6f}" for ours, _ in pairs)
    return Found(worst < TOLERANCE, f"{shown}; from Axolotl's by {worst:.1e} at most")


def adapters(met: Trained) -> Found:
    """Compare the weights after the last step."""
    from safetensors.numpy import load_file

    name = "adapter_model.safetensors"
    before, ours, axolotls = (
        load_file(met.folder / folder / name)
        for folder in ("init", "llamafactory-out", "axolotl-out")
    )
    assert ours.keys() == axolotls.keys(), "other weights"
    worst = max(float(abs(ours[key] - axolotls[key]).max()) for key in ours)
    moved = max(float(abs(ours[key] - before[key]).max()) for key in ours)
    return Found(worst < 0.02 * moved, f"moved by {moved:.1e}, from Axolotl's by {worst:.1e}")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no block": ({"recipe_loss": None}, "recipe_loss"),
    "unknown key": ({"recipe_loss": {**LOSS, "focall": {"gamma": 2.0}}}, "recipe_loss.focall"),
    "unknown term": ({"recipe_loss": {"tasks": {"default": {"vocal": 1.0}}}}, "vocal"),
    "no mix": ({"recipe_loss": {"tasks": {"default": {"dice": 0.7}}}}, "recipe_loss.tasks.default"),
    "a task that no row has": (
        {"recipe_loss": {"tasks": {"default": {"dice": 1.0}, "spice": {"focal": 1.0}}}}, "spice",
    ),
    "spans that no row has": (
        {"recipe_loss": {"tasks": {"default": {"dice": 1.0}}, "dice": {"spans": ["spice"]}}},
        "span kind spice",
    ),
    "rows longer than cutoff_len": ({"cutoff_len": 8}, "cutoff_len"),
    "packing": ({"packing": True}, "`packing`"),
    "neat_packing": ({"neat_packing": True}, "`neat_packing`"),
    "streaming": ({"streaming": True}, "`streaming`"),
    "another stage": ({"stage": "dpo"}, "`stage: dpo`"),
    "another loss": ({"use_dft_loss": True}, "`use_dft_loss`"),
    "another run's folder": ({"seed": 8}, "output_dir"),
}  # fmt: skip
"""What is changed, and what the message must name."""


def refusals(met: Trained) -> Found:
    """Have each broken config refused, none of them by training."""
    paths = []
    for number, (changes, _) in enumerate(REFUSED.values()):
        folder = {} if "seed" in changes else {"output_dir": f"refused-{number}"}
        paths.append(met.folder / f"refused-{number}.yaml")
        paths[-1].write_text(yaml.safe_dump(theirs(**{**folder, **changes})))
    file = met.folder / "refused.jsonl"
    _run(met.folder, met.factory.python, RECORD, "refusals", file, *paths)
    said = [json.loads(line)["said"] or "" for line in file.read_text().splitlines()]
    wrong = [
        f"{name}: {words or 'trained'}"
        for (name, (_, key)), words in zip(REFUSED.items(), said, strict=True)
        if key not in words
    ]
    trained = [*met.folder.glob("refused-*/*.safetensors")]
    names = ", ".join(REFUSED)
    return Found(not wrong and not trained, "; ".join(wrong) or f"each with its key: {names}")


def alpaca(met: Trained) -> Found:
    """Train and evaluate rows in Alpaca's form: token for token what ShareGPT's rows are."""
    path, steps = met.folder / "alpaca.yaml", met.folder / "alpaca.steps"
    loss = {"tasks": {"default": {"cross_entropy": 0.6, "topological": 0.4}}}
    loss |= {key: LOSS[key] for key in ("topological", "cross_entropy")}
    more = {"dataset": "alpaca", "output_dir": "alpaca-out", "max_steps": 1, "recipe_loss": loss}
    more |= {"eval_dataset": "alpaca", "eval_strategy": "steps", "eval_steps": 1}
    path.write_text(yaml.safe_dump(theirs(**more, gradient_accumulation_steps=1)))
    command = "recipe_losses.llamafactory.launcher:main"
    _run(met.folder, met.factory.python, RECORD, "steps", steps, command, "train", path)
    batches = [json.loads(line) for line in steps.read_text().splitlines()]
    assert [batch["step"] for batch in batches] == [0, None], "another number of batches"
    first = met.ours[0]["columns"]
    names = ("input_ids", "labels", "span_kind", "span_group")
    wrong = [n for n in names for batch in batches if batch["columns"][n] != first[n]]
    state = json.loads((met.folder / "alpaca-out" / "trainer_state.json").read_text())
    logged = {name: value for entry in state["log_history"] for name, value in entry.items()}
    parts = [logged[f"eval_recipe_loss/{term}"] for term in ("cross_entropy", "topological")]
    mixed = abs(logged["eval_loss"] - 0.6 * parts[0] - 0.4 * parts[1])
    words = f"as ShareGPT's; evaluated: {logged['eval_loss']:.4f}, the mix of its logged parts"
    return Found(not wrong and mixed < 1e-4, f"differ: {wrong}, {mixed}" if wrong else words)


def by_itself(met: Trained) -> Found:
    """Start LLaMA-Factory without the launcher: it must not train plain cross-entropy."""
    path = met.folder / "plain.yaml"
    path.write_text(yaml.safe_dump(theirs(output_dir="plain-out")))
    command = [met.factory.folder / "bin" / "llamafactory-cli", "train", path]
    done = subprocess.run(command, cwd=met.folder, capture_output=True, text=True, check=False)
    named = "recipe_loss" in done.stderr
    return Found(
        bool(done.returncode) and named,
        "refuses the block by name" if named else done.stderr[-300:],
    )


def names(met: Trained) -> Found:
    """Look up every private name that `hosts.llamafactory` leans on."""
    found = found_names(met.factory, met.folder)
    gone = [name for name, there in found.items() if not there]
    return Found(not gone, f"gone: {'; '.join(gone)}" if gone else f"{len(found)} of {len(found)}")


def found_names(factory: LlamaFactory, folder: Path) -> dict[str, bool]:
    """Say of every private name whether it means what it is taken for."""
    file = folder / "names.json"
    _run(folder, factory.python, RECORD, "names", file)
    found: dict[str, bool] = json.loads(file.read_text())
    return found


TRAINING_CHECKS: dict[str, Callable[[Trained], Found]] = {
    "private names": names,
    "columns of every token": columns,
    "losses of every micro-batch": losses,
    f"adapter after {STEPS} steps": adapters,
    "rows as Alpaca": alpaca,
    "refused before training": refusals,
    "llamafactory-cli by itself": by_itself,
}


def _alpaca(row: dict[str, Any]) -> dict[str, Any]:
    system, asked, answer = (message["content"] for message in row["messages"])
    return {**row, "messages": None, "system": system, "instruction": asked, "output": answer}


def _same(ours: Any, axolotls: Any) -> bool:
    # NaN, a token without a credit, is no equal of itself.
    return json.dumps(ours) == json.dumps(axolotls)


def _run(folder: Path, *command: str | Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).splitlines()[-15:])
        raise MissingError(f"`{' '.join(map(str, command[:4]))}` fails:\n{last}")
