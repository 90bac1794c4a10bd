"""What tuning cost: verdicts by hand, then a grown model, and a copy of it that forgets."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_jsonl
from recipe_data.tiny import grow_tiny_model
from recipe_eval.cli import main
from recipe_retention import measure, perplexity, tasks
from recipe_retention.models import models_of
from recipe_retention.perplexity import Surprise, surprise
from recipe_retention.table import remarks
from recipe_retention.texts import Texts, compare
from recipe_retention.verdicts import accuracy, overall, retention

pytestmark = pytest.mark.heavy

TASK = """\
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {name}.jsonl}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{answer}}}}"
metric_list:
  - {{metric: {metric}, aggregation: mean, higher_is_better: true}}
"""
FOODS = ("rice", "beans", "leeks", "bread", "plums", "eggs", "salt", "oats")
PLACES = ("A", "B", "C", "D")
QUESTIONS = [f"Where would you look for {food}, friend {n}?" for n in range(2) for food in FOODS]
GENERAL = "The lighthouse keeper counted ships at dusk. Nobody had told him about the fog. " * 2


def scores(right: int, wrong: int) -> dict[str, dict[str, float]]:
    values = [1.0] * right + [0.0] * wrong
    return {"quiz": {str(i): value for i, value in enumerate(values)}}


@pytest.mark.parametrize(
    ("right", "verdict"),
    [(150, "kept"), (100, "kept"), (97, "kept"), (96, "warning"), (91, "warning"), (90, "failure")],
)
def test_two_points_lost_are_a_warning_and_five_a_failure(right: int, verdict: str) -> None:
    found = retention("quiz", "acc", scores(100, 100), scores(right, 200 - right))
    assert found.change.points == pytest.approx((right - 100) / 2)
    assert found.change.verdict == verdict


def test_numbers_of_a_benchmark_by_hand() -> None:
    base = {"quiz": {"a": 1.0, "b": 1.0, "c": 1.0, "d": 0.0}}
    tuned = {"quiz": {"a": 1.0, "b": 0.0, "c": 0.0, "d": 1.0}}
    found = retention("quiz", "acc", base, tuned)
    assert (found.base.mean, found.tuned.mean, found.n) == (0.75, 0.5, 4)
    assert found.base.se == pytest.approx(math.sqrt(0.25 / 4))
    assert (found.lost, found.gained, found.p) == (2, 1, 1.0)
    assert found.percent == pytest.approx(200 / 3)
    # differences 0, -1, -1, 1: mean -1/4, sum of squares 2.75, deviation sqrt(2.75 / 3)
    assert found.change.points == -25
    assert found.change.se == pytest.approx(100 * math.sqrt(2.75 / 3 / 4))
    assert found.change.low < -25 < found.change.high
    assert not found.change.shown
    assert found.leaves == {}


def test_a_group_counts_items_and_all_together_count_benchmarks() -> None:
    base = {"big": dict.fromkeys("abcdef", 1.0), "small": dict.fromkeys("xy", 1.0)}
    tuned = {"big": dict.fromkeys("abcdef", 1.0), "small": {"x": 1.0, "y": 0.0}}
    group = retention("group", "acc", base, tuned)
    assert group.change.points == pytest.approx(-12.5)
    assert group.leaves == {"big": (6, 1.0, 1.0), "small": (2, 1.0, 0.5)}
    single = retention("single", "acc", scores(4, 0), scores(4, 0))
    both = overall([group, single])
    assert both.change.points == pytest.approx(-6.25)
    assert both.change.verdict == "failure"
    assert both.change.se == pytest.approx(group.change.se / 2)
    assert both.percent == pytest.approx(93.75)
    result = measure.Found([group, single], both, [])
    assert result.failed
    assert [line.split(" lost")[0] for line in remarks(result)] == [
        "failure: group",
        "failure: all",
    ]
    assert remarks(result)[0].endswith("its interval holds 0: ask more items to be sure")


def test_a_base_that_knows_nothing_retains_no_percentage() -> None:
    found = retention("quiz", "acc", scores(0, 3), scores(1, 2))
    assert found.percent is None
    assert found.change.verdict == "kept"
    assert accuracy([0.5]).se == 0.0


def test_other_items_are_never_compared() -> None:
    with pytest.raises(ValueError, match="not asked the same items"):
        retention("quiz", "acc", scores(2, 0), scores(2, 1))


def test_bits_per_byte_of_two_texts_weigh_by_length() -> None:
    base = [Surprise(10 * math.log(2), 5, 10), Surprise(10 * math.log(2), 10, 30)]
    tuned = [Surprise(30 * math.log(2), 5, 10), Surprise(10 * math.log(2), 10, 30)]
    found = compare(Texts("domain", "two", ("a", "b")), base, tuned)
    assert found.base.bits_per_byte == 0.5
    assert found.tuned.bits_per_byte == 1.0
    assert found.tuned.perplexity == pytest.approx(2 ** (40 / 15))
    assert found.change == 0.5
    alone = (0.0, 2.0)  # the second text, the first text
    assert (found.low, found.high) == pytest.approx(alone)
    assert compare(Texts("general", "one", ("a",)), base[:1], tuned[:1]).low is None


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs: `same` is the base itself, `noisy` has forgotten much of it."""
    import torch
    from transformers import AutoModelForCausalLM

    work = tmp_path_factory.mktemp("retention")
    base = work / "runs" / "base" / "merged"
    sizes = {"layers": 1, "heads": 2, "kv_heads": 1, "hidden": 64, "intermediate": 64}
    texts = [*QUESTIONS, *PLACES, GENERAL]
    grow_tiny_model(texts, base, vocab_size=300, head_dim=32, **sizes)
    for name, noise in (("same", 0.0), ("noisy", 0.3)):
        folder = work / "runs" / name / "merged"
        shutil.copytree(base, folder)
        model = AutoModelForCausalLM.from_pretrained(base)
        torch.manual_seed(1)
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(noise * torch.randn_like(weight))
        model.save_pretrained(folder)
        update_manifest(folder.parent, "merge", {"base": "runs/base/merged"})
    return work


