"""The reward of GRPO is the evaluation's headline, in the shapes in which TRL asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from gold_recipes import GOLD, answer, recipe_row

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256, write_jsonl
from recipe_eval.cli import main
from recipe_eval.rewarding.reward import recipe_f1
from recipe_eval.scoring.score import Options, read_scores, score

CONFIG = Path(__file__).resolve().parents[2] / "axolotl_configs" / "smollm2-135m-grpo.yaml"
LINES = ["400 g leeks", "20 g butter", "500 ml milk", "salt"]
STEPS = ["Fry the leeks in the butter for 6 minutes.", "Add the milk.", "Simmer for 15 minutes."]
LEEKS = answer(LINES, STEPS)


def rewards(*completions: Any, gold: str = LEEKS) -> list[float | None]:
    return recipe_f1(completions, gold=[gold] * len(completions))


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_gold_itself_is_worth_one_and_the_order_of_its_list_does_not_matter() -> None:
    assert rewards(LEEKS, said(LEEKS), answer(LINES[::-1], STEPS)) == [1.0, 1.0, 1.0]
    spaced = json.dumps(json.loads(LEEKS), indent=2)
    assert rewards(spaced, f"<think>\n\n</think>\n\n{LEEKS}") == [1.0, 1.0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Fry the leeks.",
        LEEKS[:-1],  # cut off
        f"Sure! {LEEKS}",
        f"```json\n{LEEKS}\n```",
        f"{LEEKS}{LEEKS}",
        "[]",
        '{"ingredients":["400 g leeks"]}',
        '{"ingredients":[],"instructions":["Fry."]}',
        '{"ingredients":[400],"instructions":["Fry."]}',
        f"<think>{LEEKS}</think>",
        f"<think>{LEEKS}",
        "[" * 100_000,
    ],
)
def test_what_is_no_answer_is_worth_nothing(text: str) -> None:
    assert rewards(text, said(text)) == [0.0, 0.0]


def test_a_part_of_gold_is_worth_the_mean_of_its_f1() -> None:
    """Foods 2 · 2 / (2 + 4), amounts 2 · 1 / (2 + 3), actions and times 1; no temperatures."""
    some = answer(["400 g leeks", "60 g butter"], STEPS)
    assert rewards(some) == [pytest.approx((2 / 3 + 2 / 5 + 1 + 1) / 4)]


def test_the_order_of_steps_matters_and_another_recipe_is_worth_little() -> None:
    turned, strange = rewards(answer(LINES, STEPS[::-1]), answer(*GOLD[1][1:]))
    assert turned is not None
    assert strange is not None
    assert 0.5 < turned < 1
    assert strange < 0.2


def test_a_line_that_names_the_food_first_is_worth_the_same() -> None:
    turned = ["leeks, 400 g", "butter, 20 g", "milk, 500 ml", "salt"]
    assert rewards(answer(turned, STEPS)) == [1.0]
    assert rewards(LEEKS, gold=answer(turned, STEPS)) == [1.0]


def test_saying_everything_is_worth_less_than_saying_what_is_right() -> None:
    padded = answer([*LINES, *(f"{n} g cinnamon" for n in range(1, 30))], STEPS)
    repeated = answer(LINES * 8, STEPS)
    short, long, twice = rewards(answer(LINES[:3], STEPS), padded, repeated)
    assert short is not None
    assert long is not None
    assert twice is not None
    assert max(long, twice) < short < 1


def test_a_reward_is_the_score_of_the_evaluation(
    data: Path, predict: Callable[..., Path], gold_answers: list[str]
) -> None:
    write_jsonl(data / "train.jsonl", [recipe_row("t", "Leek Soup", LEEKS)])
    texts = [gold_answers[1], LEEKS, "I cannot cook."]
    run = predict("run", texts)
    score(run, data, Options("balanced"))
    scored = read_scores(run, "balanced")["recipe_f1"]
    assert recipe_f1(texts, gold=gold_answers) == [*scored.values()]


def test_what_gold_is_missing_or_broken_is_told() -> None:
    with pytest.raises(TopochefError, match=r"no column `gold`.*recipe-eval prompts"):
        recipe_f1([LEEKS], prompts=["?"], completion_ids=[[1]])
    with pytest.raises(TopochefError, match="gold is no answer"):
        rewards(LEEKS, gold="Leeks.")
    assert recipe_f1([], gold=[]) == []


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Training rows of two titles, one of them asked in other words too, and a test split."""
    rows = [recipe_row(f"t{i}", title, answer(*said)) for i, (title, *said) in enumerate(GOLD[:2])]
    rows.append({**rows[0], "id": "t0-recipe-1", "form": "pantry"})
    rows.append({**rows[0], "id": "t0-time", "task": "time"})
    folder = tmp_path / "data"
    write_jsonl(folder / "train.jsonl", rows)
    write_jsonl(folder / "test.jsonl", [recipe_row("h", GOLD[2][0], answer(*GOLD[2][1:]))])
    return folder


