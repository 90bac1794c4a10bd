"""What a study of arms concludes, from scores of which the answer is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.files import update_manifest, write_jsonl, write_object, write_text
from recipe_base.runs import Run
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.seeds import Between, effect, pooled_between
from recipe_study.continuing.arms import Arm, Arms, Samples
from recipe_study.continuing.report import Page, read_page, write_arms
from recipe_study.continuing.runs import Continuing
from recipe_study.continuing.scored import length_of, read_written
from recipe_study.plan import Job, Settings
from recipe_study.runner import Cost, Outcome

ARMS = Arms(
    tokens=1000,
    samples=Samples(9),
    settings={},
    temperatures=(0.6,),
    titles=5,
    candidates=("good", "bad"),
    against=("ce", "weighted"),
    beside=("mbr",),
    arms=(Arm("ce", "ce"), Arm("weighted", "weighted"), Arm("good", "ce"), Arm("bad", "ce"),
          Arm("mbr", decodes="ce", choose="mbr:8")),
)  # fmt: skip
LISTS = ("ingredient_f1", "quantity_f1", "rare_ingredient_recall")
WHOLE = ("recipe_f1", "action_f1", "ingredient_f1")
TITLES = {"lists": 200, "whole": 150}
SEEDS = (1, 2, 3)
GAINS: dict[str, dict[str, float]] = {
    "ce": {}, "weighted": {}, "mbr": {}, "bad": {},
    "good": dict.fromkeys((*LISTS, "recipe_f1"), 0.06),
}  # fmt: skip


def study(seeds: tuple[int, ...] = SEEDS) -> Continuing:
    settings = Settings("tiny", seeds, Path("configs"), Path("data"), recipes=150)
    return Continuing(settings, "ce", ARMS, lists=200)


def scores(
    folder: Path, metrics: Mapping[str, float], titles: int, draw: int, lines: float,
    failures: int = 0,
) -> None:  # fmt: skip
    """Write scores about the same titles for every run, a seed's own luck, and a gain by metric."""
    random = np.random.default_rng(draw)
    hard = np.random.default_rng(7).uniform(0.2, 0.5, titles)
    luck = random.normal(0, 0.004)
    rows: list[dict[str, Any]] = []
    facts = {}
    for metric, gain in metrics.items():
        values = hard + gain + luck + random.normal(0, 0.05, titles)
        facts[metric] = {
            "title": metric.replace("_", " ").capitalize(), "lower_is_better": False,
            "mean": float(values.mean()),
        }  # fmt: skip
        counts = [3.0, lines, 10.0] if metric == "ingredient_f1" else [1.0, 1.0, 1.0]
        rows += [{"id": f"r{i}", "metric": metric, "value": float(value), "statistics": counts}
                 for i, value in enumerate(values)]  # fmt: skip
    write_jsonl(folder / "scores.balanced.jsonl", rows)
    failed = {"cut off": [f"r{i}" for i in range(failures)]} if failures else {}
    summary = {"metrics": facts, "failures": failed, "recipes": titles}
    write_text(folder / "summary.balanced.json", json.dumps(summary))


def done(
    folder: Path, arm: str, seed: int, gains: Mapping[str, float], lines: float = 10.0,
    tokens: int = 1000, failures: int = 0, failed: str | None = None,
) -> Outcome:  # fmt: skip
    job = Job(f"tiny-{arm}-seed{seed}", arm, seed, ())
    run = Run(folder / job.folder)
    costs = {"rows": Cost(40.0, 30.0, 1 << 20), "train": Cost(60.0, 50.0, 1 << 30)}
    if not failed:
        number = 100 * sorted(GAINS).index(arm) + seed
        listed = {name: gains.get(name, 0.0) for name in LISTS}
        whole = {name: gains.get(name, 0.0) for name in WHOLE}
        scores(run.lists.folder, listed, TITLES["lists"], number, lines)
        scores(run.folder, whole, TITLES["whole"], number + 10_000, lines, failures)
        if not ARMS.arm(arm).decodes:
            update_manifest(run.folder / "rows", "ration", {"tokens": tokens})
            nats = [{"id": f"r{i}", "kind": kind, "nats": 4.0 + i % 7 + seed / 100, "tokens": 4}
                    for kind in ("ingredient", "all") for i in range(20)]  # fmt: skip
            write_jsonl(run.folder / "likelihood.jsonl", nats)
            write_object(run.adapter / "cost.json", {"steps": 9, "trained_tokens": tokens + 1})
        if seed == 1:
            run.sampler.write({"chosen": {"temperature": 0.6}})
    return Outcome(job, failed, Path("t.log") if failed else None, costs)


