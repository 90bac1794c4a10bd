"""The most similar pair across the split is exact, and named whatever the order."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.building.compact import Texts, WordSets
from recipe_data.building.keys import word_hashes
from recipe_data.building.leaks import Similarity, largest_similarity
from recipe_data.building.near import jaccard
from recipe_data.building.split import Split

Side = dict[tuple[str, ...], str]


def side(rng: random.Random, name: str, words: str) -> Side:
    sets = (tuple(sorted(rng.sample(words, rng.randrange(1, 8)))) for _ in range(25))
    return {words: f"{name} {''.join(words)}" for words in sets}


def most_alike(
    train: Side, test: Side, progress: Callable[[int], None] = lambda position: None
) -> Similarity:
    sets = WordSets(map(word_hashes, [*train, *test]))
    splits: list[Split] = [*["train"] * len(train), *["test"] * len(test)]  # type: ignore[list-item]
    return largest_similarity(sets, Texts([*train.values(), *test.values()]), splits, progress)


@given(st.integers(0, 10_000), st.sampled_from(["abcdefghij", "abcdefghijklmnopqrstuvwxyz"]))
def test_as_if_every_pair_had_been_compared(seed: int, words: str) -> None:
    rng = random.Random(seed)
    train, test = side(rng, "train", words), side(rng, "test", words)
    best = min(
        (-jaccard(one, other), test[one], train[other]) for one in test for other in train
    )  # fmt: skip
    found = most_alike(train, test)
    assert (found.similarity, found.test_title, found.train_title) == (-best[0], *best[1:])
    reordered = (dict(rng.sample(list(s.items()), len(s))) for s in (train, test))
    assert most_alike(*reordered) == found


def test_by_hand() -> None:
    train = {("+pea", "+rice", "risotto"): "Risotto", ("+bread", "blt"): "BLT"}
    test = {("+pea", "+rice", "mint", "soup"): "Mint Soup"}
    found = most_alike(train, test)
    assert found == Similarity(pytest.approx(2 / 5), "Mint Soup", "Risotto")  # type: ignore[arg-type]


def test_nothing_in_common() -> None:
    assert most_alike({("a",): "A"}, {("b",): "B"}) == Similarity(0.0, "", "")
    assert most_alike({}, {("b",): "B"}) == Similarity(0.0, "", "")


def test_progress_is_heard_of() -> None:
    heard: list[int] = []
    train: Side = {(f"a{n}", "b"): "A" for n in range(3000)}
    most_alike(train, {("a7", "b"): "B"}, heard.append)
    assert heard == [0, 1024, 2048]
