from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.schema import MAX_INGREDIENT_CHARS, MAX_INGREDIENTS
from recipe_kitchen.answers import Answer, AnswerError, read_answer, read_beginning

WHOLE = '{"ingredients":["200 g rice","salt"],"instructions":["Boil \\"it\\".","Serve."]}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("Sorry, I cannot cook.", "not JSON"),
        ('{"ingredients":["rice"],"instructions":["Bo', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an object with ingredients and instructions"),
        ('{"ingredients":["rice"]}', "not an object with ingredients and instructions"),
        (
            '{"ingredients":["a"],"instructions":["b"],"notes":[]}',
            "not an object with ingredients and instructions",
        ),
        ('{"ingredients":"rice","instructions":["Boil."]}', "ingredients is not a list of strings"),
        ('{"ingredients":["a"],"instructions":[1]}', "instructions is not a list of strings"),
        ('{"ingredients":[],"instructions":["Boil."]}', "ingredients is out of bounds"),
        ('{"ingredients":["a"],"instructions":[""]}', "instructions is out of bounds"),
        (
            json.dumps({"ingredients": ["x" * (MAX_INGREDIENT_CHARS + 1)], "instructions": ["b"]}),
            "ingredients is out of bounds",
        ),
        (
            json.dumps({"ingredients": ["x"] * (MAX_INGREDIENTS + 1), "instructions": ["b"]}),
            "ingredients is out of bounds",
        ),
        (json.dumps({"ingredients": ["a"], "instructions": ["y" * 100_000]}), "out of bounds"),
        ('{"ingredients":[" "],"instructions":["Boil."]}', "ingredients has a blank text"),
        ('{"ingredients":["a"],"instructions":["Boil.","\\u00a0\\t"]}', "has a blank text"),
        ('{"ingredients":["a"],"instructions":["\\f"]}', "instructions has a blank text"),
        ('{"ingredients":["\\u200b\\ufeff"],"instructions":["b"]}', "has a blank text"),
        ('{"ingredients":["a"],"instructions":["...","!"]}', "instructions has no words"),
        ('{"ingredients":["🧄","🧅"],"instructions":["b"]}', "ingredients has no words"),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(AnswerError, match=reason):
        read_answer(text)


def test_a_whole_answer_is_read() -> None:
    assert read_answer(WHOLE) == Answer(("200 g rice", "salt"), ('Boil "it".', "Serve."))


def test_a_list_may_hold_a_line_without_words() -> None:
    assert (
        read_answer('{"ingredients":["rice","---"],"instructions":["煮る"]}').ingredients[1]
        == "---"
    )


def test_half_a_surrogate_pair_can_still_be_written_as_utf8() -> None:
    text = read_answer(
        '{"ingredients":["\\ud83c rice"],"instructions":["Boil \\ud83c\\udf5a"]}'
    ).text
    assert text.encode() == "\ufffd rice\nBoil 🍚".encode()


@given(st.integers(0, len(WHOLE)))
def test_a_beginning_never_shows_what_is_not_written(length: int) -> None:
    whole = read_answer(WHOLE)
    beginning = read_beginning(WHOLE[:length])
    for written, final in zip(beginning, whole, strict=True):
        assert len(written) <= len(final)
        assert all(final[i].startswith(item) for i, item in enumerate(written))


@given(st.text(alphabet='{}[]",:\\ab ', max_size=30))
def test_any_beginning_can_be_shown(text: str) -> None:
    assert isinstance(read_beginning(text), Answer)


def test_the_whole_text_is_its_own_beginning() -> None:
    assert read_beginning(WHOLE) == read_answer(WHOLE)