def floor(folder: Path, name: str, gain: float) -> None:
    run = Run(folder / "runs" / "floors" / name)
    metrics = dict.fromkeys((*WHOLE, *LISTS), gain)
    scores(run.folder, metrics, 200, 5, 12.0)
    run.floor.write({"name": name, "what": f"says {name}"})


def outcomes(
    folder: Path, seeds: tuple[int, ...] = SEEDS, floors: float = -0.06, **changes: Any
) -> list[Outcome]:
    """Write a whole study; `good` has the changes."""
    floor(folder, "weak", floors - 0.1)
    floor(folder, "strong", floors)
    return [
        done(folder, arm, seed, **{"gains": gains, **(changes if arm == "good" else {})})
        for seed in seeds
        for arm, gains in GAINS.items()
    ]


def page_of(folder: Path, some: list[Outcome], seeds: tuple[int, ...] = SEEDS) -> Page:
    page = read_page(study(seeds), folder, some)
    assert page is not None
    return page


def found(contrasts: list[Contrast], ours: str, theirs: str, metric: str) -> Contrast:
    (one,) = (c for c in contrasts if c.ours == ours and c.theirs == theirs and c.metric == metric)
    return one


def test_the_better_arm_wins_and_the_equal_one_does_not(tmp_path: Path) -> None:
    page = page_of(tmp_path, outcomes(tmp_path))
    good, bad = page.verdict.candidates
    assert (good.name, good.wins, good.lacks) == ("good", True, ())
    assert page.verdict.line == "Shown to win: good."
    assert not bad.wins
    assert [lack.split(":")[0] for lack in bad.lacks] == [
        "recipe f1 over ce",
        "recipe f1 over weighted",
        "ingredient f1 over ce",
        "ingredient f1 over weighted",
    ]  # fmt: skip
    assert all(guard.kept for one in (good, bad) for guard in one.guards)
    # The family: 2 candidates × (2 arms and the best floor) × 4 metrics, corrected together.
    primary = page.verdict.primary
    assert len(primary) == 2 * 3 * 4
    assert {one.theirs for one in primary} == {"ce", "weighted", "best floor (strong)"}
    largest = max(primary, key=lambda one: one.effect.test.p)
    smallest = min(primary, key=lambda one: one.effect.test.p)
    assert largest.corrected >= largest.effect.test.p
    assert smallest.corrected == pytest.approx(24 * smallest.effect.test.p)
    gain = found(primary, "good", "ce", "quantity_f1")
    assert gain.effect.mean == pytest.approx(0.06, abs=0.01)
    assert (gain.effect.seeds, gain.effect.titles) == (3, 200)
    assert found(primary, "good", "ce", "recipe_f1").effect.titles == 150
    assert {one.theirs for one in page.verdict.beside} == {"mbr"}
    assert len(page.verdict.beside) == 2 * 4


