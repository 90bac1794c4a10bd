"""The whole way with the real commands, on a model that the test grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recipe_data.schema import MAX_INGREDIENTS

pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).resolve().parents[1] / "axolotl_configs"


class Kitchen:
    """A working directory, and the commands as a user types them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = self.attempt(command, *arguments)
        assert done.returncode == 0, f"{command} {arguments}\n{done.stdout}\n{done.stderr[-3000:]}"
        return done

    def attempt(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name(command)
        environment = {
            **os.environ,
            "AXOLOTL_DO_NOT_TRACK": "1",
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        return subprocess.run(
            [str(program), *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def train(self, name: str) -> None:
        config = str(CONFIGS / f"{name}.yaml")
        self.run("axolotl", "train", config, "--max-steps", "12", "--launcher", "python")


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    kitchen = Kitchen(tmp_path_factory.mktemp("kitchen"))
    kitchen.run("recipe-data", "demo-corpus", "--output", "data", "--rows", "300")
    kitchen.run("recipe-data", "build", "data/corpus.csv", "--output", "data")
    kitchen.run("recipe-data", "tiny-model", "--data", "data", "--output", "runs/tiny-init")
    kitchen.train("tiny-base")
    kitchen.train("tiny-topo")
    kitchen.run("recipe-export", "all", "runs/tiny-topo")
    kitchen.run("recipe-eval", "generate", "runs/tiny-topo", "--data", "data", "--limit", "6")
    kitchen.run("recipe-eval", "score", "runs/tiny-topo", "--data", "data")
    kitchen.run("recipe-eval", "report", "runs/tiny-topo", "--output", "runs/report.html")
    return kitchen


def test_the_run_folder_holds_what_the_stages_hand_on(kitchen: Kitchen) -> None:
    run = kitchen.folder / "runs" / "tiny-topo"
    for name in (
        "adapter/adapter_model.safetensors",
        "merged/model.safetensors",
        "gguf/tiny-topo-F16.gguf",
        "gguf/tiny-topo-Q4_K_M.gguf",
        "Modelfile",
        "predictions.jsonl",
        "entities.jsonl",
        "scores.jsonl",
        "summary.json",
        "manifest.json",
    ):
        assert (run / name).stat().st_size > 0, name
    assert not list(run.rglob("*.part"))


def test_every_answer_is_a_recipe_or_a_counted_failure(kitchen: Kitchen) -> None:
    lines = (kitchen.folder / "runs/tiny-topo/predictions.jsonl").read_text().splitlines()
    assert len(lines) == 6
    for line in lines:
        prediction = json.loads(line)
        if prediction["finish_reason"] == "stop":
            answer = json.loads(prediction["text"])
            assert set(answer) == {"ingredients", "instructions"}
            assert 1 <= len(answer["ingredients"]) <= MAX_INGREDIENTS
        else:
            assert prediction["finish_reason"] == "length"


def test_the_losses_are_in_the_log_and_the_report_is_one_file(kitchen: Kitchen) -> None:
    states = (kitchen.folder / "runs/tiny-topo/adapter").glob("checkpoint-*/trainer_state.json")
    history = json.loads(next(states).read_text())["log_history"]
    assert any("recipe_loss/topological" in entry for entry in history)
    page = (kitchen.folder / "runs/report.html").read_text()
    assert "<table" in page
    assert 'src="http' not in page


def test_cooking_from_the_quantized_file(kitchen: Kitchen) -> None:
    """At temperature 1 even a model of a dozen steps closes its lists; each try draws anew."""
    order = ("Mushroom risotto", "--servings", "2", "--json", "--temperature", "1")
    card = json.loads(kitchen.run("recipe-cook", *order).stdout)
    assert (card["title"], card["servings"]) == ("Mushroom Risotto", 2)
    assert card["ingredients"]
    assert card["instructions"]


def test_a_recipe_that_is_not_finished_is_not_shown(kitchen: Kitchen) -> None:
    done = kitchen.attempt("recipe-cook", "Mushroom risotto", "--json", "--max-tokens", "9")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the recipe was not finished after 9 tokens" in done.stderr


def test_every_stage_that_is_done_is_left_alone(kitchen: Kitchen) -> None:
    predictions = kitchen.folder / "runs/tiny-topo/predictions.jsonl"
    before = predictions.stat().st_mtime_ns
    kitchen.run("recipe-data", "build", "data/corpus.csv", "--output", "data")
    kitchen.run("recipe-export", "all", "runs/tiny-topo")
    kitchen.run("recipe-eval", "generate", "runs/tiny-topo", "--data", "data", "--limit", "6")
    assert predictions.stat().st_mtime_ns == before
