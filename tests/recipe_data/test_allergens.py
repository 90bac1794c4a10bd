"""Allergens and diets: carriers, hidden ones, and names that only sound like one."""

from __future__ import annotations

import pytest

from recipe_base.errors import TopochefError
from recipe_data.check import check_recipe
from recipe_data.check.substances import ALLERGENS, carrier, resolve
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.pantry.table import Level, foods
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe


def recipe(lines: list[str], steps: tuple[str, ...] = ("Mix all ingredients.",)) -> Recipe:
    return Recipe(
        id="r1",
        title="Test dish",
        servings=4,
        ingredients=tuple(parse_ingredient(line) for line in lines),
        instructions=tuple(parse_instruction(step) for step in steps),
        source="test",
    )


def told(checked: Recipe, *avoid: str, diet: Diet | None = None) -> list[tuple[str, str]]:
    return [(w.message, w.where) for w in check_recipe(checked, avoid, diet)]


@pytest.mark.parametrize(
    ("name", "substance", "level"),
    [
        ("plain flour", "gluten", "holds"),
        ("rice flour", "gluten", None),
        ("gluten-free spaghetti", "gluten", None),
        ("soy sauce", "gluten", "may hold"),
        ("tamari", "gluten", None),
        ("buckwheat", "gluten", None),
        ("egg noodles", "egg", "holds"),
        ("egg noodles", "gluten", "holds"),
        ("eggplant", "egg", None),
        ("eggless noodles", "egg", None),
        ("Worcestershire sauce", "fish", "may hold"),
        ("anchovy fillets", "fish", "holds"),
        ("oyster mushrooms", "shellfish", None),
        ("oyster sauce", "shellfish", "holds"),
        ("peanut butter", "dairy", None),
        ("peanut butter", "peanut", "holds"),
        ("peanut butter", "tree nuts", None),
        ("coconut milk", "dairy", None),
        ("vegan butter", "dairy", None),
        ("lactose-free milk", "dairy", "holds"),
        ("lactose-free milk", "lactose", None),
        ("cream of tartar", "dairy", None),
        ("dark chocolate", "dairy", "may hold"),
        ("nutmeg", "tree nuts", None),
        ("water chestnuts", "tree nuts", None),
        ("pesto", "tree nuts", "may hold"),
        ("pine nuts", "peanut", None),
        ("tahini", "sesame", "holds"),
        ("stock cube", "celery", "may hold"),
        ("mayonnaise", "mustard", "may hold"),
        ("hoisin sauce", "soy", "holds"),
        ("dry white wine", "sulphites", "holds"),
        ("lupin flour", "lupin", "holds"),
        ("kidney beans", "meat", None),
        ("gelatine", "meat", "holds"),
    ],
)
def test_carriers_are_told_from_names_that_sound_alike(
    name: str, substance: str, level: Level | None
) -> None:
    assert carrier(name, substance) == level


def test_every_european_allergen_is_known() -> None:
    assert len(ALLERGENS) == 13  # crustaceans and molluscs are one
    assert all(any(name in food.holds for food in foods().values()) for name in ALLERGENS)


def test_other_words_for_allergens_are_understood() -> None:
    assert resolve(["nuts"])[0] == ("tree nuts", "peanut")
    asked = ["Lactose", "wheat ", "seafood"]
    assert resolve(asked)[0] == ("lactose", "gluten", "fish", "shellfish")
    assert resolve(["fresh cilantro", ""]) == ((), ("fresh cilantro",))


@pytest.mark.parametrize("typed", ["glutten", "peanutt", "sesam", "shelfish"])
def test_a_misspelt_allergen_is_never_passed_over(typed: str) -> None:
    with pytest.raises(TopochefError, match="is no allergen that is known"):
        resolve([typed])


def test_warnings_name_the_line() -> None:
    dish = recipe(["200 g rice", "2 tbsp soy sauce", "30 g butter"])
    assert told(dish, "gluten", "milk") == [
        ("soy sauce may hold gluten", "ingredient 2"),
        ("butter holds dairy", "ingredient 3"),
    ]
    assert told(dish) == []
    assert told(dish, "fish", "egg") == []


def test_a_single_food_is_looked_for_in_list_and_steps() -> None:
    dish = recipe(["200 g rice", "1 bunch cilantro"], ("Mix everything with green chillies.",))
    assert told(dish, "cilantro", "chilli", "coriander seed") == [
        ("cilantro is to be avoided", "ingredient 2"),
        ("chilli is to be avoided", "step 1"),
    ]


@pytest.mark.parametrize(
    ("step", "substance", "expected"),
    [
        ("Mix everything and brush with egg.", "egg", [("egg holds egg", "step 1")]),
        ("Mix everything and drain the noodles.", "gluten", []),
        ("Mix everything on a cookie sheet with a pastry brush.", "gluten", []),
        ("Mix everything in an ice cream maker.", "dairy", []),
        ("Mix everything to walnut-sized balls.", "nuts", []),
        ("Mix everything to the size of a walnut.", "nuts", []),
    ],
)
def test_steps_are_read_too(step: str, substance: str, expected: list[tuple[str, str]]) -> None:
    assert told(recipe(["200 g rice noodles", "300 g beans"], (step,)), substance) == expected


@pytest.mark.parametrize(
    ("line", "diet", "message"),
    [
        ("100 g bacon", "vegetarian", "bacon is not vegetarian"),
        ("30 g Parmesan", "vegetarian", "Parmesan may not be vegetarian"),
        ("300 ml stock", "vegetarian", "stock may not be vegetarian"),
        ("1 tsp Worcestershire sauce", "vegetarian", "Worcestershire sauce may not be vegetarian"),
        ("30 g butter", "vegan", "butter is not vegan"),
        ("20 g honey", "vegan", "honey is not vegan"),
    ],
)
def test_what_breaks_a_diet_is_named(line: str, diet: Diet, message: str) -> None:
    assert (message, "ingredient 2") in told(recipe(["200 g rice", line]), diet=diet)


@pytest.mark.parametrize(
    ("line", "diet"),
    [
        ("30 g butter", "vegetarian"),
        ("2 eggs", "vegetarian"),
        ("300 ml vegetable stock", "vegan"),
        ("200 ml coconut milk", "vegan"),
        ("100 g vegan sausage", "vegan"),
        ("2 celery ribs", "vegan"),
    ],
)
def test_what_keeps_a_diet_is_not(line: str, diet: Diet) -> None:
    assert told(recipe(["200 g rice", line]), diet=diet) == []
