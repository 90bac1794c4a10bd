"""The demo's model reads the title, and cooks a mushroom risotto.

The dishes were chosen before any model was trained; eight of them stand in the knowledge base too.
Needs `make demo` first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recipe_data.ingredients import parse_ingredient
from recipe_data.prompts import recipe_messages

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / "work/demo/runs/smollm2-135m-topo"

DISHES = {
    "Salmon Pasta": ("salmon",),
    "Broccoli Penne": ("broccoli",),
    "Tuna Pasta Bake": ("tuna",),
    "Spaghetti with Clams": ("clam",),
    "Zucchini Linguine": ("zucchini",),
    "Chicken and Spinach Pasta": ("chicken", "spinach"),
    "Asparagus Fettuccine": ("asparagus",),
    "Mushroom Risotto": ("mushroom", "rice"),
    "Pumpkin Risotto": ("pumpkin", "rice"),
    "Shrimp Fried Rice": ("shrimp", "rice"),
    "Chicken Biryani": ("chicken", "rice"),
    "Tofu Rice Bowl": ("tofu", "rice"),
    "Lemon and Pea Pilaf": ("lemon", "pea", "rice"),
    "Cauliflower Rice Casserole": ("cauliflower",),
    "Egg Salad Sandwich": ("egg",),
    "Turkey Club Sandwich": ("turkey",),
    "Chicken Tacos": ("chicken",),
    "Eggplant Parmesan Sandwich": ("eggplant",),
    "Avocado and Bacon Toast": ("avocado", "bacon"),
    "Roast Beef Sandwich with Horseradish": ("beef", "horseradish"),
}
LEAST = 18


def names_of(lines: list[str]) -> str:
    """Return the names of the foods in a list, one a line, in lower case."""
    return "\n".join(parse_ingredient(line).name.lower() for line in lines)


def cooked() -> dict[str, list[str]]:
    """Ask the demo's exported model for every dish as `recipe-cook` does."""
    from recipe_base.runs import Run
    from recipe_kitchen.asking import Asker, Decoder
    from recipe_kitchen.backends.llamacpp import LlamaCpp
    from recipe_kitchen.cook import BEST
    from recipe_kitchen.request import Request

    backend = LlamaCpp(Run(RUN).the_gguf("F16"), parallel=10)
    asker = Asker(backend, Decoder(512, seed=1, choose=BEST))
    requests = [Request(title, title, recipe_messages(title, 4), "", 4) for title in DISHES]
    outcomes = [one for half in (requests[:10], requests[10:]) for one in asker.ask(half)]
    for title, outcome in zip(DISHES, outcomes, strict=True):
        assert outcome.error is None, f"{title}: {outcome.text}"
    texts = [json.loads(outcome.text) for outcome in outcomes]
    return {title: text["ingredients"] for title, text in zip(DISHES, texts, strict=True)}


@pytest.fixture(scope="module")
def lists() -> dict[str, list[str]]:
    if not list((RUN / "gguf").glob("*-F16.gguf")):
        pytest.skip("no trained model in work/demo: run `make demo` first")
    return cooked()


def test_the_food_of_the_title_is_listed(lists: dict[str, list[str]]) -> None:
    missing = {
        title: lists[title]
        for title, foods in DISHES.items()
        if not all(food in names_of(lists[title]) for food in foods)
    }
    assert len(DISHES) - len(missing) >= LEAST, missing


def test_no_food_is_listed_twice(lists: dict[str, list[str]]) -> None:
    for title, lines in lists.items():
        names = names_of(lines).splitlines()
        assert len(names) == len(set(names)), (title, lines)


@pytest.fixture(scope="module")
def risotto(lists: dict[str, list[str]]) -> dict[str, Any]:
    """The card of the command that ends the demo."""
    model = RUN / f"gguf/{RUN.name}-Q8_0.gguf"
    command = [Path(sys.executable).with_name("recipe-cook"), "Mushroom risotto", "--servings", "2"]
    done = subprocess.run(
        [*command, "--model", model, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    card: dict[str, Any] = json.loads(done.stdout)
    return card


def test_the_mushroom_risotto_has_rice_and_mushrooms(risotto: dict[str, Any]) -> None:
    names = names_of(risotto["ingredients"])
    assert "mushroom" in names
    assert "rice" in names


def test_the_mushroom_risotto_can_be_cooked(risotto: dict[str, Any]) -> None:
    assert risotto["warnings"] == []
