"""Near-duplicates: rewritings of a dish stay together, other dishes do not, in any order."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from array import array
from collections.abc import Iterable

import pytest

from recipe_data.building.compact import WordSets
from recipe_data.building.keys import Keys, SplitKey, split_key, word_hashes
from recipe_data.building.near import (
    NEAR_DUPLICATE,
    Groups,
    band_hashes,
    jaccard,
    join_near_duplicates,
)
from recipe_data.building.split import group_alike
from recipe_data.schema import Ingredient, Recipe

LASAGNA = (
    "lasagne sheets", "minced beef", "onion", "carrot", "celery", "tinned tomatoes", "red wine",
    "milk", "butter", "flour", "parmesan",
)  # fmt: skip


def key(title: str, *names: str, grams: float = 100.0) -> SplitKey:
    ingredients = tuple(Ingredient(grams, None, "g", name) for name in names)
    return split_key(Recipe("id", title, None, ingredients, (), ""))


def names_of_groups(keys: Iterable[SplitKey]) -> list[str]:
    kept = Keys(io.BytesIO())
    for key in keys:
        kept.append(key.hashed())
    return [kept.titles[leader] for leader in group_alike(kept)]


def together(*keys: SplitKey) -> bool:
    return len(set(names_of_groups(keys))) == 1


def grouped(sets: list[tuple[str, ...]]) -> list[list[int]]:
    groups = Groups(len(sets))
    hashed = WordSets(map(word_hashes, sets))
    for band in zip(*map(band_hashes, sets), strict=True):
        join_near_duplicates(groups, hashed, array("q", band))
    members: dict[int, list[int]] = {}
    for item in range(len(sets)):
        members.setdefault(groups.root(item), []).append(item)
    return sorted(members.values())


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("", "", 0.0),
        ("a", "", 0.0),
        ("abc", "abc", 1.0),
        ("abc", "def", 0.0),
        ("abcd", "bcde", 3 / 5),
        ("aab", "ab", 1.0),
        ("abcdefghi", "abcdefghj", 8 / 10),
    ],
)
def test_jaccard_by_hand(one: str, other: str, similarity: float) -> None:
    assert jaccard(one, other) == similarity == jaccard(other, one)


def test_words_are_those_of_the_title_and_the_names_of_the_ingredients() -> None:
    words = key("Peas with Rice II", "Rice", "garden peas", "rice").words
    assert words == ("+garden pea", "+rice", "pea", "rice")
    assert key("Rice and Pea", "peas, garden", "RICE").words == words


def test_a_typo_in_the_title_and_one_ingredient_more_stay_together() -> None:
    first = key("Beef Lasagna", *LASAGNA)
    assert together(first, key("Beef Lasanga", *LASAGNA, grams=90))
    assert together(first, key("Beef Lasagna with Nutmeg", *LASAGNA, "nutmeg"))
    assert together(first, key("Beef Lasanga", *LASAGNA, "nutmeg"))


def test_other_dishes_stay_apart() -> None:
    first = key("Beef Lasagna", *LASAGNA)
    assert not together(first, key("Lentil Lasagna", "lentils", *LASAGNA[3:9], "mozzarella"))
    assert not together(first, key("Pea Soup", "peas", "stock", "mint"))


def test_the_threshold_is_included() -> None:
    assert NEAR_DUPLICATE == 0.8
    assert grouped([tuple("abcdefghi"), tuple("abcdefghj")]) == [[0, 1]]
    assert grouped([tuple("abcdefgh"), tuple("abcdefgi")]) == [[0], [1]]  # 7 of 9


def test_empty_sets_are_like_nothing() -> None:
    assert grouped([(), (), ("a",)]) == [[0], [1], [2]]


def variants(seed: int) -> list[tuple[str, ...]]:
    """Return sets of which some are near-duplicates, and chains of them."""
    rng = random.Random(seed)
    sets = []
    for dish in range(12):
        words = {f"{dish}.{n}" for n in range(rng.randrange(4, 20))}
        for _ in range(rng.randrange(1, 6)):
            for _ in range(rng.randrange(3)):
                words = (words - {rng.choice(sorted(words))}) | {f"w{rng.randrange(30)}"}
            sets.append(tuple(sorted(words)))
    return sets


@pytest.mark.parametrize("seed", range(40))
def test_groups_are_those_of_all_pairs_in_any_order(seed: int) -> None:
    sets = variants(seed)
    exact = Groups(len(sets))
    for i, one in enumerate(sets):
        for j, other in enumerate(sets[:i]):
            if jaccard(one, other) >= NEAR_DUPLICATE:
                exact.join(i, j)
    expected = {frozenset(i for i in range(len(sets)) if exact.root(i) == exact.root(j))
                for j in range(len(sets))}  # fmt: skip
    order = random.Random(seed).sample(range(len(sets)), len(sets))
    found = grouped([sets[i] for i in order])
    assert {frozenset(order[i] for i in members) for members in found} == expected


def test_names_of_groups_do_not_depend_on_the_order() -> None:
    keys = [key(f"Dish {'o' * n}", *LASAGNA, grams=n) for n in range(1, 9)]
    keys += [key(f"Soup {'o' * n}", "peas", f"herb {n}") for n in range(1, 9)]
    names = dict(zip(keys, names_of_groups(keys), strict=True))
    assert len(set(names.values())) == 9
    shuffled = random.Random(3).sample(keys, len(keys))
    assert names_of_groups(shuffled) == [names[k] for k in shuffled]


def test_every_process_finds_the_same() -> None:
    code = (
        "from recipe_data.building.keys import SplitKey\n"
        "print(SplitKey('pea soup', '1 pea', ('+pea', 'pea', 'ü')).hashed())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs != {""}
