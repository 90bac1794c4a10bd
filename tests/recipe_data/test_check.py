"""The checker: each warning, and silence where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recipe_data.check import check_recipe
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Recipe


def recipe(lines: list[str], steps: list[str], servings: int | None = 4) -> Recipe:
    return Recipe(
        id="r1",
        title="Test dish",
        servings=servings,
        ingredients=tuple(parse_ingredient(line) for line in lines),
        instructions=tuple(parse_instruction(step) for step in steps),
        source="test",
    )


GOOD = recipe(
    ["320 g spaghetti", "2 garlic cloves", "100 g Parmesan", "1 chicken breast", "salt"],
    [
        "Boil the pasta 10 minutes.",
        "Fry the garlic and the chicken.",
        "Stir in the cheese and season.",
    ],
)


def codes(checked: Recipe) -> list[str]:
    return [warning.code for warning in check_recipe(checked)]


def test_a_sound_recipe_has_no_warning() -> None:
    assert check_recipe(GOOD) == []


def test_an_ingredient_that_no_step_uses_is_named() -> None:
    warnings = check_recipe(recipe(["200 g rice", "50 g raisins"], ["Boil the rice."]))
    assert [(w.code, w.where) for w in warnings] == [("unused-ingredient", "ingredient 2")]
    assert "raisins" in warnings[0].message


@pytest.mark.parametrize(
    "step", ["Mix all ingredients.", "Combine everything.", "Stir together the dry ingredients."]
)
def test_ingredients_may_be_used_all_at_once(step: str) -> None:
    assert codes(recipe(["200 g rice", "50 g raisins"], [step])) == []


def test_a_step_that_uses_what_is_not_listed_is_named() -> None:
    warnings = check_recipe(recipe(["200 g rice"], ["Boil the rice.", "Add the mushrooms."]))
    assert [(w.code, w.where) for w in warnings] == [("unlisted-ingredient", "step 2")]


def test_implausible_temperature_and_time() -> None:
    hot = recipe(["200 g rice"], ["Bake the rice at 900 °C.", "Soak the rice 30 days."])
    assert codes(hot) == ["implausible-temperature", "implausible-time"]


@pytest.mark.parametrize(
    ("line", "servings", "expected"),
    [
        ("20 kg rice", 4, ["implausible-amount"]),
        ("500 g salt", 4, ["implausible-amount"]),
        ("500 g salt", None, []),
        ("6 kg rice", 2, ["implausible-amount"]),
        ("2 kg rice", 2, []),
        ("900 rice cakes", 4, ["implausible-amount"]),
    ],
)
def test_implausible_amounts(line: str, servings: int | None, expected: list[str]) -> None:
    assert codes(recipe([line], ["Heat gently, with the rice cakes and salt."], servings)) == expected


@pytest.mark.parametrize(
    ("line", "celsius", "expected"),
    [
        ("1 whole chicken", 60, ["unsafe-poultry"]),
        ("1 whole chicken", 74, []),
        ("800 g beef", 60, []),
        ("500 ml chicken stock", 60, []),
    ],
)
def test_poultry_must_be_hot_inside(line: str, celsius: int, expected: list[str]) -> None:
    step = f"Roast the chicken, beef or stock until a thermometer reads {celsius} °C."
    assert codes(recipe([line], [step])) == expected


def test_the_order_of_the_steps_does_not_matter_to_what_is_used() -> None:
    turned = replace(GOOD, instructions=GOOD.instructions[::-1])
    assert codes(turned) == codes(GOOD)
