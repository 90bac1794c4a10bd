"""A study's page answers what it was asked, and says what was not shown, failed or differed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_jsonl, write_text
from recipe_base.runs import Run
from recipe_study.plan import Job
from recipe_study.report import write_study
from recipe_study.results import read_results
from recipe_study.runner import Cost, Outcome

METRICS = ("ingredient_recall", "quantity_precision", "step_edit_distance")
LOSSES = {"ce": {"cross_entropy": 1.0}, "topo": {"cross_entropy": 0.6, "topological": 0.4}}
TITLES = 60


def outcome(configuration: str, seed: int | None, failed: str | None = None) -> Outcome:
    name = f"tiny-{configuration}" + ("" if seed is None else f"-seed{seed}")
    costs = {"train": Cost(60.0, 55.0, 900 << 20), "score": Cost(5.0, 4.0, 300 << 20)}
    return Outcome(Job(name, configuration, seed, ()), failed, Path("t.log"), costs)


def scored(folder: Path, one: Outcome, better_by: float, **settings: object) -> Outcome:
    """Write what `recipe-eval score` leaves of a run whose recall is `better_by` above 0.3."""
    job, run = one.job, folder / one.job.folder
    random = np.random.default_rng([len(job.configuration), job.seed or 0])
    titles = np.random.default_rng(1).uniform(0.1, 0.5, TITLES)
    recall = titles + better_by + random.normal(0, 0.02, TITLES)
    rows = [
        {"id": f"r{i}", "metric": metric, "value": float(value), "statistics": []}
        for metric in METRICS
        for i, value in enumerate(recall if metric == METRICS[0] else titles)
    ]
    write_jsonl(run / "scores.jsonl", rows)
    facts = {
        m: {
            "title": m.replace("_", " ").capitalize(),
            "lower_is_better": "distance" in m,
            "mean": float(np.mean(recall if m == METRICS[0] else titles)),
        }
        for m in METRICS
    }
    write_text(
        run / "summary.json", json.dumps({"metrics": facts, "failures": {"cut off": ["r1"]}})
    )
    update_manifest(run, "score", {"inputs": {"profile": "strict"}})
    gold = [
        {"id": f"r{i}", "kind": kind, "nats": 4 * float(titles[i] + cost), "tokens": 4}
        for kind, cost in (("ingredient", -better_by), ("all", 0.0))
        for i in range(TITLES)
    ]
    write_jsonl(run / "likelihood.jsonl", gold)
    if job.configuration != "base":
        loss = {"tasks": {"default": LOSSES.get(job.configuration, {})}}
        fingerprint = {"learning_rate": 1e-4, "seed": job.seed, "recipe_loss": loss, **settings}
        claim = json.dumps({"fingerprint": fingerprint, "complete": True})
        write_text(run / "adapter" / "recipe_loss.json", claim)
        cost = {"steps": 100, "tokens": 123456}
        write_text(run / "adapter" / "cost.json", json.dumps(cost))
    return one


@pytest.fixture
def outcomes(tmp_path: Path) -> list[Outcome]:
    done = [scored(tmp_path, outcome("base", None), -0.2)]
    for seed in (1, 2, 3):
        done.append(scored(tmp_path, outcome("ce", seed), 0.0))
        done.append(scored(tmp_path, outcome("topo", seed), 0.05))
    return done


def test_the_questions_are_answered_by_paired_contrasts(
    tmp_path: Path, outcomes: list[Outcome]
) -> None:
    results = read_results(tmp_path, outcomes)
    (answer,) = results.answers
    recall, quantity = answer.contrasts
    assert answer.question.text == "Does the topological mix beat cross-entropy?"
    assert (recall.verdict, quantity.verdict) == ("better", "not shown")
    assert recall.effect.mean == pytest.approx(0.05, abs=0.01)
    assert (recall.effect.seeds, recall.effect.titles) == (3, TITLES)
    assert {c.metric for c in results.explored} == set(METRICS)
    assert results.confounds == {}


@pytest.mark.heavy
def test_both_pages_say_it(tmp_path: Path, outcomes: list[Outcome]) -> None:
    html, markdown = write_study(tmp_path, outcomes, watts=10.0, title="tiny <3 seeds>")
    page, text = html.read_text(encoding="utf-8"), markdown.read_text(encoding="utf-8")
    assert "tiny &lt;3 seeds&gt;" in page
    assert page.count(">topo − ce: ") == 2  # the figure's rows
    assert "- topo − ce, ingredient recall: +0.0" in text
    assert "not shown (a difference of 0.0" in text
    assert "| tiny-ce-seed1 | 100 | 123,456 | 60 | 5 | 59 | 944 | 0.2 |" in text
    assert "Nothing: data, base model, settings" in text
    assert text.splitlines()[0] == "# tiny <3 seeds>"


def as_floor(folder: Path, name: str, recall: float) -> None:
    """Let a scored run stand for a floor."""
    one = outcome("base", None)
    floor = one._replace(job=one.job._replace(name=f"floors/{name}"))
    scored(folder, floor, recall)
    record = {"name": name, "what": f"says {name}"}
    write_text(folder / "runs" / "floors" / name / "floor.json", json.dumps(record))


def test_floors_stand_below_the_configurations(tmp_path: Path, outcomes: list[Outcome]) -> None:
    as_floor(tmp_path, "weak", -0.1)
    as_floor(tmp_path, "strong", 0.02)
    done = [*outcomes, Outcome(Job("floors", "floors", None, ()), None, None, {})]
    results = read_results(tmp_path, done)
    assert [one.name for one in results.configurations] == ["base", "ce", "topo"]
    (means,) = results.means
    assert [one.name for one in means.floors] == ["strong", "weak"]
    assert means.best["ingredient_recall"] == "strong"
    sunk = {one: means.sunk(one, "ingredient_recall") for one in ("base", "ce", "topo")}
    assert sunk == {"base": True, "ce": True, "topo": False}
    assert [c.corrected for c in results.answers[0].contrasts] == [
        c.corrected for c in read_results(tmp_path, outcomes).answers[0].contrasts
    ]
    html, markdown = write_study(tmp_path, done, watts=10.0, title="tiny")
    text = markdown.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("| ce |"))
    assert " †" in line.split("|")[2]
    assert "| floor: strong | **0." in text
    assert "- weak: says weak" in text
    assert "Floors: systems without a model" in html.read_text(encoding="utf-8")
    assert "floor: " not in write_study(tmp_path, outcomes, 10.0, "tiny")[1].read_text("utf-8")


def test_the_noise_of_training_is_measured_and_told(
    tmp_path: Path, outcomes: list[Outcome]
) -> None:
    _, markdown = write_study(tmp_path, outcomes, watts=10.0, title="tiny")
    means = read_results(tmp_path, outcomes).means[0]
    variances = [
        np.var(one.seed_means("ingredient_recall"), ddof=1)
        for one in means.configurations
        if one.name != "base"
    ]
    expected = 1.96 * np.sqrt(2) * np.sqrt(np.mean(variances))
    assert means.swings["ingredient_recall"] == pytest.approx(expected)
    noise = json.loads((tmp_path / "noise.json").read_text())
    assert noise == {"strict": means.swings}
    assert f"| two trainings of one | ± {expected:.3f} |" in markdown.read_text("utf-8")


def test_every_manifest_says_what_its_run_took(tmp_path: Path, outcomes: list[Outcome]) -> None:
    write_study(tmp_path, outcomes, watts=10.0, title="tiny")
    for outcome in outcomes:
        manifest = json.loads((tmp_path / outcome.job.folder / "manifest.json").read_text())
        cost = manifest["cost"]
        assert cost["name"] == outcome.job.name
        assert cost["cpu_seconds"] == sum(one.cpu_seconds for one in outcome.costs.values())
        assert cost["kwh"] == pytest.approx(10.0 * cost["cpu_seconds"] / 3.6e6)
        assert (cost["steps"], cost["tokens"]) == ((100, 123456) if outcome.job.seed else (0, 0))


def test_the_likelihood_of_gold_is_compared_by_kind(
    tmp_path: Path, outcomes: list[Outcome]
) -> None:
    gold = read_results(tmp_path, outcomes).gold
    assert gold is not None
    assert gold.kinds == ["all", "ingredient"]
    same, better = gold.against["topo"]["all"], gold.against["topo"]["ingredient"]
    assert (same.verdict, better.verdict) == ("not shown", "better")
    assert better.effect.mean == pytest.approx(-0.05)
    assert gold.means["ce"]["ingredient"] - gold.means["topo"]["ingredient"] == pytest.approx(0.05)
    for page in write_study(tmp_path, outcomes, watts=10.0, title="tiny"):
        assert "-0.0500 [-0.0500, -0.0500]" in page.read_text(encoding="utf-8")
    (tmp_path / "runs" / "tiny-topo-seed2" / "likelihood.jsonl").unlink()
    assert read_results(tmp_path, outcomes).gold is None


def test_what_differs_beside_the_loss_is_told(tmp_path: Path, outcomes: list[Outcome]) -> None:
    scored(tmp_path, outcomes[-1], 0.05, lora_r=64)
    html, markdown = write_study(tmp_path, outcomes, watts=10.0, title="tiny")
    assert "**tiny-topo-seed3**: train.lora_r (– → 64)" in markdown.read_text(encoding="utf-8")
    assert '<li class="confound">tiny-topo-seed3' in html.read_text(encoding="utf-8")


def test_a_failed_run_is_named_and_its_seed_is_left_out(
    tmp_path: Path, outcomes: list[Outcome]
) -> None:
    outcomes[-1] = outcome("topo", 3, failed="train")
    _, markdown = write_study(tmp_path, outcomes, watts=10.0, title="tiny")
    assert "1 run failed: tiny-topo-seed3 (train: t.log)" in markdown.read_text(encoding="utf-8")
    recall = read_results(tmp_path, outcomes).answers[0].contrasts[0]
    assert recall.effect.seeds == 2


def test_nothing_finished_is_nothing_to_report(tmp_path: Path) -> None:
    floors = Outcome(Job("floors", "floors", None, ()), None, None, {})
    with pytest.raises(TopochefError, match="no run was finished"):
        write_study(tmp_path, [outcome("ce", 1, failed="train"), floors], 10.0, title="tiny")


def answered(folder: Path, one: Outcome, log_error: float) -> None:
    """Write what `recipe-eval questions` leaves of a run whose numbers err by about so much."""
    questions = Run(folder / one.job.folder).questions
    random = np.random.default_rng([len(one.job.configuration), one.job.seed or 0])
    rows = [
        {
            "id": f"q{i}",
            "metric": "numbers.log_error",
            "value": float(value),
            "floors": {"copy": 0.9},
        }
        for i, value in enumerate(log_error + random.normal(0, 0.02, TITLES))
    ]
    questions.scores.write(rows)
    facts = {"title": "Log error", "group": "numbers", "lower_is_better": True, "pooled": None}
    mean = {"mean": log_error, "n": TITLES, "floors": {"copy": 0.9}, "signature": "log1p"}
    summary = {
        "recipes": TITLES,
        "failures": {},
        "groups": {"numbers": {"asked": TITLES, "failed": 0}},
        "metrics": {"numbers.log_error": {**facts, **mean}},
    }
    questions.summary.write(summary)


def test_a_term_that_helps_the_numbers_is_told_with_its_interval(
    tmp_path: Path, outcomes: list[Outcome]
) -> None:
    errors = {"base": 1.1, "ce": 0.4, "topo": 0.3}
    for one in outcomes:
        answered(tmp_path, one, errors[one.job.configuration])
    html, markdown = write_study(tmp_path, outcomes, watts=10.0, title="tiny")
    text = markdown.read_text(encoding="utf-8")
    assert "## Answers to questions" in text
    (means,) = (
        line
        for line in text.splitlines()
        if line.startswith("| All numbers: Log error ↓ | 60 | 0.900")
    )
    assert means.count("▲") == 1
    assert means.split("|")[3] == " 0.900 (copy) "
    assert [cell.count("†") for cell in means.split("|")[4:7]] == [1, 0, 0]  # base, ce, topo
    tail = text[text.index("### tiny-topo against tiny-ce, questions") :]
    (line,) = (line for line in tail.splitlines() if line.startswith("| All numbers: Log error"))
    assert "-0.1" in line
    assert "| better |" in line
    assert "<h2>Answers to questions</h2>" in html.read_text(encoding="utf-8")
