"""Splits: alike recipes on one side, the same in any order, no title on both sides."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.building.split import (
    SPLITS,
    SplitKey,
    assign_splits,
    group_alike,
    largest_overlap,
    split_key,
    title_words,
)
from recipe_data.errors import TopochefError
from recipe_data.schema import Ingredient, Recipe


def recipe(title: str, *names: str) -> Recipe:
    ingredients = tuple(Ingredient(100.0, None, "g", name) for name in names)
    return Recipe("id", title, None, ingredients, (), "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beans and Rice", "Rice with Beans"),
        ("Macaroni & Cheese II", "Macaroni and Cheese III"),
        ("Crème Brûlée", "CREME BRULEE!"),
        ("Mom's Lasagna", "Moms Lasagna"),
        ("Turkey Club Sandwich", "Turkey Club Sandwiches"),
    ],
)
def test_titles_that_say_the_same_are_alike(one: str, other: str) -> None:
    groups = group_alike([split_key(recipe(one, "a")), split_key(recipe(other, "b"))])
    assert len(set(groups)) == 1


def test_equal_ingredients_make_recipes_alike_whatever_their_order_and_case() -> None:
    one, other = recipe("Quick Ziti", "ziti", "Sauce"), recipe("Best Ziti", "sauce", "ziti")
    assert len(set(group_alike([split_key(one), split_key(other)]))) == 1
    assert len(set(group_alike([split_key(one), split_key(recipe("Best Ziti", "ziti"))]))) == 2


def test_a_chain_of_alike_recipes_is_one_group() -> None:
    keys = [SplitKey("a", "1"), SplitKey("c", "3"), SplitKey("b", "2"), SplitKey("b", "1")]
    keys.append(SplitKey("c", "2"))
    assert group_alike(keys) == ["a"] * 5
    assert group_alike(keys[:3]) == ["a", "c", "b"]


@given(st.integers(0, 10_000))
def test_splits_do_not_depend_on_the_order_and_never_share_a_key(seed: int) -> None:
    rng = random.Random(seed)
    keys = [SplitKey(f"dish {rng.randrange(300)}", f"{rng.randrange(300)}") for _ in range(120)]
    splits = assign_splits(group_alike(keys), seed)
    shuffled = list(range(len(keys)))
    rng.shuffle(shuffled)
    again = assign_splits(group_alike([keys[i] for i in shuffled]), seed)
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
    splits = assign_splits([f"dish {n}" for n in range(rows)], seed=7, test_rows=asked)
    assert [splits.count(s) for s in SPLITS] == [rows - test - validation, validation, test]


def test_the_seed_decides() -> None:
    groups = [f"dish {n}" for n in range(300)]
    assert assign_splits(groups, 1) == assign_splits(groups, 1)
    assert assign_splits(groups, 1) != assign_splits(groups, 2)


def test_impossible_splits_are_refused() -> None:
    with pytest.raises(TopochefError, match=r"10 recipes cannot give 6 test rows"):
        assign_splits([f"dish {n}" for n in range(10)], 7, test_rows=6)
    with pytest.raises(TopochefError, match=r"50 recipes in 1 groups leave validation and test"):
        assign_splits(["one dish"] * 50, 7)


def test_largest_overlap_counts_shared_words() -> None:
    found = largest_overlap(["Pea Soup", "Easy Pea Risotto", "BLT"], ["Pea Risotto with Mint"])
    assert (found.train_title, found.test_title) == ("Easy Pea Risotto", "Pea Risotto with Mint")
    assert found.similarity == pytest.approx(2 / 4)
    assert largest_overlap(["BLT"], ["Pea Soup"]).similarity == 0.0
    assert title_words("The IV") == {"the"}


def test_large_groups_are_held_out_last() -> None:
    large = [f"large {n // 25}" for n in range(250)]
    splits = assign_splits([*large, *(f"dish {n}" for n in range(350))], seed=7)
    assert set(splits[:250]) == {"train"}
    assert [splits.count(split) for split in SPLITS] == [540, 30, 30]
    only_large = assign_splits([f"large {n // 25}" for n in range(600)], seed=7)
    assert [only_large.count(split) for split in SPLITS] == [550, 25, 25]
