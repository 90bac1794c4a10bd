"""Configs say what they are, Axolotl accepts them, and compared ones differ in the loss alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from recipe_data.grounded_prompts import MAX_TOKENS
from recipe_losses.args import THESIS_MIXES, RecipeLossConfig

FILES = sorted((Path(__file__).resolve().parents[1] / "axolotl_configs").glob("*.yaml"))
PUBLISHED = ("qwen2.5-1.5b", "smollm3-3b", "qwen3-4b")
MODELS = (*PUBLISHED, "smollm2-135m", "tiny")
LOSSES = ("ce", "focal", "dice", "topo", "mixed", "topo-ordered", "aligned", "weighted")
LAUNCHES = ("packed", "fsdp2", "zero3", "ray")
ONE_GPU = {"bf16": True, "fp8": True, "tf32": True, "n_gpu": 1, "n_node": 1}

PREFERENCES = ("qwen3-4b-dpo", "smollm2-135m-dpo")
REWARDED = ("smollm2-135m-grpo",)
CONTINUED = (*PREFERENCES, *REWARDED)

by_name = pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
by_loss = pytest.mark.parametrize(
    "file", [f for f in FILES if f.stem not in CONTINUED], ids=lambda f: f.stem
)


def config(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = next(
        yaml.safe_load(f.read_text(encoding="utf-8")) for f in FILES if f.stem == name
    )
    return loaded


def differences(name: str, other: str) -> set[str]:
    one, two = config(name), config(other)
    return {key for key in {*one, *two} if one.get(key) != two.get(key)}


def examples_a_step(name: str, processes: int) -> int:
    loaded = config(name)
    return int(loaded["micro_batch_size"] * loaded["gradient_accumulation_steps"] * processes)


@by_name
def test_a_config_opens_with_purpose_needs_and_command(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert lines[1].startswith("# Needs:")
    assert lines[2].startswith(f"# Command: axolotl train axolotl_configs/{file.name}")
    assert not lines[3].startswith("#")


@by_loss
def test_a_config_names_plugin_trainer_and_a_valid_block(file: Path) -> None:
    loaded = config(file.stem)
    assert loaded["plugins"] == ["recipe_losses.plugin.RecipeLossPlugin"]
    assert loaded["trainer_cls"] == "recipe_losses.trainer.RecipeLossTrainer"
    assert RecipeLossConfig.model_validate(loaded["recipe_loss"]).objective().mixes
    assert loaded["output_dir"].split("/")[1] == file.stem


@pytest.mark.parametrize("name", CONTINUED)
def test_another_objective_replaces_the_loss_and_goes_on_from_a_tuned_model(name: str) -> None:
    loaded = config(name)
    assert loaded["rl"] == ("grpo" if name in REWARDED else "dpo")
    assert {"plugins", "trainer_cls", "recipe_loss"}.isdisjoint(loaded)
    assert loaded["output_dir"].split("/")[1] == name
    _, run, merged = loaded["base_model"].split("/")
    assert merged == "merged"
    trained = config(run)
    kept = ("lora_r", "lora_alpha", "lora_target_modules", "sequence_len", "chat_template")
    assert [loaded[key] for key in kept] == [trained[key] for key in kept]
    assert loaded["learning_rate"] < trained["learning_rate"]


def test_smollm2_learns_from_credits_of_the_run_that_it_goes_on_from() -> None:
    from recipe_base.runs import Run
    from recipe_eval.crediting.credit import TASK

    loaded, trained = config("smollm2-135m-credited"), config("smollm2-135m-ce")
    run = Run(Path(loaded["base_model"]).parent)
    assert run.merged.name == Path(loaded["base_model"]).name
    assert run.adapter == Path(trained["output_dir"])
    gold, own = loaded["datasets"]
    assert [gold] == trained["datasets"]
    assert own == {**gold, "path": str(run.credited.path)}
    assert loaded["recipe_loss"]["tasks"] == {
        **trained["recipe_loss"]["tasks"],
        TASK: {"credited": 1.0},
    }
    changed = {"base_model", "output_dir", "recipe_loss", "datasets"}
    changed |= {"gradient_accumulation_steps", "learning_rate"}
    assert differences("smollm2-135m-ce", "smollm2-135m-credited") == changed
    assert loaded["learning_rate"] < trained["learning_rate"]


def test_smollm2_leans_on_neighbours_with_room_for_them_and_as_before_else() -> None:
    grounded, plain = config("smollm2-135m-grounded"), config("smollm2-135m-ce")
    changed = {"output_dir", "datasets", "test_datasets", "sequence_len"}
    assert differences("smollm2-135m-ce", "smollm2-135m-grounded") == changed
    for key in ("datasets", "test_datasets"):
        (ours,), (theirs,) = grounded[key], plain[key]
        assert {**theirs, "path": theirs["path"].replace("data/", "grounded/")} == ours
    assert grounded["sequence_len"] == plain["sequence_len"] + MAX_TOKENS


def test_smollm2_learns_its_own_preferences_beside_their_likelihood() -> None:
    from trl import DPOConfig

    from recipe_base.runs import Run

    loaded = config("smollm2-135m-dpo")
    run = Run(Path(loaded["base_model"]).parent)
    assert Path(loaded["datasets"][0]["path"]) == run.preferences.path
    weighed = zip(loaded["dpo_loss_type"], loaded["dpo_loss_weights"], strict=True)
    assert dict(weighed) == {"sigmoid": 1.0, "sft": 1.0}
    known = DPOConfig.__dataclass_fields__["loss_type"].metadata["help"]
    assert all(f"'{loss}'" in known for loss in loaded["dpo_loss_type"])


@pytest.mark.parametrize("name", REWARDED)
def test_a_reward_is_found_as_axolotl_finds_it(name: str) -> None:
    from axolotl.core.trainers.grpo import GRPOStrategy

    from recipe_eval.rewarding.prompts import prompts_of
    from recipe_eval.rewarding.reward import recipe_f1

    loaded = config(name)
    trl = loaded["trl"]
    assert [*map(GRPOStrategy.get_reward_func, trl["reward_funcs"])] == [recipe_f1]
    assert [entry["path"] for entry in loaded["datasets"]] == [str(prompts_of(Path("data")).path)]
    # Each step draws a group for whole prompts; prompts of the project's own take 60 tokens.
    assert examples_a_step(name, 1) % trl["num_generations"] == 0
    assert trl["max_completion_length"] < loaded["sequence_len"]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder where every file that a config needs is there; none may be empty."""
    for folder in ("data", "grounded"):
        (tmp_path / folder).mkdir()
        for needed in ("train", "validation", "pretrain", "preferences", "prompts"):
            (tmp_path / folder / f"{needed}.jsonl").write_text("{}\n", encoding="utf-8")
    for needed in (
        "tiny-init",
        "tiny-base/merged",
        "smollm2-135m",
        "qwen3-4b-topo/merged",
        "smollm2-135m-ce/merged",
    ):
        (tmp_path / "runs" / needed).mkdir(parents=True)
    for own in ("preferences", "credited"):
        rows = tmp_path / "runs" / "smollm2-135m-ce" / f"{own}.jsonl"
        rows.write_text("{}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return


@by_name
@pytest.mark.usefixtures("workshop")
def test_axolotl_accepts_a_config_and_knows_its_every_key(file: Path) -> None:
    from axolotl.cli.config import prepare_plugins
    from axolotl.utils.config import validate_config
    from axolotl.utils.dict import DictDefault

    cfg = DictDefault(config(file.stem))
    prepare_plugins(cfg)
    gpu = {**ONE_GPU, "compute_capability": "sm_90"}
    checked = validate_config(cfg, capabilities=gpu, env_capabilities={"torch_version": "2.13.0"})
    assert set(cfg) - set(checked) == set()
    assert checked["learning_rate"] == config(file.stem)["learning_rate"]


@pytest.mark.parametrize("model", MODELS)
def test_the_runs_of_a_model_differ_in_the_loss_and_the_folder_alone(model: str) -> None:
    names = [f"{model}-{loss}" for loss in LOSSES]
    for name in names[1:]:
        assert differences(names[0], name) == {"recipe_loss", "output_dir"}


def test_the_numeric_run_differs_in_the_loss_of_numbers() -> None:
    name, plain = "smollm2-135m-numeric", "smollm2-135m-ce"
    assert differences(name, plain) == {"recipe_loss", "output_dir"}
    changed = config(name)["recipe_loss"]["tasks"]
    assert changed.pop("numeric") == {"cross_entropy": 0.5, "numeric": 0.5}
    assert changed == config(plain)["recipe_loss"]["tasks"]


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_real_models_train_as_published(model: str) -> None:
    loaded = config(f"{model}-ce")
    published = {
        "lora_r": 8,
        "lora_alpha": 16,
        "lora_dropout": 0.05,
        "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
        "bf16": True,
        "micro_batch_size": 2,
        "gradient_accumulation_steps": 3,
        "optimizer": "adamw_torch",
        "learning_rate": 1e-4,
        "num_epochs": 2,
    }
    assert {key: loaded[key] for key in published} == published
    assert 0 < loaded["warmup_ratio"] <= 0.1
    assert "warmup_steps" not in loaded
    assert differences(f"{model}-ce", "qwen3-4b-ce") <= {"base_model", "output_dir"}


@pytest.mark.parametrize("model", MODELS)
def test_the_mixes_are_those_of_the_thesis(model: str) -> None:
    named = {"ce": "ce", "focal": "focal", "dice": "dice", "topo": "topological", "mixed": "mixed"}
    # SmolLM2's embeddings are 3.2 long, where squared distances would outweigh the likelihood.
    scale = {"cost_scale": "relative"} if model == "smollm2-135m" else {"preset": "thesis"}
    geometry = {"spans": ["ingredient"], **scale}
    for loss, mix in named.items():
        block = config(f"{model}-{loss}")["recipe_loss"]
        assert block["tasks"]["default"] == THESIS_MIXES[f"thesis-{mix}"]
        assert block.get("topological") == (geometry if mix in {"topological", "mixed"} else None)
        if model not in {"tiny", "smollm2-135m"}:  # these learn to write recipes, no other task
            assert block["tasks"]["numeric"] == THESIS_MIXES["thesis-numeric"]


@pytest.mark.parametrize("launch", LAUNCHES)
def test_another_launch_trains_the_same_loss_on_the_same_data(launch: str) -> None:
    changed = differences("qwen3-4b-topo", f"qwen3-4b-topo-{launch}")
    assert changed.isdisjoint({"recipe_loss", "datasets", "base_model", "learning_rate", "seed"})
    if launch != "packed":
        assert examples_a_step(f"qwen3-4b-topo-{launch}", 2) == examples_a_step("qwen3-4b-topo", 1)


def test_the_ingredients_recipe_is_that_of_qwen_qlora_chef() -> None:
    loaded = config("qwen2.5-1.5b-qlora-ingredients")
    published = {
        "adapter": "qlora",
        "load_in_4bit": True,
        "lora_r": 16,
        "lora_alpha": 32,
        "lora_dropout": 0.1,
        "lora_target_modules": ["q_proj", "v_proj"],
        "max_steps": 300,
        "learning_rate": 2e-4,
        "micro_batch_size": 4,
        "gradient_accumulation_steps": 4,
        "sequence_len": 512,
        "lr_scheduler": "cosine",
        "warmup_steps": 50,
        "optimizer": "paged_adamw_8bit",
    }
    assert {key: loaded[key] for key in published} == published
