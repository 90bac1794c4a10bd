"""The real command: what trains, what must not, and what happens after a kill."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

pytestmark = pytest.mark.slow

TOPOLOGICAL = {
    "tasks": {"default": {"cross_entropy": 0.6, "topological": 0.4}},
    "topological": {"spans": ["ingredient"], "preset": "thesis"},
    "gradient_shares_every": 2,
}


@pytest.fixture(scope="module")
def topological_run(workshop):
    done = workshop.train(workshop.write_config("topo", recipe_loss=TOPOLOGICAL))
    assert done.returncode == 0, done.stderr[-3000:]
    return workshop


def adapter(workshop, name):
    return load_file(workshop.folder / name / "adapter" / "adapter_model.safetensors")


def cost_of(workshop, name):
    return json.loads((workshop.folder / name / "adapter" / "cost.json").read_text())


FULL = {
    "adapter": None,
    "lora_r": None,
    "lora_alpha": None,
    "lora_target_modules": None,
    "save_strategy": "no",
    "save_steps": None,
}
AT_ONCE = {"micro_batch_size": 6, "gradient_accumulation_steps": 1}


def weights(workshop, name):
    return load_file(workshop.folder / name / "adapter" / "model.safetensors")


@pytest.fixture(scope="module")
def at_once(workshop):
    done = workshop.train(workshop.write_config("ce-at-once", **FULL, **AT_ONCE))
    assert done.returncode == 0, done.stderr[-3000:]
    return weights(workshop, "ce-at-once")


def test_cross_entropy_through_the_plugin_is_axolotls_own(workshop, at_once):
    plain = workshop.write_config(
        "plain",
        plugins=None,
        trainer_cls=None,
        recipe_loss=None,
        datasets=[{"path": "train.jsonl", "ds_type": "json", "type": "chat_template"}],
        **FULL,
        **AT_ONCE,
    )
    done = workshop.train(plain)
    assert done.returncode == 0, done.stderr[-3000:]
    before = load_file(workshop.folder / "tiny-init" / "model.safetensors")
    for key, weight in weights(workshop, "plain").items():
        moved = weight - before[key]
        assert moved.abs().max() > 1e-3
        # Adam divides by the size of a gradient, so where that is near 0 rounding moves a weight.
        assert (at_once[key] - weight).norm() < 1e-3 * moved.norm()


def test_accumulated_micro_batches_train_the_same_model(workshop, at_once):
    """Answers differ in length, so a mean of micro-batch means would not pass."""
    done = workshop.train(workshop.write_config("ce-accumulated", **FULL))
    assert done.returncode == 0, done.stderr[-3000:]
    for key, weight in weights(workshop, "ce-accumulated").items():
        torch.testing.assert_close(at_once[key], weight, atol=2e-5, rtol=1e-4)


def test_every_part_is_logged_and_adds_up(topological_run):
    entries = [e for e in topological_run.history("topo") if "loss" in e]
    assert len(entries) == 6
    for entry in entries:
        parts = 0.6 * entry["recipe_loss/cross_entropy"] + 0.4 * entry["recipe_loss/topological"]
        assert entry["loss"] == pytest.approx(parts, abs=2e-5)
    assert entries[-1]["loss"] < entries[0]["loss"]


def test_what_was_seen_and_each_terms_share_of_the_gradient_is_logged(topological_run):
    """Six rows a step, each with one cloud of three ingredients; measured every second step."""
    entries = [e for e in topological_run.history("topo") if "loss" in e]
    for step, entry in enumerate(entries):
        assert entry["recipe_loss/seen/topological"] == 6
        assert entry["recipe_loss/seen/cloud_tokens"] >= 18
        assert entry["recipe_loss/seen/cross_entropy"] > entry["recipe_loss/seen/cloud_tokens"]
        shares = [v for k, v in entry.items() if k.startswith("recipe_loss/gradient_share/")]
        assert len(shares) == (0 if step % 2 else 2)
        assert step % 2 or sum(shares) == pytest.approx(1, abs=1e-5)
        assert all(share > 0 for share in shares)


def test_what_a_run_took_is_written_beside_it(topological_run):
    cost = cost_of(topological_run, "topo")
    assert (cost["steps"], cost["from_step"], cost["processes"]) == (6, 0, 1)
    assert 0 < cost["trained_tokens"] < cost["tokens"] < 6 * 6 * 256
    assert cost["seconds"] > 0
    assert 100 << 20 < cost["held_bytes"] < cost["peak_bytes"]


def test_a_finished_run_is_not_repeated_and_another_one_is_refused(topological_run):
    again = topological_run.train(topological_run.folder / "topo.yaml")
    assert again.returncode == 0
    assert "is complete: nothing to train" in again.stdout
    other = topological_run.write_config("topo", recipe_loss=TOPOLOGICAL, learning_rate=0.1)
    refused = topological_run.train(other)
    assert refused.returncode != 0
    assert "already holds another run (learning_rate differ)" in refused.stderr
    topological_run.write_config("topo", recipe_loss=TOPOLOGICAL)


def test_a_killed_run_goes_on_to_the_same_adapter(topological_run):
    """The state after a kill while a checkpoint was written: one whole, one cut off."""
    folder = topological_run.folder
    shutil.copytree(folder / "topo", folder / "killed")
    claim = folder / "killed" / "adapter" / "recipe_loss.json"
    held = json.loads(claim.read_text())
    config = topological_run.write_config("killed", recipe_loss=TOPOLOGICAL)
    held["complete"] = False
    for key in ("output_dir",):
        held["fingerprint"][key] = "killed/adapter"
    claim.write_text(json.dumps(held))
    for file in (folder / "killed" / "adapter").glob("adapter_*"):
        file.unlink()
    (folder / "killed" / "adapter" / "checkpoint-6" / "trainer_state.json").write_text("{")
    done = topological_run.train(config)
    assert done.returncode == 0, done.stderr[-3000:]
    for key, weight in adapter(topological_run, "topo").items():
        assert torch.equal(adapter(topological_run, "killed")[key], weight)
    cost, whole = cost_of(topological_run, "killed"), cost_of(topological_run, "topo")
    for key in ("steps", "from_step", "tokens", "trained_tokens"):
        assert cost[key] == whole[key]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        (
            "no-such-plugin",
            {"plugins": ["recipe_losses.plugin.RecipeLosPlugin"]},
            "RecipeLosPlugin",
        ),
        (
            "no-such-module",
            {"plugins": ["recipe_loses.plugin.RecipeLossPlugin"]},
            "would train plain cross-entropy",
        ),
        (
            "misspelt-block",
            {"recipe_loss": None, "recipe_los": {"tasks": {"default": {"cross_entropy": 1.0}}}},
            "no block `recipe_loss`",
        ),
        (
            "misspelt-term",
            {"recipe_loss": {"tasks": {"default": {"crossentropy": 1.0}}}},
            "unknown term crossentropy",
        ),
        (
            "absent-span",
            {"recipe_loss": {**TOPOLOGICAL, "topological": {"spans": ["spice"]}}},
            "span kind spice",
        ),
        ("no-base", {"base_model": "runs/tiny-base/merged"}, "base_model runs/tiny-base/merged"),
        ("no-data", {"datasets": [{"path": "t.jsonl", "type": "completion"}]}, "datasets: t.jsonl"),
        ("other-loss", {"label_smoothing_factor": 0.1}, "label_smoothing_factor"),
    ],
)
def test_a_broken_config_never_yields_an_adapter(workshop, name, changes, message):
    done = workshop.train(workshop.write_config(name, **changes))
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert not list(workshop.folder.glob(f"{name}/**/*.safetensors"))
