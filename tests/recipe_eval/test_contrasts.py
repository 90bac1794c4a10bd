"""Contrasts pair recipes and seeds, leave out what does not apply, and say what was not shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_text
from recipe_eval.comparing.confounds import Confound, confounds, loss_of
from recipe_eval.comparing.contrasts import Contrast, Pair, contrasts


def scores(values: list[float | None]) -> dict[str, float | None]:
    return {f"r{i}": value for i, value in enumerate(values)}


def pair(ours: dict[str, Any], theirs: dict[str, Any], lower: bool = False) -> Pair:
    return Pair("recall", lower, "topo", "ce", ours, theirs)


def only(found: list[Contrast]) -> Contrast:
    (one,) = found
    return one


def test_a_recipe_counts_where_every_run_has_a_value() -> None:
    ours = {"1": scores([0.5, None, 0.25, 1.0]), "2": scores([0.5, 1.0, 0.75, 1.0])}
    theirs = {"1": scores([0.0, 0.0, 0.0, 0.5]), "2": scores([0.0, 0.0, 0.0, 0.5])}
    found = only(contrasts([pair(ours, theirs)]))
    assert (found.titles, found.left_out) == (3, 1)
    assert found.effect.mean == pytest.approx((0.5 + 0.5 + 0.5) / 3)
    assert found.sample[0].mean == pytest.approx((0.5 + 0.5 + 1.0) / 3)
    assert (found.effect.seeds, found.effect.titles) == (2, 3)


def test_a_base_without_seeds_stands_for_each() -> None:
    ours = {"1": scores([0.5, 0.75]), "2": scores([0.25, 1.0])}
    found = only(contrasts([pair(ours, {"": scores([0.0, 0.5])})]))
    assert found.effect.mean == pytest.approx(0.375)


def test_a_missing_seed_is_named() -> None:
    ours = {"1": scores([0.5, 0.75]), "2": scores([0.25, 1.0])}
    with pytest.raises(TopochefError, match="ce has no run of seed 2"):
        contrasts([pair(ours, {"1": scores([0.0, 0.5])})])


def test_the_verdict_needs_the_corrected_p_and_knows_which_side_is_good() -> None:
    random = np.random.default_rng(0)
    base = random.uniform(0.2, 0.8, 60)
    better, same = (
        {seed: scores((base + random.normal(by, 0.05, 60)).tolist()) for seed in "123"}
        for by in (0.05, 0.0)
    )
    theirs = {"": scores(base.tolist())}
    clear, none = contrasts([pair(better, theirs), pair(same, theirs)])
    assert (clear.verdict, none.verdict) == ("better", "not shown")
    assert clear.corrected == pytest.approx(2 * clear.effect.test.p)
    assert clear.gain > 0
    (lower,) = contrasts([pair(better, theirs, lower=True)])
    assert lower.verdict == "worse"
    assert lower.gain < 0


def test_looking_at_many_takes_a_verdict_away() -> None:
    random = np.random.default_rng(1)
    theirs = {"": scores([0.0] * 40)}
    values = (random.normal(0, 1, 40) + 0.45).tolist()
    edge = {"1": scores(values), "2": scores(values)}
    alone = only(contrasts([pair(edge, theirs)]))
    assert 0.001 < alone.effect.test.p < 0.05
    noise = [pair({"": scores(random.normal(0, 1, 40).tolist())}, theirs) for _ in range(60)]
    assert alone.verdict == "better"
    assert contrasts([pair(edge, theirs), *noise])[0].verdict == "not shown"


def test_a_difference_between_two_runs_is_no_finding_however_clear() -> None:
    theirs = np.random.default_rng(2).uniform(0.2, 0.4, 50)
    ours, lower = scores((theirs + 0.3).tolist()), scores((theirs - 0.1).tolist())
    for seeds in (("",), ("1",)):
        known = {seed: scores(theirs.tolist()) for seed in seeds}
        for one in (ours, lower):
            found = only(contrasts([pair(dict.fromkeys(seeds, one), known)]))
            assert found.corrected < 0.001
            assert (found.verdict, found.shown) == ("one run", False)
    twice = only(contrasts([pair({"1": ours, "2": ours}, {"": scores(theirs.tolist())})]))
    assert (twice.verdict, twice.shown) == ("better", True)


def test_a_metric_that_applies_to_one_recipe_is_left_out() -> None:
    assert contrasts([pair({"": scores([0.5, None])}, {"": scores([0.1, 0.2])})]) == []


def run(folder: Path, loss: dict[str, float], **changes: Any) -> Path:
    settings = {"learning_rate": 1e-4, "seed": 1, "data": {"train": "abc"}, **changes}
    settings |= {"recipe_loss": {"tasks": {"default": loss}}, "output_dir": folder.name}
    claim = {"fingerprint": settings, "complete": True}
    write_text(folder / "adapter" / "recipe_loss.json", json.dumps(claim))
    inputs = {"gguf": f"{folder.name}-F16.gguf", "temperature": 0.0, "max_tokens": 512}
    update_manifest(folder, "generate", {"inputs": inputs, "backend": {"engine": "llama.cpp"}})
    update_manifest(folder, "score", {"inputs": {"profile": "strict"}})
    return folder


def test_runs_that_differ_in_the_loss_alone_have_no_confound(tmp_path: Path) -> None:
    ce = run(tmp_path / "ce", {"cross_entropy": 1.0})
    topo = run(tmp_path / "topo", {"cross_entropy": 0.6, "topological": 0.4})
    assert confounds(ce, topo) == []
    assert loss_of(ce) != loss_of(topo)


def test_everything_else_is_told_by_its_key(tmp_path: Path) -> None:
    ce = run(tmp_path / "ce", {"cross_entropy": 1.0})
    topo = run(tmp_path / "topo", {"cross_entropy": 1.0}, learning_rate=2e-4, lora_r=16)
    update_manifest(topo, "score", {"inputs": {"profile": "thesis"}})
    drawn = {"gguf": "topo-Q4_K_M.gguf", "temperature": 0.7, "top_p": 0.9, "choose": "mbr:8"}
    update_manifest(topo, "generate", {"inputs": drawn})
    found = confounds(ce, topo)
    assert Confound("train.learning_rate", ("0.0001", "0.0002")) in found
    assert Confound("train.lora_r", ("–", "16")) in found
    assert Confound("score.profile", ("strict", "thesis")) in found
    assert Confound("decode.type", ("F16.gguf", "Q4_K_M.gguf")) in found
    changed = {"temperature", "top_p", "max_tokens", "backend", "choose"}
    assert {f"decode.{key}" for key in changed} < {c.key for c in found}


def test_an_untuned_base_differs_in_its_training(tmp_path: Path) -> None:
    ce, base = run(tmp_path / "ce", {"cross_entropy": 1.0}), tmp_path / "base"
    base.mkdir()
    for stage in ("generate", "score"):
        facts = json.loads((ce / "manifest.json").read_text())[stage]
        if stage == "generate":
            facts["inputs"]["gguf"] = "base-F16.gguf"
        update_manifest(base, stage, facts)
    assert confounds(base, ce) == [Confound("train", ("untuned", "recorded"))]
    assert loss_of(base) is None
