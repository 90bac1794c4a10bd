"""Amounts, temperatures and times that cannot be meant, and those beside them that can."""

from __future__ import annotations

import pytest

from recipe_data.check import check_recipe
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Recipe

CAKE = ["250 g flour", "3 eggs", "150 g sugar", "2 tsp baking powder"]
POTATOES = ["1 kg potatoes", "1 l milk"]


def doubted(kind: str, lines: list[str], step: str, servings: int | None = 4) -> bool:
    recipe = Recipe(
        id="",
        title="Dish",
        servings=servings,
        ingredients=tuple(parse_ingredient(line) for line in lines),
        instructions=(parse_instruction(step),),
        source="",
    )
    return any(warning.code == f"implausible-{kind}" for warning in check_recipe(recipe))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("Bake at 1700 °C.", True),
        ("Bake at 2,000 degrees.", True),
        ("Preheat the oven to 340 °C.", True),
        ("Bake at 600°F.", True),
        ("Bake the pizza in a wood oven at 430 °C.", False),
        ("Bake at 250 °C.", False),
        ("Heat the oil to 300 °C and fry.", True),
        ("Heat the oil to 185 °C and fry.", False),
        ("Bake at 80 °C for 25 minutes.", True),
        ("Dry in the oven at 80 °C for 25 minutes.", False),
        ("Bake at 80 °C for 3 hours.", False),
        ("Chill 1500 g of dough at 4 °C.", False),
        ("Freeze at -190 °C.", True),
        ("Freeze at -18 °C.", False),
        ("Bake at gas mark 180.", True),
        ("Bake at gas mark 5.", False),
        ("Bring the broth to 480°F.", True),
        ("Boil the sugar and the water to 320°F.", False),
    ],
)
def test_no_oven_and_no_oil_is_as_hot(step: str, expected: bool) -> None:
    assert doubted("temperature", CAKE, step) == expected


@pytest.mark.parametrize(
    ("lines", "step", "expected"),
    [
        (CAKE, "Bake at 175 °C for 28 hours.", True),
        (CAKE, "Bake for 400 minutes at 175 °C.", True),
        (CAKE, "For 20 hours, bake the dough.", True),
        (CAKE, "Bake for 50 minutes, then cool for 20 hours.", False),
        (CAKE, "Cover the dough and keep it cold for 40 hours.", False),
        (CAKE, "The cake can be baked 3 days ahead.", False),
        (CAKE, "Beat the eggs for 3 hours.", True),
        (["3 eggs"], "Boil the eggs for 8 hours.", True),
        (["3 eggs"], "Boil the eggs for 8 minutes.", False),
        (["300 g penne"], "Simmer the penne for 10 hours.", True),
        (["2 kg beef bones"], "Simmer the bones for 30 hours.", False),
        (["2 kg brisket"], "Smoke the brisket for 18 hours.", False),
        (["2 kg chuck"], "Cook in a slow cooker for 11 hours.", False),
        (["2 kg chuck"], "Roast at 200 °C for 11 hours.", True),
        (["2 kg chuck"], "Roast at 95 °C for 11 hours.", False),
        (["2 kg chuck"], "Marinate for 2 days and grill.", False),
    ],
)
def test_heat_has_an_end_and_waiting_has_none(lines: list[str], step: str, expected: bool) -> None:
    assert doubted("time", lines, step) == expected


@pytest.mark.parametrize(
    ("line", "servings", "expected"),
    [
        ("9 cups light brown sugar", 4, True),
        ("350 g sugar", 4, False),
        ("3 kg sugar", None, False),
        ("9 kg sugar", 40, True),
        ("6 kg sugar", None, True),
        ("2.5 kg butter", 4, True),
        ("18 tsp chile powder", 4, True),
        ("20 tbsp hot chilli", 4, True),
        ("150 ml poblano chiles, chopped", 4, False),
        ("300 ml vanilla essence", 4, True),
        ("20 g saffron", 4, True),
        ("120 cloves garlic", 4, True),
        ("40 cloves garlic", 4, False),
        ("900 ml ground turmeric", None, True),
        ("300 g baking powder", None, True),
        ("10 ml ground turmeric", None, False),
        ("240 ml sourdough starter", None, False),
        ("800 g tomatoes with Italian herbs", None, False),
        ("45 onions", 4, True),
        ("45 cherry tomatoes", 4, False),
        ("3 l soy sauce", 4, True),
        ("200 ml soy sauce", 4, False),
    ],
)
def test_rich_and_strong_food_is_counted_by_the_serving(
    line: str, servings: int | None, expected: bool
) -> None:
    assert doubted("amount", [line, *POTATOES], "Warm everything.", servings) == expected


def test_stirring_and_seasoning_excuse_no_kilogram_of_spice() -> None:
    step = "Mix with the potatoes, season to taste and boil in the milk."
    for line in ("700 ml turmeric", "2 kg salt", "400 g baking powder"):
        assert doubted("amount", [line, *POTATOES], step, None)


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        (["3 kg sugar", "2 kg plums"], "Boil to a jam and fill into jars."),
        (["2 kg coarse salt", "1 sea bass"], "Cover the sea bass with the salt and bake."),
        (["1 kg salt", "2 kg pork belly"], "Rub with the salt and cure for 5 days."),
        (["200 g paprika", "50 g cumin", "80 g sugar"], "Mix, and keep the rub airtight."),
    ],
)
def test_what_is_made_of_sugar_salt_or_spice_has_much_of_it(lines: list[str], step: str) -> None:
    assert not doubted("amount", lines, step, None)
    assert not doubted("amount", lines, step, 20)
