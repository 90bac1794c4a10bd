"""The most similar pair across the split is exact, and named whatever the order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.building.leaks import Similarity, largest_similarity
from recipe_data.building.near import jaccard

Side = dict[tuple[str, ...], str]


def side(rng: random.Random, name: str, words: str) -> Side:
    sets = (tuple(sorted(rng.sample(words, rng.randrange(1, 8)))) for _ in range(25))
    return {words: f"{name} {''.join(words)}" for words in sets}


@given(st.integers(0, 10_000), st.sampled_from(["abcdefghij", "abcdefghijklmnopqrstuvwxyz"]))
def test_as_if_every_pair_had_been_compared(seed: int, words: str) -> None:
    rng = random.Random(seed)
    train, test = side(rng, "train", words), side(rng, "test", words)
    best = min(
        (-jaccard(one, other), test[one], train[other]) for one in test for other in train
    )  # fmt: skip
    found = largest_similarity(train, test)
    assert (found.similarity, found.test_title, found.train_title) == (-best[0], *best[1:])
    reordered = (dict(rng.sample(list(s.items()), len(s))) for s in (train, test))
    assert largest_similarity(*reordered) == found


def test_by_hand() -> None:
    train = {("+pea", "+rice", "risotto"): "Risotto", ("+bread", "blt"): "BLT"}
    test = {("+pea", "+rice", "mint", "soup"): "Mint Soup"}
    found = largest_similarity(train, test)
    assert found == Similarity(pytest.approx(2 / 5), "Mint Soup", "Risotto")  # type: ignore[arg-type]


def test_nothing_in_common() -> None:
    assert largest_similarity({("a",): "A"}, {("b",): "B"}) == Similarity(0.0, "", "")
    assert largest_similarity({}, {("b",): "B"}) == Similarity(0.0, "", "")


def test_every_test_recipe_is_heard_of() -> None:
    heard: list[int] = []
    train: Side = {("a", "b"): "A"}
    largest_similarity(train, {("a", "b", "c"): "B", ("a", "b"): "C"}, heard.append)
    assert heard == [1, 2]
