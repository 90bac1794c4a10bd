"""The metrics as others load them: with `evaluate`, from a folder, without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recipe_eval.metrics import PROFILES

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
import evaluate
rows = json.load(sys.stdin)
strict = evaluate.load("eval/recipe_eval/metrics/recipe")
thesis = evaluate.load("eval/recipe_eval/metrics/recipe", "thesis")
some = ["ingredient_recall", "quantity_precision"]
out = {"strict": strict.compute(**rows), "thesis": thesis.compute(**rows, metrics=some)}
for name, module, names in (("metric", strict, ["taste"]), ("profile", None, None)):
    try:
        evaluate.load("eval/recipe_eval/metrics/recipe", "loose").compute(
            **rows) if module is None else module.compute(**rows, metrics=names)
    except Exception as error:
        out[name] = str(error)
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh process computes: gold back, half of it, and no answer at all."""
    gold = json.dumps({"ingredients": ["200 g rice", "1 onion"], "instructions": ["Boil rice."]})
    half = json.dumps({"ingredients": ["100 g rice"], "instructions": ["Boil rice."]})
    rows = {"predictions": [gold, half, "Sorry."], "references": [gold] * 3}
    home = tmp_path_factory.mktemp("hub")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(rows),
        cwd=ROOT,
        env={**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "HF_EVALUATE_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    out: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return out


def test_every_metric_is_averaged_and_failures_count(computed: dict[str, Any]) -> None:
    strict = computed["strict"]
    assert {*strict} == {m.name for m in PROFILES["strict"]} | {"failed", "signatures"}
    assert strict["failed"] == 1
    assert strict["ingredient_recall"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert strict["quantity_precision"] == pytest.approx((1 + 0 + 0) / 3)
    assert strict["temperature_precision"] == 0.0  # the failure alone
    assert strict["signatures"]["bleu"].startswith("bleu|orders:1-4|")


def test_the_profile_is_the_configuration(computed: dict[str, Any]) -> None:
    thesis = computed["thesis"]
    assert thesis["quantity_precision"] == pytest.approx(2 / 3)  # relative to the largest: rice
    assert {*thesis["signatures"]} == {"ingredient_recall", "quantity_precision"}


def test_what_does_not_exist_is_refused(computed: dict[str, Any]) -> None:
    assert computed["metric"].startswith("'taste' is no metric: choose from ingredient_recall,")
    assert computed["profile"] == "'loose' is no profile: choose one of strict, balanced, thesis"
