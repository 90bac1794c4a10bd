"""Flat arrays hold what lists, sets and dictionaries would."""

from __future__ import annotations

import random
from array import array
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from recipe_data.building.compact import Hashes, Texts, WordSets, agreeing, prefix
from recipe_data.building.near import jaccard

SIGNED = st.integers(-(2**63), 2**63 - 1)
FEW = st.sampled_from([0, -1, 1, 2**40, -(2**63)])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts_come_back(texts: list[str]) -> None:
    kept = Texts(texts)
    assert len(kept) == len(texts)
    assert list(kept) == [kept[number] for number in range(len(texts))] == texts


@given(st.lists(SIGNED | FEW))
def test_equal_keys_are_found_wherever_they_stand(keys: list[int]) -> None:
    found = {keys[alike[0]]: alike for alike in agreeing(array("q", keys))}
    expected = {key for key, count in Counter(keys).items() if count > 1}
    assert found == {
        key: [position for position, other in enumerate(keys) if other == key] for key in expected
    }


def test_hashes_are_remembered_while_the_table_grows() -> None:
    rng = random.Random(1)
    hashes, known = Hashes(), set[int]()
    for value in (rng.choice((rng.getrandbits(64), rng.randrange(3000))) for _ in range(20_000)):
        assert hashes.add(value) == (value not in known)
        known.add(value)
    assert not any(hashes.add(value) for value in known)


@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.75, 0.8, 1.0]))
def test_similar_sets_share_a_word_of_their_prefixes(seed: int, similarity: float) -> None:
    rng = random.Random(seed)
    words = [rng.getrandbits(63) for _ in range(12)]
    sets = WordSets(array("q", rng.sample(words, rng.randrange(1, 12))) for _ in range(20))
    for one in range(20):
        mine = sets.rarest_first(one)
        assert sorted(mine) == sorted(sets[one])
        for other in range(one):
            if jaccard(sets[one], sets[other]) >= similarity:
                others = sets.rarest_first(other)
                assert set(prefix(mine, similarity)) & set(prefix(others, similarity))
