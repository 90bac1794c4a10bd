"""Dish families by title: what belongs, and the false friends that do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_data.building.selection import FAMILIES, Family, chooser, dish_family, parse_dishes
from recipe_data.building.sources import read_source
from recipe_data.schema import RawRecipe


@pytest.mark.parametrize(
    ("family", "titles"),
    [
        (
            "pasta",
            "Spaghetti Carbonara|LASAGNA II|Mac 'n' Cheese|Macaroni and Cheese|Cacio e Pepe"
            "|Aglio e Olio|Pad Thai|Beef Noodle Soup|Rice Noodles with Pork|Spinach Fettuccini"
            "|Butternut Squash Ravioli|Pappardelle with Bolognese Sauce|Chicken Tetrazzini"
            "|Stove Top Mac-n-Cheese|Chili Mac|Easy Mac and Cheese Muffins|Beef Pho|Spaetzle",
        ),
        (
            "rice",
            "Mushroom Risotto|Paella|Chicken Biryani|Fried Rice|Rice&nbsp;Pilaf|Wild Rice Soup"
            "|Hoppin' John|Shrimp Jambalaya|Arroz con Pollo|Savory Rice and Quinoa Pilaf"
            "|Rice Pilaf in the Rice Cooker|Nasi Lemak|Sushi with Dipping Sauce",
        ),
        (
            "sandwich",
            "BLT|Club Sandwich|Reuben|B\u00e1nh M\u00ec|Philly Cheesesteaks|Croque Monsieur"
            "|Sloppy Joes|Turkey Burgers|Cheeseburgers|Grilled Cheese|Po' Boys|Caprese Panini"
            "|Burger with Caesar Salad|Tuna Pita Melt|Gyros|Mini Lobster Rolls|Tuna Salad Sandwich",
        ),
    ],
)
def test_dishes_are_found_by_their_title(family: Family, titles: str) -> None:
    assert {title: dish_family(title) for title in titles.split("|")} == dict.fromkeys(
        titles.split("|"), family
    )


FALSE_FRIENDS = """
    Rice Pudding|Old-Fashioned Rice Pudding II|RICE KRISPIES® Treats|Rice Crispies Squares
    Rice Vinegar Dressing|Cauliflower Rice|Barley Risotto|Quinoa Pilaf|Ice Cream Sandwiches
    Ice-Cream-Sandwich Cake|Cookie Sandwiches|Chocolate Sandwich Cookies|Sandwich Bread
    Hamburger Buns|Hamburger Sauce|Secret Burger Sauce|Cheeseburger Soup|Buns for Sandwiches
    Spaghetti Squash|Zucchini Noodles with Pesto|Spaghetti Sauce|Bolognese Sauce|Antipasto
    Licorice Drops|Chicken Soup|Price's Subtle Stew|Zoodles ala Carbonara|Pasta Salad Dressing
    Cauliflower "Mac and Cheese"|Polenta Lasagna|Coconut Macaroons|Rice Cooker Oats|Rice Paper
    Rice Quiche Crust|Spicy Sushi Dipping Sauce|Savory Oat Risotto|Reuben Dip|BLT Salad|Burger Dog
    Cheeseburger Egg Rolls|Philly Cheese Steak Soup|Sloppy Joe Fries|Peanut Butter Sandwich Loaf
    Burger or Hot Dog Buns|Melt in Your Mouth Meringues|Sandwich Spread
"""


@pytest.mark.parametrize("title", re.split(r"\s*[|\n]\s*", FALSE_FRIENDS.strip()))
def test_false_friends_are_left_out(title: str) -> None:
    assert dish_family(title) is None


def test_dishes_argument() -> None:
    assert parse_dishes("all") is None
    assert parse_dishes("Pasta, sandwich") == {"pasta", "sandwich"}
    with pytest.raises(TopochefError, match=r"--title \(curry: no regular expression .*backslash"):
        chooser(title="(curry")
    with pytest.raises(TopochefError, match=r"'soup' unknown: choose from pasta, rice, sandwich"):
        parse_dishes("rice,soup")


def test_a_title_must_match_whatever_its_case_and_dirt() -> None:
    choose = chooser(title=r"^crème br|\bdal\b")
    assert choose("CR&Egrave;ME BR&ucirc;l&eacute;e") is None
    assert choose("Red Dal II") is None
    assert choose("Medallions") == "title does not match"
    assert chooser()("Medallions") is None


@pytest.mark.heavy
def test_real_titles_give_thousands_of_each_family(shared_data: Path) -> None:
    titles = [
        row.title
        for row in read_source(shared_data / "recipes.jsonl.gz")
        if isinstance(row, RawRecipe)
    ]
    families = [dish_family(title) for title in titles]
    assert len(titles) == 72_492
    assert all(1_000 < families.count(family) < 5_000 for family in FAMILIES)
