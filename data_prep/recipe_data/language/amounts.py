"""Measures as cooks write them: `1 lb 5 oz`, `1 cup minus 2 tbsp`, `14g/½oz`."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.numbers import QUANTITY, parse_number, read_range
from recipe_data.language.units import Dimension, measure_unit, unit_pattern

_MODIFIERS = (
    r"(?:\(?(?:(?:very|loosely|lightly|tightly|firmly) )?(?:heaped|heaping|level|rounded|scant"
    r"|generous|good|full|packed|big|large|small|healthy|brimming|overflowing|mounded)\)?[\s-]{1,2})?"
)
# `a cup`, but not `a t`: one letter is no unit behind an article.
_ARTICLE = rf"an?\s(?={_MODIFIERS}(?=[a-z]{{2}}){unit_pattern()})"
_MEASURE = re.compile(
    rf"(?:{QUANTITY}[,+]?\s?(?:-\s?|x\s|(?:of\s)?an?[\s-])?|{_ARTICLE})"
    rf"(?!packed in\b){_MODIFIERS}(?P<unit>{unit_pattern()})",
    re.IGNORECASE,
)
_APPROX = re.compile(
    r"(?:[\s~≈]|(?:about|around|approximately|approx|roughly|circa|ca|c(?=\.\s?\d)|generous|scant"
    r"|heaped|heaping|rounded|level|good|just over|just under|at least|up to|from|total of|total"
    r"|weighing|nearly|almost"
    rf"|(?!{_ARTICLE}|an?[ -](?:third|fourth|fifth|sixth|eighth))(?:an|a))(?![a-z])\.?)*",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"(?:\s?,?\s?(?:(?P<plus>plus\s|\+\s?)|(?P<minus>(?:minus|less)\s)|(?:and|&)\s)|,\s(?=\d))"
    r"(?:an additional |another |about )?(?:an? )?"
    r"(?:(?:scant|generous|heaping|heaped|rounded|level) )?",
    re.IGNORECASE,
)
# `a cup and a half`: a part of the unit before.
_AND_PART = re.compile(
    r"\sand (?P<part>an? (?:half|quarter|third)|1/2)"
    rf"(?=\s(?!{_MODIFIERS}{unit_pattern()})|[.,;]|$)",
    re.IGNORECASE,
)
_TO = re.compile(r"\s?(?:-|–|—|to)\s?", re.IGNORECASE)
_OR = re.compile(r"\s?(?:/|\||=|,? ?or(?![a-z])|,|;)\s?", re.IGNORECASE)
_OPEN = re.compile(r"\s?[(\[]\s?")
_CLOSE = re.compile(r"\s?(?:total|each|or so)?\s?[)\]]")


class Measure(NamedTuple):
    """A mass, volume or length in metric units."""

    low: float
    high: float | None
    """Upper end of a range, else None."""
    dimension: Dimension
    metric: bool
    """Whether it was written in metric units."""


def _one_measure(text: str, position: int) -> tuple[Measure, int, float] | None:
    match = _MEASURE.match(text, position)
    if not match:
        return None
    unit = measure_unit(match["unit"])
    low, high = read_range(match) if match["low"] else (1.0, None)
    measure = Measure(
        low * unit.factor, high * unit.factor if high else None, unit.dimension, unit.metric
    )
    return measure, match.end(), unit.factor


def scan_measure(text: str, position: int = 0) -> tuple[Measure, int] | None:
    """Read a measure at `position`; return it with the place where it ends.

    Sums what belongs together (`1 lb 5 oz`, `1 cup plus 2 tablespoons`, `1 cup minus 1 tbsp`) and
    joins the ends of a range that names its unit twice (`1kg-1.3kg`).

    >>> scan_measure("1 cup plus 2 tablespoons sugar")
    (Measure(low=270.0, high=None, dimension='ml', metric=False), 24)
    >>> scan_measure("2lb 4oz-2lb 14oz chicken")[0]
    Measure(low=1020.6, high=1304.1, dimension='g', metric=False)
    """
    found = _sum_of_measures(text, position)
    if found is None:
        return None
    measure, end = found
    to = _TO.match(text, end)
    upper = _sum_of_measures(text, to.end()) if to else None
    if upper and upper[0].dimension == measure.dimension and upper[0].low > measure.low:
        return measure._replace(high=upper[0].high or upper[0].low), upper[1]
    return measure, end


def _sum_of_measures(text: str, position: int) -> tuple[Measure, int] | None:
    first = _one_measure(text, position)
    if first is None:
        return None
    total, end, factor = first
    if text.startswith(" and", end) and (part := _AND_PART.match(text, end)):
        return total._replace(low=total.low + parse_number(part["part"]) * factor), part.end()
    return scan_addends(text, end, total, factor)


def scan_addends(text: str, end: int, total: Measure, factor: float) -> tuple[Measure, int]:
    """Add what follows a measure in units of `factor`: smaller units, `plus …`, `minus …`.

    >>> scan_addends(" plus 1 cup", 0, Measure(120.0, None, "ml", metric=False), 240.0)
    (Measure(low=360.0, high=None, dimension='ml', metric=False), 11)
    """
    while True:
        joint = _JOINT.match(text, end)
        start = joint.end() if joint else end + (text[end : end + 1] == " ")
        if not joint and not text[start : start + 1].isdigit():
            return total, end
        following = _one_measure(text, start)
        if not following or following[0].dimension != total.dimension:
            return total, end
        addend, addend_end, addend_factor = following
        smaller = addend_factor < factor or (joint is not None and joint["plus"] is not None)
        if joint and joint.group() == ", ":  # `1 pound, 4 ounces`, not `1 pound, 16 ounces`
            smaller = addend_factor < factor and addend.low < factor
        if not smaller or addend.metric != total.metric:
            return total, end
        if joint and joint["minus"]:
            addend = addend._replace(low=-addend.low, high=None)
        if total.low + addend.low <= 0:
            return total, end
        high = None
        if total.high is not None or addend.high is not None:
            high = (total.high or total.low) + (addend.high or addend.low)
        total = total._replace(low=round(total.low + addend.low, 4), high=high)
        end, factor = addend_end, addend_factor


def skip_approximation(text: str, position: int = 0) -> int:
    """Return the place after words such as `about` and `a scant`."""
    match = _APPROX.match(text, position)
    return match.end() if match else position


def scan_alternatives(text: str, position: int = 0) -> tuple[list[Measure], int]:
    """Read one amount that may be written in several units: `14g/½oz`, `8 oz or 230 g`.

    >>> [m.low for m in scan_alternatives("14g/1/2oz yeast")[0]]
    [14.0, 14.175]
    """
    measures: list[Measure] = []
    end = position
    while found := scan_measure(text, position):
        measures.append(found[0])
        end = found[1]
        separator = _OR.match(text, end)
        if not separator:
            break
        position = skip_approximation(text, separator.end())
    return measures, end


def equal_measures(text: str, position: int = 0) -> tuple[list[Measure], int]:
    """Read alternatives, those in a bracket right behind the first one included.

    >>> [m.low for m in equal_measures("1 cup (about 250 ml) milk")[0]]
    [240.0, 250.0]
    """
    measures, end = scan_alternatives(text, position)
    bracket = _OPEN.match(text, end) if measures else None
    if bracket:
        inner, inner_end = scan_alternatives(text, skip_approximation(text, bracket.end()))
        close = _CLOSE.match(text, inner_end)
        if inner and close:
            return measures + inner, close.end()
    return measures, end


def metric_choice(measures: list[Measure]) -> Measure:
    """Choose among alternatives: the first that was written in metric units, else the first.

    >>> metric_choice(scan_alternatives("8 ounces / 230 g spinach")[0]).low
    230.0
    """
    return next((m for m in measures if m.metric), measures[0])
