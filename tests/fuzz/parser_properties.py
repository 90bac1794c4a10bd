"""What must hold for the parsers whatever the text: checked by hypothesis and by atheris alike."""

from __future__ import annotations

import json
import math
import time
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeVar

from recipe_data.answers import answer, render_ingredient, rounded
from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.ingredients import is_section_header, parse_ingredient
from recipe_data.instructions import (
    convert_instruction,
    locate,
    parse_instruction,
    places,
    split_steps,
)
from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_data.language.text import STEPS, clean_text
from recipe_data.schema import MAX_INSTRUCTION_CHARS, Ingredient, RawRecipe, Rejection

MAX_SECONDS = 0.05
"""Of processor time, for a text of at most `MAX_CHARS` characters or one that is not read."""
MAX_CHARS = 2500
MORE_ATTEMPTS = 3

Given = TypeVar("Given")
Result = TypeVar("Result")


def check_line(text: str) -> None:
    """Any ingredient line has a sane reading that can be written down."""
    check_ingredient(same(parse_ingredient, text))
    assert is_section_header(text) in (True, False)


def check_ingredient(found: Ingredient) -> None:
    for value in (found.quantity, found.quantity_max):
        assert value is None or (math.isfinite(value) and value >= 0), found
    assert (found.quantity is None) == (found.unit is None), found
    assert found.unit in ("g", "ml", "unit", None), found
    if found.quantity_max is not None:
        assert found.quantity is not None, found
        assert found.quantity <= found.quantity_max, found
    for words in (found.name, found.preparation or ""):
        _assert_clean(words)
    assert found.name in render_ingredient(rounded(found))


def check_step(text: str) -> None:
    """Any step has actions, times and temperatures that stand where they are said to stand."""
    found = same(locate, text)
    assert all(0 <= f.start < f.end <= len(text) for f in found), found
    assert all(a.end <= b.start for a, b in pairwise(found)), found
    for value in (v for f in found for v in (f.value, f.value_max) if v is not None):
        assert math.isfinite(value), found
    step = same(parse_instruction, text)
    assert step.text == text
    assert places(step) == found
    assert step.actions == tuple(f.lemma for f in found if f.kind == "action")
    lasting = [f for f in found if f.kind == "time" and f.value is not None]
    assert (step.minutes is None) == (not lasting), (step, lasting)
    assert step.minutes is None or (math.isfinite(step.minutes) and step.minutes >= 0), step
    assert step.minutes_max is None or step.minutes_max > (step.minutes or 0), step
    assert step.celsius is None or -100 < step.celsius < 1000, step
    same(convert_instruction, text)


def check_text(text: str) -> None:
    """Any text becomes one clean line, and its steps lose no word."""
    for step in STEPS:
        step(text)
    cleaned = same(clean_text, text)
    _assert_clean(cleaned)
    assert cleaned == cleaned.strip()
    assert "\ufffd" not in cleaned
    assert not any(unicodedata.category(c) == "Cc" for c in cleaned)
    steps = split_steps([cleaned])
    assert all(0 < len(step) <= MAX_INSTRUCTION_CHARS for step in steps)
    assert _is_taken_from(steps, cleaned)


def check_row(text: str) -> None:
    """Any row becomes a recipe with a valid answer and true spans, or is rejected with a reason.

    The first line is the title; ingredients, an empty line and directions follow.
    """
    title, _, rest = text.partition("\n")
    listed, _, steps = rest.partition("\n\n")
    raw = RawRecipe(1, title, tuple(listed.split("\n")), tuple(steps.split("\n")), title)
    outcome = same(clean_recipe, raw)
    if isinstance(outcome, Rejection):
        assert outcome.reason
        return
    for ingredient in outcome.recipe.ingredients:
        check_ingredient(ingredient)
    for said in _texts(outcome):
        _assert_clean(said)
    json.dumps(outcome.recipe.to_dict(), allow_nan=False)
    written, spans = answer(outcome.recipe)
    json.loads(written)
    assert all(0 <= s.start < s.end <= len(written) for s in spans)


CHECKS: tuple[Callable[[str], None], ...] = (check_line, check_step, check_text, check_row)


def same(function: Callable[[Given], Result], given: Given) -> Result:
    """Return what the function makes of the input; the same each time, and fast."""
    result, seconds = _timed(function, given)
    again, seconds_again = _timed(function, given)
    assert again == result
    best = min(seconds, seconds_again)
    for _ in range(MORE_ATTEMPTS):
        if best < MAX_SECONDS:
            break
        best = min(best, _timed(function, given)[1])
    assert best < MAX_SECONDS, f"{best * 1000:.0f} ms in {getattr(function, '__name__', function)}"
    return result


def _timed(function: Callable[[Given], Result], given: Given) -> tuple[Result, float]:
    """Measure the processor time of this thread: other programs do not count."""
    start = time.thread_time()
    result = function(given)
    return result, time.thread_time() - start


def _assert_clean(text: str) -> None:
    assert text == unicodedata.normalize("NFC", text)
    assert neutralise_control_tokens(text) == text


def _texts(cleaned: Cleaned) -> Iterator[str]:
    yield cleaned.recipe.title
    yield cleaned.recipe.source
    yield from (step.text for step in cleaned.recipe.instructions)


def _is_taken_from(steps: list[str], text: str) -> bool:
    """Tell whether the steps hold the characters of a text in order, and no others."""
    source = iter(text)
    return all(character in source for step in steps for character in step if character != " ")
