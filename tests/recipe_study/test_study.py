"""A study does every job once, goes on after a kill, and outlives a job that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_data.sampling import Sampler
from recipe_study.plan import CONFIGURATIONS, Job, Plan, Settings, Stage, make_plan, with_questions
from recipe_study.runner import Cost, Outcome, run_plan

CONFIGS = Path(__file__).resolve().parents[2] / "axolotl_configs"


def python(name: str, code: str, *reads: str) -> Stage:
    return Stage(name, (sys.executable, "-c", code), tuple(map(Path, reads)))


def note(word: str) -> str:
    """Code that appends a word to the file `notes`."""
    return f"open('notes', 'a').write('{word} ')"


def job(name: str, *stages: Stage) -> Job:
    return Job(name, name, 1, stages)


def done(plan: Plan, folder: Path, workers: int = 1) -> list[Outcome]:
    return run_plan(plan, folder, workers, lambda job, stage, cost: None)


def notes(folder: Path) -> list[str]:
    return (folder / "notes").read_text().split()


def test_what_is_done_is_not_repeated(tmp_path: Path) -> None:
    plan = Plan((job("base", python("grow", note("base"))),), (job("a", python("t", note("a"))),))
    first = done(plan, tmp_path)
    again = done(plan, tmp_path)
    assert notes(tmp_path) == ["base", "a"]
    assert [outcome.failed for outcome in again] == [None, None]
    assert again[1].costs == first[1].costs
    cost = first[1].costs["t"]
    assert cost.cpu_seconds > 0
    assert 1 << 20 < cost.peak_bytes < 1 << 33


def test_a_changed_file_makes_its_stage_and_the_later_ones_stale(tmp_path: Path) -> None:
    stages = (
        python("grow", note("grow")),
        python("train", note("train"), "config.yaml"),
        python("score", note("score")),
    )
    plan = Plan((), (job("a", *stages),))
    (tmp_path / "config.yaml").write_text("lr: 1")
    done(plan, tmp_path)
    (tmp_path / "config.yaml").write_text("lr: 2")
    done(plan, tmp_path)
    assert notes(tmp_path) == ["grow", "train", "score", "train", "score"]


def test_a_study_goes_on_where_configs_lie_elsewhere(tmp_path: Path) -> None:
    """On another machine: a path outside of its folder decides nothing, what stands there does."""
    work = tmp_path / "work"
    work.mkdir()

    def study(place: str, text: str) -> None:
        config = tmp_path / place / "config.yaml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(text)
        train = (sys.executable, "-c", note("train"), str(config))
        done(Plan((), (job("a", Stage("train", train, (config,))),)), work)

    for place, text, times in (("here", "lr: 1", 1), ("there", "lr: 1", 1), ("there", "lr: 2", 2)):
        study(place, text)
        assert notes(work) == ["train"] * times


def test_a_job_that_fails_is_told_and_stops_no_other(tmp_path: Path) -> None:
    broken = job("broken", python("t", "import sys; sys.exit('no such loss')"), python("s", "1"))
    plan = Plan(
        (),
        (
            broken,
            job("missing", Stage("t", ("no-such-command",))),
            job("b", python("t", note("b"))),
        ),
    )
    outcomes = done(plan, tmp_path, workers=2)
    assert [outcome.failed for outcome in outcomes] == ["t", "t", None]
    assert outcomes[0].log is not None
    assert outcomes[1].log is not None
    assert "no such loss" in outcomes[0].log.read_text()
    assert "no-such-command" in outcomes[1].log.read_text()
    assert notes(tmp_path) == ["b"]


def test_without_its_base_nothing_else_is_begun(tmp_path: Path) -> None:
    plan = Plan(
        (job("base", python("grow", "raise SystemExit(1)")),), (job("a", python("t", note("a"))),)
    )
    assert [outcome.failed for outcome in done(plan, tmp_path)] == ["grow"]
    assert not (tmp_path / "notes").exists()


MEET = """
import pathlib, time
pathlib.Path("{mine}").touch()
while not pathlib.Path("{other}").exists():
    time.sleep(0.01)
