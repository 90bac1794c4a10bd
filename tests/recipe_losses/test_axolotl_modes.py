"""The ways of training that must not change what is trained, with the real command."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from axolotl.utils.dict import DictDefault
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from recipe_losses.args import RecipeLossConfig
from recipe_losses.cpu.precision import units_here
from recipe_losses.cpu.threads import cores
from recipe_losses.errors import RecipeLossError
from recipe_losses.forward import attach_objective
from recipe_losses.plugin import RecipeLossPlugin
from recipe_losses.run import claim_run

pytestmark = pytest.mark.heavy

WEIGHTS = {"cross_entropy": 0.6, "topological": 0.4}
LOSS = {
    "tasks": {"default": WEIGHTS},
    "topological": {"spans": ["ingredient"], "preset": "thesis"},
}
CREDITS = {
    **LOSS,
    "tasks": {"default": {"cross_entropy": 0.5, "topological": 0.3, "credited": 0.2}},
    "credited": {"floor": 0.001},
}
# Every step sees all six rows, so their order is no part of a comparison. Plain gradient descent:
# Adam would hide a gradient of the wrong size.
SIX_ROWS = {
    "recipe_loss": CREDITS,
    "datasets": [{"path": "six.jsonl", "ds_type": "json", "type": "recipe_losses.strategy"}],
    "dataset_num_proc": 1,
    "curriculum_sampling": True,
    "micro_batch_size": 6,
    "gradient_accumulation_steps": 1,
    "max_steps": 3,
    "num_epochs": 3,
    "optimizer": "sgd",
    "learning_rate": 1.0,
    "max_grad_norm": 100.0,
}
SAME_ROWS_HELD_OUT = {
    "test_datasets": [{**SIX_ROWS["datasets"][0], "split": "train"}],
    "eval_strategy": "steps",
    "eval_steps": 1,
}
PACKED = {
    "sample_packing": True,
    "pad_to_sequence_len": True,
    "micro_batch_size": 1,
    "sequence_len": 512,
}


@pytest.fixture(scope="module")
def train(workshop):
    """Train under a name and return the adapter's weights."""
    rows = [json.loads(line) for line in (workshop.folder / "train.jsonl").read_text().splitlines()]
    for row in rows[:2]:
        # The first half of the batch has fewer tokens and clouds: a mean of means would show.
        row["messages"][1]["content"], row["spans"] = "Boil it.", []
    for row in rows[2:5]:
        # One row with credits in the first half, two in the second, of both signs.
        for number, span in enumerate(row["spans"]):
            span["credit"] = (-1) ** number * (1 + number) / 4
    lines = "".join(json.dumps(row) + "\n" for row in rows[:6])
    (workshop.folder / "six.jsonl").write_text(lines, encoding="utf-8")

    def run(name, *launcher, settings, **environment):
        config = workshop.write_config(name, **settings)
        done = workshop.train(config, *launcher, **environment)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return load_file(workshop.folder / name / "adapter" / "adapter_model.safetensors")

    return run


@pytest.fixture(scope="module")
def at_once(train):
    """One process, six rows of a padded batch."""
    return train("at-once", settings={**SIX_ROWS, **SAME_ROWS_HELD_OUT, "eval_batch_size": 6})


@pytest.fixture(scope="module")
def checkpointed(train):
    settings = {**SIX_ROWS, **SAME_ROWS_HELD_OUT, "eval_batch_size": 2}
    return train("checkpointed", settings={**settings, "gradient_checkpointing": True})


def logged(workshop, name, kind):
    """What a run logged, step by step: `loss` or `eval_loss` with its parts."""
    prefix = kind.removesuffix("loss")
    keys = [kind, *(f"{prefix}recipe_loss/{term}" for term in (*WEIGHTS, "credited"))]
    entries = [e for e in workshop.history(name) if kind in e]
    assert kind != "loss" or all(keys[-1] in e for e in entries)
    return torch.tensor([[e[k] for k in keys if k in e] for e in entries])


