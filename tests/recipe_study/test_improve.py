"""Rounds of improvement: what they run, that each stands on the one before, that none is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from scripted_programs import calls, scripted_folder

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_data.sampling import Sampler
from recipe_eval.cli import main
from recipe_study.improving.rounds import (
    Drawing,
    Improvement,
    config_of,
    make_rounds,
    write_configs,
)
from recipe_study.plan import Settings

CONFIGS = Path(__file__).resolve().parents[2] / "axolotl_configs"
MODEL = "smollm2-135m"
FIRST, ONE, TWO = (
    f"{MODEL}-ce-seed5", f"{MODEL}-credited-seed5-round1", f"{MODEL}-credited-seed5-round2"
)  # fmt: skip
EVALUATED = ["export", "generate", "score", "likelihood", "balanced"]


def improvement(rounds: int = 2, configs: Path = CONFIGS, model: str = MODEL) -> Improvement:
    study = Settings(model, (5,), configs, Path("data"), recipes=40, max_tokens=300, parallel=16)
    drawing = Drawing(samples=4, titles=30, sampler=Sampler(0.9))
    return Improvement(study, rounds, drawing)


def test_a_round_samples_credits_trains_on_exports_and_evaluates() -> None:
    base, first, one, two = make_rounds(improvement())
    assert [stage.name for stage in base.stages] == ["import"]
    assert [stage.name for stage in first.stages] == ["train", *EVALUATED]
    assert [job.name for job in (base, first, one, two)] == [MODEL, FIRST, ONE, TWO]
    for before, job, seed in ((FIRST, one, 6), (ONE, two, 7)):
        assert [stage.name for stage in job.stages] == ["credit", "train", *EVALUATED]
        credit, train, export, generate, *_ = (" ".join(s.command) for s in job.stages)
        assert credit == (
            f"recipe-eval credit runs/{before} --data data --samples 4 --limit 30"
            " --scorer recipe_eval.crediting.recipes:by_line --max-tokens 300 --parallel 16"
            f" --temperature 0.9 --top-p 0.95 --min-p 0.05 --repeat-penalty 1 --top-k 0"
            f" --seed {seed}"
        )
        assert train == (
            f"axolotl train configs/{job.name}.yaml --launcher python"
            f" --output-dir runs/{job.name}/adapter --seed {seed}"
        )
        assert export == f"recipe-export all runs/{job.name} --types F16"
        assert generate.startswith(f"recipe-eval generate runs/{job.name} --data data --limit 40")
        reads = {str(path) for stage in job.stages[:2] for path in stage.reads}
        assert {
            f"runs/{before}/credited.jsonl",
            f"runs/{before}/adapter/adapter_model.safetensors",
            f"configs/{job.name}.yaml",
        } < reads


def test_a_round_goes_on_from_the_model_and_the_rows_of_the_one_before(tmp_path: Path) -> None:
    write_configs(improvement(), tmp_path)
    theirs = yaml.safe_load((CONFIGS / f"{MODEL}-credited.yaml").read_text("utf-8"))
    for number, before, run in ((1, FIRST, ONE), (2, ONE, TWO)):
        ours = yaml.safe_load((tmp_path / config_of(improvement(), number)).read_text("utf-8"))
        assert {key for key in ours if ours[key] != theirs[key]} == {
            "base_model", "output_dir", "datasets"
        }  # fmt: skip
        assert ours["base_model"] == f"runs/{before}/merged"
        assert ours["output_dir"] == f"runs/{run}/adapter"
        gold, own = ours["datasets"]
        assert gold == theirs["datasets"][0]
        assert own["path"] == f"runs/{before}/credited.jsonl"


def test_what_cannot_be_improved_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"qwen3-4b-credited.yaml does not exist"):
        make_rounds(improvement(model="qwen3-4b"))
    for name in ("ce", "credited"):
        text = (CONFIGS / f"{MODEL}-{name}.yaml").read_text("utf-8")
        (tmp_path / f"{MODEL}-{name}.yaml").write_text(text.replace("credited.jsonl", "own.jsonl"))
    with pytest.raises(TopochefError, match=r"must have its credited rows, runs/smollm2-135m-ce"):
        make_rounds(improvement(configs=tmp_path))
    (tmp_path / f"{MODEL}-ce.yaml").unlink()
    with pytest.raises(TopochefError, match=r"smollm2-135m-ce.yaml does not exist"):
        make_rounds(improvement(configs=tmp_path))


PROGRAM = """
metrics = "recipe_f1 ingredient_f1 quantity_f1 rare_ingredient_recall action_f1 list_length"
if name == "axolotl":
    config = Path(words[1]).read_text()
    read = [line.split("path: ")[1] for line in config.splitlines() if "credited.jsonl" in line]
    learnt = [Path(path.split(",")[0]).read_text() for path in read]
    adapter = Path(words[words.index("--output-dir") + 1])
    adapter.mkdir(parents=True, exist_ok=True)
    (adapter / "adapter_model.safetensors").write_text(config + "".join(learnt))
elif words[0] == "credit":
    run = Path(words[1])
    weights = (run / "adapter" / "adapter_model.safetensors").read_text()
    (run / "credited.jsonl").write_text(json.dumps([weights, words]))
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["credit"] = {"titles": 30, "rows": 100}
    (run / "manifest.json").write_text(json.dumps(manifest))
