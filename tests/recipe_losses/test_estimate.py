"""Estimates count what transformers and PEFT build, and what a run records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from recipe_losses.views.cost_view import cost
from recipe_losses.views.estimate import KNOWN, Rows, Shape, estimate

pytestmark = pytest.mark.heavy

CONFIGS = Path(__file__).resolve().parents[2] / "axolotl_configs"
ROWS = Rows(rows=1000, tokens=400_000, trained_tokens=300_000)


def config(name: str, **changes: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    return {**loaded, **changes}


@pytest.mark.parametrize("layers", [None, [1, 2]])
@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_those_that_are_built(tied: bool, layers: list[int] | None) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import Qwen3Config, Qwen3ForCausalLM

    built = Qwen3Config(
        vocab_size=300,
        hidden_size=48,
        intermediate_size=80,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        tie_word_embeddings=tied,
    )
    model, shape = Qwen3ForCausalLM(built), Shape.of(built)
    matrices = sum(p.numel() for p in model.parameters() if p.ndim == 2)
    expected = estimate(config("qwen3-4b-topo", peft_layers_to_transform=layers), shape, ROWS)
    assert expected.parameters == matrices
    matrices_adapted = ["q_proj", "k_proj", "v_proj", "o_proj"]
    lora = LoraConfig(r=8, target_modules=matrices_adapted, layers_to_transform=layers)
    trained = get_peft_model(model, lora).get_nb_trainable_parameters()[0]
    assert expected.trained_parameters == trained


@pytest.mark.parametrize(
    ("model", "billions"),
    [
        ("Qwen/Qwen2.5-1.5B-Instruct", 1.54),
        ("HuggingFaceTB/SmolLM3-3B", 3.08),
        ("Qwen/Qwen3-4B", 4.02),
        ("runs/smollm2-135m", 0.135),
    ],
)
def test_the_known_shapes_have_the_published_sizes(model: str, billions: float) -> None:
    shape = KNOWN[model]
    assert (shape.trunk + shape.embeddings) / 1e9 == pytest.approx(billions, abs=0.01)


def test_steps_and_tokens() -> None:
    shape = KNOWN["Qwen/Qwen3-4B"]
    expected = estimate(config("qwen3-4b-ce"), shape, ROWS)
    # 500 micro-batches of 2, three a step, the last step of an epoch is short.
    assert (expected.steps, expected.tokens) == (2 * 167, 800_000)
    fixed = estimate(config("qwen2.5-1.5b-qlora-ingredients"), shape, ROWS)
    assert (fixed.steps, fixed.tokens) == (300, 300 * 16 * 400)


def test_arithmetic_by_hand() -> None:
    shape = Shape(1, 2, 3, 1, 1, 2, 5)
    rows = Rows(1, 4, 2)
    cfg = config("qwen3-4b-ce", num_epochs=1, gradient_checkpointing=False)
    trunk = 2 * 2 * 4 + 2 * 3 * 3
    expected = estimate(cfg, shape, rows)
    # Forward and backward to the activations; the head forward and backward for half the tokens.
    assert expected.flops == 4 * ((2 * trunk + 4 * 4 * 2 / 2) * 2 + 2 * 5 * 2 * 2 / 2)
    topological = estimate({**cfg, **config("qwen3-4b-topo", num_epochs=1)}, shape, rows)
    assert topological.flops > expected.flops


def test_memory_moves_with_what_is_chosen() -> None:
    shape = KNOWN["Qwen/Qwen2.5-1.5B-Instruct"]
    plain = estimate(config("qwen2.5-1.5b-ce"), shape, ROWS).memory
    assert plain.weights == pytest.approx(2 * 1.5437e9, rel=1e-3)
    assert estimate(config("qwen2.5-1.5b-ce", load_in_4bit=True), shape, ROWS).memory.weights < (
        0.45 * plain.weights
    )
    whole = config("qwen2.5-1.5b-ce", gradient_checkpointing=False)
    assert estimate(whole, shape, ROWS).memory.activations > 10 * plain.activations


def test_the_way_back_ends_at_the_lowest_adapter() -> None:
    shape = KNOWN["runs/smollm2-135m"]
    upper = list(range(20, 30))

    def cost_of(**changes: Any) -> Any:
        changes = {"gradient_checkpointing": False, **changes}
        return estimate(config("smollm2-135m-ce", **changes), shape, ROWS)

    whole, third = cost_of(peft_layers_to_transform=None), cost_of(peft_layers_to_transform=upper)
    recomputed = cost_of(peft_layers_to_transform=upper, gradient_checkpointing=True)
    trunk = 2 * shape.trunk * whole.tokens
    assert trunk * 0.6 < whole.flops - third.flops < trunk * 0.8
    assert third.memory.activations == pytest.approx(whole.memory.activations / 3)
    assert recomputed.flops > whole.flops


def test_the_command_prints_a_row_a_config_and_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs/qwen3-4b-ce/adapter").mkdir(parents=True)
    (tmp_path / "runs/qwen3-4b-ce/adapter/cost.json").write_text(
        '{"steps": 334, "from_step": 0, "tokens": 800123, "trained_tokens": 600000, '
        '"seconds": 3600.0, "peak_bytes": 9500000000, "processes": 1, "device": "a GPU", '
        '"held_bytes": 7770000000}'
    )
    monkeypatch.chdir(tmp_path)
    files = [str(CONFIGS / f"{name}.yaml") for name in ("qwen3-4b-ce", "smollm3-3b-topo")]
    shown = CliRunner().invoke(cost, [*files, "--rows", "1000", "--device", "h100"])
    assert shown.exit_code == 0, shown.output
    assert "smollm3-3b-topo" in shown.output
    assert "measured on a GPU" in shown.output
    assert "800,123" in shown.output
    assert "9.50 GB" in shown.output
    assert "7.77" in shown.output


def test_a_device_without_a_data_sheet_is_given_by_its_peak() -> None:
    def hours(tflops: str) -> float:
        file = str(CONFIGS / "smollm2-135m-topo.yaml")
        shown = CliRunner().invoke(cost, [file, "--tflops", tflops, "--utilization", "0.5"])
        assert shown.exit_code == 0, shown.output
        assert f"{tflops} TFLOP/s, 50% of its peak" in shown.output
        cells = next(x for x in shown.output.splitlines() if "smollm2" in x).split("│")
        assert cells[-2].strip() == "", "energy without watts"
        return float(cells[-3])

    assert hours("0.5") == pytest.approx(2 * hours("1"), rel=0.01)