def test_single_runs_show_nothing(tmp_path: Path) -> None:
    page = page_of(tmp_path, outcomes(tmp_path, seeds=(1,)), seeds=(1,))
    assert page.verdict.line.startswith("Nothing is shown: single runs")
    good = page.verdict.candidates[0]
    assert not good.wins
    assert all("one run" in lack for lack in good.lacks)
    assert not any(one.shown for one in (*page.verdict.primary, *page.verdict.beside))


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"lines": 10.6}, "list length is not kept (1.060 of ce's 10.0 lines, 0.95 to 1.05)"),
        ({"lines": 9.4}, "list length is not kept (0.940 of ce's 10.0 lines, 0.95 to 1.05)"),
        ({"failures": 4}, "valid share is not kept (0.973 against 1.000, 0.02 lower at most)"),
        ({"tokens": 1060}, "trained tokens are not equal (tiny-ce-seed1 1,001, tiny-good-seed"),
        ({"gains": {**GAINS["good"], "action_f1": -0.03}}, "action F1 is not kept (-0.0"),
        ({"gains": {**GAINS["good"], "recipe_f1": 0.0}}, "recipe f1 over ce: "),
        ({"gains": {**GAINS["good"], "ingredient_f1": -0.06}}, "ingredient f1 over ce: -0.0"),
    ],
)
def test_a_gain_that_costs_too_much_is_none(
    tmp_path: Path, changes: dict[str, Any], missing: str
) -> None:
    page = page_of(tmp_path, outcomes(tmp_path, **changes))
    good = page.verdict.candidates[0]
    assert not good.wins
    assert any(lack.startswith(missing) for lack in good.lacks), good.lacks
    assert page.verdict.line == "No candidate is shown to win."


def test_just_within_the_guards_is_kept(tmp_path: Path) -> None:
    some = outcomes(tmp_path, lines=10.4, failures=3, tokens=1040)
    assert page_of(tmp_path, some).verdict.candidates[0].wins


def test_the_best_floor_must_be_beaten_too(tmp_path: Path) -> None:
    page = page_of(tmp_path, outcomes(tmp_path, floors=0.06))
    good = page.verdict.candidates[0]
    assert [lack.split(":")[0] for lack in good.lacks] == [
        "recipe f1 over best floor (strong)", "ingredient f1 over best floor (strong)"
    ]  # fmt: skip
    assert found(page.verdict.primary, "good", "ce", "recipe_f1").verdict == "better"


def test_an_arm_that_failed_takes_its_seed_out_and_one_that_never_ran_its_contrasts(
    tmp_path: Path,
) -> None:
    some = outcomes(tmp_path)
    broken = [one._replace(failed="train") if one.job.name == "tiny-weighted-seed3" else one
              for one in some]  # fmt: skip
    page = page_of(tmp_path, broken)
    assert {one.effect.seeds for one in page.verdict.primary} == {2}
    assert {line.seeds for line in page.lines} == {2}
    gone = [one._replace(failed="train") if one.job.configuration == "weighted" else one
            for one in some]  # fmt: skip
    page = page_of(tmp_path, gone)
    assert {one.effect.seeds for one in page.verdict.primary} == {3}
    assert not page.verdict.candidates[0].wins
    assert "recipe f1 over weighted: not compared" in page.verdict.candidates[0].lacks
    nothing = [one._replace(failed="train") for one in some]
    assert read_page(study(), tmp_path, nothing) is None
    assert write_arms(study(), tmp_path, nothing, 10.0) == ()


def test_lengths_leave_out_what_is_no_list(tmp_path: Path) -> None:
    some = outcomes(tmp_path)
    lists, _ = read_written(tmp_path, some)
    run = Run(tmp_path / "runs" / "tiny-good-seed1").lists
    rows = list(run.scores("balanced").read())
    for row in [row for row in rows if row["metric"] == "ingredient_f1"][:50]:
        row["statistics"] = [0.0, 0.0, 10.0]
    run.scores("balanced").write(rows)
    length = length_of(lists.arms["good"])
    assert length is not None
    assert (length.lines, length.gold) == (10.0, 10.0)


