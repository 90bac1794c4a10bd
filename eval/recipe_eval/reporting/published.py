"""The thesis' published numbers beside ours, where model and loss are those of the thesis.

Source: M. Ottoborgo, Beyond Cross-Entropy, Politecnico di Torino 2025, tables 5.1-5.14. The tests
of table 5.12 compare with a weaker cross-entropy than the one whose means are published.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.runs import Run
from recipe_eval.comparing.comparison import Cell, Comparison, Row
from recipe_eval.comparing.contrasts import Contrast

_MODELS = {
    "Qwen3-4B": r"qwen3-4b(-instruct(-2507)?)?",
    "SmolLM3-3B": r"smollm3-3b",
    "Qwen2-1.5B": r"qwen2(\.5)?-1\.5b(-instruct)?",
}
"""The published name, and what the last part of `base_model` may be."""
_MIXES = {
    "ce": {"cross_entropy": 1.0},
    "focal": {"cross_entropy": 0.6, "focal": 0.4},
    "dice": {"cross_entropy": 0.6, "dice": 0.4},
    "topological": {"cross_entropy": 0.6, "topological": 0.4},
    "mixed": {"cross_entropy": 0.6, "dice": 0.2, "topological": 0.2},
}
_TESTED = "Qwen3-4B"
"""All published tests are of this model."""
_BERTSCORE = ("bertscore_f1", "bertscore")
"""Its name there and here."""


class Published(NamedTuple):
    """A configuration of the thesis."""

    model: str
    loss: str


class Match(NamedTuple):
    """One published mean and ours."""

    row: Row
    mean: float
    cell: Cell


class TestMatch(NamedTuple):
    """One published test and ours of the same two losses."""

    row: Row
    ours: str
    theirs: str
    t: float
    p: str
    contrast: Contrast


def published_as(run: Path) -> Published | None:
    """Return what a run repeats of the thesis; None where base model or loss are others."""
    settings = Run(run).training
    if settings is None:
        return None
    name = str(settings.get("base_model", "")).rstrip("/").rsplit("/", 1)[-1]
    model = next((m for m, form in _MODELS.items() if re.fullmatch(form, name, re.I)), None)
    loss = _loss(settings.get("recipe_loss") or {})
    return Published(model, loss) if model and loss else None


def _loss(block: dict[str, Any]) -> str | None:
    """Return the published name of a loss block, if no setting of its terms departs from it."""
    mix = block.get("tasks", {}).get("default")
    settings = {term: block.get(term) or {} for term in ("cross_entropy", "focal", "dice")}
    plain = all(not one.get("spans") and not one.get("span_weights") for one in settings.values())
    transport = block.get("topological") or {}
    as_published = transport.get("preset") == "thesis" and transport.get("spans") == ["ingredient"]
    exact = "topological" not in (mix or {}) or (as_published and not transport.get("top_k"))
    if not plain or not exact or settings["focal"].get("gamma", 2.0) != 2.0:
        return None
    return next(
        (name for name, weights in _MIXES.items() if mix in (weights, f"thesis-{name}")), None
    )


def matched_means(comparison: Comparison) -> dict[str, list[Match]]:
    """Return, by configuration, the published means of its model and loss beside ours."""
    found: dict[str, list[Match]] = {}
    if comparison.profile == "balanced":
        return found  # shares names with the published metrics, and no rule
    for column, one in enumerate(comparison.configurations):
        if (published := published_as(one.first.folder)) and (means := _means().get(published)):
            rows = {row.name: row for row in comparison.rows if _comparable(row)}
            found[f"{one.name} ({published.model}, {published.loss})"] = [
                Match(rows[name], mean, rows[name].cells[column])
                for name, mean in means.items()
                if name in rows
            ]
    return found


def matched_tests(comparison: Comparison) -> list[TestMatch]:
    """Return the published tests of the losses that stand against the baseline here."""
    theirs = published_as(comparison.baseline.first.folder)
    found: list[TestMatch] = []
    if comparison.profile == "balanced":
        return found
    for column, one in comparison.others:
        ours = published_as(one.first.folder)
        if ours and theirs and ours.model == theirs.model == _TESTED:
            for row, contrast in comparison.contrasts(column):
                if _comparable(row) and (test := _tests().get((ours.loss, theirs.loss, row.name))):
                    found.append(TestMatch(row, one.name, contrast.theirs, *test, contrast))
    return found


def _comparable(row: Row) -> bool:
    """Tell whether a metric is the published one: not so BERTScore of another model."""
    return row.name != _BERTSCORE[1] or "roberta-large" in row.cells[0].signature


@cache
def _means() -> dict[Published, dict[str, float]]:
    return {
        Published(row.pop("model"), row.pop("config")): {
            _ours(name): float(mean) for name, mean in row.items()
        }
        for row in _rows("means.csv")
    }


@cache
def _tests() -> dict[tuple[str, str, str], tuple[float, str]]:
    """Return t of (first - second) and its p, by the two losses, in both orders, and metric."""
    found = {}
    for row in _rows("tests.csv"):
        t, metric = float(row["t_b_minus_a"]), _ours(row["metric"])
        found[row["group_b"], row["group_a"], metric] = (t, row["p_reported"])
        found[row["group_a"], row["group_b"], metric] = (-t, row["p_reported"])
    return found


def _ours(metric: str) -> str:
    return _BERTSCORE[1] if metric == _BERTSCORE[0] else metric


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath("paper", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
