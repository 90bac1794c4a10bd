from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from recipe_kitchen.answers import Answer
from recipe_kitchen.cooking.card import card
from recipe_kitchen.cooking.order import Order, printable
from recipe_kitchen.cooking.ready import plate

RISOTTO = Answer(
    ("160 g arborio rice", "0.5 onion, finely chopped", "2-3 eggs", "600 ml stock", "salt"),
    ("Fry the onion for 5 minutes.", "Bake at 180 °C for 18 minutes."),
)


def show(order: Order, answer: Answer, width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(card(plate(order, answer)))
    return out.getvalue()


def test_the_card_aligns_amounts_and_numbers_the_steps() -> None:
    shown = show(Order("Risotto", servings=2), RISOTTO).splitlines()
    lines = [line.strip("│ \n") for line in shown]
    assert "Risotto" in lines[0]
    assert lines[2:7] == [
        "160 g  arborio rice",
        "½  onion, finely chopped",
        "2–3  eggs",
        "600 ml  stock",
        "salt",
    ]
    assert lines[8:10] == ["1  Fry the onion for 5 minutes.", "2  Bake at 180 °C for 18 minutes."]
    assert "serves 2" in lines[-1]
    ends = [line.index(end) + len(end) for line in shown
            for end in ("160 g", "½", "2–3", "600 ml") if end in line]  # fmt: skip
    assert len(ends) == 4
    assert len(set(ends)) == 1


@pytest.mark.parametrize("servings", [2, 30])
def test_a_model_whose_lines_begin_with_the_name_cooks_the_same_dish(servings: int) -> None:
    """Also where more is wanted than a model is asked for, so that its lines are scaled."""
    turned = ("arborio rice, 160 g", "onion, 0.5, finely chopped", "eggs, 2-3", "stock, 600 ml")
    order = Order("Risotto", servings=servings, have=("rice",), avoid=("eggs",))
    usual, dish = (
        plate(order, answer)
        for answer in (RISOTTO, RISOTTO._replace(ingredients=(*turned, "salt")))
    )
    assert dish.ingredients == usual.ingredients
    assert (dish.recipe, dish.doubts, dish.to_buy) == (usual.recipe, usual.doubts, usual.to_buy)
    assert any("eggs" in doubt for doubt in dish.doubts)


def test_times_and_temperatures_are_highlighted() -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system="standard")
    console.print(card(plate(Order("Risotto"), RISOTTO)))
    assert "\x1b[1;36m5 minutes\x1b[0m" in out.getvalue()
    assert "\x1b[1;31m180 °C\x1b[0m" in out.getvalue()
    assert "serves" not in out.getvalue()


def test_markup_in_a_recipe_is_text() -> None:
    order = Order("[bold]Rice[/bold]")
    shown = show(order, Answer(("salt",), ("Boil [link=http://x]now[/link].",)))
    assert "[bold]Rice[/bold]" in shown
    assert "Boil [link=http://x]now[/link]." in shown


@pytest.mark.parametrize("evil", ["\x1b]0;owned\x07", "\x9b2J", "\u202e", "\r", "\x00", "\u2066"])
def test_no_model_can_steer_the_terminal(evil: str) -> None:
    answer = Answer((f"1 {evil}egg",), (f"Boil{evil} it.", f"Bake {evil} for 5 minutes"))
    shown = show(Order("Rice"), answer)
    assert not {char for char in shown if unicodedata.category(char) in {"Cc", "Cf"}} - {"\n"}


@given(st.text(min_size=1, max_size=60))
def test_any_text_makes_a_card(text: str) -> None:
    shown = show(Order("Rice", servings=30), Answer((text,), (text,)), width=60)
    assert shown.startswith("╭")
    assert not {char for char in shown if unicodedata.category(char) == "Cc"} - {"\n"}


@given(st.text(max_size=60))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)


def test_doubts_and_the_shopping_list_stand_below_the_recipe() -> None:
    answer = Answer(("200 g rice", "30 g butter"), ("Boil the rice for 12 minutes.",))
    shown = show(Order("Rice", have=("rice",), avoid=("dairy",)), answer)
    assert "! ingredient 2: butter is listed, but no step uses it" in shown
    assert "! ingredient 2: butter holds dairy" in shown
    assert "To buy: butter" in shown
    assert "To buy" not in show(Order("Rice", have=("rice", "butter")), answer)
