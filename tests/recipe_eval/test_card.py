from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from recipe_eval.answers import Answer
from recipe_eval.card import card, find_doubts, printable

RISOTTO = Answer(
    ("160 g arborio rice", "0.5 onion, finely chopped", "2-3 eggs", "600 ml stock", "salt"),
    ("Fry the onion for 5 minutes.", "Bake at 180 °C for 18 minutes."),
)


def show(title: str, answer: Answer, servings: int | None = 2, width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(card(title, servings, answer))
    return out.getvalue()


def test_the_card_aligns_amounts_and_numbers_the_steps() -> None:
    lines = [line.strip("│ \n") for line in show("Risotto", RISOTTO).splitlines()]
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
    ends = [line.index(end) + len(end) for line in show("Risotto", RISOTTO).splitlines()
            for end in ("160 g", "½", "2–3", "600 ml") if end in line]  # fmt: skip
    assert len(ends) == 4
    assert len(set(ends)) == 1


def test_times_and_temperatures_are_highlighted() -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system="standard")
    console.print(card("Risotto", None, RISOTTO))
    assert "\x1b[1;36m5 minutes" in out.getvalue()
    assert "\x1b[1;31m180 °C" in out.getvalue()
    assert "serves" not in out.getvalue()


def test_markup_in_a_recipe_is_text() -> None:
    shown = show("[bold]Rice[/bold]", Answer(("salt",), ("Boil [link=http://x]now[/link].",)))
    assert "[bold]Rice[/bold]" in shown
    assert "Boil [link=http://x]now[/link]." in shown


@pytest.mark.parametrize("evil", ["\x1b]0;owned\x07", "\x9b2J", "\u202e", "\r", "\x00", "\u2066"])
def test_no_model_can_steer_the_terminal(evil: str) -> None:
    answer = Answer((f"1 {evil}egg",), (f"Boil{evil} it.", f"Bake {evil} for 5 minutes"))
    shown = show(f"R{evil}ice", answer)
    assert not {char for char in shown if unicodedata.category(char) in {"Cc", "Cf"}} - {"\n"}


@given(st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_any_text_makes_a_card(title: str, text: str) -> None:
    shown = show(title, Answer((text,), (text,)), width=60)
    assert shown.startswith("╭")
    assert not {char for char in shown if unicodedata.category(char) == "Cc"} - {"\n"}


@given(st.text(max_size=60))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)


def test_doubts_stand_below_the_recipe() -> None:
    answer = Answer(("200 g rice", "30 g butter"), ("Boil the rice for 12 minutes.",))
    doubts = find_doubts("Rice", 2, answer)
    assert len(doubts) == 1
    assert doubts[0].startswith("ingredient 2: butter")
    out = io.StringIO()
    Console(file=out, width=100, color_system=None).print(card("Rice", 2, answer, doubts))
    assert f"! {doubts[0]}" in out.getvalue()
