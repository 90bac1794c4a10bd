"""Splits: alike recipes on one side, the same in any order, no title on both sides."""

from __future__ import annotations

import io
import random
from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_data.building.compact import Texts
from recipe_data.building.keys import Keys, SplitKey, split_key, title_words
from recipe_data.building.leaks import largest_similarity, sets_of_words
from recipe_data.building.split import SPLITS, Split, assign_splits, group_alike
from recipe_data.schema import Ingredient, Recipe


def recipe(title: str, *names: str) -> Recipe:
    ingredients = tuple(Ingredient(100.0, None, "g", name) for name in names)
    return Recipe("id", title, None, ingredients, (), "")


def names_of_groups(keys: Sequence[SplitKey]) -> list[str]:
    kept = Keys(io.BytesIO())
    for key in keys:
        kept.append(key.hashed())
    return [kept.titles[leader] for leader in group_alike(kept)]


def splits_of(groups: Sequence[str], seed: int, test_rows: int | None = None) -> list[Split]:
    """Split rows of which the names of their groups are given."""
    return assign_splits([groups.index(name) for name in groups], Texts(groups), seed, test_rows)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beans and Rice", "Rice with Beans"),
        ("Macaroni & Cheese II", "Macaroni and Cheese III"),
        ("Crème Brûlée", "CREME BRULEE!"),
        ("Mom's Lasagna", "Moms Lasagna"),
        ("Turkey Club Sandwich", "Turkey Club Sandwiches"),
        ("Courgette Soup", "Zucchini Soup"),
    ],
)
def test_titles_that_say_the_same_are_alike(one: str, other: str) -> None:
    groups = names_of_groups([split_key(recipe(one, "a")), split_key(recipe(other, "b"))])
    assert len(set(groups)) == 1


def test_equal_ingredients_make_recipes_alike_whatever_their_order_and_case() -> None:
    one, other = recipe("Quick Ziti", "ziti", "Sauce"), recipe("Best Ziti", "sauce", "ziti")
    assert len(set(names_of_groups([split_key(one), split_key(other)]))) == 1
    assert len(set(names_of_groups([split_key(one), split_key(recipe("Best Ziti", "ziti"))]))) == 2


def test_a_chain_of_alike_recipes_is_one_group() -> None:
    keys = [SplitKey("a", "1"), SplitKey("c", "3"), SplitKey("b", "2"), SplitKey("b", "1")]
    keys.append(SplitKey("c", "2"))
    assert names_of_groups(keys) == ["a"] * 5
    assert names_of_groups(keys[:3]) == ["a", "c", "b"]


@given(st.integers(0, 10_000))
def test_splits_do_not_depend_on_the_order_and_never_share_a_key(seed: int) -> None:
    rng = random.Random(seed)
    keys = [SplitKey(f"dish {rng.randrange(300)}", f"{rng.randrange(300)}") for _ in range(120)]
    splits = splits_of(names_of_groups(keys), seed)
    shuffled = list(range(len(keys)))
    rng.shuffle(shuffled)
    again = splits_of(names_of_groups([keys[i] for i in shuffled]), seed)
    assert again == [splits[i] for i in shuffled]

    sides: defaultdict[str, set[str]] = defaultdict(set)
    for key, split in zip(keys, splits, strict=True):
        sides[f"title {key.title}"].add(split)
        sides[f"ingredients {key.ingredients}"].add(split)
    assert all(len(found) == 1 for found in sides.values())


@pytest.mark.parametrize(
    ("rows", "asked", "test", "validation"),
    [(2400, None, 120, 120), (200, None, 20, 10), (40, None, 10, 2), (200, 60, 60, 10)],
)
def test_shares(rows: int, asked: int | None, test: int, validation: int) -> None:
    splits = splits_of([f"dish {n}" for n in range(rows)], seed=7, test_rows=asked)
    assert [splits.count(s) for s in SPLITS] == [rows - test - validation, validation, test]


def test_the_seed_decides() -> None:
    groups = [f"dish {n}" for n in range(300)]
    assert splits_of(groups, 1) == splits_of(groups, 1)
    assert splits_of(groups, 1) != splits_of(groups, 2)


def test_impossible_splits_are_refused() -> None:
    with pytest.raises(TopochefError, match=r"10 recipes cannot give 6 test rows"):
        splits_of([f"dish {n}" for n in range(10)], 7, test_rows=6)
    with pytest.raises(TopochefError, match=r"50 recipes in 1 groups leave validation and test"):
        splits_of(["one dish"] * 50, 7)


def test_largest_overlap_counts_shared_words() -> None:
    titles = ["Pea Soup", "Easy Pea Risotto", "BLT", "Pea Risotto with Mint"]
    sets = sets_of_words(" ".join(title_words(title)) for title in titles)
    found = largest_similarity(sets, Texts(titles), ["train", "train", "train", "test"])
    assert found == (2 / 4, "Pea Risotto with Mint", "Easy Pea Risotto")
    assert title_words("The IV") == {"the"}


def test_large_groups_are_held_out_last() -> None:
    large = [f"large {n // 25}" for n in range(250)]
    splits = splits_of([*large, *(f"dish {n}" for n in range(350))], seed=7)
    assert set(splits[:250]) == {"train"}
    assert [splits.count(split) for split in SPLITS] == [540, 30, 30]
    only_large = splits_of([f"large {n // 25}" for n in range(600)], seed=7)
    assert [only_large.count(split) for split in SPLITS] == [550, 25, 25]
