"""Sizes that a line states behind the name: `1 cabbage (3 pounds)`, `about 1 lb each`."""

from __future__ import annotations

import re

from recipe_data.language.amounts import metric_choice, scan_alternatives, skip_approximation
from recipe_data.language.quantities import Quantity, multiplied, unit_of
from recipe_data.language.units import CONTAINERS

_EACH = re.compile(r"\beach\b|\bapiece\b|\bper\b", re.IGNORECASE)
_LATER_MEASURE = re.compile(
    r"\s?[(\[](?P<inside>[^()\[\]]*)[)\]]?"
    r"|,\s(?=(?:about|approx|approximately|weighing|each|around|\d))|\s(?=weighing\s)"
)
_EACH_WEIGHING = re.compile(r"(?:each )?(?:weighing )?", re.IGNORECASE)
_LATER_WORDS = re.compile(r"^(\S.*?)\s(?:each|total)\b")
# Behind a size, the line ends or goes on about the same thing.
_AFTER_SIZE = re.compile(
    r"\s*(?:$|[,;)(\]/|]|each\b|total\b|apiece\b|in (?:weight|all|total)\b|or so\b|weight\b)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"[,(]?\s(?:or|and|plus)\s+(?:about\s)?(?:\d|an?\s|one\s)", re.IGNORECASE)


def weighed_later(quantity: Quantity, rest: str) -> tuple[Quantity, str]:
    """Use a size that the line states behind the name: `1 cabbage (3 pounds)`, `about 1 lb each`.

    Returns the quantity and the words that are left.
    """
    another = _ANOTHER.search(rest)
    limit = another.start() if another else len(rest)
    for match in _LATER_MEASURE.finditer(rest, 0, limit):
        bracket = match["inside"] is not None
        start = match.start("inside") if bracket else match.end()
        word = _EACH_WEIGHING.match(rest, start)
        start = word.end() if word else start
        measures, end = scan_alternatives(rest, skip_approximation(rest, start))
        contained = quantity.counter in CONTAINERS or quantity.low is None
        wanted = [m for m in measures if m.dimension == "g" or (contained and m.dimension == "ml")]
        if not wanted or not _AFTER_SIZE.match(rest, end):
            continue
        tail = rest[end : match.end() if bracket else end + 8]
        each = "each" in rest[match.start() : start].lower() or bool(_EACH.search(tail))
        left = rest[: match.start()] + rest[max(end, match.end()) if bracket else end :]
        left = _LATER_WORDS.sub(r"\1", left)
        size = metric_choice(wanted)
        packs = each or quantity.counter in CONTAINERS
        if quantity.low is not None and packs and "total" not in tail:
            return multiplied(quantity.low, quantity.high, size, quantity.end), left
        return Quantity(size.low, size.high, unit_of(size), None, quantity.end), left
    return quantity, rest