def prompts(data: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / "prompts.jsonl").open(encoding="utf-8")]


def test_the_command_writes_prompts_and_gold_of_training_titles(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prompts", str(trained)]) == 0
    assert "prompts.jsonl: 2 prompts with their gold" in capsys.readouterr().out
    first, second = prompts(trained)
    assert set(first) == {"id", "prompt", "gold"}
    assert first["gold"] == answer(*GOLD[0][1:])
    assert [message["role"] for message in first["prompt"]] == ["system", "user"]
    assert "Cheese Toast" in second["prompt"][-1]["content"]
    facts = read_manifest(trained)["prompts"]
    assert facts["inputs"] == {"train_sha256": sha256(trained / "train.jsonl"), "limit": None}
    assert main(["prompts", str(trained), "--limit", "1"]) == 0
    assert prompts(trained) == [first]


def test_no_title_that_is_held_out_is_rewarded(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(trained / "validation.jsonl", [recipe_row("v", "cheese toast!", LEEKS)])
    assert main(["prompts", str(trained)]) == 1
    assert "its title is in validation.jsonl too" in capsys.readouterr().err
    assert not (trained / "prompts.jsonl").exists()


@pytest.mark.heavy
def test_axolotl_reads_the_rows_and_trl_rewards_by_them(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their own code, from the config's dataset entry to the tensor of rewards; no model."""
    import torch
    from axolotl.core.trainers.grpo import GRPOStrategy
    from axolotl.utils.config import validate_config
    from axolotl.utils.data import rl
    from axolotl.utils.dict import DictDefault
    from trl import GRPOTrainer

    assert main(["prompts", str(trained)]) == 0
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "smollm2-135m-ce" / "merged").mkdir(parents=True)
    gpu = {"bf16": True, "fp8": True, "tf32": True, "n_gpu": 1, "n_node": 1}
    cfg = validate_config(
        DictDefault(yaml.safe_load(CONFIG.read_text(encoding="utf-8"))),
        capabilities={**gpu, "compute_capability": "sm_90"},
        env_capabilities={"torch_version": "2.13.0"},
    )
    tokenizer = SimpleNamespace(name_or_path="none")
    monkeypatch.setattr(rl, "load_tokenizer", lambda cfg: tokenizer)
    rows = [*rl._load_split(cfg, "train")]
    assert sorted(rows[0]) == ["gold", "id", "prompt"]
    assert {row["id"]: row["prompt"] for row in rows} == {
        row["id"]: row["prompt"] for row in prompts(trained)
    }

    (functions,) = GRPOStrategy.set_trainer_args(cfg)
    logged: dict[str, float] = {}
    trainer = SimpleNamespace(
        accelerator=SimpleNamespace(device="cpu", is_main_process=True),
        state=SimpleNamespace(global_step=0),
        args=SimpleNamespace(report_to=[]),
        environments=None,
        reward_funcs=functions,
        reward_processing_classes=[None],
        reward_func_names=[function.__name__ for function in functions],
        _log_completion_extra=lambda *_: None,
        _log_metric=logged.__setitem__,
    )
    group = [row for row in rows for _ in range(2)]
    drawn = [said(text) for row in rows for text in (row["gold"], "No.")]
    found = GRPOTrainer._calculate_rewards(
        trainer, group, [row["prompt"] for row in group], drawn, [[1]] * 4
    )
    assert found.tolist() == [[1.0], [0.0], [1.0], [0.0]]
    assert found.dtype == torch.float32
    assert logged == {"recipes": 0.5}
