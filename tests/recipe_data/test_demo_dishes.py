"""The knowledge base's dishes: famous ones, all foods used, amounts that a cook would take."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Any

import pytest
from demo_terms import MEAT, PLAIN

from recipe_base.errors import TopochefError
from recipe_data.demo.drawing import choose
from recipe_data.demo.knowledge import DishTemplate, dishes, read_dish
from recipe_data.demo.lines import write_line
from recipe_data.demo.markup import Facts, facts
from recipe_data.demo.patterns import patterns
from recipe_data.demo.recipes import SERVINGS, compose_recipe
from recipe_data.pantry.identity import is_meatless

FAMOUS = (
    "Mushroom Risotto", "Spaghetti Carbonara", "BLT", "Club Sandwich", "Paella", "Fried Rice",
    "Chicken Biryani", "Lasagne", "Mac and Cheese", "Grilled Cheese", "Reuben", "Pork Banh Mi",
    "Cacio e Pepe", "Spaghetti Aglio e Olio", "Spaghetti Puttanesca", "Amatriciana Pasta",
    "Pesto Pasta", "Spaghetti Bolognese", "Jambalaya", "Rice Pilaf",
)  # fmt: skip


def made_dishes() -> list[DishTemplate]:
    """Two dishes of every pattern, as chance fills it."""
    return [
        pattern.fill(choose(pattern, {}, Random(seed))) for pattern in patterns() for seed in (1, 2)
    ]


DISHES = (*dishes(), *made_dishes())


def test_there_are_many_dishes_and_the_famous_ones() -> None:
    families = Counter(dish.family for dish in dishes())
    assert len(dishes()) >= 65
    assert min(families[family] for family in ("pasta", "rice", "sandwich")) >= 16
    titles = {title for dish in dishes() for title in dish.titles}
    assert [famous for famous in FAMOUS if famous not in titles] == []
    assert len(titles) == sum(len(dish.titles) for dish in dishes())


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_every_chosen_ingredient_is_used_in_a_step(dish: DishTemplate) -> None:
    rng = Random(5)
    for _ in range(30):
        recipe = compose_recipe(dish, rng)
        text = " ".join(step.text for step in recipe.steps)
        for line in recipe.lines:
            key = next(
                item.key
                for item in (*dish.items, *(dish.vegetarian or {}).values())
                if line.name.startswith(item.name[:-2])
            )
            assert key.replace("_", " ")[:-2] in text, (recipe.title.text, line.text)


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_amounts_are_plausible_for_one_eater(dish: DishTemplate) -> None:
    fixed = [item for item in dish.items if not item.optional]
    per_head = {i.key: (i.quantity or 0) / dish.serves for i in dish.items if i.unit != "unit"}
    water = {"water", "stock"}
    assert all(0.3 <= v <= 275 for k, v in per_head.items() if v and k not in water), per_head
    assert sum(per_head[i.key] for i in fixed if i.unit != "unit") <= 700
    assert all((i.quantity or 1) / dish.serves <= 3 for i in dish.items if i.unit == "unit")
    assert dish.serves in SERVINGS
    assert sum(item.unit == "g" or item.unit == "unit" for item in fixed) >= 2
    for item in dish.items:
        last = item.key.split("_")[-1].removesuffix("s")
        assert last in item.name.lower(), (item.key, item.name)


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_amounts_grow_with_the_servings(dish: DishTemplate) -> None:
    for item in dish.items:
        for servings in SERVINGS:
            line = write_line(item, servings / dish.serves, PLAIN, Random(0))
            wanted = (item.quantity or 0) * servings / dish.serves
            if item.unit == "unit":
                assert abs((line.quantity or 0) - wanted) <= max(0.5, 1 - wanted), line.text
            else:
                # Foods are not portioned for each pattern: up to half the way from 1/3 to 1/2 cup.
                near = 0.23 if dish.pattern else 0.14
                assert (line.quantity or 0) == pytest.approx(wanted, rel=near, abs=1.3), line.text


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_wordings_of_a_step_differ_in_words_only(dish: DishTemplate) -> None:
    for wordings in dish.steps:
        stated: set[Facts] = {facts(wording) for wording in wordings}
        assert len(stated) == 1
        assert 2 <= len(set(wordings)) == len(wordings) <= 4


def test_meat_among_the_extras_is_known() -> None:
    meatless = (dish for dish in DISHES if dish.vegetarian is not None)
    extras = {item for dish in meatless for item in dish.items if item.optional}
    meat = {item.key for item in extras if not is_meatless(item.name)}
    assert {item.key for item in extras if MEAT.search(item.key)} <= meat
    assert {"bacon", "shrimp"} <= meat


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": [["_Boil_ the {rice} and {peas}."]]}, "Pilaf: peas is not an ingredient"),
        ({"steps": [["_Boil_ it."]]}, "Pilaf: rice is not used"),
        ({"steps": [["_Boil_ the {rice}.", "_Boil_ the {rice} for {9 min}."]]}, "different facts"),
        ({"steps": [["Boil the {rice}."]]}, "no action"),
        ({"steps": [["_Boil_ the {rice."]]}, "stray '{'"),
        ({"ingredients": {"rice": "200 g (slices) rice"}}, "cannot be measured in"),
        ({"ingredients": {"rice": ", boiled"}}, "is not `number"),
        ({"vegetarian": {"stock": "1 onion"}}, "swaps what is not in it"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    entry = {
        "titles": ["Pilaf"],
        "serves": 4,
        "ingredients": {"rice": "200 g (cup) rice"},
        "steps": [["_Boil_ the {rice} for {18 min}."]],
    }
    assert read_dish("rice", entry).name == "Pilaf"
    with pytest.raises(TopochefError, match=re.escape(message)):
        read_dish("rice", {**entry, **change})