"""


def test_workers_work_at_once(tmp_path: Path) -> None:
    one, two = (python("t", MEET.format(mine=a, other=b)) for a, b in ("xy", "yx"))
    started: list[tuple[str, Cost | None]] = []
    watch = lambda job, stage, cost: started.append((job.name, cost))  # noqa: E731
    outcomes = run_plan(Plan((), (job("a", one), job("b", two))), tmp_path, 2, watch)
    assert [outcome.failed for outcome in outcomes] == [None, None]
    assert {name for name, cost in started if cost is None} == {"a", "b"}


STUDY = """
import sys
from pathlib import Path
from recipe_study.plan import Job, Plan, Stage
from recipe_study.runner import run_plan
slow = "import time; time.sleep(0.3); open('notes', 'a').write('{} ')"
jobs = [Job(n, n, 1, (Stage("t", (sys.executable, "-c", slow.format(n))),)) for n in "abcde"]
run_plan(Plan((), tuple(jobs)), Path(sys.argv[1]), 1, lambda job, stage, cost: None)
"""


@pytest.mark.heavy
def test_a_killed_study_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STUDY, str(tmp_path)]
    process = subprocess.Popen(command, start_new_session=True)
    while not (tmp_path / "notes").exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = notes(tmp_path)
    assert len(before) < 5
    subprocess.run(command, check=True)
    after = notes(tmp_path)
    # A command that was killed after its work is done once more; the commands bear it.
    assert sorted(set(after)) == list("abcde")
    assert len(after) - 5 <= 1


def test_the_plan_of_the_tiny_model(tmp_path: Path) -> None:
    settings = Settings(
        "tiny",
        (1, 2),
        CONFIGS,
        Path("data"),
        recipes=100,
        tries=1,
        parallel=16,
        sampler=Sampler(0.7),
    )
    plan = make_plan(settings)
    assert [stage.name for stage in plan.first[0].stages] == [
        "grow",
        "pretrain",
        "export",
        "generate",
        "score",
        "likelihood",
        "balanced",
    ]
    assert len(plan.matrix) == 2 * len(CONFIGURATIONS) + 1
    first = plan.matrix[0]
    assert first.name == "tiny-ce-seed1"
    train, export, generate, score, likelihood, balanced = (
        " ".join(stage.command) for stage in first.stages
    )
    assert train.endswith("--output-dir runs/tiny-ce-seed1/adapter --seed 1")
    assert export == "recipe-export all runs/tiny-ce-seed1 --types F16"
    asked = "recipe-eval generate runs/tiny-ce-seed1 --data data --limit 100"
    asked += " --max-tokens 512 --tries 1 --parallel 16"
    drawn = "--temperature 0.7 --top-p 0.95 --min-p 0.05 --repeat-penalty 1 --top-k 0 --seed 1"
    assert generate == f"{asked} {drawn}"
    assert score == "recipe-eval score runs/tiny-ce-seed1 --data data --bertscore minilm"
    assert likelihood == "recipe-eval likelihood runs/tiny-ce-seed1 --data data --limit 100"
    assert balanced.endswith("runs/tiny-ce-seed1 --data data --profile balanced")
    seeds = [(job.configuration, job.seed) for job in plan.matrix]
    assert len(set(seeds)) == len(seeds)


def test_floors_are_one_job_unless_left_out() -> None:
    settings = Settings("tiny", (1,), CONFIGS, Path("data"), recipes=100, bertscore="none")
    job = make_plan(settings).matrix[-1]
    assert (job.configuration, job.folder) == ("floors", Path("runs/floors"))
    floor, score = (" ".join(stage.command) for stage in job.stages)
    assert floor == "recipe-eval floor data --output runs --limit 100"
    assert "runs/floors/constant-11 runs/floors/constant-30 runs/floors/nearest-title" in score
    assert score.endswith("--data data --profile strict,balanced --bertscore none")
    without = make_plan(settings._replace(floors=False))
    assert {job.configuration for job in without.matrix} == set(CONFIGURATIONS)


def test_the_numeric_loss_is_compared_where_there_are_numbers_to_learn() -> None:
    settings = Settings("smollm2-135m", (1,), CONFIGS, Path("data"), floors=False)
    there = make_plan(settings._replace(numbers=True)).matrix
    assert [job.configuration for job in there] == [*CONFIGURATIONS, "numeric"]
    assert "numeric" not in {job.configuration for job in make_plan(settings).matrix}
    with pytest.raises(TopochefError, match="--configurations numeric: smollm2-135m has ce"):
        make_plan(settings._replace(configurations=("ce", "numeric")))


def test_questions_are_asked_last_as_the_recipes_are() -> None:
    settings = Settings("tiny", (1,), CONFIGS, Path("data"), recipes=300, sampler=Sampler(0.7))
    plan = make_plan(settings)
    asking = with_questions(plan, Path("data"), 40)
    for before, job in zip(plan.jobs, asking.jobs, strict=True):
        cooks = [stage for stage in before.stages if stage.name == "generate"]
        assert job.stages[: len(before.stages)] == before.stages
        if not cooks:
            assert job == before
            continue
        (asked,) = job.stages[len(before.stages) :]
        command = " ".join(cooks[0].command)
        command = command.replace(" generate ", " questions ").replace("--limit 300", "--limit 40")
        assert " ".join(asked.command) == command
        assert Path("data/train.jsonl") in asked.reads


def test_a_real_model_starts_from_its_download() -> None:
    plan = make_plan(Settings("qwen3-4b", (1,), CONFIGS, Path("data")))
    download = plan.first[0].stages[0]
    assert download.command == (
        "hf",
        "download",
        "Qwen/Qwen3-4B",
        "--local-dir",
        "runs/qwen3-4b-base/merged",
    )
    assert [job.configuration for job in plan.matrix] == [*CONFIGURATIONS, "floors"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings("gpt", (1,), CONFIGS, Path("data")), "tiny"),
        (Settings("tiny", (1,), CONFIGS, Path("data"), configurations=("lovasz",)), "lovasz"),
    ],
)
def test_what_cannot_be_planned_is_named(settings: Settings, message: str) -> None:
    with pytest.raises(TopochefError, match=message):
        make_plan(settings)