elif words[-1] == "balanced":
    scores = {metric: {"mean": len(words[1]) / 100} for metric in metrics.split()}
    summary = {"metrics": scores, "failures": {"cut off": ["a", "b"]}}
    (Path(words[1]) / "summary.balanced.json").write_text(json.dumps(summary))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data, and programs of the names that rounds call, which write as these do."""
    return scripted_folder(tmp_path, monkeypatch, PROGRAM)


def arguments(folder: Path, *more: str) -> list[str]:
    return ["improve", "--folder", str(folder), "--configs", str(CONFIGS), "--rounds", "2",
            "--seed", "5", "--bertscore", "none", *more]  # fmt: skip


STAGES = 1 + 6 + 7 + 7


def test_rounds_are_done_once_and_stand_in_one_manifest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(folder)) == 0
    told = capsys.readouterr().out
    assert len(calls(folder)) == len(set(calls(folder))) == STAGES
    facts = read_manifest(folder)["improve"]
    assert [run["run"] for run in facts["runs"]] == [f"runs/{n}" for n in (FIRST, ONE, TWO)]
    assert [run["round"] for run in facts["runs"]] == [0, 1, 2]
    assert [run["failed"] for run in facts["runs"]] == [None] * 3
    assert [run["learnt_from"] for run in facts["runs"]] == [
        None, *[{"titles": 30, "rows": 100}] * 2
    ]  # fmt: skip
    assert facts["runs"][2]["scores"]["recipe_f1"] == len(f"runs/{TWO}") / 100
    assert facts["runs"][2]["no_recipe"] == 2
    assert set(facts["runs"][2]["seconds"]) == {"credit", "train", *EVALUATED}
    assert facts["inputs"]["drawing"]["sampler"]["temperature"] == 0.8
    assert set(facts["inputs"]["data_sha256"]) == {"train.jsonl", "validation.jsonl", "test.jsonl"}
    assert [line.split()[1] for line in told.splitlines() if line.startswith("│")][:1] == ["before"]
    assert " 0.390 " in told
    # Again: nothing is left to do. One round more: that alone.
    assert main(arguments(folder)) == 0
    assert len(calls(folder)) == STAGES
    assert main(arguments(folder, "--rounds", "3")) == 0
    assert len(calls(folder)) == STAGES + 7
    assert all("round3" in call or f"credit runs/{TWO}" in call for call in calls(folder)[STAGES:])


def test_a_round_that_fails_ends_it_and_goes_on_where_it_stood(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "trouble").write_text(f"axolotl train configs/{ONE}")
    assert main(arguments(folder)) == 1
    assert f"{ONE}: train failed, see" in capsys.readouterr().out
    assert len(calls(folder)) == 1 + 6 + 2
    runs = read_manifest(folder)["improve"]["runs"]
    assert [run["failed"] for run in runs] == [None, "train"]
    assert runs[1]["scores"] is None
    (folder / "trouble").unlink()
    assert main(arguments(folder)) == 0
    again = [call for call, times in Counter(calls(folder)).items() if times > 1]
    assert len(calls(folder)) == STAGES + 1
    assert len(again) == 1
    assert again[0].startswith(f"axolotl train configs/{ONE}")


def test_rows_of_a_round_that_changed_make_all_after_them_stale(folder: Path) -> None:
    assert main(arguments(folder)) == 0
    rows = folder / "runs" / FIRST / "credited.jsonl"
    rows.write_text("changed by hand")
    assert main(arguments(folder)) == 0
    # The first round trains anew, and so does what learnt from it; its own samples stay.
    redone = calls(folder)[STAGES:]
    assert [call for call in redone if "axolotl" in call] == calls(folder)[STAGES:][:1] + [
        call for call in calls(folder)[:STAGES] if f"configs/{TWO}" in call
    ]
    assert len(redone) == 6 + 7


@pytest.mark.heavy
def test_a_killed_improvement_goes_on(folder: Path) -> None:
    (folder / "slow").touch()
    (folder / "trouble").write_text(f"recipe-export all runs/{TWO}")
    code = "import sys; from recipe_eval.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments(folder)]
    process = subprocess.Popen(command, start_new_session=True)
    for _ in range(3000):
        if (folder / "calls").exists() and any(f"all runs/{TWO}" in c for c in calls(folder)):
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(read_manifest(folder)["improve"]["runs"]) == 2  # those that were done
    (folder / "trouble").unlink()
    subprocess.run(command, check=True)
    times = Counter(calls(folder))
    assert {call for call, count in times.items() if count > 1} == {
        f"recipe-export all runs/{TWO} --types F16"
    }
    assert len(times) == STAGES
    assert len(read_manifest(folder)["improve"]["runs"]) == 3


def test_what_could_not_differ_is_refused_before_anything_is_trained(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (("--explore", "0"), ("--samples", "1")):
        assert main(arguments(folder, *wrong)) == 1
        assert "samples must differ" in capsys.readouterr().err
    assert main(arguments(folder, "--scorer", "nowhere:score")) == 1
    assert "--scorer nowhere:score cannot be imported" in capsys.readouterr().err
    assert not (folder / "calls").exists()


def test_the_configs_of_rounds_are_whole_files(tmp_path: Path) -> None:
    """Axolotl reads them: every key in its order, every value of its type."""
    write_configs(improvement(rounds=1), tmp_path)
    loaded = yaml.safe_load((tmp_path / config_of(improvement(), 1)).read_text("utf-8"))
    theirs = yaml.safe_load((CONFIGS / f"{MODEL}-credited.yaml").read_text("utf-8"))
    assert list(loaded) == list(theirs)
    assert json.dumps(loaded["recipe_loss"]) == json.dumps(theirs["recipe_loss"])
