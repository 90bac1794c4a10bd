"""Patterns: dishes whose foods vary, so that a model has to read the title."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from random import Random
from statistics import mean
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_data.demo.compose import compose_rows
from recipe_data.demo.drawing import ASKED_MOST, PATTERN_SHARE, choose, draw_dishes
from recipe_data.demo.foods import Food, foods
from recipe_data.demo.knowledge import DishTemplate, check_dish
from recipe_data.demo.markup import facts
from recipe_data.demo.patterns import Pattern, patterns, read_pattern

ROWS = 1200
LEAST_MINUTES = {"poultry": 8, "meat": 5, "fish": 4, "shellfish": 3}
RISOTTO = {
    "titles": ["{vegetable} Risotto", "Risotto with {vegetables}"],
    "serves": 2,
    "vegetarian": {"stock": "475 ml vegetable stock"},
    "slots": {"vegetable": {"of": "mushrooms leek", "way": "saute"}},
    "ingredients": {
        "rice": "150 g (cup) Arborio rice",
        "vegetable": 0.5,
        "stock": "475 ml chicken stock",
    },
    "extras": {"onion": "1 onion, chopped"},
    "steps": [
        ["_Cook_ the {vegetable}[ and {onion}] for {vegetable min}."],
        ["_Add_ the {rice} and {stock} and _stir_ for {18 min}."],
    ],
}


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    """Gold of the rows of a corpus that patterns made."""
    gold = [row.gold for row in compose_rows(ROWS, seed=3)]
    return [g for g in gold if g["pattern"] and g["expected"] == "kept"]


def each_food(pattern: Pattern) -> Iterator[tuple[DishTemplate, dict[str, Food]]]:
    """Dishes in which every food of every slot has its turn."""
    rng = Random(2)
    for slot in pattern.slots:
        for food in pattern.slots[slot].foods:
            chosen = {slot: food}
            for other in pattern.slots:
                if other != slot:
                    chosen[other] = rng.choice(pattern.fits(other, chosen))
            ordered = {name: chosen[name] for name in pattern.slots}
            yield pattern.fill(ordered), ordered


def test_a_pattern_makes_a_dish_of_its_foods() -> None:
    pattern = read_pattern("rice", RISOTTO)
    dish = pattern.fill({"vegetable": foods()["leek"]})
    assert dish.titles == ("Leek Risotto", "Risotto with Leeks")
    assert (dish.family, dish.pattern, dish.foods) == ("rice", "{vegetable} Risotto", ("leek",))
    amounts = {item.key: (item.quantity, item.name) for item in dish.items}
    assert amounts["leek"] == (0.5, "leek")  # half of what four eat, for half as many, halved
    assert dish.steps[0] == ("_Cook_ the {leek}[ and {onion}] for {8 min}.",)
    assert dish.vegetarian is not None


def test_titles_describe_by_one_and_name_by_many() -> None:
    (words,) = ({food.key: (food.describes, food.named) for food in foods().values()},)
    assert words["mushrooms"] == ("Mushroom", "Mushrooms")
    assert words["sweet_potato"] == ("Sweet Potato", "Sweet Potatoes")
    assert words["asparagus"] == ("Asparagus", "Asparagus")
    assert words["black_eyed_peas"] == ("Black-Eyed Pea", "Black-Eyed Peas")
    assert words["cherries"] == ("Cherry", "Cherries")
    assert words["chicken"] == ("Chicken", "Chicken")


def test_there_are_many_patterns_of_many_kinds_and_many_foods() -> None:
    families = Counter(pattern.family for pattern in patterns())
    assert len(patterns()) >= 90
    assert len(families) >= 10
    assert min(families.values()) >= 4
    assert len({pattern.name for pattern in patterns()}) == len(patterns())
    assert len(foods()) >= 200


def test_most_foods_are_in_several_patterns() -> None:
    places = Counter(
        key
        for pattern in patterns()
        for key in {food.key for slot in pattern.slots.values() for food in slot.foods}
    )
    assert places.keys() == foods().keys()
    assert sum(n >= 3 for n in places.values()) > 0.75 * len(places)


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_every_food_makes_a_dish_that_hangs_together(pattern: Pattern) -> None:
    for dish, chosen in each_food(pattern):
        check_dish(dish)
        keys = [item.key for item in dish.items]
        assert len(set(keys)) == len(keys), dish.name
        assert set(dish.foods) <= set(keys)
        assert len({food.kin for food in chosen.values()}) == len(chosen)
        assert not re.search(r"[{}]", " ".join(dish.titles))
        assert "{0 min}" not in str(dish.steps), dish.name
        named = " ".join(dish.titles)
        assert any(f.describes in named or f.named in named for f in chosen.values())


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_every_slot_is_named_in_a_title(pattern: Pattern) -> None:
    titles = " ".join(pattern.titles)
    assert [slot for slot in pattern.slots if f"{{{slot}" not in titles] == []


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_raw_meat_and_fish_are_cooked_long_enough(pattern: Pattern) -> None:
    for dish, chosen in each_food(pattern):
        for slot, food in chosen.items():
            item = pattern.slots[slot].way(food).item
            ready = re.search(r"cooked|sliced|crab", f"{item.name} {item.preparations}")
            if food.kind not in LEAST_MINUTES or item.measure == "can" or ready:
                continue
            wordings = [step[0] for step in dish.steps]
            first = next(i for i, wording in enumerate(wordings) if food.key in facts(wording).keys)
            minutes = sum(sum(facts(wording).minutes) for wording in wordings[first:])
            assert minutes >= LEAST_MINUTES[food.kind], dish.name


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_a_vegetarian_version_holds_no_meat(pattern: Pattern) -> None:
    for dish, chosen in each_food(pattern):
        if dish.vegetarian is not None:
            assert all(food.meatless for food in chosen.values()), dish.name


def test_fish_is_done_before_poultry_and_poultry_before_stewing_beef() -> None:
    def minutes(kind: str, way: str) -> list[float]:
        return [f.ways[way].minutes for f in foods().values() if f.kind == kind and way in f.ways]

    for way in ("saute", "pan", "simmer", "bake"):
        assert max(minutes("shellfish", way)) < min(minutes("poultry", way))
        assert min(minutes("poultry", way)) >= 8
    assert max(minutes("fish", "bake")) < min(minutes("poultry", "bake"))
    assert min(minutes("poultry", "roast")) >= 25
    assert min(minutes("meat", "braise")) > foods()["chicken"].ways["braise"].minutes


def test_every_food_of_the_title_is_listed_and_used(made: list[dict[str, Any]]) -> None:
    named = 0
    for gold in made:
        title = gold["title"].lower()
        lines = " ".join(i["name"].lower() for i in gold["ingredients"])
        steps = " ".join(step["text"].lower() for step in gold["steps"])
        for key in gold["title_foods"]:
            food = foods()[key.replace(" ", "_")]
            word = key.split()[-1][:-2]
            assert word in lines, (gold["title"], key)
            assert word in steps, (gold["title"], key)
            named += food.describes.lower() in title or food.named.lower() in title
    assert named > 1.3 * len(made)


def test_rows_are_spread_over_patterns_and_foods(made: list[dict[str, Any]]) -> None:
    rows = Counter(gold["pattern"] for gold in made)
    assert rows.keys() == {pattern.name for pattern in patterns()}
    often, once = (
        [rows[one.name] for one in patterns() if (one.family in ASKED_MOST) == asked_most]
        for asked_most in (True, False)
    )
    for alike in (often, once):
        assert max(alike) - min(alike) <= 4  # spoilt rows are not among them
    assert mean(often) == pytest.approx(2 * mean(once), rel=0.1)
    used = Counter(food for gold in made for food in gold["title_foods"])
    assert len(used) > 0.97 * len(foods())
    places = defaultdict(set)
    for gold in made:
        for food in gold["title_foods"]:
            places[food].add(gold["pattern"])
    several = [food for food, where in places.items() if len(where) >= 3]
    assert len(several) > 0.6 * len(foods())
    assert max(used.values()) < 0.08 * len(made)


def test_a_pattern_repeats_no_foods_as_long_as_it_knows_others() -> None:
    dishes = [dish for dish in draw_dishes(1000, Random(4)) if dish.pattern]
    assert len(dishes) == 1000 * PATTERN_SHARE
    combinations = {(dish.pattern, dish.foods) for dish in dishes}
    assert len(combinations) == len(dishes)


def test_foods_of_a_kin_stay_apart() -> None:
    entry = {
        **RISOTTO,
        "slots": {
            "vegetable": {"of": "potato sweet_potato", "way": "saute"},
            "other": {"of": "potato sweet_potato leek", "way": "saute"},
        },
        "ingredients": {**RISOTTO["ingredients"], "other": 1},  # type: ignore[dict-item]
        "steps": [["_Fry_ the {vegetable}, {other}, {rice}[, {onion}] and {stock} for {9 min}."]],
    }
    pattern = read_pattern("rice", entry)
    combined = {tuple(f.key for f in chosen.values()) for chosen in pattern.combinations()}
    assert combined == {("potato", "leek"), ("sweet_potato", "leek")}
    for seed in range(20):
        assert choose(pattern, {}, Random(seed))["other"].key == "leek"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots": {"vegetable": {"of": "unicorn"}}}, "unicorn is neither food nor class"),
        ({"slots": {"vegetable": {"of": "cucumber", "way": "saute"}}}, "cucumber knows no saute"),
        ({"slots": {"vegetable": {"of": "potato", "way": "saute", "but": "potato"}}}, "knows no"),
        ({"slots": {"vegetable": {"of": "leek"}, "other": {"of": "peas"}}}, "has no line"),
        ({"titles": ["{legume} Risotto"]}, "legume is no slot"),
        ({"steps": [["_Cook_ the {vegetable}."]]}, "is not used in its steps"),
        ({"steps": [["_Cook_ the {vegtable}, {rice}, {stock}[, {onion}]."]]}, "vegtable is not"),
    ],
)
def test_a_wrong_pattern_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TopochefError, match=re.escape(message)):
        read_pattern("rice", {**RISOTTO, **change})
