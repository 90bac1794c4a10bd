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
    step = "Heat gently, with the rice cakes and salt."
    assert codes(recipe([line], [step], servings)) == expected


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


@pytest.mark.parametrize(
    ("lines", "steps", "salty"),
    [
        (["200 g salt", "500 g rice", "200 g peas"], ["Heat the rice, peas and salt."], True),
        (["200 g salt", "500 g rice", "200 g peas"], ["Brine the peas.", "Add rice."], False),
        (["20 g salt", "100 g rice", "20 g peas"], ["Heat the rice, peas and salt."], False),
        (["55 g celery salt", "300 g rice", "20 g peas"], ["Heat rice, peas, salt."], False),
    ],
)
def test_salt_is_weighed_against_the_rest(lines: list[str], steps: list[str], salty: bool) -> None:
    assert ("implausible-amount" in codes(recipe(lines, steps, servings=None))) == salty


@pytest.mark.parametrize(
    ("line", "servings", "implausible"),
    [
        ("120 ml black pepper", 4, True),
        ("30 g cinnamon", 2, False),
        ("120 g baking powder", 2, True),
        ("120 g fresh oregano", 4, False),
        ("60 eggs", 4, True),
        ("60 eggs", 6, False),
    ],
)
def test_spices_and_eggs_are_counted_by_the_serving(
    line: str, servings: int, implausible: bool
) -> None:
    found = codes(recipe([line], ["Mix all ingredients."], servings))
    assert found == (["implausible-amount"] if implausible else [])


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("100 g berries", "Fold in the fruit."),
        ("1 tbsp margarine", "Melt the butter."),
        ("2 tbsp strawberry jam", "Spread with preserves."),
        ("1 tsp kosher salt", "Boil in salted water."),
        ("50 ml vegetable oil", "Put the dough into an oiled bowl."),
        ("200 ml lager", "Pour in the beer."),
        ("1 l kirschwasser", "Add the kirshwasser."),
        ("1 egg", "Prepare the mix as the package says."),
        ("4 lemon wedges", "Fry the fish."),
        ("1 tbsp Acme Zing Blend", "Fry the fish."),
        ("1 tsp oregano", "Rub with the spices."),
        ("300 g zucchini", "Grill the veggies."),
        ("20 g garlic", "Add the toppings."),
        ("1 romanesco", "Part it into florets."),
        ("4 slices back bacon", "Fry the rashers."),
        ("1 bulb garlic", "Peel the cloves."),
        ("500 g rhubarb", "Cut the stalks."),
        ("2 tbsp black treacle", "Add the molasses."),
        ("1 tsp cumin seeds", "Toast the jeera."),
        ("150 g guanciale", "Crisp the bacon."),
        ("300 g brinjal", "Salt the aubergine."),
        ("200 g carnaroli", "Toast the rice."),
    ],
)
def test_an_ingredient_may_be_called_otherwise(line: str, step: str) -> None:
    listed = recipe([line, "400 g fish"], [step, "Serve the fish with rice or bread."])
    assert "unused-ingredient" not in codes(listed)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("500 g minced beef", "Mince the onion and fry the fish."),
        ("4 lasagne sheets", "Lay the fish on a baking sheet."),
        ("4 tortillas", "Season the fish, then wrap it in foil."),
    ],
)
def test_what_is_done_is_no_food(line: str, step: str) -> None:
    listed = recipe([line, "400 g fish", "1 onion"], [step, "Serve the fish and the onion."])
    assert codes(listed) == ["unused-ingredient"]


@pytest.mark.parametrize(
    ("step", "food"),
    [
        ("Stir in the milk, chopped garlic and peas.", "garlic"),
        ("Add the prawns.", "prawns"),
        ("Add a can of chickpeas.", "chickpeas"),
        ("Stir in the soy sauce.", "soy sauce"),
        ("Fold in the raspberries.", "raspberries"),
        ("Sprinkle with crumbled halloumi and mint.", "mint"),
        ("Melt the butter and cook the onions for 5 minutes.", "onions"),
        ("Season with salt, pepper and paprika.", "paprika"),
        ("Toss with shredded cheddar.", "cheddar"),
    ],
)
def test_every_food_of_a_list_is_looked_up(step: str, food: str) -> None:
    listed = recipe(["50 g butter", "1 l milk", "200 g peas", "salt and pepper"], [step])
    told = [w.message for w in check_recipe(listed) if w.code == "unlisted-ingredient"]
    assert told == [f"the step uses {food}, which is not among the ingredients"]


@pytest.mark.parametrize(
    "step",
    [
        "Add basil if desired.",
        "Do not add garlic.",
        "Serve with rice.",
        "Add the onion mixture.",
        "Add chicken stock.",
        "Add the chicken or turkey.",
        "If it is too thick, add milk.",
        "Add the coconut milk.",
        "Variation: add ham.",
        "Variations: add blackberries.",
        "If you can, add capers.",
        "Add the Parmigiano cheese.",
        "Add the parmesan.",
        "Fry the mushrooms.",
    ],
)
def test_what_is_not_surely_added_is_not_missed(step: str) -> None:
    lines = ["60 g Parmigiano-Reggiano", "100 g shiitake", "1 can coconut cream"]
    assert "unlisted-ingredient" not in codes(recipe(lines, [step]))


def test_a_line_without_a_food_may_be_what_is_missed() -> None:
    steps = ["Add the tomatoes."]
    assert "unlisted-ingredient" in codes(recipe(["200 g rice"], steps))
    assert "unlisted-ingredient" not in codes(recipe(["200 g rice", "2 medium"], steps))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("Bake at 20 °C for 30 minutes.", ["implausible-temperature"]),
        ("Bake, then cool to 20 °C.", []),
        ("Simmer at 200 °C.", ["implausible-temperature"]),
        ("Simmer at 95 °C.", []),
        ("Fry the rice for 300 minutes.", ["implausible-time"]),
        ("Fry the rice, then chill for 300 minutes.", []),
        ("Store in a dark place for 60 days.", []),
    ],
)
def test_heat_and_times_are_judged_by_what_is_done(step: str, expected: list[str]) -> None:
    assert codes(recipe(["200 g rice"], [f"Boil the rice. {step}"])) == expected


@pytest.mark.parametrize(
    ("steps", "safe"),
    [
        (["Fry until 66 °C inside.", "Simmer until the centre reaches 75 °C inside."], True),
        (["Roast until the breast reads 71 °C and the thigh reads 79 °C."], False),
        (["Keep the grill thermometer at 65 °C."], True),
        (["Roast until the thickest part is 60 °C."], False),
    ],
)
def test_the_last_core_temperature_of_poultry_counts(steps: list[str], safe: bool) -> None:
    found = codes(recipe(["1 chicken"], [f"Take the chicken. {step}" for step in steps]))
    assert found == ([] if safe else ["unsafe-poultry"])


def test_beside_other_meat_the_sentence_must_name_the_bird() -> None:
    lines = ["1 chicken", "400 g beef"]
    assert codes(recipe(lines, ["Mix everything.", "Roast until 60 °C inside."])) == []
    named = recipe(lines, ["Mix everything.", "Roast the chicken until 60 °C inside."])
    assert codes(named) == ["unsafe-poultry"]


def test_the_order_of_the_steps_does_not_matter_to_what_is_used() -> None:
    turned = replace(GOOD, instructions=GOOD.instructions[::-1])
    assert codes(turned) == codes(GOOD)
