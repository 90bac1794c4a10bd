"""`recipe-eval study --arms`, with programs that stand in for hours: once, resumed, elsewhere."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml
from scripted_programs import calls, scripted_folder

from recipe_eval.cli import main

CONFIGS = Path(__file__).resolve().parents[2] / "axolotl_configs"
ARMS = {
    "tokens": 500,
    "samples": {"titles": 9, "count": 3},
    "settings": {"num_epochs": 1},
    "temperatures": [0.4, 0.8],
    "titles": 5,
    "candidates": ["credited"],
    "against": ["ce"],
    "beside": ["mbr"],
    "arms": {
        "ce": {"config": "ce"},
        "credited": {
            "config": "credited",
            "rows": "recipe-eval credit {start} --into {run} --data data {samples}",
            "train": ["data/train.jsonl", "{run}/credited.jsonl"],
        },
        "mbr": {"decodes": "ce", "choose": "mbr:2"},
    },
}
# Each writes what the next reads, made of what it read itself, as the real ones do.
PROGRAM = """
def hash_of(texts):
    import zlib
    return zlib.crc32("".join(texts).encode())
def option(key):
    return words[words.index(key) + 1]
def write(path, text):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
if name == "axolotl":
    config = Path(words[1]).read_text()
    learnt = [Path(line.split("- path: ")[1]).read_text() for line in config.splitlines()
              if "- path: " in line]
    adapter = option("--output-dir")
    write(adapter + "/adapter_model.safetensors", str(hash_of([config, *learnt])))
elif words[0] == "credit":
    write(option("--into") + "/credited.jsonl", "rows of " + words[1])
elif words[0] == "ration":
    out = Path(option("--output"))
    for file in words[1:words.index("--tokens")]:
        write(out / Path(file).name, "some of " + Path(file).read_text())
    write(out / "manifest.json", json.dumps({"ration": {"tokens": int(option("--tokens"))}}))
elif words[0] == "tune-sampler":
    write(words[1] + "/sampler.json", json.dumps({"chosen": {"temperature": 0.4}}))
elif words[0] == "generate":
    assert Path(option("--sampler")).is_file()
