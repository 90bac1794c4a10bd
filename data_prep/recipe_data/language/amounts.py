"""Numbers and measures as cooks write them: `1 1/2`, `2-3`, `1 lb 5 oz`, `14g/½oz`."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.letters import lower
from recipe_data.language.units import Dimension, measure_unit, unit_pattern

_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5",
    "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8",
    "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
_VULGAR_AFTER_NUMBER = re.compile(rf"(?<=\d)\s?([{''.join(_VULGAR)}])")
_VULGAR_ALONE = re.compile(rf"[{''.join(_VULGAR)}]")

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
NUMBER_WORDS: dict[str, float] = {
    **{word: float(i) for i, word in enumerate(_ONES, 1)},
    **{word: float(i) for i, word in enumerate(_TEENS, 10)},
    **{word: 10.0 * i for i, word in enumerate(_TENS, 2)},
    **{
        f"{ten}-{unit}": 10.0 * i + j
        for i, ten in enumerate(_TENS, 2)
        for j, unit in enumerate(_ONES, 1)
    },
    "half": 0.5,
    "quarter": 0.25,
}
_WORDS = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?![\d/])|\d{1,6}(?:[ ]?(?:-|and|&)?[ ]?\d{1,2}/\d{1,2}(?!\d))"
    r"|\d{1,3}/\d{1,3}(?!\d)|\d{1,6}(?:[.,]\d{1,4})?(?!/\d)|\.\d{1,4}"
    rf"|(?:{_WORDS})(?![a-z-]))"
)
RANGE_SEPARATOR = r"(?:\s?-?\s?(?:to|or)(?![a-z])\s?-?\s?|\s?[-–—]\s?)"
QUANTITY = rf"(?P<low>{NUMBER})(?:{RANGE_SEPARATOR}(?P<high>{NUMBER}))?"
_MODIFIERS = (
    r"(?:\(?(?:(?:very|loosely|lightly|tightly|firmly) )?(?:heaped|heaping|level|rounded|scant"
    r"|generous|good|full|packed|big|large|small|healthy|brimming)\)?[\s-]{1,2})?"
)
_MEASURE = re.compile(
    rf"{QUANTITY}[,+]?\s?(?:-\s?|x\s|an?\s)?{_MODIFIERS}(?P<unit>{unit_pattern()})", re.IGNORECASE
)
_APPROX = re.compile(
    r"(?:[\s~≈]|(?:about|around|approximately|approx|roughly|circa|ca|generous|scant|heaped|heaping"
    r"|rounded|level|good|just over|just under|at least|up to|total of|total|weighing|nearly|almost"
    r"|an|a)(?![a-z])\.?)*",
    re.IGNORECASE,
)
_PLUS = re.compile(r"\s?(?:,? ?plus|and|\+|&)\s(?:an additional |another |about )?", re.IGNORECASE)
_TO = re.compile(r"\s?(?:-|–|—|to)\s?", re.IGNORECASE)
_OR = re.compile(r"\s?(?:/|\||=|,|;|or(?![a-z]))\s?", re.IGNORECASE)
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


def spell_fractions(text: str) -> str:
    """Write vulgar fractions with ASCII digits.

    >>> spell_fractions("1½ cups, ¼ tsp")
    '1 1/2 cups, 1/4 tsp'
    """
    if text.isascii():
        return text
    text = text.replace("⁄", "/")
    text = _VULGAR_AFTER_NUMBER.sub(lambda m: " " + _VULGAR[m.group(1)], text)
    return _VULGAR_ALONE.sub(lambda m: _VULGAR[m.group()], text)


def parse_number(text: str) -> float:
    """Read one number as matched by `NUMBER`; a fraction of nothing is 0.

    >>> [parse_number(t) for t in ("1 1/2", "1-1/4", "3/4", "1,5", "1,000", ".5", "Twenty-two")]
    [1.5, 1.25, 0.75, 1.5, 1000.0, 0.5, 22.0]
    """
    word = NUMBER_WORDS.get(lower(text))
    if word is not None:
        return word
    whole, slash, denominator = text.partition("/")
    if slash:
        parts = re.findall(r"\d+", whole)
        if not int(denominator):
            return 0.0
        fraction = int(parts[-1]) / int(denominator)
        return fraction if len(parts) == 1 else int(parts[0]) + fraction
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def read_range(match: re.Match[str]) -> tuple[float, float | None]:
    """Return the two ends of a `QUANTITY` match; ends in the wrong order are one number.

    >>> read_range(re.match(QUANTITY, "1-1/4 to 1-1/2 c. milk"))
    (1.25, 1.5)
    """
    low = parse_number(match["low"])
    high = parse_number(match["high"]) if match["high"] else None
    return (low, high) if high is None or high > low else (low, None)


def _one_measure(text: str, position: int) -> tuple[Measure, int, float] | None:
    match = _MEASURE.match(text, position)
    if not match:
        return None
    unit = measure_unit(match["unit"])
    low, high = read_range(match)
    measure = Measure(
        low * unit.factor, high * unit.factor if high else None, unit.dimension, unit.metric
    )
    return measure, match.end(), unit.factor


def scan_measure(text: str, position: int = 0) -> tuple[Measure, int] | None:
    """Read a measure at `position`; return it with the place where it ends.

    Sums what belongs together (`1 lb 5 oz`, `1 cup plus 2 tablespoons`) and joins the ends of a
    range that names its unit twice (`1kg-1.3kg`).

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
    while True:
        plus = _PLUS.match(text, end)
        start = plus.end() if plus else end + (text[end : end + 1] == " ")
        following = _one_measure(text, start)
        if not following or following[0].dimension != total.dimension:
            return total, end
        addend, addend_end, addend_factor = following
        if addend_factor >= factor or addend.metric != total.metric:
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
