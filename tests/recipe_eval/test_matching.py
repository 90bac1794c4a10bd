from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from recipe_eval.metrics.distances import levenshtein
from recipe_eval.metrics.matching import match, paired, within
from recipe_eval.reading.names import core, same_name

numbers = st.lists(st.integers(0, 8), max_size=7)


@given(numbers, numbers)
def test_equal_keys_are_paired_where_a_matching_by_equality_pairs_them(
    predicted: list[int], gold: list[int]
) -> None:
    places = match(predicted, gold, lambda one, other: one == other != 0)
    assert paired(predicted, gold) == sorted(places)


@given(numbers, numbers)
def test_the_matching_is_one_to_one_and_as_large_as_can_be(
    predicted: list[int], gold: list[int]
) -> None:
    def agree(p: int, g: int) -> bool:
        return abs(p - g) <= 1

    pairs = match(predicted, gold, agree)
    assert len(set(pairs.values())) == len(pairs)
    assert all(agree(predicted[p], gold[g]) for p, g in pairs.items())
    edges = np.array([[agree(p, g) for g in gold] for p in predicted], dtype=int)
    best = maximum_bipartite_matching(csr_array(edges.reshape(len(predicted), len(gold))))
    assert len(pairs) == (best >= 0).sum()


@given(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))
def test_levenshtein_is_a_distance(a: str, b: str, c: str) -> None:
    assert levenshtein(a, b) == levenshtein(b, a)
    assert (levenshtein(a, b) == 0) == (a == b)
    assert levenshtein(a, c) <= levenshtein(a, b) + levenshtein(b, c)
    assert abs(len(a) - len(b)) <= levenshtein(a, b) <= max(len(a), len(b))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("spaghetti", "Spaghetti"),
        ("onions", "onion"),
        ("all-purpose flour", "flour"),
        ("freshly ground black pepper", "black pepper"),
        ("cloves garlic", "garlic clove"),
        ("unsalted butter, softened", "butter"),
        ("Gruyère", "gruyere"),
        ("醤油", "醤油"),
    ],
)
def test_names_of_one_ingredient_match(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("butter", "peanut butter"),
        ("rice", "rice vinegar"),
        ("chicken", "chicken stock"),
        ("black pepper", "bell pepper"),
        ("", "rice"),
        ("醤油", "味噌"),
    ],
)
def test_names_of_two_ingredients_do_not(one: str, other: str) -> None:
    assert not same_name(one, other)


@given(st.text(max_size=40))
def test_any_name_has_a_core_of_at_most_two_words(name: str) -> None:
    assert len(core(name)) <= 2


def test_the_ends_of_the_tolerance_are_inside() -> None:
    assert within(110, 100, None, 0.1)
    assert within(90, 100, None, 0.1)
    assert not within(110.1, 100, None, 0.1)
    assert within(132, 100, 120, 0.1)
    assert within(0, 0, None, 0.1)
