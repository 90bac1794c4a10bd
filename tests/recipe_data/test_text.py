"""Cleaning: every kind of dirt, and properties that hold for any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.language.text import STEPS, clean_text, neutralise_control_tokens

TOKENS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|any thing|>", "[INST]",
    "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>", "<think>", "</think>", "<tool_call>",
    "</tool_call>", "<｜User｜>", "<start_of_turn>", "<pad>",
)  # fmt: skip


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("preheat oven to 350\ufffd\ufffdF.", "preheat oven to 350°F."),
        ("10\ufffd\ufffd\ufffd15 minutes", "10-15 minutes"),
        ("p\ufffd\ufffdte à choux, souffl\ufffd\ufffds", "pâte à choux, soufflés"),
        ("herbs, such as parsley,\n\xa0 chervil", "herbs, such as parsley, chervil"),
        ("at least l/2 hour", "at least 1/2 hour"),
        ("pur&eauce;e 12&endash;15 min at 400&def;F", "purée 12-15 min at 400°F"),
        ("Jell-O&reg; &amp;frac12; cup", "Jell-O ½ cup"),
        ("<hr>", ""),
        ("Mix<BR>well", "Mix well"),
        ("1 &lt;b&gt;onion&lt;/b&gt;", "1 onion"),
        ("sautÃ© at 350Â°F", "sauté at 350°F"),
        ("7\u2009½ cups", "7 ½ cups"),
        ("medium-\xadhigh heat for 15\xad-20 minutes", "medium-high heat for 15-20 minutes"),
        ("\xad cup sugar", "½ cup sugar"),
        ("tab\tand bell\x07 and zero\u200bwidth", "tab and bell and zerowidth"),
        ("1⁄2 cup mix’s “best” 180ºC", '1/2 cup mix\'s "best" 180°C'),
        ("saute\u0301", "sauté"),
    ],
)
def test_known_dirt(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


def test_clean_text_leaves_clean_text_alone() -> None:
    text = "Simmer 1 l water & 2½ cups crème fraîche (about 10-15 minutes) at 90 °C; don't boil!"
    assert clean_text(text) == text


@given(st.text())
def test_cleaned_text_is_one_line_in_nfc_and_stays_clean(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned == unicodedata.normalize("NFC", cleaned)
    assert cleaned == cleaned.strip()
    assert not any(unicodedata.category(c) == "Cc" for c in cleaned)
    assert "\ufffd" not in cleaned


@given(st.text(alphabet="&<>ab;#10\ufffd\xad½-lFé°\n "))
def test_every_step_takes_any_text(text: str) -> None:
    for step in STEPS:
        assert isinstance(step(text), str)


@pytest.mark.parametrize("token", TOKENS)
def test_control_tokens_never_survive(token: str) -> None:
    half = len(token) // 2
    nested = token[:half] + token + token[half:]
    for text in (token, f"a {token} b", nested, token.upper(), token * 3, f"&lt;{token[1:]}"):
        left = neutralise_control_tokens(clean_text(text))
        assert token not in left
        assert "<|" not in left
        assert "|>" not in left


@given(st.lists(st.sampled_from([*TOKENS, "<", "|", ">", "[", "IN", "ST]", "s", "/", " "])))
def test_no_control_token_forms_from_the_pieces_of_others(pieces: list[str]) -> None:
    left = neutralise_control_tokens("".join(pieces))
    assert not any(token in left for token in TOKENS)
    assert neutralise_control_tokens(left) == left


def test_deep_nesting_is_stripped_too() -> None:
    text = "<|im_" * 50 + "<|im_end|>" + "start|>" * 50
    left = neutralise_control_tokens(text)
    assert "<|" not in left
    assert "|>" not in left


@pytest.mark.parametrize(
    "residue",
    ["|im_end|", "|im_end", "im_end|>", "<|im_end", "&lt;|im_end|&gt;", "<|im_\u200bend|>",
     "|endoftext|", "[INST", "INST]", "<|end▁of▁sentence|", "|eot_id|>", "fim_prefix"],
)  # fmt: skip
def test_no_part_of_a_control_token_is_left_by_cleaning(residue: str) -> None:
    assert clean_text(f"2 cups {residue} rice") == "2 cups rice"


def test_text_around_a_removed_token_is_composed() -> None:
    assert clean_text("cre<|im_end|>\u0300me") == "crème"


def test_harmless_brackets_are_kept() -> None:
    text = "bake (or roast) [optional] at < 200 °C"
    assert neutralise_control_tokens(text) == text
