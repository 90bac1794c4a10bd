"""The parsers take any text: random ones, endless repetitions, and what once broke them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from parser_properties import CHECKS, MAX_CHARS, check_line, check_row, check_step

SEEDS = yaml.safe_load(Path(__file__).with_name("seeds.yaml").read_text(encoding="utf-8"))
PIECES = (
    "1", "1/2 ", "½", "½ ", "1,000", "1.", "1-2-", " - ", "1 to ", "1 cup plus ", "1 lb 2 oz ",
    "1 (14 oz) ", "2 x ", "350 F ", "1°[1", "350°F (", "oven to ", "gas 1", "5 min. ",
    "1 hour and ", "bring ", "1 inch or ", "let it ", "until ", "stirring ", "in a bowl ", "1. A ",
    "A. ", "Serves 4 ", "makes 1 a ", "chopped, ", "juice of ", "(", "((1 ", ")", "[", "<",
    "<a =\"", "<|", "|>", "[INST", "&amp;", "&#1", "\ufffd", "1\ufffd", "\xad", "e\u0301", "\u0301",
    "Ã©", "l/2 ", "\n", " ", "_", "٣", "ſ", "İ", "ı", "K", "\ud800", "-1 C ", "im_end ",
)  # fmt: skip

seeds = st.sampled_from([text for texts in SEEDS.values() for text in texts])
joined = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=60).map("".join)


@st.composite
def spliced(draw: st.DrawFn) -> str:
    """Draw a seed with something else in its middle."""
    text, other = draw(seeds), draw(st.one_of(joined, seeds))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 8)))
    return text[:start] + other + text[end:]


@pytest.mark.parametrize("check", CHECKS)
@given(text=st.one_of(spliced(), joined, st.text(st.characters(), max_size=MAX_CHARS)))
def test_any_text_keeps_the_properties(check: Callable[[str], None], text: str) -> None:
    assert check(text) is None


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("piece", PIECES)
def test_repetitions_are_read_in_time(check: Callable[[str], None], piece: str) -> None:
    assert check((piece * MAX_CHARS)[:MAX_CHARS]) is None


@pytest.mark.parametrize("check", [check_line, check_step, check_row])
@pytest.mark.parametrize("piece", ["1/2 ", "((", "stir the rice ", "1°[1"])
def test_endless_texts_are_not_read_to_the_end(check: Callable[[str], None], piece: str) -> None:
    assert check((piece * 100_000)[:100_000]) is None


@pytest.mark.parametrize(
    "text",
    [
        "5 cmſ/2 İn piece ginger",
        "ſix eggs, fıve minuteſ",
        "½im_end| a cup",
        "2 eggs, ha\x0f\x0f[\x0f\x0frd-boiled oz.) ca]ns ed",
        "1 to 1/0 cups rice",
        "cre<|im_end|>\u0300me",
        "[or (79 [6 ] eggs",
    ],
)
def test_what_fuzzing_found_is_mended(text: str) -> None:
    assert [check(text) for check in CHECKS] == [None] * len(CHECKS)
