"""Answers against gold, question by question, measure by measure, with the floors beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import sha256, update_manifest
from recipe_base.runs import Questions, Run
from recipe_data.sampling import Sampler
from recipe_data.tasks.measures import Measure
from recipe_data.tasks.number import NumberTask
from recipe_data.tasks.number_measures import LOG_ERROR, SHARES, within
from recipe_eval.generating.predictions import asked_of, read_predictions
from recipe_eval.questions.asked import Asked, read_questions
from recipe_eval.questions.floors import RULE, Floors
from recipe_eval.statistics.means import BOOTSTRAP, mean_of

STAGE = "score"
PROFILE = "questions"
NUMBERS = "numbers"
"""The group of all questions about recipes that are answered by a number."""
_OF_NUMBERS = (*map(within, SHARES), LOG_ERROR)


class Value(NamedTuple):
    """One measure of one answer."""

    id: str
    metric: str
    """`time.log_error`: group and measure."""
    value: float | None
    """None where the measure does not apply to the question."""
    floors: dict[str, float | None]
    """What the answers of the floors have."""


def score(run: Path, data: Path) -> dict[str, Any]:
    """Write scores and summary of a run's answers into its folder `questions`; return the summary.

    What is no answer gets the worst value of every measure and is named with its reason. Raises
    `TopochefError` if the answers are not whole; see `read_predictions`.
    """
    folder = Run(run).questions
    inputs = asked_of(folder)
    asked = read_questions(data, inputs.get("limit"))
    answers = read_predictions(folder, [one.request for one in asked])
    floors = Floors.of(data)
    values: list[Value] = []
    failures: dict[str, list[str]] = {}
    for one in asked:
        answer = answers[one.request.id]
        text, error = (answer["text"], answer["error"]) if answer else ("", "missing")
        if error:
            failures.setdefault(error, []).append(one.request.id)
        values += _values(one, None if error else text, floors.answers(one))
    summary = {
        "run": Run(run).name,
        "profile": PROFILE,
        "recipes": len(asked),
        "failures": failures,
        "groups": _groups(asked, failures),
        "metrics": _metrics(asked, values, inputs),
    }
    folder.scores.write(value._asdict() for value in values)
    facts = {"predictions_sha256": sha256(folder.predictions.path), "floors": RULE}
    update_manifest(folder.folder, STAGE, {"inputs": facts, "questions": len(asked)})
    folder.summary.write(summary)
    return summary


def read_values(folder: Questions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return {metric: {id: value}} of a run, and {metric: {floor: {id: value}}}."""
    ours: dict[str, dict[str, float | None]] = {}
    floors: dict[str, dict[str, dict[str, float | None]]] = {}
    for row in folder.scores.read():
        ours.setdefault(row["metric"], {})[row["id"]] = row["value"]
        for floor, value in row["floors"].items():
            floors.setdefault(row["metric"], {}).setdefault(floor, {})[row["id"]] = value
    return ours, floors


def _values(asked: Asked, text: str | None, floors: dict[str, str]) -> Iterator[Value]:
    name, gold = asked.request.id, asked.request.gold
    ours = asked.task.measure(text, gold)
    theirs = {floor: asked.task.measure(answer, gold) for floor, answer in floors.items()}
    for group, measures in _measured(asked):
        for one in measures:
            beside = {floor: values[one.name] for floor, values in theirs.items()}
            yield Value(name, f"{group}.{one.name}", ours[one.name], beside)


def _measured(asked: Asked) -> Iterator[tuple[str, Sequence[Measure]]]:
    """Yield the groups that a question belongs to, and what is measured of each."""
    if isinstance(asked.task, NumberTask) and not asked.curated:
        names = {one.name for one in asked.task.measures}
        yield NUMBERS, [one for one in _OF_NUMBERS if one.name in names]
    yield asked.group, asked.task.measures


def _groups(asked: Sequence[Asked], failures: dict[str, list[str]]) -> dict[str, dict[str, int]]:
    failed = {name for names in failures.values() for name in names}
    count: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for one in asked:
        for group, _ in _measured(one):
            count[group] += 1
            lost[group] += one.request.id in failed
    order = sorted(count, key=lambda group: (group != NUMBERS, "." in group))
    return {group: {"asked": count[group], "failed": lost[group]} for group in order}


def _metrics(
    asked: Sequence[Asked], values: Sequence[Value], decoder: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    by_metric: dict[str, list[Value]] = {}
    for value in values:
        by_metric.setdefault(value.metric, []).append(value)
    context = _context(decoder)
    known = {
        f"{group}.{one.name}": (group, one)
        for each in asked
        for group, measures in _measured(each)
        for one in measures
    }
    return {
        name: {
            "title": one.title,
            "group": group,
            "lower_is_better": one.lower_is_better,
            **_mean([value.value for value in by_metric[name]]),
            "pooled": None,
            "gold": None,
            "rests_on": {},
            "floors": _floor_means(by_metric[name]),
            "signature": f"{name}|{one.rule}|n:{len(by_metric[name])}|{context}",
        }
        for name, (group, one) in known.items()
    }


def _mean(values: Sequence[float | None]) -> dict[str, float | int | None]:
    mean = mean_of([value for value in values if value is not None])
    if mean is None:
        return {"mean": None, "sd": None, "n": 0, "low": None, "high": None}
    return dict(mean._asdict())


def _floor_means(values: Sequence[Value]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for one in values:
        for floor, value in one.floors.items():
            if value is not None:
                found.setdefault(floor, []).append(value)
    return {floor: sum(some) / len(some) for floor, some in found.items()}


def _context(decoder: dict[str, Any]) -> str:
    """Return the part of a signature that all measures of a run share."""
    from importlib.metadata import version

    how = (
        f"{Sampler.from_dict(decoder)}-max{decoder['max_tokens']}-seed{decoder['seed']}"
        f"-tries{decoder['tries']}"
        if decoder
        else "unknown"
    )
    return f"profile:{PROFILE}|{RULE}|decoder:{how}|{BOOTSTRAP}|v:{version('topochef')}"
