"""When two lines of a list name one food, where it is named, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.repeats import NO_REPEATS, foods, name_start, repeated_foods, repeated_steps

SAME = [
    ("salt", "5 g salt"),
    ("120 ml water", "250 ml boiling water"),
    ("1 onion", "2 onions, finely chopped"),
    ("butter", "30 g butter, melted"),
    ("unsalted butter", "softened butter"),
    ("3 cloves garlic", "1 garlic clove, crushed"),
    ("jalapeños", "1 jalapeno"),
    ("olive oil", "60 ml extra-virgin olive oil"),
    ("salt and pepper", "pepper"),
    ("salt and black pepper", "freshly ground black pepper"),
    ("日本酒", "30 ml 日本酒"),
    ("!!!", "!!!"),
]
OTHER = [
    ("1 green bell pepper", "1 red bell pepper"),
    ("butter", "peanut butter"),
    ("garlic", "garlic powder"),
    ("eggs", "egg yolks"),
    ("chicken breast", "chicken stock"),
    ("rice", "rice vinegar"),
    ("macaroni and cheese", "cheese"),
    ("bread", "bread and butter pickles"),
    ("120", "121"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_lines_that_name_one_food(one: str, other: str) -> None:
    assert foods(one) & foods(other)
    assert repeated_foods([one, other]) == [other]
    assert NO_REPEATS.refuses("ingredients", ["1 egg", one], other) == name_start(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_lines_that_name_two_foods(one: str, other: str) -> None:
    assert not foods(one) & foods(other)
    assert NO_REPEATS.refuses("ingredients", [one], other) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("120 ml water", "water"),
        ("2 cloves garlic, crushed", "garlic, crushed"),
        ("1 large onion, diced", "onion, diced"),
        ("salt", "salt"),
        ("½ lemon, juiced", "lemon, juiced"),
        ("2-3 tbsp olive oil", "olive oil"),
        ("1 Onion", "Onion"),
    ],
)
def test_the_name_begins_behind_amount_and_unit(line: str, name: str) -> None:
    assert line[name_start(line) :] == name


def test_only_what_it_watches_is_refused() -> None:
    assert NO_REPEATS.refuses("tools", ["pan"], "pan") is None
    assert NO_REPEATS.refuses("instructions", ["Stir."], "Stir well.") is None
    assert NO_REPEATS.refuses("instructions", ["Stir.", "Boil."], "stir") == 0
    assert repeated_steps(["Stir.", "Boil.", "STIR!"]) == ["STIR!"]


@given(st.lists(st.text(max_size=30), max_size=6), st.text(max_size=30))
def test_any_text_has_a_food_and_a_place_where_it_begins(former: list[str], line: str) -> None:
    assert foods(line)
    assert all(foods(line))
    start = NO_REPEATS.refuses("ingredients", [*former, line], line)
    assert start is not None
    assert 0 <= start <= len(line)
    assert start == 0 or start < len(line)
    unrepeated = [text for text in former if text not in repeated_foods(former)]
    assert not repeated_foods(unrepeated)
