"""A small run of the real command: chat rows with spans, a grown model, a config."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

FOODS = ["rice", "onion", "spaghetti", "egg", "butter", "leek", "ham", "bread", "tomato", "kale"]


def chat_row(number: int, rng: random.Random) -> dict[str, Any]:
    """An answer of three ingredients and one step, with spans."""
    text, spans = '{"ingredients":[', []
    for group, food in enumerate(rng.sample(FOODS, 3)):
        amount = f"{rng.randint(1, 400)} g"
        text += "," * (group > 0) + '"'
        for words, kind in ((amount, "quantity"), (food, "ingredient")):
            spans.append(
                {"start": len(text), "end": len(text) + len(words), "kind": kind, "group": group}
            )
            text += words + " " * (kind == "quantity")
        text += '"'
    text += f'],"instructions":["Cook it for {number} minutes."]}}'
    messages = [
        {"role": "user", "content": f"Generate a recipe for dish {number}."},
        {"role": "assistant", "content": text},
    ]
    return {"id": f"row-{number}", "task": "recipe", "messages": messages, "spans": spans}


@dataclass(frozen=True)
class Workshop:
    """A folder with a model and data, where the real command can be run."""

    folder: Path

    def write_config(self, name: str, **changes: Any) -> Path:
        """Write a config; a change of None removes the key."""
        config: dict[str, Any] = {
            "base_model": "tiny-init",
            "plugins": ["recipe_losses.plugin.RecipeLossPlugin"],
            "trainer_cls": "recipe_losses.trainer.RecipeLossTrainer",
            "datasets": [
                {"path": "train.jsonl", "ds_type": "json", "type": "recipe_losses.strategy"}
            ],
            "recipe_loss": {"tasks": {"default": {"cross_entropy": 1.0}}},
            "dataset_prepared_path": f"prepared-{name}",
            "output_dir": f"{name}/adapter",
            "adapter": "lora",
            "lora_r": 8,
            "lora_alpha": 16,
            "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
            "sequence_len": 256,
            "micro_batch_size": 2,
            "gradient_accumulation_steps": 3,
            "max_steps": 6,
            "num_epochs": 1,
            "optimizer": "adamw_torch",
            "learning_rate": 0.002,
            "lr_scheduler": "constant",
            "bf16": False,
            "tf32": False,
            "attn_implementation": "sdpa",
            "logging_steps": 1,
            "save_strategy": "steps",
            "save_steps": 3,
            "auto_resume_from_checkpoints": True,
            "seed": 7,
        }
        config = {k: v for k, v in {**config, **changes}.items() if v is not None}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path

    def train(
        self, config: Path, *launcher: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `axolotl train`, as a user does.

        Args:
            config: What `write_config` returned.
            launcher: What follows `--launcher`; one plain process by default.
            environment: Variables to set beside those of this process.
        """
        bin_folder = Path(sys.executable).parent
        return subprocess.run(
            [bin_folder / "axolotl", "train", config.name, "--launcher", *(launcher or ["python"])],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
                "AXOLOTL_DO_NOT_TRACK": "1",
                "HF_HUB_OFFLINE": "1",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def history(self, name: str) -> list[dict[str, float]]:
        """The log of a run's last checkpoint."""
        checkpoints = (self.folder / name / "adapter").glob("checkpoint-*")
        last = max(checkpoints, key=lambda p: int(p.name.split("-")[1]))
        log: list[dict[str, float]] = json.loads((last / "trainer_state.json").read_text())[
            "log_history"
        ]
        return log


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    from recipe_data.tiny import grow_tiny_model

    folder = tmp_path_factory.mktemp("workshop")
    rng = random.Random(1)
    rows = [chat_row(number, rng) for number in range(60)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "train.jsonl").write_text(lines, encoding="utf-8")
    texts = [message["content"] for row in rows for message in row["messages"]]
    grow_tiny_model(texts, folder / "tiny-init", vocab_size=400, layers=1)
    return Workshop(folder)