elif words[0] == "score":
    metrics = "recipe_f1 action_f1 ingredient_f1 quantity_f1 rare_ingredient_recall".split()
    runs = words[1:words.index("--data")]
    for run in [Path(r) for r in runs] + [Path(r) / "lists" for r in runs if "floors" not in r]:
        score = 0.1 + len(str(run)) / 500
        facts = {m: {"title": m, "lower_is_better": False, "mean": score} for m in metrics}
        write(run / "summary.balanced.json",
              json.dumps({"metrics": facts, "failures": {}, "recipes": 6}))
        write(run / "scores.balanced.jsonl", "".join(
            json.dumps({"id": f"r{i}", "metric": m, "value": score + i / 100,
                         "statistics": [1, 9, 10]}) + "\\n" for m in metrics for i in range(6)))
        if "floors" in str(run):
            write(run / "floor.json", json.dumps({"name": run.name, "what": "says it"}))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data, and programs of the names that a study calls."""
    (tmp_path / "arms.yaml").write_text(yaml.safe_dump(ARMS))
    return scripted_folder(tmp_path, monkeypatch, PROGRAM)


def study(folder: Path, *more: str, configs: Path = CONFIGS) -> list[str]:
    return ["study", "--model", "smollm2-135m", "--from", "ce", "--arms",
            str(folder.parent / "arms.yaml"), "--seeds", "2", "--configs", str(configs),
            "--folder", str(folder), "--recipes", "6", "--lists", "6", *more]  # fmt: skip


FLOORS, BASE, START = 2, 1, 2
CE, CREDITED, MBR = 8, 9, 3
FIRST = BASE + START + CE + CREDITED + MBR
STAGES = FLOORS + FIRST + (START + CE - 1 + CREDITED - 1 + MBR)
"""The second seed searches for no temperature, and imports no model."""


@pytest.mark.heavy
def test_a_study_of_arms_is_done_once_and_goes_on_elsewhere(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(study(folder)) == 0
    done = calls(folder)
    assert len(done) == len(set(done)) == STAGES
    # The pages are written when a seed is whole, and again when the next one is.
    told = capsys.readouterr().out.splitlines()
    assert told == [str(folder / name) for _ in range(2) for name in ("arms.html", "arms.md")]
    text = (folder / "arms.md").read_text("utf-8")
    assert "| credited |" in text
    assert "| floor: constant-11 |" in text
    assert main(study(folder)) == 0
    assert calls(folder) == done
    # Another machine: the folder lies elsewhere, and so do the configs.
    moved, configs = tmp_path / "other" / "place", tmp_path / "other" / "configs"
    shutil.copytree(folder, moved)
    shutil.copytree(CONFIGS, configs)
    shutil.copy(folder.parent / "arms.yaml", moved.parent / "arms.yaml")
    assert main(study(moved, configs=configs)) == 0
    assert calls(moved) == done
    # One seed more: that alone.
    assert main(study(moved, "--seeds", "3", configs=configs)) == 0
    assert len(calls(moved)) == STAGES + STAGES - FLOORS - FIRST


@pytest.mark.heavy
def test_an_arm_that_fails_stops_no_other_and_is_done_later(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "trouble").write_text("axolotl train configs/smollm2-135m-credited-seed2")
    assert main(study(folder)) == 1
    assert "smollm2-135m-credited-seed2: train failed, see" in capsys.readouterr().out
    assert sum("mbr-seed2" in call for call in calls(folder)) == MBR
    assert "1 run failed: smollm2-135m-credited-seed2 (train" in (folder / "arms.md").read_text()
    (folder / "trouble").unlink()
    assert main(study(folder)) == 0
    again = [call for call, times in Counter(calls(folder)).items() if times > 1]
    assert len(again) == 1
    assert "credited-seed2.yaml" in again[0]


@pytest.mark.heavy
def test_a_supervised_model_that_fails_has_no_arms(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "trouble").write_text("recipe-export all runs/smollm2-135m-start-seed1")
    assert main(study(folder)) == 1
    assert "smollm2-135m-start-seed1: export failed, see" in capsys.readouterr().out
    assert not any("ce-seed1" in call and "train" in call for call in calls(folder))
    assert any("axolotl train configs/smollm2-135m-ce-seed2" in call for call in calls(folder))


@pytest.mark.heavy
def test_a_changed_arm_is_trained_anew_and_no_other(folder: Path) -> None:
    assert main(study(folder)) == 0
    before = len(calls(folder))
    changed = yaml.safe_load(yaml.safe_dump(ARMS))
    changed["arms"]["credited"]["settings"] = {"learning_rate": 0.0001}
    (folder.parent / "arms.yaml").write_text(yaml.safe_dump(changed))
    assert main(study(folder)) == 0
    redone = calls(folder)[before:]
    assert len(redone) == (CREDITED - 2) + (CREDITED - 3)  # rows and ration stay as they are
    assert all("credited-seed" in call for call in redone)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--jobs", "2"), "--jobs: arms are declared by --arms, and done one by one"),
        (("--configurations", "ce"), "--configurations: arms are declared by --arms"),
        (("--temperature", "0.7"), "every arm draws at a temperature of its own"),
    ],
)
def test_options_that_arms_do_not_have_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str
) -> None:
    assert main(study(folder, *more)) == 1
    assert message in capsys.readouterr().err
    assert not (folder / "calls").exists()


def test_what_would_fail_after_hours_is_refused_now(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = ["study", "--folder", str(folder), "--from", "ce"]
    assert main(alone) == 1
    assert "--from and --arms belong together" in capsys.readouterr().err
    for change, message in (
        ({"train": ["agreed/train.jsonl"]}, "agreed/train.jsonl does not exist, on which the arm"),
        ({"scorer": "no.where:f", "rows": "a {scorer}"}, "no.where:f cannot be imported"),
    ):
        changed = yaml.safe_load(yaml.safe_dump(ARMS))
        changed["arms"]["credited"] |= change
        (folder.parent / "arms.yaml").write_text(yaml.safe_dump(changed))
        assert main(study(folder)) == 1
        assert message in capsys.readouterr().err
    changed["arms"] = {"credited": ARMS["arms"]["credited"]}  # type: ignore[index]
    changed |= {"against": [], "beside": []}
    (folder.parent / "arms.yaml").write_text(yaml.safe_dump(changed))
    assert main(study(folder)) == 1
    assert "no arm is called ce, with which guards compare" in capsys.readouterr().err
    assert not (folder / "calls").exists()