def assert_trained_alike(one, other, share=1e-5):
    """Assert that weights differ by no more than a share of what the training changed."""
    change = max(weight.abs().max() for key, weight in one.items() if "lora_B" in key)
    assert change > 1e-3
    assert one.keys() == other.keys()
    for key, weight in one.items():
        torch.testing.assert_close(other[key], weight, rtol=0, atol=share * float(change))


@pytest.mark.slow
def test_two_processes_train_what_one_does(workshop, train, at_once, checkpointed):
    # Three batches to evaluate: the last is filled up, and what fills it must not count.
    settings = {**SIX_ROWS, **SAME_ROWS_HELD_OUT, "micro_batch_size": 3, "eval_batch_size": 2}
    # Its own name need not be known to a machine, as in a container without a hosts file.
    local = ("--standalone", "--local-addr=127.0.0.1", "--nproc_per_node=2")
    launcher = ("torchrun", "--", *local)
    weights = train("two", *launcher, settings=settings)
    # Every process saves its random state, and an epoch of two batches took one step.
    checkpoint = workshop.folder / "two" / "adapter" / "checkpoint-3"
    assert len(list(checkpoint.glob("rng_state_*.pth"))) == 2
    one, two = (
        json.loads((workshop.folder / name / "adapter" / "cost.json").read_text())
        for name in ("at-once", "two")
    )
    assert (two["processes"], two["tokens"]) == (2, one["tokens"])
    assert workshop.history("two")[-1]["epoch"] == 3.0
    assert_trained_alike(at_once, weights)
    for name, kind in (("at-once", "loss"), ("checkpointed", "eval_loss")):
        expected = logged(workshop, name, kind)
        torch.testing.assert_close(logged(workshop, "two", kind), expected, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_the_plain_command_trains_in_the_machines_type_with_all_cores(workshop, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    changes = {"recipe_loss": LOSS, "bf16": "auto", "lora_target_modules": "all-linear"}
    config = workshop.write_config("plain", **changes, max_steps=4, gradient_accumulation_steps=1)
    done = workshop.train(config, "accelerate")
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    units = units_here()
    assert f"training in {'bfloat16' if units else 'float32'}" in done.stdout
    assert (f"{cores()} threads a process" in done.stdout) == (cores() > 1)
    folder = workshop.folder / "plain" / "adapter"
    claim = json.loads((folder / "recipe_loss.json").read_text())
    assert claim["fingerprint"]["bf16"] == bool(units)
    weights = load_file(folder / "adapter_model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    assert all(weight.any() for weight in weights.values())


@pytest.mark.slow
def test_packed_rows_do_not_see_each_other(workshop, train, at_once):
    weights = train("packed", settings={**SIX_ROWS, **PACKED, "sample_packing_sequentially": True})
    # A batch of one row held all six examples.
    assert [e["epoch"] for e in workshop.history("packed") if "loss" in e] == [1.0, 2.0, 3.0]
    assert_trained_alike(at_once, weights)
    expected = logged(workshop, "at-once", "loss")
    torch.testing.assert_close(logged(workshop, "packed", "loss"), expected, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_gradient_checkpointing_changes_nothing(at_once, checkpointed):
    assert_trained_alike(at_once, checkpointed, share=1e-6)


@pytest.mark.slow
def test_evaluation_is_the_loss_that_the_next_step_trains(workshop, at_once):
    """The first evaluation comes before the first step."""
    training, evaluation = (logged(workshop, "at-once", kind) for kind in ("loss", "eval_loss"))
    assert len(training) == 3
    torch.testing.assert_close(evaluation[:3], training, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_a_quantized_base_trains(workshop, train, at_once):
    # Axolotl's kernels for adapters dequantize on CUDA only.
    settings = {"adapter": "qlora", "load_in_4bit": True}
    kernels = dict.fromkeys(("lora_qkv_kernel", "lora_o_kernel", "lora_mlp_kernel"), False)
    weights = train("qlora", settings={**SIX_ROWS, **settings, **kernels})
    assert all(weight.abs().max() > 1e-4 for key, weight in weights.items() if "lora_B" in key)
    losses, full = (logged(workshop, name, "loss") for name in ("qlora", "at-once"))
    assert losses[-1, 0] < losses[0, 0]
    torch.testing.assert_close(losses, full, rtol=0.02, atol=0)
    assert not torch.equal(losses[0], full[0]), "the base was not quantized"


@pytest.mark.slow
def test_a_packed_run_with_evaluation_goes_on_to_the_same_adapter(workshop, train):
    settings = {
        "recipe_loss": LOSS,
        **PACKED,
        "dataset_num_proc": 1,
        "gradient_accumulation_steps": 1,
        "max_steps": 11,
        "save_steps": 9,
        "eval_steps": 3,
        "eval_batch_size": 2,
        "eval_sample_packing": False,
        "val_set_size": 5,
    }
    whole, history = train("goes-on", settings=settings), workshop.history("goes-on")
    # As after a kill between the two checkpoints, in the second pass over the data.
    assert next(e["epoch"] for e in history if e["step"] == 9) > 1
    folder = workshop.folder / "goes-on" / "adapter"
    shutil.rmtree(folder / "checkpoint-11")
    (folder / "adapter_model.safetensors").unlink()
    claim = folder / "recipe_loss.json"
    claim.write_text(json.dumps({**json.loads(claim.read_text()), "complete": False}))
    resumed = train("goes-on", settings=settings)
    for kind in ("loss", "eval_loss"):
        before, after = (
            {entry["step"]: entry[kind] for entry in log if kind in entry}
            for log in (history, workshop.history("goes-on"))
        )
        assert before == after
    assert all(torch.equal(resumed[key], weight) for key, weight in whole.items())
    evaluated = logged(workshop, "goes-on", "eval_loss")
    mix = evaluated[:, 1:] @ torch.tensor([*WEIGHTS.values()])
    torch.testing.assert_close(mix, evaluated[:, 0], rtol=0, atol=1e-5)


def test_every_process_of_a_run_recognises_it(tmp_path):
    """The second may come after the first has claimed the folder."""

    def process(rank):
        config = {"output_dir": str(tmp_path / "run"), "base_model": "", "learning_rate": 0.1}
        return DictDefault({**config, "local_rank": rank})

    claim_run(process(0))
    claim = tmp_path / "run" / "recipe_loss.json"
    written = claim.read_text()
    claim_run(process(1))
    assert claim.read_text() == written


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("liger_fused_linear_cross_entropy", True),
        ("liger_cross_entropy", True),
        ("cut_cross_entropy", True),
        ("chunked_cross_entropy", True),
        ("use_kernels_cross_entropy", True),
        ("label_smoothing_factor", 0.1),
        ("use_eaft", True),
        ("neftune_noise_alpha", 5),
        ("rl", "dpo"),
        ("tensor_parallel_size", 2),
        ("context_parallel_size", 2),
    ],
)
def test_what_would_replace_or_split_the_loss_is_refused_by_name(key, value):
    config = DictDefault({"recipe_loss": LOSS})
    RecipeLossPlugin().register(config)
    with pytest.raises(RecipeLossError, match=f"`{key}`"):
        RecipeLossPlugin().register(config | {key: value})


@pytest.mark.parametrize(
    ("targets", "saved", "named"),
    [
        (["q_proj", "lm_head"], None, "lora_target_modules"),
        (["q_proj", "embed_tokens"], None, "lora_target_modules"),
        (["q_proj"], ["embed_tokens"], "lora_modules_to_save"),
        (["q_proj"], ["lm_head"], "lora_modules_to_save"),
    ],
)
def test_an_adapter_on_the_head_or_the_embeddings_is_refused_by_name(
    workshop, targets, saved, named
):
    model = AutoModelForCausalLM.from_pretrained(workshop.folder / "tiny-init")
    adapted = get_peft_model(model, LoraConfig(target_modules=targets, modules_to_save=saved))
    objective = RecipeLossConfig.model_validate(LOSS).objective()
    with pytest.raises(RecipeLossError, match=named):
        attach_objective(adapted, objective)
