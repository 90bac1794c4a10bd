"""Measured quality of the parsers on hand-labelled data: `recipe-data gold`.

Ingredient lines. *Single amounts*: lines whose labels hold one quantity and at most one unit;
right if unit and value agree within 2 % (both ends of a range). *All amounts*: every line; one
written in several units is right if the parser gives any one reading of the labels: one of the
measures, a sum such as `1 lb 5 oz`, or a count times a size; a line without a number must give no
quantity. Labels keep the volumes of solids, so lines are parsed with `weigh=False`. Lengths are no
amounts. *Names*: the singular content words are equal, whatever their order.

Instructions. *Actions*: F1 of the lemmas (with repetition) of each recipe. *Durations* and
*temperatures*: the share of labelled, numeric ones that are found with all their numbers.
*Minutes*: the share of sentences with such durations whose minutes, as the metrics have them, are
one of these; how long food keeps is labelled as well, and never counts as minutes.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.gold.labels import (
    InstructionLabels,
    LabelledAmount,
    action_lemma,
    amount_readings,
    content_words,
    is_single,
    read_labels,
)
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import Located, locate, parse_instruction
from recipe_data.language.numbers import parse_number
from recipe_data.language.steps import sentences
from recipe_data.schema import Ingredient

TOLERANCE = 0.02
# 400 °F is written as 200 °C: cooks round their equivalents.
TEMPERATURE_TOLERANCE = 0.03


class Share(NamedTuple):
    """How many of how many were right."""

    right: int
    total: int

    def __str__(self) -> str:
        return f"{self.right / self.total:.4f} ({self.right} of {self.total})"


class F1(NamedTuple):
    """Counts of a retrieval measurement."""

    found: int
    predicted: int
    labelled: int

    def __str__(self) -> str:
        precision = self.found / self.predicted
        recall = self.found / self.labelled
        f1 = 2 * self.found / (self.predicted + self.labelled)
        return f"F1 {f1:.4f} (precision {precision:.4f}, recall {recall:.4f})"


def read_gold(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a gzipped JSON-lines file."""
    if not path.is_file():
        raise TopochefError(f"{path} does not exist: give the folder that holds the gold sets")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _close(value: float | None, expected: float | None, tolerance: float = TOLERANCE) -> bool:
    if value is None or expected is None:
        return value is expected
    return abs(value - expected) <= tolerance * abs(expected)


def _agrees(parsed: Ingredient, reading: LabelledAmount) -> bool:
    return (
        parsed.unit == reading.unit
        and _close(parsed.quantity, reading.low)
        and _close(parsed.quantity_max, reading.high)
    )


def _as_written(line: str) -> Ingredient:
    return parse_ingredient(line, weigh=False)


def measure_ingredients(
    rows: list[dict[str, Any]], parse: Callable[[str], Ingredient] = _as_written
) -> dict[str, Share | float]:
    """Measure the amounts, names and speed of a parser on labelled ingredient lines."""
    single = every = names = singles = 0
    start = time.process_time()
    parsed_lines = [parse(row["text"]) for row in rows]
    seconds = time.process_time() - start
    for row, parsed in zip(rows, parsed_lines, strict=True):
        readings = amount_readings(row["quantity"], row["unit"])
        right = (
            parsed.quantity is None
            if not readings
            else any(_agrees(parsed, reading) for reading in readings)
        )
        every += right
        if is_single(row):
            singles += 1
            single += _agrees(parsed, readings[-1])
        names += content_words(row["name"] or "") == content_words(parsed.name)
    return {
        "single amounts": Share(single, singles),
        "all amounts": Share(every, len(rows)),
        "ingredient names": Share(names, len(rows)),
        "lines per second": len(rows) / seconds,
    }


def states(label: str, found: Located) -> bool:
    """Tell whether every number that was read is one that the label writes, in some unit.

    >>> states("20 to 25 minutes", Located(0, 16, "time", 20.0, 25.0, "min"))
    True
    """
    written = [parse_number(n) for n in re.findall(r"\d+ \d/\d|\d/\d|\d+(?:\.\d+)?", label)]
    tolerance = TOLERANCE
    if found.unit == "min":
        possible = [n * factor for n in written for factor in (1 / 60, 1, 60, 1440, 10080)]
        possible += [60 * a + b for a, b in pairwise(written)]
    else:
        possible = [*written, *((n - 32) / 1.8 for n in written)]
        tolerance = TEMPERATURE_TOLERANCE
    values = [v for v in (found.value, found.value_max) if v is not None]
    return bool(values) and all(any(_close(v, p, tolerance) for p in possible) for v in values)


def _found(text: str, spans: list[tuple[int, int]], located: list[Located]) -> list[bool]:
    """Tell for every label with a digit whether it was located with its numbers."""
    return [
        any(f.start < end and f.end > start and states(text[start:end], f) for f in located)
        for start, end in spans
        if re.search(r"\d", text[start:end])
    ]


def _minutes(labels: InstructionLabels) -> Iterator[bool]:
    """Tell for every sentence with a labelled number whether its minutes are one of these."""
    end = 0
    for sentence in sentences(labels.text):
        start = labels.text.index(sentence, end)
        end = start + len(sentence)
        said = [labels.text[s:e] for s, e in labels.times if start <= s < end]
        if said := [label for label in said if re.search(r"\d", label)]:
            step = parse_instruction(sentence)
            read = Located(0, 0, "time", step.minutes, step.minutes_max, "min")
            yield any(states(label, read) for label in said)


def measure_instructions(rows: list[dict[str, Any]]) -> dict[str, F1 | Share]:
    """Measure actions, durations and temperatures on labelled instructions."""
    found = predicted = labelled = 0
    times: list[bool] = []
    minutes: list[bool] = []
    temperatures: list[bool] = []
    for labels in map(read_labels, rows):
        gold = Counter(action_lemma(labels.text[s:e]) for s, e in labels.actions)
        located = locate(labels.text)
        guess = Counter(place.lemma for place in located if place.lemma is not None)
        found += sum((gold & guess).values())
        predicted += sum(guess.values())
        labelled += sum(gold.values())
        times += _found(labels.text, labels.times, [f for f in located if f.unit == "min"])
        temperatures += _found(
            labels.text, labels.temperatures, [f for f in located if f.unit == "celsius"]
        )
        minutes += _minutes(labels)
    return {
        "actions": F1(found, predicted, labelled),
        "durations": Share(sum(times), len(times)),
        "temperatures": Share(sum(temperatures), len(temperatures)),
        "minutes": Share(sum(minutes), len(minutes)),
    }


def measure_gold(folder: Path) -> dict[str, F1 | Share | float]:
    """Measure both gold sets of a folder."""
    return {
        **measure_ingredients(list(read_gold(folder / "ingredient_gold.jsonl.gz"))),
        **measure_instructions(list(read_gold(folder / "actions_gold.jsonl.gz"))),
    }
