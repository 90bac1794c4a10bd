"""Two foods side by side: what is one thing without an animal, and what is a dish of both."""

from __future__ import annotations

import pytest

from recipe_data.check.substances import carrier
from recipe_data.pantry.table import Level


@pytest.mark.parametrize(
    ("name", "substance"),
    [
        ("coconut chicken", "meat"),
        ("vegetable beef soup", "meat"),
        ("turkish lamb", "meat"),
        ("mushroom beef broth", "meat"),
        ("soy salmon", "fish"),
        ("beef and pork mince", "pork"),
        ("beef pork mince", "pork"),
        ("chicken cheese", "meat"),
        ("walnut cheese ball", "dairy"),
        ("bean cheese dip", "dairy"),
        ("spinach pasta", "gluten"),
        ("hazelnut milk chocolate", "dairy"),
        ("milk (not vegan)", "dairy"),
        ("salmon burgers", "fish"),
    ],
)
def test_a_dish_of_two_foods_holds_what_both_hold(name: str, substance: str) -> None:
    assert carrier(name, substance) == "holds"


@pytest.mark.parametrize(
    ("name", "substance", "level"),
    [
        ("halibut steak", "meat", None),
        ("prawn kebabs", "meat", None),
        ("celeriac steaks", "meat", None),
        ("mushroom bolognese", "meat", None),
        ("venison rump roast", "beef", None),
        ("pumpkin ravioli", "meat", None),
        ("lentil and ricotta cannelloni", "dairy", "holds"),
        ("soya milk custard", "dairy", None),
        ("soya milk custard", "egg", "holds"),
        ("oat-based yoghurt", "dairy", None),
        ("quinoa tabbouleh", "gluten", None),
        ("buckwheat pancakes", "gluten", "may hold"),
        ("chickpea miso", "soy", None),
        ("walnut-sized piece of ginger", "tree nuts", None),
        ("ham-style slices", "pork", "may hold"),
        ("spinach tortilla", "gluten", "may hold"),
        ("vegan meatballs", "egg", None),
        ("vegan chicken stock", "meat", None),
        ("GF noodles", "gluten", None),
        ("glutenfree bread", "gluten", None),
        ("no-egg noodles", "egg", None),
        ("queenies", "shellfish", "holds"),
        ("crunchy peanut butter", "dairy", None),
    ],
)
def test_one_food_named_by_two_is_what_its_head_is_made_of(
    name: str, substance: str, level: Level | None
) -> None:
    assert carrier(name, substance) == level
