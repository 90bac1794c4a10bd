"""The amount of an ingredient line: alternatives, packs, pieces, and sizes behind the name."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.amounts import (
    Measure,
    equal_measures,
    metric_choice,
    scan_alternatives,
    skip_approximation,
)
from recipe_data.language.names import ADVERBS, SIZES
from recipe_data.language.numbers import NUMBER, QUANTITY, read_range
from recipe_data.language.sticks import scan_sticks
from recipe_data.language.text import words
from recipe_data.language.units import CONTAINERS, PIECES, unit_pattern
from recipe_data.schema import Unit

_COUNT = re.compile(QUANTITY, re.IGNORECASE)
_DOZEN = re.compile(r"[\s-]?(?:a )?dozen\b", re.IGNORECASE)
_A_STICK = re.compile(r"an?(?=\sstick)", re.IGNORECASE)
_A_DOZEN = re.compile(r"(?:an? )?dozen\b", re.IGNORECASE)
_TIMES = re.compile(r"\s?[x×*]\s?(?=[\d.])|\s?[x×]\s", re.IGNORECASE)
_WORD = re.compile(r"\s?-?\s?([^\W\d_]+(?:-[^\W\d_]+)*)\.?")
_OPEN_OR_SPACE = re.compile(r"\s?[(\[]\s?|\s?-\s|-(?=\d)|\sof an?\s|\s")
_CLOSE = re.compile(r"[^()\[\]]{0,30}[)\]]")
_UNIT = re.compile(rf"\s?{unit_pattern()}", re.IGNORECASE)
_MAX_RANGE_RATIO = 4
_PACK_NOT_RANGE = re.compile(
    rf"(?P<packs>\d)(?P<space>\s?)-\s?{QUANTITY}\s?-?\s?(?:oz|ounces?|lbs?|g|grams)\.?\s"
    r"(?P<container>\w+)",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\s?\(?\d[\d/ .-]*(?:(?:to|or) \d[\d/ ]*)?-?\s?(?:(?:inch(?:es)?|in|cm|mm)\b\.?|\"(?!\w))"
    r"(?:\s?[x×/]?\s?\(?\d[\d/ .]*-?\s?(?:(?:inch(?:es)?|in|cm|mm)\b\.?|\"(?!\w))\)?)?"
    r"(?:-|\s)?(?:thick|long|wide|square|diameter)?\)?",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s?%")
_COUNT_OF_LENGTH = re.compile(
    r"(?P<count>\d{1,2})(?= (?:\d/\d|\.\d)+-?\s?inch(?:-thick|-long|-wide)?\s(?:\w+ )?"
    r"(?:slices|pieces|rounds|strips|cubes|steaks|chops)\b)",
    re.IGNORECASE,
)
_PLUS_OTHER = re.compile(r"\s?(?:plus|and|\+)\s(?=\d)", re.IGNORECASE)
# `4 10-inch tortillas`: how many, then how long.
_COUNT_OF_SIZES = re.compile(
    r"(?P<count>\d{1,2})(?= \(?\d{1,2}(?:\.\d+|[ -]\d/\d)?\s?-?\s?(?:(?:inch|in|cm|mm)\b|\"))",
    re.IGNORECASE,
)
_SPOON = re.compile(
    r"\s(?:(?:tea|table|dessert)?spoons?(?:fuls?)?|t(?:b|ea)?sps?|tbs)\b\.?", re.IGNORECASE
)
_OF_PIECES = words(
    "piece pieces slice slices bunch bunches handful handfuls stick sticks square"
    " squares cube cubes"
)
_DESCRIBING = words(
    "thin thick good fat generous heaped heaping few little very paper-thin wine plump long short"
    " whole fresh ripe nice healthy fist-sized thumb-sized thumb-size hair-thin bite-size full"
    " regular standard family-size family individual single size"
)
# `#10 can`, `(10 count) package`: what is said of a container between number and name.
_BEFORE_CONTAINER = re.compile(
    rf"\s?(?:\(?(?:#|no\.?\s?)\d+\)?|\([^()]{{1,30}}\))(?=\s(?:{'|'.join(sorted(CONTAINERS))})\b)",
    re.IGNORECASE,
)
_NOTHING_BEHIND = re.compile(r"\s?(?:,|$)")
_OR_MORE = re.compile(
    r"(?:\sor (?:so|more|less)|,? \(?(?:more or less|give or take)\)?,?)(?=\s(?!to\b|as\b|if\b))",
    re.IGNORECASE,
)
# `1 very large or 2 medium onions`: the first number counts.
_SIZED = rf"(?:\s(?:{'|'.join(sorted(SIZES | _DESCRIBING))}))"
_OR_OTHERS = re.compile(rf"{_SIZED}+,?\sor\s(?:about\s)?{NUMBER}(?={_SIZED})", re.IGNORECASE)
# `can or jar of`, behind a container.
_OR_CONTAINER = re.compile(rf"\sor\s(?:{'|'.join(sorted(CONTAINERS))})(?=\sof\s)", re.IGNORECASE)


class Quantity(NamedTuple):
    """How much a line asks for."""

    low: float | None
    high: float | None
    unit: Unit | None
    counter: str | None
    """What is counted where that is not the ingredient itself: `cloves`."""
    end: int
    """Where the words after the amount begin."""
    packed: bool = False
    """Whether a pack states the amount: its volume is full, not loosely filled."""
    behind: bool = False
    """Whether the amount of what is counted stands behind the name."""


def leading_quantity(text: str, food: str = "") -> Quantity:
    """Read the amount at the start of a line; `food` is the name, where it stands elsewhere.

    >>> leading_quantity("1 - 4 oz. can mushrooms")[:3]
    (113.4, None, 'g')
    >>> leading_quantity("2 x 400g tins tomatoes")[:3]
    (800.0, None, 'g')
    >>> leading_quantity("3 cloves garlic")[:4]
    (3.0, None, 'unit', 'cloves')
    """
    start = skip_approximation(text)
    if _PERCENT.match(text, start):
        return Quantity(None, None, None, None, start)
    several = _COUNT_OF_LENGTH.match(text, start) or _COUNT_OF_SIZES.match(text, start)
    if several:
        return _counted(text, float(several["count"]), None, several.end())
    measures, end = equal_measures(text, start)
    if length := _LENGTH.match(text, start):
        return _piece_of_length(text, start, length.end())
    if measures and measures[0].dimension == "cm":  # `two-inch piece`
        return _piece_of_length(text, start, end)
    if measures and not _is_pack(text, start):
        chosen = metric_choice(measures)
        plus = _PLUS_OTHER.match(text, end)
        other = scan_alternatives(text, plus.end()) if plus else ([], end)
        end = other[1] if other[0] else end
        return Quantity(chosen.low, chosen.high, unit_of(chosen), None, _skip_container(text, end))
    if dozen := _A_DOZEN.match(text):
        return _counted(text, 12.0, None, dozen.end())
    if (article := _A_STICK.match(text)) and (one := scan_sticks(text, article.end(), 1.0, None)):
        return Quantity(one[0].low, None, "g", None, one[1], packed=True)
    count = _COUNT.match(text, start)
    if not count:
        return _uncounted(text, start)
    low, high = read_range(count)
    end = count.end()
    if _is_pack(text, start):
        high, end = None, start + 1
    if dozen := _DOZEN.match(text, end):
        low, high, end = low * 12, high * 12 if high else None, dozen.end()
    return _counted(text, low, high, end, food)


def _is_pack(text: str, start: int) -> bool:
    """Tell `1 - 4 oz. can` and `1-14.5 oz can`, one can of so much, from a range."""
    match = _PACK_NOT_RANGE.match(text, start)
    if match is None or match["container"].lower() not in CONTAINERS:
        return False
    return bool(match["space"]) or read_range(match)[0] >= _MAX_RANGE_RATIO * int(match["packs"])


def unit_of(measure: Measure) -> Unit:
    """Return the unit that an ingredient has of a measure."""
    return "g" if measure.dimension == "g" else "ml"


def _skip_container(text: str, position: int) -> int:
    """Skip the container or piece whose amount is already known: `28-oz can`, `3 kg piece of`."""
    if more := _OR_MORE.match(text, position):
        return more.end()
    word = _WORD.match(text, position)
    if not word:
        return position
    lowered = word.group(1).lower()
    of = text[word.end() : word.end() + 4].lower() == " of "
    known = lowered in CONTAINERS or lowered in _OF_PIECES or (of and lowered in PIECES)
    other = _OR_CONTAINER.match(text, word.end())
    return (other or word).end() if known else position


def _piece_of_length(text: str, start: int, end: int) -> Quantity:
    """Read `5cm/2in piece ginger`: one piece, its length in the preparation."""
    length = text[start:end].strip(" ()")
    word = _WORD.match(text, end)
    if word and (word.group(1).lower() in PIECES or word.group(1).lower() in CONTAINERS):
        return Quantity(1.0, None, "unit", f"{length} {word.group(1)}", word.end())
    return Quantity(1.0, None, "unit", length, end)


def _uncounted(text: str, start: int) -> Quantity:
    """Read `a pinch of salt`: a counter without a number gives no quantity."""
    position = start
    while word := _WORD.match(text, position):
        lowered = word.group(1).lower()
        if lowered in PIECES or lowered in CONTAINERS:
            return Quantity(None, None, None, text[start : word.end()].strip(), word.end())
        if lowered not in SIZES and lowered not in ADVERBS and lowered not in _DESCRIBING:
            break
        position = word.end()
    return Quantity(None, None, None, None, start if text[start : start + 1].isalpha() else 0)


def _counted(text: str, low: float, high: float | None, end: int, food: str = "") -> Quantity:
    """Read what is counted: packs of a stated size, pieces, or the ingredient itself."""
    times = _TIMES.match(text, end)
    position = end = times.end() if times else end
    opening = _OPEN_OR_SPACE.match(text, position)
    inside = skip_approximation(text, opening.end() if opening else position)
    measures, measured_end = scan_alternatives(text, inside)
    sized = [m for m in measures if m.dimension != "cm"]
    if sized:
        close = _CLOSE.match(text, measured_end)
        in_bracket = opening is not None and opening.group().strip() in ("(", "[")
        after = close.end() if in_bracket and close else measured_end
        if not in_bracket:  # `One 15 oz (420g) can`
            measures, after = equal_measures(text, inside)
            sized = [m for m in measures if m.dimension != "cm"]
        unit = _UNIT.match(text, after) if in_bracket else None
        if unit:
            size = metric_choice(sized)
            return Quantity(size.low, size.high, unit_of(size), None, unit.end())
        spoon = _SPOON.match(text, after)  # `2 x 15 ml tablespoons`
        end = spoon.end() if spoon else _skip_container(text, after)
        packs = multiplied(low, high, metric_choice(sized), end)
        return packs._replace(packed=packs.packed and end > after and not spoon)
    if "stick" in text and (sticks := scan_sticks(text, end, low, high, food)):
        return Quantity(sticks[0].low, sticks[0].high, "g", None, sticks[1], True)
    if " or " in text and (others := _OR_OTHERS.match(text, position)):
        position = end = others.end()
    if said := _BEFORE_CONTAINER.match(text, position):
        position = end = said.end()
    length = _LENGTH.match(text, position)
    position = end = length.end() if length else end
    while word := _WORD.match(text, position):
        lowered = word.group(1).lower()
        if lowered in PIECES or lowered in CONTAINERS:
            if not food and _NOTHING_BEHIND.match(text, word.end()):  # `2 whole cloves`
                break
            long = f"{length.group().strip(' ()')} " if length else ""
            return Quantity(low, high, "unit", f"{long}{word.group(1)}", word.end())
        if lowered not in SIZES and lowered not in _DESCRIBING:
            break
        position = word.end()
    return Quantity(low, high, "unit", None, end)


def multiplied(low: float, high: float | None, size: Measure, end: int) -> Quantity:
    """Return so many packs of a size."""
    upper = (high or low) * (size.high or size.low)
    smallest = low * size.low
    return Quantity(smallest, upper if upper > smallest else None, unit_of(size), None, end, True)