def favourites(folder: Path) -> list[int]:
    """Return the likeliest place for each question, summed token by token."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    best = []
    for question in QUESTIONS:
        said = len(tokenizer(question)["input_ids"])
        ids = torch.tensor([tokenizer(f"{question} {place}")["input_ids"] for place in PLACES])
        with torch.no_grad():
            logs = model(ids).logits.log_softmax(-1)
        answers = logs[:, said - 1 : -1].gather(2, ids[:, said:, None])
        best.append(int(answers.sum((1, 2)).argmax()))
    return best


@pytest.fixture(scope="module")
def said(grown: Path) -> dict[str, list[int]]:
    """What base and noisy copy say to every question."""
    return {name: favourites(grown / "runs" / name / "merged") for name in ("base", "noisy")}


@pytest.fixture
def work(
    grown: Path, said: dict[str, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the runs as the current directory, and a quiz of what the base would say."""
    shutil.copytree(grown / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    folder = tmp_path / "quizzes"
    folder.mkdir()
    (folder / "places.yaml").write_text(TASK.format(name="places", metric="acc"))
    rows: list[dict[str, Any]] = [
        {"question": question, "choices": list(PLACES), "answer": answer}
        for question, answer in zip(QUESTIONS, said["base"], strict=True)
    ]
    write_jsonl(folder / "places.jsonl", rows)
    (tmp_path / "general.txt").write_text(GENERAL)
    return tmp_path


COMMAND = ["--task-files", "quizzes", "--general", "general.txt"]


def test_a_copy_keeps_everything_and_a_noisy_copy_fails(
    work: Path, said: dict[str, list[int]], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [*COMMAND, "--data", str(data)]
    assert main(["retention", "runs/same", *more]) == 0
    same = json.loads((work / "runs/same/retention.json").read_text())
    assert same["tasks"]["places"]["base"]["mean"] == 1.0
    assert same["tasks"]["places"]["percent"] == 100.0
    assert same["overall"]["verdict"] == "kept"
    assert same["texts"]["domain"]["change"] == same["texts"]["general"]["change"] == 0.0
    assert main(["retention", "runs/noisy", *more]) == 1
    noisy = json.loads((work / "runs/noisy/retention.json").read_text())
    quiz = noisy["tasks"]["places"]
    kept = sum(one == other for one, other in zip(said["base"], said["noisy"], strict=True))
    assert kept < len(QUESTIONS) - 2
    assert quiz["tuned"]["mean"] == pytest.approx(kept / len(QUESTIONS))
    assert (quiz["lost"], quiz["gained"]) == (len(QUESTIONS) - kept, 0)
    assert quiz["verdict"] == noisy["overall"]["verdict"] == "failure"
    assert noisy["texts"]["general"]["change"] > 0
    assert noisy["texts"]["domain"]["low"] > 0
    manifest = json.loads((work / "runs/noisy/manifest.json").read_text())["retention"]
    assert manifest["failed"]
    assert manifest["models"] == {"base": "runs/base/merged", "tuned": "runs/noisy/merged"}
    assert "failure: places lost" in capsys.readouterr().out


def test_nothing_is_measured_twice_and_a_killed_command_goes_on(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    answer = tasks.answer

    def counted(lm: Any, leaf: Any) -> dict[str, float]:
        asked.append(leaf.name)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return answer(lm, leaf)

    monkeypatch.setattr(tasks, "answer", counted)
    assert main(["retention", "runs/noisy", *COMMAND]) == 130
    assert not (work / "runs/noisy/retention.json").exists()
    assert main(["retention", "runs/noisy", *COMMAND]) == 1
    assert asked == ["places"] * 3  # the base once, the tuned one twice
    written = (work / "runs/noisy/retention.json").read_bytes()
    monkeypatch.setattr(measure, "_load", lambda *_: pytest.fail("a model was loaded"))
    assert main(["retention", "runs/noisy", *COMMAND]) == 1
    assert (work / "runs/noisy/retention.json").read_bytes() == written
    assert "Domain perplexity: not measured" in capsys.readouterr().out


def test_a_group_is_answered_part_by_part(work: Path) -> None:
    quizzes = work / "quizzes"
    shutil.copy(quizzes / "places.jsonl", quizzes / "towns.jsonl")
    (quizzes / "towns.yaml").write_text(TASK.format(name="towns", metric="acc"))
    (quizzes / "both.yaml").write_text("group: both\ntask: [places, towns]\n")
    (both,) = tasks.load_benchmarks(["both"], quizzes, limit=3)
    assert sorted(leaf.name for leaf in both.leaves) == ["places", "towns"]
    lm = measure._load(models_of(work / "runs/same").base, 2)
    for leaf in both.leaves:
        assert tasks.answer(lm, leaf) == {"0": 1.0, "1": 1.0, "2": 1.0}
    assert len(tasks.load_benchmarks([], quizzes, limit=None)) == 2


def test_the_result_of_other_models_is_refused(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retention", "runs/same", *COMMAND]) == 0
    config = work / "runs/same/merged/generation_config.json"
    config.write_text(config.read_text() + "\n")
    assert main(["retention", "runs/same", *COMMAND]) == 1
    assert "retention.json is of other models: delete it" in capsys.readouterr().err


def test_sliding_windows_count_every_token_once(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(perplexity, "WINDOW_TOKENS", 16)
    lm = measure._load(models_of(work / "runs/same", "runs/base/merged").base, 1)
    found = surprise(lm, GENERAL)
    ids = [lm.prefix_token_id, *lm.tokenizer(GENERAL)["input_ids"]]
    nats = 0.0
    for i in range(1, len(ids)):
        end = min(len(ids), 16 if i < 16 else 16 + 8 * ((i - 16) // 8 + 1))
        with torch.no_grad():
            logits = lm.model(torch.tensor([ids[max(0, end - 16) : i]])).logits[0, -1]
        nats -= logits.log_softmax(-1)[ids[i]].item()
    assert found.tokens == len(ids) - 1 > 32
    assert found.bytes == len(GENERAL.encode())
    assert found.nats == pytest.approx(nats, rel=1e-4)


def unknown_task(work: Path) -> list[str]:
    return ["--tasks", "no_such_task"]


def hub_task_without_a_hub(work: Path) -> list[str]:
    return ["--tasks", "hellaswag"]


def not_a_benchmark(work: Path) -> list[str]:
    (work / "quizzes/places.yaml").write_text(TASK.format(name="places", metric="brier_score"))
    return COMMAND


def empty_text(work: Path) -> list[str]:
    (work / "general.txt").write_text(" \n")
    return COMMAND


def no_model(work: Path) -> list[str]:
    shutil.rmtree(work / "runs/same/merged")
    return COMMAND


def quantized_base(work: Path) -> list[str]:
    config = work / "runs/base/merged/config.json"
    changed = {**json.loads(config.read_text()), "quantization_config": {"quant_method": "nf4"}}
    config.write_text(json.dumps(changed))
    return COMMAND


def unknown_base(work: Path) -> list[str]:
    return [*COMMAND, "--base", "nowhere/at/all"]


def no_base(work: Path) -> list[str]:
    (work / "runs/same/manifest.json").unlink()
    return COMMAND


def no_folder(work: Path) -> list[str]:
    return ["--task-files", "nowhere"]


@pytest.mark.parametrize(
    ("arrange", "message"),
    [
        (unknown_task, "knows no task called no_such_task"),
        (hub_task_without_a_hub, "the items of hellaswag cannot be had"),
        (not_a_benchmark, "task places is measured in brier_score"),
        (empty_text, "--general general.txt is empty"),
        (no_model, "run `recipe-export merge runs/same` first"),
        (quantized_base, "name the full-precision model with --base"),
        (unknown_base, "the base model nowhere/at/all is not a folder"),
        (no_base, "name it with --base FOLDER"),
        (no_folder, "nowhere is not a folder"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_measured_is_said_with_a_remedy(
    arrange: Callable[[Path], list[str]],
    message: str,
    work: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = arrange(work)
    assert main(["retention", "runs/same", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not (work / "runs/same/retention.json").exists()


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lm_eval.models.huggingface", None)
    with pytest.raises(TopochefError, match=r"pip install 'topochef\[eval\]'"):
        tasks.require_library()
