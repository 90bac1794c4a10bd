"""One line of an ingredient list: how much of what, in metric units."""

from __future__ import annotations

import re

from recipe_data.headings import is_section_header, without_purpose
from recipe_data.language.amounts import scan_alternatives
from recipe_data.language.later_sizes import weighed_later
from recipe_data.language.lines import in_order, unmasked
from recipe_data.language.names import SIZES, describe, without_counter
from recipe_data.language.numbers import NUMBER_WORDS, WORDS, spell_fractions
from recipe_data.language.quantities import Quantity, leading_quantity
from recipe_data.language.text import clean_text
from recipe_data.pantry.densities import grams_per_ml
from recipe_data.schema import Ingredient

__all__ = ["is_section_header", "parse_ingredient"]

# Longer texts are no ingredient lines; what follows is not read.
_MAX_CHARS = 1000
# A can of vegetables is filled up with liquid.
_PACKED_DENSITY = 1.0
_NAME_FIRST = re.compile(r"(?P<name>[^\d:]{1,80}?)\s?[:;,–-]\s?(?=[\d.])")
# Words may say much else behind a name: `chicken, two ways`. So nothing else may stand there.
_NAME_THEN_WORDS = re.compile(
    r"(?P<name>[^\d:]{1,80}?)\s?[:;,]\s?"
    rf"(?=(?:about |around |approximately |approx\.? |ca\.? )?(?:an? |\d|{WORDS}(?!\w)))",
    re.IGNORECASE,
)
_SIZE_AND_END = re.compile(rf"(?:\s(?:{'|'.join(sorted(SIZES))}))?\s?(?=[,;(]|$)", re.IGNORECASE)
_PART = r"(?:zest|juice|rind|peel|yolks?|whites?|leaves|needles|stems|seeds|pulp|flesh|kernels)"
_PART_OF = re.compile(
    rf"(?:the )?(?P<part>(?:\w+ly )?(?:\w+ed )?{_PART}(?:(?:,? and|,? or|,) (?:\w+ed )?{_PART})?)"
    rf"(?: cut)? (?:(?:of|from) (?=about |\d|(?:{'|'.join(NUMBER_WORDS)}) |an? )|(?=\d))",
    re.IGNORECASE,
)
_MEASURE_INSIDE = re.compile(r"(?P<name>(?:[^\W\d_]+ ){1,4})(?=\d)")


def parse_ingredient(line: str, *, weigh: bool = True) -> Ingredient:
    """Read one line of an ingredient list as metric amount, name and preparation.

    Masses become grams, volumes millilitres, volumes of the solids in
    `recipe_data.pantry.densities` grams; everything else is counted in `unit`. Dual measures
    take the metric side, packs are multiplied, and a line without a number has no quantity. What
    is counted where that is not the ingredient itself (`cloves`, `pinch`) opens the preparation.
    `weigh=False` leaves the volumes of solids in millilitres, as written. Never raises.

    >>> parse_ingredient("2 (14 oz.) cans chickpeas, drained")
    Ingredient(quantity=793.8, quantity_max=None, unit='g', name='chickpeas', preparation='drained')
    >>> parse_ingredient("14g/½oz fast-action yeast").quantity
    14.0
    >>> parse_ingredient("2-3 cloves of garlic, crushed").preparation
    'cloves, crushed'
    """
    text = in_order(spell_fractions(without_purpose(clean_text(line[:_MAX_CHARS]))))
    quantity, rest = _split_quantity(text)
    counted = quantity.behind or quantity.unit not in ("g", "ml")
    name, preparation = describe(rest, counted=counted)
    if not name:
        quantity, name = _counter_as_name(quantity, rest, text)
    name, preparation = unmasked(name), unmasked(preparation) if preparation else None
    if quantity.counter:
        preparation = ", ".join(filter(None, (quantity.counter, preparation)))
    low, high, unit = quantity.low, quantity.high, quantity.unit
    density = None
    if weigh and unit == "ml":
        density = grams_per_ml(without_counter(name)[0], preparation)
    if density and low is not None:
        density = _PACKED_DENSITY if quantity.packed else density
        low, unit = low * density, "g"
        high = high * density if high is not None else None
    return Ingredient(_rounded(low), _rounded(high), unit, name, preparation)


def _counter_as_name(quantity: Quantity, rest: str, text: str) -> tuple[Quantity, str]:
    """Name a food that only a bracket names: `6 rashers (streaky bacon)`."""
    inside = rest.strip(" ()[]:,.;-")
    if quantity.counter:
        return (quantity, inside) if inside else (quantity._replace(counter=None), quantity.counter)
    return quantity, text.strip(" :,.;-") or text


def _rounded(value: float | None) -> float | None:
    """Drop the digits that only unit factors put there."""
    return float(f"{value:.4g}") if value is not None else None


def _split_quantity(text: str) -> tuple[Quantity, str]:
    """Separate the amount of a line from its words."""
    if part := _PART_OF.match(text):
        quantity, rest = _split_quantity(text[part.end() :])
        return quantity, f"{rest}, {part['part'].lower()}"
    quantity = leading_quantity(text)
    if quantity.low is None and (behind := _quantity_behind_name(text)):
        return behind
    rest = text[quantity.end :]
    stated = quantity.unit in ("g", "ml") or not any(c.isdigit() for c in rest)
    if stated:
        return quantity, rest
    quantity, rest = weighed_later(quantity, rest)
    return quantity._replace(behind=True), rest


def _quantity_behind_name(text: str) -> tuple[Quantity, str] | None:
    """Read `rice, 200 g`, `beef: 1kg | 2 1/4lb` and `sugar 2/3 cup (133 grams)`."""
    match = _NAME_FIRST.match(text) or _NAME_THEN_WORDS.match(text)
    found = match or _MEASURE_INSIDE.match(text)
    if not found:
        return None
    behind = text[found.end() :]
    later = leading_quantity(behind, found["name"])
    named = match and later.counter  # `salt, a pinch`
    if (later.low is None and not named) or (not match and later.unit == "unit"):
        return None
    end = _SIZE_AND_END.match(behind, later.end)
    if not (end or behind[0] in ".0123456789"):
        return None
    rest = behind[end.end() if end else later.end :].strip(" ,;|")
    measures, stop = scan_alternatives(rest) if match else ([], 0)
    rest = rest[stop:] if measures and measures[0].dimension != "cm" else rest
    return later, f"{found['name'].strip()}{', ' if match else ' '}{rest}"
