"""Temperatures in running text."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.letters import lower, plain
from recipe_data.language.readings import Reading

_SAME_CELSIUS = 25

_SCALE = r"(?:degrees?[\s-]{0,2}|deg\.?\s?|°\s?|(?<=\d{3})\*\s?|o\s?(?=(?-i:[FC])(?![a-z])))"
# One digit needs degrees and their scale, or else 5 C would be five cups.
_ONE_DIGIT = (
    rf"\d(?=(?:\s?(?:-|to)\s?\d\d?)?\s{{0,2}}{_SCALE}[FC](?![a-z]))"
    r"|(?:(?<=\bto )|(?<=\bbelow )|(?<=\bat ))\d(?=\s?(?-i:[FC])(?:[.,;)]|$))"
)
_MINUS = rf"(?<![^\s(])-\d{{1,2}}(?=\s{{0,2}}{_SCALE}?[FC](?![a-z]))"
# As people spell them.
_SCALE_NAME = r"(?:fa?h?r[ea]n?h(?:ei|ie|i|eig)h?t|cel[cs]iu?s|cent[ir]{1,2}grade)"
_ONE_TEMPERATURE = (
    rf"(?P<low>{_MINUS}|\d{{2,3}}|{_ONE_DIGIT})"
    rf"(?:{_SCALE}?\s?[FC]?(?:\s?-\s?|\s?to\s?|\s?or\s?)(?P<high>\d{{1,3}}))?"
    rf"(?:[\s-]{{0,2}}(?P<degree>{_SCALE})(?P<scale>(?:{_SCALE_NAME}|[fc])(?![a-z]))?"
    rf"|\s?(?P<bare>(?:{_SCALE_NAME}|[℉℃]|(?-i:[FC])|(?<=\d\d)[fc]|(?<=\d{{3}}\s)[fc])(?![a-z]))"
    r")\.?"
)
# Not `cook on gas 1 to 2 minutes`.
_GAS = re.compile(
    r"\bgas(?:\s?mark)?\s?(?P<mark>10|[1-9]|1/4|1/2)(?!\d)"
    r"(?!(?:\s?(?:-|to|or)\s?\d{1,3})?\s?-?\s?(?:min|hour|hr|sec))",
    re.IGNORECASE,
)
_TEMPERATURE = re.compile(rf"(?<![\w.])(?<!\d/){_ONE_TEMPERATURE}", re.IGNORECASE)
# `Preheat oven to 350.`, `bake at 350 for`: no scale is written, and none is needed.
_BARE_OVEN = re.compile(
    r"(?:\b(?:oven|preheat(?:ed)?|bak(?:e|ed|ing)|roast(?:ed|ing)?|(?:oil|fat)|(?:air|deep)?[ -]?"
    r"fr(?:y|yer|ied|ying))\b(?:[^.;\d]{0,30}?(?:\b(?:to|at|in)|@|temp(?:erature)?:)\s(?:an? )?|\s)"
    r"|(?:(?<=\bat )|(?<=@ )|(?<=\bheat to )|(?<=\bdown to )|(?<=\bup to )|(?<=\btemp to )"
    r"|(?<=\btemperature to )))(?P<low>\d{3})(?=\s?(?:[.,;)(]|oven|for|until|and|$))(?!\.\d)",
    re.IGNORECASE,
)
# `internal temp is 145`: °F from 120 on, below 100 °C.
_BARE_CORE = re.compile(
    r"\b(?:internal|core|center|centre|thermometer)\b[^.;\d]{0,40}?"
    r"\b(?:is|of|to|at|reads?|reaches|registers|hits)\s(?:about )?(?P<low>[5-9]\d|1[2-9]\d|2[01]\d)"
    r"(?=\s?(?:[.,;)]|and|or|in the|before|$))(?!\.\d)",
    re.IGNORECASE,
)
# Nobody bakes at so many °F.
_BARE_CELSIUS = frozenset({160, 170, 180, 190})
_MAX_TURN_CHARS = 40
_TURNING = re.compile(
    r"\b(?:rotat|turn)\w*,?\s(?:(?!oven|heat|temp|dial|down|up|to\s|at\s)[a-z]+\s){0,3}$",
    re.IGNORECASE,
)
_ANGLE = re.compile(r"[\s-]?(?:angle|turn|rotation|slant|tilt|bias)", re.IGNORECASE)
_SLANTED = re.compile(r"\b(?:bias|angle|slant|diagonal(?:ly)?|tilt(?:ed)?)\b[^.;\d]{0,20}$", re.I)
# `10 C water` are cups unless something is brought to them, or nothing comes behind.
MAX_CUPS = 99
_BROUGHT_TO = re.compile(
    r"(?:\b(?:to|at|below|above|under|over|until|reach(?:es)?|reads?|registers?|hits|between"
    r"|temp(?:erature)? (?:of|is)|is)(?: about| around)?|[/(=-])\s?$",
    re.IGNORECASE,
)
_NO_FOOD_BEHIND = re.compile(
    r"\s?(?:[.,;]?\s*$|[/(=)]|[,;]|(?:for|until|or|and|in|inside|on)\b)", re.IGNORECASE
)
_SAME = re.compile(
    r"\s?(?:fan|convection)?\s?(?:/|\(|\[|,|;|or|=|–|-)\s?(?:about |fan |or )?", re.IGNORECASE
)
_GAS_CELSIUS = {
    "1/4": 110, "1/2": 130, "1": 140, "2": 150, "3": 170, "4": 180, "5": 190, "6": 200, "7": 220,
    "8": 230, "9": 240, "10": 260,
}  # fmt: skip
_OVEN = re.compile(r"oven|bak(?:e|ing)|roast|preheat|broiler|air[ -]?fr", re.IGNORECASE)
_FRYING = r"\b(?:oil|fat|fr(?:y|yer|ied|ying))\b"
_HOT = re.compile(rf"{_OVEN.pattern}|{_FRYING}", re.IGNORECASE)
_IN_OIL = re.compile(rf"{_FRYING}[^.;\d]*$", re.IGNORECASE)
_FRYING_CELSIUS = range(150, 201)


def _celsius(value: float, scale: str) -> float:
    return round((value - 32) / 1.8, 1) if scale == "f" else float(value)


def _degrees(written: str) -> int:
    return int(written)


def _scale_of(match: re.Match[str], in_oven: bool) -> str:
    """Return `f` or `c`; without a letter, what an oven of that number could be."""
    written = lower(match["scale"] or match["bare"] or "")
    if written:
        return "f" if written[0] in "f℉" else "c"
    value = _degrees(match["low"])
    british = value < 200 or (value % 25 and value % 10 == 0)
    return "c" if value <= 250 and british and in_oven else "f"


def _is_turn(match: re.Match[str]) -> bool:
    """Tell `turn the pan 180°` and `at a 45-degree angle`."""
    text, position = match.string, match.start()
    turning = _TURNING.search(text, max(0, position - _MAX_TURN_CHARS), position)
    slanted = _SLANTED.search(text, max(0, position - _MAX_TURN_CHARS), position)
    return bool(turning or slanted or _ANGLE.match(text, match.end()))


def _is_frying(match: re.Match[str]) -> bool:
    """Tell `heat the oil to 180 degrees`, which nobody means in °F."""
    before = max(0, match.start() - _MAX_TURN_CHARS)
    hot = _degrees(match["low"]) in _FRYING_CELSIUS
    return hot and bool(_IN_OIL.search(match.string, before, match.start()))


def _is_cups(match: re.Match[str]) -> bool:
    """Tell `10 C. water` and `12 c flour`; from 100 on nobody counts cups."""
    if match["bare"] not in ("c", "C") or _degrees(match["low"]) > MAX_CUPS:
        return False
    text, start, end = match.string, match.start(), match.end()
    if _BROUGHT_TO.search(text, max(0, start - _MAX_TURN_CHARS), start):
        return False
    return not _NO_FOOD_BEHIND.match(text, end) or (match["bare"] == "c" and text[end - 2] == " ")


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
    text = plain(text)
    matches = [*_TEMPERATURE.finditer(text)]
    in_oven = bool(matches and _OVEN.search(text))
    readings = [
        _read_temperature(match, in_oven or _is_frying(match))
        for match in matches
        if (match["scale"] or match["bare"] or not _is_turn(match)) and not _is_cups(match)
    ]
    for match in _BARE_CORE.finditer(text):
        value = _celsius(int(match["low"]), "f" if int(match["low"]) >= 100 else "c")
        readings.append(_Degrees(match.start("low"), match.end("low"), value, None, False))
    for match in _BARE_OVEN.finditer(text) if _HOT.search(text) else ():
        low = int(match["low"])
        if low in _BARE_CELSIUS or 200 < low <= 550:
            value = _celsius(low, "f" if low > 250 else "c")
            readings.append(_Degrees(match.start("low"), match.end("low"), value, None, False))
    for match in _GAS.finditer(text):
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
