"""Lines whose amount stands behind the name: `beef: 1 kg`, `Sugar = 100 g`, `Garlic 3 cloves`."""

from __future__ import annotations

import re

from recipe_data.language.amounts import scan_alternatives, scan_measure
from recipe_data.language.later_sizes import weighed_later
from recipe_data.language.names import SIZES
from recipe_data.language.numbers import NUMBER_WORDS, WORDS
from recipe_data.language.quantities import Quantity, leading_quantity, unit_of
from recipe_data.language.text import words
from recipe_data.language.units import CONTAINERS, PIECES

_SPELLED = rf"(?:{'|'.join(NUMBER_WORDS)})(?![\w-])"
_COUNTED = rf"(?: (?:{'|'.join(sorted(SIZES | PIECES | CONTAINERS))}))*\s*(?=$|[,(])"
_PERCENT = r"(?:\d[\d.,]*\s?%[\s-])?"
_MARKED = re.compile(
    rf"(?P<name>{_PERCENT}[^\d:]{{1,80}}?)\s?(?:(?:[:,;=|~–-]|\.{{2,}}|…)\s?(?=\.?\d)"
    rf"|(?:[:=|–]|\s-)\s(?={_SPELLED})|,\s(?={_SPELLED}{_COUNTED}))",
    re.IGNORECASE,
)
# Words may say much else behind a name: `chicken, two ways`. So nothing else may stand there.
_THEN_WORDS = re.compile(
    rf"(?P<name>[^\d:]{{1,80}}?)\s?[:;,]\s?"
    rf"(?=(?:about |around |approximately |approx\.? |ca\.? )?(?:an? |\d|{WORDS}(?!\w)))",
    re.IGNORECASE,
)
_SIZE_AND_END = re.compile(rf"(?:\s(?:{'|'.join(sorted(SIZES))}))?\s?(?=[,;(]|$)", re.IGNORECASE)
_WORD = r"[^\W\d_]+(?:-[^\W\d_]+)?"
_LEADS_ON = "(?:plus|and|or|minus|about|around|approx|approximately|weighing|each|in|to|for)"
_UNMARKED = re.compile(
    rf"(?P<name>{_PERCENT}(?:{_WORD} ){{0,3}}{_WORD}(?:, (?!{_LEADS_ON}\b){_WORD}|"
    rf" \([^()\d]*\))? )(?=\d)",
    re.IGNORECASE,
)
# `Garlic 3 cloves`, to the end of the line or a comma; not `Heinz No 57`.
_COUNT = re.compile(rf"\d{{1,2}}{_COUNTED}", re.IGNORECASE)
_NO_COUNT_BEHIND = words(
    "no nr number type grade size omega vitamin with of for to in from or and by"
)
_LESS = re.compile(r"\s(?:minus|less)\s(?=\d)", re.IGNORECASE)


def quantity_behind(text: str) -> tuple[Quantity, str] | None:
    """Read an amount behind a name, and return it with the words that are left.

    >>> for line in ("beef: 1kg | 2 1/4lb", "2% milk 1 cup", "Garlic 3 cloves", "Heinz No 57"):
    ...     found = quantity_behind(line)
    ...     print(found and (*found[0][:4], found[1]))
    (1000.0, None, 'g', None, 'beef, ')
    (240.0, None, 'ml', None, '2% milk ')
    (3.0, None, 'unit', 'cloves', 'Garlic, ')
    None
    """
    marked = _MARKED.match(text) or _THEN_WORDS.match(text)
    found = marked or _UNMARKED.match(text)
    if not found:
        return None
    behind = text[found.end() :]
    later = leading_quantity(behind, found["name"])
    if later.low is None and not (marked and later.counter):  # `salt, a pinch`
        return None
    end = _SIZE_AND_END.match(behind, later.end)
    if not end and behind[0] not in ".0123456789":
        return None
    if not marked and later.unit == "unit" and not _is_count(found["name"], behind):
        return None
    if later.unit == "unit" and behind[later.end :].startswith(" ("):  # `1 can (400 ml)`
        later, left = weighed_later(later, behind[later.end :])
        rest = left.strip(" ,;|")
    else:
        rest = behind[end.end() if end else later.end :].strip(" ,;|")
    measures, stop = scan_alternatives(rest) if marked else ([], 0)
    rest = rest[stop:] if measures and measures[0].dimension != "cm" else rest
    comma = ", " if marked or later.unit == "unit" else " "
    return later, f"{found['name'].strip()}{comma}{rest}"


def _is_count(name: str, behind: str) -> bool:
    return bool(_COUNT.match(behind)) and name.split()[-1].lower() not in _NO_COUNT_BEHIND


def lessened(quantity: Quantity, rest: str) -> tuple[Quantity, str]:
    """Take off what a line takes off behind the name: `1 cup oil minus 2 tbsp`.

    >>> lessened(Quantity(240.0, None, "ml", None, 5), " oil minus 2 tbsp")[0].low
    210.0
    """
    less = _LESS.search(rest)
    off = scan_measure(rest, less.end()) if less else None
    if less is None or off is None or quantity.low is None or unit_of(off[0]) != quantity.unit:
        return quantity, rest
    if off[0].low >= quantity.low:
        return quantity, rest
    low = quantity.low - off[0].low
    return quantity._replace(low=low, high=None), rest[: less.start()] + rest[off[1] :]
