"""A study of arms: what it runs, from which model, on which rows, and that nothing runs twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from recipe_base.errors import TopochefError
from recipe_data.sampling import Sampler
from recipe_study.continuing.arms import read_arms
from recipe_study.continuing.configs import write_configs
from recipe_study.continuing.runs import Continuing
from recipe_study.continuing.seeds import plans
from recipe_study.plan import Job, Settings

CONFIGS = Path(__file__).resolve().parents[2] / "axolotl_configs"
STUDY = CONFIGS / "arms" / "study-2.yaml"
MODEL = "smollm2-135m"
START = f"{MODEL}-start-seed1"


def continuing(configs: Path = CONFIGS, model: str = MODEL, **arms: Any) -> Continuing:
    settings = Settings(
        model, (1, 2), configs, Path("data"), recipes=30, max_tokens=300, tries=1, parallel=16,
        sampler=Sampler(0.6),
    )  # fmt: skip
    return Continuing(settings, "ce", read_arms(STUDY)._replace(**arms), lists=50)


def commands(job: Job) -> dict[str, str]:
    return {stage.name: " ".join(stage.command) for stage in job.stages}


def job_of(name: str) -> Job:
    return next(job for plan in plans(continuing()) for job in plan.jobs if job.name == name)


def test_every_seed_is_whole_before_the_next_begins() -> None:
    beneath, one, two = plans(continuing())
    for seed, plan in ((1, one), (2, two)):
        assert [job.name for job in plan.first] == [f"{MODEL}-start-seed{seed}"]
        assert [job.configuration for job in plan.matrix] == [
            arm.name for arm in continuing().arms.arms
        ]
        assert {job.seed for job in plan.matrix} == {seed}
    assert [job.name for job in beneath.jobs] == [MODEL, "floors"]
    made, floors = (commands(job) for job in beneath.jobs)
    assert list(made) == ["import"]
    assert list(floors) == ["floor", "score"]
    assert floors["floor"].endswith("--limit 50")


def test_an_arm_that_takes_the_model_of_another_comes_behind_it() -> None:
    arms = read_arms(STUDY).arms
    _, plan, _ = plans(continuing(arms=(arms[-1], *arms[:-1])))
    assert [job.configuration for job in plan.matrix][-2:] == [arms[-2].name, "ce-mbr"]


def test_the_supervised_model_is_trained_on_gold_and_exported() -> None:
    told = commands(job_of(START))
    assert told == {
        "train": f"axolotl train configs/{START}.yaml --launcher python"
        f" --output-dir runs/{START}/adapter --seed 1",
        "export": f"recipe-export all runs/{START} --types F16",
    }


def test_an_arm_makes_rows_takes_its_ration_trains_and_is_evaluated() -> None:
    name = f"{MODEL}-credited-seed1"
    job = job_of(name)
    told = commands(job)
    assert list(told) == [
        "rows", "ration", "train", "export", "tune", "generate", "lists", "score", "likelihood"
    ]  # fmt: skip
    drawn = "--limit 250 --samples 8 --temperature 0.8 --max-tokens 300 --parallel 16 --seed 1"
    assert told["rows"] == (
        f"recipe-eval credit runs/{START} --into runs/{name} --data data {drawn}"
        " --scorer recipe_eval.crediting.recipes:by_line"
    )
    assert told["ration"] == (
        f"recipe-data ration data/train.jsonl runs/{name}/credited.jsonl --tokens 200000"
        f" --tokenizer runs/{START}/merged --seed 1 --sequence-len 768"
        f" --output runs/{name}/rows"
    )
    assert told["train"] == (
        f"axolotl train configs/{name}.yaml --launcher python"
        f" --output-dir runs/{name}/adapter --seed 1"
    )
    assert told["tune"] == (
        f"recipe-eval tune-sampler runs/{name} --data data --max-tokens 300 --parallel 16"
        " --titles 40 --grid temperature=0.4,0.6,0.8,1 --part ingredients --seed 1"
    )
    write = (
        f"recipe-eval generate runs/{name} --data data --max-tokens 300 --parallel 16 --tries 1"
        f" --choose first --sampler runs/{name}/sampler.json --seed 1"
    )
    assert told["generate"] == f"{write} --limit 30"
    assert told["lists"] == f"{write} --limit 50 --part ingredients"
    assert told["score"].endswith("--data data --profile balanced --bertscore none")
    reads = {stage.name: {str(path) for path in stage.reads} for stage in job.stages}
    weights = f"runs/{START}/adapter/adapter_model.safetensors"
    assert all(weights in reads[stage] for stage in ("rows", "ration", "train"))
    assert {f"runs/{name}/rows/train.jsonl", f"runs/{name}/rows/credited.jsonl"} < reads["train"]


def test_the_samples_are_the_same_for_all_who_learn_from_them() -> None:
    told = [commands(job_of(f"{MODEL}-{arm}-seed2"))["rows"] for arm in
            ("credited", "credited-list", "dpo")]  # fmt: skip
    drawn = {text[text.index("--data") :].split(" --scorer")[0] for text in told}
    assert len(drawn) == 1
    assert drawn.pop().endswith("--seed 2")
    assert [text.split()[1] for text in told] == ["credit", "credit", "prefer"]


def test_the_temperature_of_an_arm_is_found_once_on_validation_titles() -> None:
    job = job_of(f"{MODEL}-topo-seed2")
    told = commands(job)
    assert "tune" not in told
    sampler = f"runs/{MODEL}-topo-seed1/sampler.json"
    assert f"--sampler {sampler} --seed 2" in told["lists"]
    assert all(Path(sampler) in s.reads for s in job.stages if s.name in ("generate", "lists"))
    (tune,) = (s for s in job_of(f"{MODEL}-topo-seed1").stages if s.name == "tune")
    assert tune.reads == (Path("data/validation.jsonl"),)


def test_an_arm_that_only_decodes_takes_the_model_and_temperature_of_another() -> None:
    told = commands(job_of(f"{MODEL}-ce-mbr-seed2"))
    assert list(told) == ["generate", "lists", "score"]
    gguf = f"runs/{MODEL}-ce-seed2/gguf/{MODEL}-ce-seed2-F16.gguf"
    assert f"--gguf {gguf} --tries 1 --choose mbr:8" in told["lists"]
    assert f"--sampler runs/{MODEL}-ce-seed1/sampler.json" in told["lists"]


def test_nothing_that_decides_a_run_names_a_machine() -> None:
    """Commands and files begin in the folder of the study, which can be carried elsewhere."""
    for plan in plans(continuing()):
        for job in plan.jobs:
            for stage in job.stages:
                assert not [word for word in stage.command if word.startswith("/")]
                assert not [path for path in stage.reads if path.is_absolute()]


def configs(folder: Path, **arms: Any) -> dict[str, dict[str, Any]]:
    write_configs(continuing(**arms), folder)
    return {
        file.stem.removeprefix(f"{MODEL}-"): yaml.safe_load(file.read_text("utf-8"))
        for file in (folder / "configs").iterdir()
    }


def test_the_configs_of_arms_differ_in_loss_rows_and_folder_alone(tmp_path: Path) -> None:
    written = configs(tmp_path)
    trained = [arm.name for arm in continuing().arms.arms if not arm.decodes]
    assert set(written) == {f"{name}-seed{s}" for name in (*trained, "start") for s in (1, 2)}
    gold = written["ce-seed1"]
    assert gold["base_model"] == f"runs/{START}/merged"
    assert gold["learning_rate"] == 0.0003
    assert written["ce-seed2"]["base_model"] == f"runs/{MODEL}-start-seed2/merged"
    for name in set(trained) - {"ce", "dpo"}:
        changed = {k for k in gold if gold[k] != written[f"{name}-seed1"].get(k)}
        assert changed <= {"recipe_loss", "datasets", "dataset_prepared_path", "output_dir"}
    for name in trained:
        paths = [one["path"] for one in written[f"{name}-seed1"]["datasets"]]
        rows = f"runs/{MODEL}-{name}-seed1/rows"
        assert all(path.startswith(f"{rows}/") for path in paths)
        assert written[f"{name}-seed1"]["dataset_prepared_path"] == f"{rows}/prepared"
    dpo = written["dpo-seed1"]
    kept = ("lora_r", "lora_alpha", "lora_target_modules", "base_model", "optimizer",
            "micro_batch_size", "gradient_accumulation_steps", "lr_scheduler", "num_epochs",
            "sequence_len")  # fmt: skip
    assert [dpo[key] for key in kept] == [gold[key] for key in kept]
    assert (dpo["rl"], dpo["learning_rate"]) == ("dpo", 0.00005)
    assert (dpo["val_set_size"], dpo["eval_strategy"]) == (0, "no")  # all pairs are trained
    first = yaml.safe_load((CONFIGS / f"{MODEL}-ce.yaml").read_text("utf-8"))
    start = written["start-seed1"]
    assert {k for k in first if first[k] != start[k]} == {"output_dir"}


def test_an_arm_that_would_train_more_than_its_ration_is_refused(tmp_path: Path) -> None:
    for settings in ({"num_epochs": 2}, {"num_epochs": 1, "max_steps": 9},
                     {"num_epochs": 1, "val_set_size": 0.05}):  # fmt: skip
        with pytest.raises(TopochefError, match=r"-ce.yaml, arm ce: an arm trains once on all of"):
            configs(tmp_path, settings=settings)


def test_what_a_model_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"qwen3-4b-credited.yaml does not exist: write it by"):
        write_configs(continuing(model="qwen3-4b"), tmp_path)


@pytest.mark.heavy
def test_axolotl_accepts_the_config_of_every_arm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from axolotl.cli.config import prepare_plugins
    from axolotl.utils.config import validate_config
    from axolotl.utils.dict import DictDefault

    written = configs(tmp_path)
    for base in (MODEL, f"{START}/merged"):
        (tmp_path / "runs" / base).mkdir(parents=True)
    for config in written.values():
        for entry in (*config["datasets"], *config.get("test_datasets", ())):
            path = tmp_path / entry["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    gpu = {"bf16": True, "fp8": True, "tf32": True, "n_gpu": 1, "n_node": 1,
           "compute_capability": "sm_90"}  # fmt: skip
    for name, config in written.items():
        if name.endswith("seed2"):
            continue
        cfg = DictDefault(config)
        prepare_plugins(cfg)
        checked = validate_config(
            cfg, capabilities=gpu, env_capabilities={"torch_version": "2.13.0"}
        )
        assert set(cfg) - set(checked) == set()
        assert checked["learning_rate"] == config["learning_rate"]
