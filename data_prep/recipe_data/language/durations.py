"""Times in running text: `1½ hours`, `an hour and a half`, `1h30`, `1:15 hours`, `45'`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from recipe_data.language.letters import lower, plain
from recipe_data.language.numbers import VULGAR, number_range, parse_number, read_range
from recipe_data.language.readings import Reading
from recipe_data.language.temperatures import find_temperatures

__all__ = ["OVERNIGHT_MINUTES", "Reading", "find_temperatures", "find_times"]

_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0, "w": 10080.0}
_TIME_UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|minuets?|hours?|hrs?|h|days?|weeks?|wks?|(?<=\d)m"
    r"|(?<=\D\d\d)s)(?![a-z'])\.?"
)


def _one_time(number: int) -> str:
    return (
        rf"(?:{number_range(str(number))}(?:\s\(\d{{1,3}}\))?\s?-?\s?"
        rf"(?:(?:of )?an? |more |additional |full |extra |further |good )?"
        rf"|(?P<once{number}>an?|another|an? (?:additional|extra|further|full|good))\s(?!sec))"
        rf"(?P<unit{number}>{_TIME_UNIT})"
        rf"(?P<tail{number}> or two\b| (?:and|&) (?:an? (?:half|quarter)|three[ -]quarters)\b)?"
    )


_TIME = re.compile(
    rf"(?<![\w/.])(?=[\dabefhnoqst{VULGAR}]){_one_time(1)}"
    rf"(?:(?P<joint>(?:,|\s?(?:-|to|or|and|,? plus))?\s?){_one_time(2)})?",
    re.IGNORECASE,
)
# Hours and minutes in figures. Feet and inches are written like minutes, with a thing behind.
_FIGURES = re.compile(
    r"(?<![\w/.:])(?:(?P<hours>\d{1,2})(?:\s?h\s?(?P<minutes>[0-5]\d)(?!\d)\s?(?:m(?:ins?)?(?![a-z]))?"
    r"|\s?h\s?(?P<few>\d{1,2})\s?m(?:ins?)?(?![a-z])"
    r"|:(?P<sixtieths>[0-5]\d)\s?(?P<unit>hours?|hrs?|h|minutes?|mins?)(?![a-z])\.?)"
    r"|(?P<low>\d{1,3})'?(?:\s?-\s?(?P<high>\d{1,3}))?'(?!['\w])"
    r"(?!\s?(?:x\b|by\b|×|[a-z-]*\s?(?:pan|dish|tin|round|square|long|wide|deep|thick|diameter"
    r"|skillet|sheet|circle|disc|disk|strip|piece|log|rope))))",
    re.IGNORECASE,
)
_VAGUE_TIME = re.compile(
    r"\b(?:(?P<couple>a couple (?:of )?(?:more )?(?P<coupleunit>minutes|hours|days))"
    r"|(?P<few>(?:a few|several|few) (?:more )?(?:seconds|minutes|hours|days))"
    r"|(?P<night>over ?night))\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d\s?h|\d'|\d:\d", re.IGNORECASE)
_TIME_WORD = re.compile(
    r"sec|min|hour|hr|day|week|wk|night|\d\s?h\b|\dh\d|\d'|\d:\d|\d[ms]\b", re.IGNORECASE
)
OVERNIGHT_MINUTES = 480.0
_HOUR_MINUTES = 60.0


def find_times(text: str) -> list[Reading]:
    """Find durations, in minutes.

    >>> [(r.value, r.value_max) for r in find_times("Cook 1 hr 15 min, rest 10-15 minutes.")]
    [(75.0, None), (10.0, 15.0)]
    >>> [r.value for r in find_times("Soak an hour and a half, bake 1h20, cool 45', chill 1:15 h.")]
    [90.0, 80.0, 45.0, 75.0]
    """
    text = plain(text)
    if not _TIME_WORD.search(text):
        return []
    found: list[Reading] = []
    taken: set[int] = set()
    for pattern, read in _READERS if _FIGURE.search(text) else _READERS[1:]:
        for match in pattern.finditer(text):
            if taken.isdisjoint(range(*match.span())):
                found += read(match)
        taken = {offset for reading in found for offset in range(reading.start, reading.end)}
    return _merged(text, sorted(found))


def _merged(text: str, readings: list[Reading]) -> list[Reading]:
    """Join what three times say together: `1 hour to 1 hour 15 minutes`, `1 hr 30 min to 2 hrs`."""
    merged: list[Reading] = []
    for time in reversed(readings):
        later = merged[-1] if merged else None
        between = text[time.end : later.start].strip().lower() if later else "."
        if later is None or time.value is None or later.value is None or time.value_max:
            merged.append(time)
        elif between in ("", "and") and _is_part(text, time, later):
            high = time.value + later.value_max if later.value_max else None
            merged[-1] = Reading(time.start, later.end, time.value + later.value, high)
        elif between in ("-", "to") and later.value > time.value:
            merged[-1] = Reading(time.start, later.end, time.value, later.value_max or later.value)
        else:
            merged.append(time)
    return merged[::-1]


def _is_part(text: str, hours: Reading, minutes: Reading) -> bool:
    spoken = (text[time.start : time.end].lower() for time in (hours, minutes))
    return "h" in next(spoken) and "m" in next(spoken) and (minutes.value or 0.0) < _HOUR_MINUTES


def _read_figures(match: re.Match[str]) -> Iterator[Reading]:
    if match["hours"]:
        small = int(match["minutes"] or match["few"] or match["sixtieths"])
        value = 60.0 * int(match["hours"]) + small
        in_minutes = match["unit"] and lower(match["unit"]).startswith("m")
        yield Reading(*match.span(), value / 60 if in_minutes else value, None)
    else:
        low, high = float(match["low"]), float(match["high"] or 0)
        yield Reading(*match.span(), low, high if high > low else None)


def _read_time(match: re.Match[str]) -> list[Reading]:
    first = _span(match, "1")
    if match["unit2"] is None:
        return [first]
    second = _span(match, "2")
    joint = match["joint"].strip(" ,").lower()
    factors = [_MINUTES[lower(match[f"unit{i}"][0])] for i in (1, 2)]
    low1, low2 = first.value or 0.0, second.value or 0.0
    if joint in ("-", "to", "or") and low2 > low1:
        return [Reading(first.start, second.end, first.value, second.value_max or second.value)]
    if joint in ("", "and", "plus") and factors[1] < factors[0] and first.value_max is None:
        high = low1 + second.value_max if second.value_max else None
        return [Reading(first.start, second.end, low1 + low2, high)]
    return [first, second]


def _span(match: re.Match[str], group: str) -> Reading:
    factor = _MINUTES[lower(match[f"unit{group}"][0])]
    once = match[f"once{group}"]
    low, high = (1.0, None) if once else read_range(match, group)
    end = match.end(f"unit{group}")
    if tail := match[f"tail{group}"]:
        end = match.end(f"tail{group}")
        if lower(tail) == " or two":
            high = 2.0 if low == 1 else None
        else:
            low, high = low + parse_number(tail.lstrip("and& ") or tail), None
    elif match.string[end - 1] == "." and match.string[end : end + 2].strip(" ")[:1].isupper():
        end -= 1
    start = match.start(f"once{group}" if once else f"low{group}")
    return Reading(start, end, round(low * factor, 2), round(high * factor, 2) if high else None)


def _read_vague(match: re.Match[str]) -> Iterator[Reading]:
    value: float | None = None
    if match["night"]:
        value = OVERNIGHT_MINUTES
    elif match["couple"]:
        value = 2 * _MINUTES[lower(match["coupleunit"][0])]
    yield Reading(match.start(), match.end(), value, None)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterable[Reading]]], ...] = (
    (_FIGURES, _read_figures),
    (_TIME, _read_time),
    (_VAGUE_TIME, _read_vague),
)
