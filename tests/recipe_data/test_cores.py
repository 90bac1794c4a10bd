"""Core temperatures: which of a step's temperatures is that of the food, and whether it is safe."""

from __future__ import annotations

import pytest

from recipe_data.check import check_recipe
from recipe_data.check.cores import core_temperatures, short_baths
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Recipe


def codes(lines: list[str], *steps: str, title: str = "Dish") -> list[str]:
    recipe = Recipe(
        id="",
        title=title,
        servings=4,
        ingredients=tuple(parse_ingredient(line) for line in lines),
        instructions=tuple(parse_instruction(step) for step in steps),
        source="",
    )
    return [w.code for w in check_recipe(recipe) if w.code.startswith("unsafe")]


@pytest.mark.parametrize(
    "step",
    [
        "Bake until the turkey is 63 °C.",
        "Grill for 8 minutes a side, until 150F.",
        "Roast at 220 °C until 64 °C in the middle of the breast.",
        "Smoke at 225°F until the internal temp hits 148.",
        "Cook until the probe says 66.",
        "Air-fry to 140°F internal.",
        "Fry in oil at 170 °C until cooked through (145°F).",
        "Lift the breasts out at 64 °C.",
        "Target temperature: 63 °C.",
        "Insert a thermometer into the thickest part: it should show 150 degrees.",
        "Roast for 40 minutes, to 62 °C.",
        "Bake until the breast reads 72 °C and the leg reads 80 °C.",
        "Stop cooking at 150°F.",
        "Roast until the juices run clear (about 66 °C).",
        "Set a probe alarm for 60 °C.",
    ],
)
def test_undercooked_poultry_is_named_however_it_is_said(step: str) -> None:
    assert codes(["1 turkey breast", "1 tbsp oil"], "Oil the turkey breast.", step) == [
        "unsafe-poultry"
    ]


@pytest.mark.parametrize(
    "step",
    [
        "Bake until the turkey reaches 170°F.",
        "Roast to 70 °C, then rest it until it is 74 °C inside.",
        "Take it out at 158°F and let it climb to 166°F.",
        "When the breast reaches 60 °C, brush with oil and grill to 75 °C.",
        "Rest the turkey in a 140°F oven.",
        "Roast at 65 °C for 5 hours, until the inside is 76 °C.",
        "Heat the oil to 60 °C and lay the turkey in.",
        "Keep the oven thermometer at 65 °C.",
        "Whisk the sauce over low heat until a thermometer reads 68 °C.",
        "Hold the carved turkey at 60 °C or above.",
        "Do not pull it at 150°F.",
        "Roast to 68 °C. It will coast to 74 °C.",
        "Cool to 50 °C before carving.",
        "Warm the milk to 50 °C.",
        "Turn after 60 minutes; cook until done.",
    ],
)
def test_other_temperatures_and_safe_ones_are_passed_over(step: str) -> None:
    assert codes(["1 turkey breast", "1 tbsp oil"], "Oil the turkey breast.", step) == []


@pytest.mark.parametrize(
    ("line", "step", "expected"),
    [
        ("600 g ground beef", "Grill the patties until they are 55 °C inside.", ["unsafe-mince"]),
        ("600 g ground beef", "Grill the patties until they read 160°F.", []),
        ("1 kg pork loin", "Roast until the middle is 130°F.", ["unsafe-pork"]),
        ("1 kg pork loin", "Roast until the middle is 145°F.", []),
        ("600 g ground turkey", "Bake the meatloaf to 65 °C inside.", ["unsafe-poultry"]),
        ("4 beef steaks", "Grill until a thermometer reads 125°F.", []),
        ("4 salmon fillets", "Bake to 50 °C inside.", []),
        (
            "600 g haddock",
            "Bake until a thermometer reads 118°F in the thickest part.",
            ["unsafe-fish"],
        ),
        ("600 g haddock", "Bake to 60 °C inside.", []),
        ("1 fresh ham", "Roast until the internal temperature is 125°F.", ["unsafe-pork"]),
        ("2 duck breasts", "Roast until 55 °C in the centre.", []),
        ("300 g cooked chicken", "Stir in and warm until the middle is 60 °C.", []),
    ],
)
def test_each_kind_of_meat_has_its_own_temperature(
    line: str, step: str, expected: list[str]
) -> None:
    assert codes([line, "1 tsp salt"], "Add the salt.", step) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["Cook sous vide at 62 °C for 2 hours.", "Sear the chicken."], []),
        (["Cook sous vide at 62 °C for 15 minutes.", "Sear."], ["unsafe-poultry"]),
        (["Hold in a water bath at 52 °C for 4 hours.", "Sear."], ["unsafe-poultry"]),
    ],
)
def test_a_bath_is_judged_by_its_time_too(steps: list[str], expected: list[str]) -> None:
    assert codes(["4 chicken breasts"], "Bag the chicken.", *steps) == expected


def test_where_two_meats_are_measured_the_sentence_says_which() -> None:
    lines = ["1 chicken", "1 kg pork shoulder"]
    assert codes(lines, "Roast until the inside is 66 °C.") == []
    assert codes(lines, "Roast the chicken until the inside is 66 °C.") == ["unsafe-poultry"]
    assert codes(lines, "Roast the pork until the inside is 55 °C.") == ["unsafe-pork"]


@pytest.mark.parametrize(
    ("title", "step", "expected"),
    [
        ("Leek quiche", "Bake until the middle is 58 °C.", ["unsafe-egg"]),
        ("Leek quiche", "Bake until the middle is 160°F.", []),
        ("Custard", "Cook, stirring, until it is 58 °C.", []),
        ("Sunday frittata", "Warm the milk to 50 °C and whisk it in.", []),
    ],
)
def test_an_egg_dish_must_set_in_its_middle(title: str, step: str, expected: list[str]) -> None:
    assert codes(["5 eggs", "200 ml milk"], "Mix.", step, title=title) == expected


def test_the_oven_that_finishes_a_bird_is_not_what_is_measured() -> None:
    step = "Sear until 60 °C inside, rest, and finish in the oven to 75 °C."
    assert codes(["4 chicken breasts"], step) == []
    assert codes(["4 chicken breasts"], "Cook the breasts through (66 °C).") == ["unsafe-poultry"]


def test_coating_with_an_egg_hides_no_undercooked_bird() -> None:
    lines = ["4 chicken breasts", "1 egg", "50 g breadcrumbs"]
    assert codes(lines, "Bread the chicken.", "Fry until 60 °C inside.") == ["unsafe-poultry"]


def test_a_number_without_scale_is_read_by_its_size() -> None:
    (fahrenheit,) = core_temperatures("Cook until the thermometer reads 150.")
    (celsius,) = core_temperatures("Cook until the thermometer reads 65.")
    assert (fahrenheit.celsius, celsius.celsius) == (65.6, 65)


def test_a_bath_without_time_is_not_judged() -> None:
    assert list(short_baths("Set the water bath to 60 °C.")) == []
