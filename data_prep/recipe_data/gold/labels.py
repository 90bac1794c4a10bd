"""Hand-made labels of ingredient lines and instructions, brought into one form."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from recipe_data.language.numbers import QUANTITY, read_range, spell_fractions
from recipe_data.language.text import words
from recipe_data.language.units import MEASURE_UNITS
from recipe_data.language.verbs import lemma
from recipe_data.pantry.words import food_words

_STOP_WORDS = words("a an and or of the with in to for from as at on by x")


class LabelledAmount(NamedTuple):
    """One reading of the labels, in metric units."""

    low: float
    high: float | None
    unit: str


def _label_number(label: str) -> tuple[float, float | None] | None:
    text = label.lower().replace("#", " ").replace("$", "/").strip().removesuffix("x")
    match = re.fullmatch(QUANTITY, spell_fractions(text.strip()), re.IGNORECASE)
    return read_range(match) if match else None


def _label_units(labels: list[str]) -> list[str]:
    joined = " ".join(labels).lower().replace("fl oz", "floz").replace("fluid ", "fl")
    known = [word.strip(".") for word in joined.replace("flounce", "floz").split()]
    return [w for w in known if w in MEASURE_UNITS]


def amount_readings(quantities: list[str], units: list[str]) -> list[LabelledAmount]:
    """List every reading of a line's labels that a parser may give."""
    numbers = [n for n in map(_label_number, quantities) if n]
    measures = _label_units(units)
    if len(numbers) < len(quantities) and not measures:
        dozen = "dozen" in quantities
        numbers = [(low * 12, high) for low, high in numbers] if dozen else numbers
    readings = [LabelledAmount(low, high, "unit") for low, high in numbers]
    offsets = range(max(1, len(numbers) - len(measures) + 1)) if measures else ()
    for offset in offsets:
        count = numbers[0] if offset else (1.0, None)
        sized = [
            LabelledAmount(
                low * MEASURE_UNITS[unit].factor,
                high * MEASURE_UNITS[unit].factor if high else None,
                MEASURE_UNITS[unit].dimension,
            )
            for (low, high), unit in zip(numbers[offset:], measures, strict=False)
        ]
        for index, one in enumerate(sized):
            readings += [one, _times(one, count)]
            if index and sized[index - 1].unit == one.unit:
                last = sized[index - 1]
                both = last.low + one.low
                readings += [
                    LabelledAmount(both, None, one.unit),
                    _times(LabelledAmount(both, None, one.unit), count),
                    LabelledAmount(last.low, one.low, one.unit),
                ]
    return [r for r in readings if r.unit != "cm"]


def _times(one: LabelledAmount, count: tuple[float, float | None]) -> LabelledAmount:
    low = one.low * count[0]
    high = (one.high or one.low) * (count[1] or count[0])
    return LabelledAmount(low, high if high > low else None, one.unit)


def content_words(name: str) -> frozenset[str]:
    """Return the singular content words of a name.

    >>> sorted(content_words("Cloves of Garlic"))
    ['clove', 'garlic']
    """
    return frozenset(food_words(name)) - _STOP_WORDS


def is_single(row: dict[str, Any]) -> bool:
    """Tell whether a line's labels hold one number and at most one unit of measure."""
    units = _label_units(row["unit"])
    return (
        len(row["quantity"]) == 1
        and len(units) <= 1
        and _label_number(row["quantity"][0]) is not None
        and bool(amount_readings(row["quantity"], row["unit"]))
        and all(MEASURE_UNITS[unit].dimension != "cm" for unit in units)
    )


class InstructionLabels(NamedTuple):
    """A text and the character spans that its labels mark."""

    text: str
    actions: list[tuple[int, int]]
    times: list[tuple[int, int]]
    temperatures: list[tuple[int, int]]


def read_labels(row: dict[str, Any]) -> InstructionLabels:
    """Bring character spans and tagged tokens into one form."""
    labels = InstructionLabels(row.get("text") or " ".join(row.get("tokens", ())), [], [], [])
    places = {"AC": labels.actions, "Ac": labels.actions, "DUR": labels.times, "D": labels.times}
    for span in row.get("spans") or ():
        target = (
            labels.temperatures if span["label"] == "TEMPERATURE" else places.get(span["label"])
        )
        if target is not None:
            target.append((span["start"], span["end"]))
    position, inside = 0, None
    for token, tag in zip(row.get("tokens", ()), row.get("tags", ()), strict=True):
        target = places.get(tag[2:])
        end = position + len(token)
        if tag.startswith("B-") and target is not None:
            target.append((position, end))
        elif tag.startswith("I-") and target is not None and inside == tag[2:]:
            target[-1] = (target[-1][0], end)
        inside = tag[2:]
        position = end + 1
    return labels


def action_lemma(phrase: str) -> str:
    """Return the lemma of a labelled action: its verb, or the state that it leads to.

    >>> [action_lemma(p) for p in ("Stir in", "bring to the boil", "let rest", "not stir")]
    ['stir', 'boil', 'rest', 'stir']
    """
    said = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", phrase.lower())
    lemmas = [lemma(word) for word in said if word not in ("not", "to", "a", "the", "just")]
    if not lemmas:
        return phrase
    if lemmas[0] in ("bring", "return", "come") and {"boil", "simmer"} & set(lemmas):
        return "boil" if "boil" in lemmas else "simmer"
    if lemmas[0] in ("let", "allow", "continue") and len(lemmas) > 1:
        return lemmas[1]
    return lemmas[0]