def test_seeds_are_pooled_over_trained_arms(tmp_path: Path) -> None:
    """By hand: twice the mean square of arm × seed; what decodes only is left out."""
    lists, _ = read_written(tmp_path, outcomes(tmp_path))
    names = ("ce", "weighted", "good", "bad")
    means = np.array([lists.arms[name].seed_means("quantity_f1") for name in names])
    rest = means - means.mean(0) - means.mean(1, keepdims=True) + means.mean()
    between = lists.between("quantity_f1", names)
    assert between is not None
    assert between.df == 3 * 2
    assert between.variance == pytest.approx(2 * (rest**2).sum() / 6)
    contrast = found(page_of(tmp_path, outcomes(tmp_path)).verdict.primary, "good", "ce",
                     "quantity_f1")  # fmt: skip
    ours, theirs = (
        np.array([[run.scores["quantity_f1"][f"r{i}"] for i in range(200)]
                  for run in lists.arms[name].runs.values()], dtype=float)
        for name in ("good", "ce")
    )  # fmt: skip
    assert contrast.effect == effect(ours - theirs, between)
    assert contrast.effect != effect(ours - theirs)


def test_what_is_known_of_other_arms_tells_how_much_seeds_differ() -> None:
    """The same difference is surer, or less sure, by what all arms say of seeds."""
    random = np.random.default_rng(3)
    differences = 0.02 + random.normal(0, 0.1, (3, 400)) + np.array([[0.001], [0.0], [-0.001]])
    calm, wild = effect(differences, Between(1e-9, 14)), effect(differences, Between(0.004, 14))
    own = effect(differences)
    assert calm.mean == wild.mean == own.mean
    assert calm.test.p < 0.01 < wild.test.p
    assert wild.test.df == pytest.approx(14, rel=0.1)  # seeds decide, and are known as well as 14
    assert effect(differences[:1], Between(0.004, 14)) == effect(differences[:1])
    assert pooled_between(np.ones((1, 3))) is None
    assert pooled_between(np.ones((3, 1))) is None


def test_the_pooled_test_errs_as_often_as_it_says() -> None:
    """Without a true difference, of 3 seeds and 8 arms that differ by luck of seed and title."""
    random = np.random.default_rng(11)
    arms, seeds, titles, studies = 8, 3, 60, 1500
    level, errors = 0.05, 0
    for _ in range(studies):
        start = random.normal(0, 0.02, (1, seeds, 1))  # what a seed does to all arms cancels
        luck = random.normal(0, 0.02, (arms, seeds, 1))
        taste = random.normal(0, 0.05, (arms, 1, titles))
        values = start + luck + taste + random.normal(0, 0.1, (arms, seeds, titles))
        between = pooled_between(values.mean(axis=2))
        errors += effect(values[1] - values[0], between).test.p < level
    assert 0.02 < errors / studies < 0.065


@pytest.mark.heavy
def test_both_pages_say_it(tmp_path: Path) -> None:
    some = outcomes(tmp_path, tokens=1060)
    some.append(Outcome(Job("tiny-dpo-seed1", "dpo", 1, ()), "train", Path("t.log"), {}))
    html, markdown = write_arms(study(), tmp_path, some, watts=10.0)
    page, text = html.read_text("utf-8"), markdown.read_text("utf-8")
    assert "**No candidate is shown to win.**" in text
    assert "**Not equal**: trained tokens are not equal (tiny-ce-seed1 1,001" in text
    assert "1 run failed: tiny-dpo-seed1 (train: t.log)" in text
    assert "| floor: strong | 0." in text
    assert "- good, list length: 1.000 of ce's 10.0 lines, 0.95 to 1.05: kept." in text
    assert "150 whole recipes and 200 lists a run" in text
    good = next(line for line in text.splitlines() if line.startswith("| good |"))
    assert good.endswith("| 10.0, 1.00 | 1.000 | 0.6 | 1,061 | 3 |")
    assert "| tiny-good-seed1 | 9 | 40 | 60 | 0 | 80 | 1074 | 0.2 |" in text
    assert "| good | 1.7175, +0.0000" in text  # nats of gold, beside ce's
    assert "| mbr | 1." not in text
    assert "<h2>What was learnt of the held-out recipes</h2>" in page
    assert "<h2>The verdict</h2>" in page
    assert page.count("<tr class=floor") == 2
    assert ">good − ce: " in page
