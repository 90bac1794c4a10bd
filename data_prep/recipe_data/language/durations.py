"""Times and temperatures in running text."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.letters import lower
from recipe_data.language.numbers import NUMBER, RANGE_SEPARATOR, parse_number

_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0, "w": 10080.0}
_TIME_UNIT = r"(?:seconds?|secs?|minutes?|mins?|minuets?|hours?|hrs?|days?|weeks?|wks?)(?![a-z])\.?"


def _one_time(number: int) -> str:
    return (
        rf"(?P<low{number}>{NUMBER})(?:{RANGE_SEPARATOR}(?P<high{number}>{NUMBER}))?"
        rf"\s?-?\s?(?:more |additional |full |extra |further )?(?P<unit{number}>{_TIME_UNIT})"
    )


_TIME = re.compile(
    rf"(?<![\w/.]){_one_time(1)}"
    rf"(?:(?P<joint>(?:,|\s?(?:-|–|to|or|and|,? plus))?\s?){_one_time(2)})?",
    re.IGNORECASE,
)
_VAGUE_TIME = re.compile(
    r"\b(?:(?P<half>half an hour|1/2 an hour)"
    r"|(?P<two>an? (?P<twounit>minute|hour|day|week) or (?:two|so))"
    r"|(?P<couple>a couple (?:of )?(?:more )?(?P<coupleunit>minutes|hours|days))"
    r"|(?P<few>(?:a few|several|few) (?:more )?(?:seconds|minutes|hours|days))"
    r"|(?P<one>(?:an?|another|an? (?:additional|extra|further)|one) (?P<oneunit>minute|hour|day))"
    r"(?!-)|(?P<night>over ?night))\b",
    re.IGNORECASE,
)
_TIME_WORD = re.compile(r"sec|min|hour|hr|day|week|wk|night", re.IGNORECASE)
_PLAIN_MINUS = str.maketrans("–−", "--")
_SAME_CELSIUS = 25
OVERNIGHT_MINUTES = 480.0

_SCALE = r"(?:degrees?\s{0,2}|deg\.?\s?|°\s?|˚\s?|º\s?)"
# One digit needs degrees and their scale, or else 5 C would be five cups.
_ONE_DIGIT = (
    rf"\d(?=(?:\s?(?:-|to)\s?\d\d?)?\s{{0,2}}{_SCALE}[FC](?![a-z]))"
    r"|(?:(?<=\bto )|(?<=\bbelow )|(?<=\bat ))\d(?=\s?(?-i:[FC])(?:[.,;)]|$))"
)
_MINUS = rf"(?<![^\s(])[-–−]\d{{1,2}}(?=\s{{0,2}}{_SCALE}?[FC](?![a-z]))"
_ONE_TEMPERATURE = (
    rf"(?P<low>{_MINUS}|\d{{2,3}}|{_ONE_DIGIT})"
    rf"(?:{_SCALE}?\s?[FC]?(?:\s?-\s?|\s?to\s?|\s?or\s?)(?P<high>\d{{1,3}}))?"
    rf"(?:\s{{0,2}}(?P<degree>{_SCALE})(?P<scale>(?:fahrenheit|celsius|centigrade|[fc])(?![a-z]))?"
    r"|\s?(?P<bare>(?:fahrenheit|celsius|centigrade|(?-i:[FC])|(?<=\d{3})f|(?<=\d{3}\s)f)(?![a-z]))"
    r")\.?"
)
_GAS = re.compile(r"\bgas(?:\s?mark)?\s?(?P<mark>10|[1-9]|1/4|1/2)(?!\d)", re.IGNORECASE)
_TEMPERATURE = re.compile(rf"(?<![\w.])(?<!\d/){_ONE_TEMPERATURE}", re.IGNORECASE)
# `Preheat oven to 350.`, `bake at 350 for`: no scale is written, and none is needed.
_BARE_OVEN = re.compile(
    r"\b(?:oven|preheat(?:ed)?|bak(?:e|ed|ing)|roast(?:ed|ing)?)\b"
    r"(?:[^.;\d]{0,30}?\b(?:to|at|in)\s(?:an? )?|\s)(?P<low>\d{3})"
    r"(?=\s?(?:[.,;)]|oven|for|until|and|$))(?!\.\d)",
    re.IGNORECASE,
)
# Nobody bakes at so many °F.
_BARE_CELSIUS = frozenset({160, 170, 180, 190})
_MAX_TURN_CHARS = 40
_TURNING = re.compile(
    r"\b(?:rotat|turn)\w*,?\s(?:(?:the|pans?|dish|tray|sheets?|bird|it|them)\s){0,2}$",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"\s?(?:fan|convection)?\s?(?:/|\(|\[|,|;|or|=|–|-)\s?(?:about |fan |or )?", re.IGNORECASE
)
_GAS_CELSIUS = {
    "1/4": 110, "1/2": 130, "1": 140, "2": 150, "3": 170, "4": 180, "5": 190, "6": 200, "7": 220,
    "8": 230, "9": 240, "10": 260,
}  # fmt: skip
_OVEN = re.compile(r"oven|bake|roast|preheat|broiler", re.IGNORECASE)


class Reading(NamedTuple):
    """A number with a meaning, and where the text states it."""

    start: int
    end: int
    value: float | None
    """Minutes or °C; None where the text is vague (`a few minutes`)."""
    value_max: float | None


def find_times(text: str) -> list[Reading]:
    """Find durations, in minutes.

    >>> [(r.value, r.value_max) for r in find_times("Cook 1 hr 15 min, rest 10-15 minutes.")]
    [(75.0, None), (10.0, 15.0)]
    """
    if not _TIME_WORD.search(text):
        return []
    found = [reading for match in _TIME.finditer(text) for reading in _read_time(match)]
    taken = {offset for reading in found for offset in range(reading.start, reading.end)}
    for match in _VAGUE_TIME.finditer(text):
        if taken.isdisjoint(range(*match.span())):
            found.append(_read_vague(match))
    return sorted(found)


def _read_time(match: re.Match[str]) -> list[Reading]:
    first = _span(match, 1)
    if match["unit2"] is None:
        return [first]
    second = _span(match, 2)
    joint = match["joint"].strip(" ,").lower()
    factors = [_MINUTES[lower(match[f"unit{i}"][0])] for i in (1, 2)]
    low1, low2 = first.value or 0.0, second.value or 0.0
    if joint in ("-", "–", "to", "or") and low2 > low1:
        return [Reading(first.start, second.end, first.value, second.value_max or second.value)]
    if joint in ("", "and", "plus") and factors[1] < factors[0] and first.value_max is None:
        high = low1 + second.value_max if second.value_max else None
        return [Reading(first.start, second.end, low1 + low2, high)]
    return [first, second]


def _span(match: re.Match[str], group: int) -> Reading:
    factor = _MINUTES[lower(match[f"unit{group}"][0])]
    low = parse_number(match[f"low{group}"])
    written_high = match[f"high{group}"]
    high = parse_number(written_high) if written_high else None
    end = match.end(f"unit{group}")
    if match.string[end - 1] == "." and match.string[end : end + 2].strip(" ")[:1].isupper():
        end -= 1
    return Reading(
        match.start(f"low{group}"),
        end,
        round(low * factor, 2),
        round(high * factor, 2) if high is not None and high > low else None,
    )


def _read_vague(match: re.Match[str]) -> Reading:
    value: float | None = None
    value_max: float | None = None
    if match["half"]:
        value = 30.0
    elif match["night"]:
        value = OVERNIGHT_MINUTES
    elif match["couple"]:
        value = 2 * _MINUTES[lower(match["coupleunit"][0])]
    elif match["one"]:
        value = _MINUTES[lower(match["oneunit"][0])]
    elif match["two"]:
        value = _MINUTES[lower(match["twounit"][0])]
        value_max = 2 * value if match.group().lower().endswith("two") else None
    return Reading(match.start(), match.end(), value, value_max)


def _celsius(value: float, scale: str) -> float:
    return round((value - 32) / 1.8, 1) if scale == "f" else float(value)


def _degrees(written: str) -> int:
    return int(written.translate(_PLAIN_MINUS))


def _scale_of(match: re.Match[str], in_oven: bool) -> str:
    """Return `f` or `c`; without a letter, what an oven of that number could be."""
    written = lower(match["scale"] or match["bare"] or "")
    if written:
        return "f" if written.startswith("f") else "c"
    value = _degrees(match["low"])
    british = value < 200 or (value % 25 and value % 10 == 0)
    return "c" if value <= 250 and british and in_oven else "f"


def _is_turn(text: str, position: int) -> bool:
    """Tell `turn the pan 180°`."""
    return bool(_TURNING.search(text, max(0, position - _MAX_TURN_CHARS), position))


class _Degrees(NamedTuple):
    start: int
    end: int
    low: float
    high: float | None
    celsius: bool
    """Whether it was written in °C."""


def _read_temperature(match: re.Match[str], in_oven: bool) -> _Degrees:
    scale = _scale_of(match, in_oven)
    low, high = _degrees(match["low"]), int(match["high"]) if match["high"] else None
    return _Degrees(
        match.start(),
        match.start() + len(match.group().rstrip(" .")),
        _celsius(low, scale),
        _celsius(high, scale) if high is not None and high > low else None,
        scale == "c",
    )


def find_temperatures(text: str) -> list[Reading]:
    """Find temperatures, in °C; equivalents in several scales are one reading.

    >>> find_temperatures("Bake at 350°F (180°C/gas 4) until done.")
    [Reading(start=8, end=27, value=180.0, value_max=None)]
    """
    matches = [*_TEMPERATURE.finditer(text)]
    in_oven = bool(matches and _OVEN.search(text))
    readings = [
        _read_temperature(match, in_oven)
        for match in matches
        if match["scale"] or match["bare"] or not _is_turn(text, match.start())
    ]
    for match in _BARE_OVEN.finditer(text):
        low = int(match["low"])
        if low in _BARE_CELSIUS or 200 < low <= 550:
            value = _celsius(low, "f" if low > 250 else "c")
            readings.append(_Degrees(match.start("low"), match.end("low"), value, None, False))
    for match in _GAS.finditer(text):
        if _TIME.match(text, match.start("mark")):  # `cook on gas 1 minute`
            continue
        value = float(_GAS_CELSIUS[match["mark"]])
        readings.append(_Degrees(match.start(), match.end(), value, None, False))
    readings.sort()
    return _join_equivalents(text, readings)


def _join_equivalents(text: str, readings: list[_Degrees]) -> list[Reading]:
    """Join `350°F (180°C/gas 4)` to one reading that has the °C as written."""
    joined: list[Reading] = []
    in_celsius = False
    for found in readings:
        last = joined[-1] if joined else None
        if last and found.start < last.end:
            continue
        if last is None or not _is_same(text, last, found):
            joined.append(Reading(found.start, found.end, found.low, found.high))
            in_celsius = found.celsius
            continue
        opened = "(" in text[last.start : found.end]
        end = found.end + (opened and text[found.end : found.end + 1] == ")")
        joined[-1] = last._replace(end=end)
        if found.celsius and not in_celsius:
            joined[-1] = Reading(last.start, end, found.low, found.high)
            in_celsius = True
    return joined


def _is_same(text: str, last: Reading, found: _Degrees) -> bool:
    between = text[last.end : found.start].strip(". ")
    close = last.value is not None and abs(last.value - found.low) <= _SAME_CELSIUS
    return close and (not between or bool(_SAME.fullmatch(between)))
