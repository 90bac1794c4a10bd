"""Answers without a model: what the training split answers most, and what the question says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from recipe_base.datasets import DataFolder
from recipe_base.files import to_json
from recipe_data.answers import NumberUnit, number_answer
from recipe_data.pantry.identity import canonical
from recipe_data.tasks.listing import ListTask, read_line
from recipe_data.tasks.number import NumberTask
from recipe_data.tasks.registry import QUESTIONS
from recipe_eval.questions.asked import Asked, as_asked

CONSTANT = "constant"
"""The median of the training split for this wording and unit, or its commonest foods."""
COPY = "copy"
"""What the question says: its list with the amounts that it has there, the foods of its title."""
RULE = "floors:median-low-by-wording-and-unit,commonest-foods"

_Number = TypeVar("_Number", int, float)
Kind = tuple[str, str, NumberUnit]
"""A task, one of its wordings or empty for all of them, and a unit."""


class Floors(NamedTuple):
    """What can be answered without reading the question for more than its kind."""

    numbers: Mapping[Kind, float]
    lists: Mapping[str, str]
    """The answer of each task of lists."""
    others: Mapping[str, str]
    """The commonest answer of every other task."""

    @classmethod
    def of(cls, data: Path) -> Floors:
        """Read the training split; raises `TopochefError` if there is none."""
        numbers: dict[Kind, Counter[float]] = {}
        lengths: dict[str, Counter[int]] = {}
        lines: dict[str, Counter[str]] = {}
        others: dict[str, Counter[str]] = {}
        for row in DataFolder(data).train.read():
            if row["task"] not in QUESTIONS:
                continue
            one = as_asked(row)
            name, gold = one.task.name, one.request.gold
            if isinstance(one.task, NumberTask):
                for kind in _kinds(one):
                    numbers.setdefault(kind, Counter())[one.task.read_gold(gold).value] += 1
            elif isinstance(one.task, ListTask):
                said = json.loads(gold)[one.task.key]
                lengths.setdefault(name, Counter())[len(said)] += 1
                lines.setdefault(name, Counter()).update(said)
            else:
                others.setdefault(name, Counter())[gold] += 1
        return cls(
            {kind: median_low(counts) for kind, counts in numbers.items()},
            {
                name: to_json({QUESTIONS[name].key: commonest(counts, median_low(lengths[name]))})
                for name, counts in lines.items()
            },
            {name: _most(counts) for name, counts in others.items()},
        )

    def answers(self, asked: Asked) -> dict[str, str]:
        """Return the floors' answers to a question, by their names."""
        copied = asked.task.copied(asked.text)
        return {CONSTANT: self._constant(asked), **({} if copied is None else {COPY: copied})}

    def _constant(self, asked: Asked) -> str:
        """Return the constant answer; an empty text, which is none, where nothing was taught."""
        name = asked.task.name
        if not isinstance(asked.task, NumberTask):
            return self.lists.get(name) or self.others.get(name) or ""
        for kind in _kinds(asked):
            if kind in self.numbers:
                return number_answer(self.numbers[kind], kind[2])[0]
        return ""


def _kinds(asked: Asked) -> Iterator[Kind]:
    """Yield what a number is counted among: its wording and unit, then its unit alone.

    The unit is that of gold, for the question names it.
    """
    unit = asked.task.read_gold(asked.request.gold).unit
    if kind := asked.task.kind_of(asked.text):
        yield asked.task.name, kind, unit
    yield asked.task.name, "", unit


def median_low(counts: Mapping[_Number, int]) -> _Number:
    """Return the median of counted values, of two the lower one: a value that was counted.

    >>> median_low({5.0: 1, 10.0: 2, 60.0: 1}), median_low({1: 1, 9: 1})
    (10.0, 1)
    """
    left = sum(counts.values())
    half = (left + 1) // 2
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    raise ValueError("no values")


def commonest(lines: Mapping[str, int], most: int) -> list[str]:
    """Return the commonest foods of counted lines, each in its commonest line.

    >>> commonest({"20 g salt": 2, "9 g salt": 3, "100 g rice": 4, "1 egg": 1}, 2)
    ['9 g salt', '100 g rice']
    """
    by_food: dict[str, Counter[str]] = {}
    for line, count in lines.items():
        food = canonical(read_line(line).name).casefold()
        by_food.setdefault(food, Counter())[line] += count
    ranked = sorted(by_food, key=lambda food: (-sum(by_food[food].values()), food))
    return [_most(by_food[food]) for food in ranked[:most]]


def _most(counts: Mapping[str, int]) -> str:
    return min(counts, key=lambda text: (-counts[text], text))
