"""The pantry: one table of foods, and the one answer to which food a name means."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_data.check import check_recipe
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.pantry.densities import grams_per_ml
from recipe_data.pantry.identity import (
    canonical,
    carrier,
    core_celsius,
    foods_in,
    identity,
    same_food,
)
from recipe_data.pantry.seasoning import is_seasoning
from recipe_data.pantry.table import ALLERGENS, LONGEST, OF_ANIMALS, foods, read_group
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient, Recipe
from recipe_data.tasks.by_hand.curated import Question
from recipe_data.tasks.by_hand.validity import question_fault
from recipe_data.tasks.diets import diet_of, ingredient_diet
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.scale import scaled
from recipe_data.tasks.temperature import Temperature

NAMES = sorted(foods())


def recipe(line: str, step: str = "Mix all ingredients.") -> Recipe:
    listed = (parse_ingredient("200 g rice"), parse_ingredient(line))
    return Recipe("r1", "Dish", 2, listed, (parse_instruction(step),), "test")


def test_the_table_is_broad_and_every_name_is_found_by_itself() -> None:
    assert len(set(foods().values())) > 1500
    for name, food in foods().items():
        assert food_words(name) == name.split()
        assert len(name.split()) <= LONGEST
        (mention,) = foods_in(name)
        assert mention.food == food, name


@pytest.mark.parametrize(
    ("name", "substance", "level"),
    [
        ("oyster mushrooms", "shellfish", None),
        ("king oyster mushroom", "shellfish", None),
        ("coconut milk", "dairy", None),
        ("peanut butter", "dairy", None),
        ("buckwheat", "gluten", None),
        ("vegan cheese", "dairy", None),
        ("vegetarian Cheddar", "dairy", "holds"),
        ("vegetarian Parmesan", "animal rennet", None),
        ("macadamia milk", "dairy", None),
        ("macadamia milk", "tree nuts", "holds"),
        ("soya yoghurt", "soy", "holds"),
        ("garlic butter", "dairy", "holds"),
        ("walnut bread", "gluten", "holds"),
        ("plantain flour", "gluten", None),
        ("black bean noodles", "gluten", None),
        ("spinach pasta", "gluten", "holds"),
        ("goat's yoghurt", "meat", None),
        ("goat curry", "meat", "holds"),
        ("duck eggs", "meat", None),
        ("lamb's lettuce", "meat", None),
        ("cauliflower steaks", "meat", None),
        ("pepper steak", "meat", "holds"),
        ("garlic sausage", "meat", "holds"),
        ("gluten-free bread", "gluten", None),
        ("bread, gluten free", "gluten", None),
        ("bread or gluten-free crackers", "gluten", "holds"),
        ("dairy-free margarine and cheese", "dairy", "holds"),
        ("meatless meatballs", "meat", None),
        ("egg substitute", "egg", "may hold"),
        ("nut-free pesto", "tree nuts", None),
        ("haddock", "fish", "holds"),
        ("periwinkles", "shellfish", "holds"),
    ],
)
def test_the_longest_name_says_what_a_food_holds(
    name: str, substance: str, level: str | None
) -> None:
    assert carrier(name, substance) == level


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("courgettes", "zucchini", True),
        ("king prawns", "prawns", False),
        ("garbanzo beans", "tinned chickpeas", True),
        ("aubergine", "eggplant", True),
        ("rocket", "baby arugula", False),
        ("double cream", "heavy cream", True),
        ("Cheddar cheese", "Cheddar", True),
        ("butter", "butter beans", False),
        ("milk", "coconut milk", False),
    ],
)
def test_foods_of_several_names_are_one(one: str, other: str, same: bool) -> None:
    assert (identity(one) == identity(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("courgettes", "sliced zucchini", True),
        ("mozzarella cheese", "mozzarella", True),
        ("Yukon Gold potatoes", "yukon gold", True),
        ("parsley leaves", "flat-leaf parsley", True),
        ("apricot jam", "strawberry jam", False),
        ("apple jelly", "apple", False),
        ("salt and pepper", "salt", False),
        ("gluten-free bread", "bread", False),
        ("ham and cheese", "cheese", False),
        ("chicken crisps", "chicken", False),
        ("mystery mix", "mystery mixes", True),
    ],
)
def test_names_of_the_same_food(one: str, other: str, same: bool) -> None:
    assert same_food(one, other) is same is same_food(other, one)


def test_a_weight_is_that_of_the_food_whatever_it_is_called() -> None:
    for one, other in (
        ("bread crumbs", "breadcrumbs"),  # 108 g a cup; 100 and 108 where each name had its own
        ("Gruyère", "grated Gruyère cheese"),
        ("confectioners' sugar", "icing sugar"),
        ("dried chickpeas", "dried beans"),
        ("basmati rice", "rice"),
    ):
        assert grams_per_ml(one) == grams_per_ml(other) is not None
    assert grams_per_ml("rice", "cooked") != grams_per_ml("rice")
    for name in ("apple butter", "blueberry jam", "cream of chicken", "chocolate milk"):
        assert grams_per_ml(name) is None


@pytest.mark.parametrize(
    ("name", "seasons"),
    [
        ("kosher salt and black pepper", True),
        ("crushed red pepper", True),
        ("ground cloves", True),
        ("dried dill", True),
        ("garlic powder", True),
        ("pepper", True),
        ("fresh ginger", False),
        ("dill", False),
        ("garlic", False),
        ("cinnamon crystals", False),
        ("active dry yeast", False),
    ],
)
def test_the_table_says_what_only_seasons(name: str, seasons: bool) -> None:
    assert is_seasoning(Ingredient(5.0, None, "ml", name)) is seasons


def test_a_name_that_names_no_food_has_no_identity() -> None:
    assert identity("mystery mix") is None
    assert canonical("mystery mix") == "mystery mix"


@given(st.lists(st.sampled_from([*NAMES, "free", "vegan", "or", "and", ",", "s", "2"]), max_size=8))
def test_any_text_of_foods_is_read_in_order(parts: list[str]) -> None:
    text = " ".join(parts)
    found = foods_in(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(mention.food.holds.isdisjoint(mention.food.may_hold) for mention in found)
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize("name", NAMES[::31])
def test_what_is_asked_for_as_vegan_is_not_warned_of(name: str) -> None:
    """The prompts that state a diet and the warnings that break it come from one table."""
    made = recipe(f"100 g {name}")
    stated = diet_of(made)
    assert stated is None or stated == (ingredient_diet(made.ingredients[1].name))
    if stated is not None:
        assert [w for w in check_recipe(made, diet=stated) if w.code == "diet"] == []
    named = foods_in(made.ingredients[1].name)
    if any(OF_ANIMALS & mention.food.without(mention.free).holds for mention in named):
        assert stated != "vegan"
        assert any(w.code == "diet" for w in check_recipe(made, diet="vegan"))


@pytest.mark.parametrize(
    ("food", "least"),
    [
        ("chicken", 74),
        ("capon", 74),
        ("hen", 74),
        ("duck", 74),
        ("goose", 74),
        ("quail", 74),
        ("ground turkey", 74),
        ("minced beef", 71),
        ("pork sausages", 71),
        ("frittata", 71),
        ("pork", 63),
        ("salmon", 63),
        ("ham", 60),
        ("chicken stock", None),
        ("ground cumin", None),
        ("oyster mushrooms", None),
    ],
)
def test_all_who_ask_have_one_core_temperature(food: str, least: int | None) -> None:
    assert core_celsius(food) == least
    if least is None or least < 63:
        return
    colder = f"Roast until it reads {least - 2} °C on a thermometer."
    asked = recipe(f"500 g {food}", colder)
    assert list(Temperature().rows(asked, Draw("r1", 7))) == []
    question = Question("temperature", f"How hot is {food} inside?", f"{least - 2} °C")
    assert question_fault(question) == f"safe from {least} °C inside"
    if least == 74:  # of game birds, which many like pink, nobody is warned
        warned = "unsafe-poultry" in [w.code for w in check_recipe(asked)]
        assert warned is (identity(food).family == "poultry")


def test_pieces_that_nobody_halves_stay_whole() -> None:
    listed = [Ingredient(3.0, None, "unit", name) for name in ("duck eggs", "bagels", "onions")]
    assert [i.quantity for i in scaled(listed, 0.5)] == [2.0, 2.0, 1.5]


def test_a_malformed_table_is_named() -> None:
    for group in (
        {"family": "milk", "foods": "milk", "hold": "dairy"},
        {"family": "milk", "holds": "diary", "foods": "milk"},
        {"family": "milk", "foods": "milk,, cream"},
        {"family": "milk", "foods": "milk: heavy"},
        {"family": "milk", "foods": "milk: 240 240"},
        {"family": "milk", "foods": "milk", "seasons": "dry"},
    ):
        with pytest.raises(TopochefError, match="milk, group 1"):
            list(read_group(group, "milk, group 1"))


def test_every_allergen_may_be_known_only_in_part() -> None:
    for substance in ALLERGENS:
        assert any(substance in food.holds for food in foods().values()), substance
