"""From raw rows to clean metric recipes: what is mended, what is dropped, what is rejected."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.answers import answer, answer_fault
from recipe_data.building.cleaning import MAX_TITLE_CHARS, Cleaned, clean_recipe
from recipe_data.schema import MAX_INSTRUCTION_CHARS, RawRecipe, Recipe, Rejection

RICE = ("1 c. rice", "2 c. water")
STEPS = ("Boil the water.", "Add the rice; simmer for 15 minutes.")


def raw(
    title: str = "Plain Rice", ingredients: tuple[str, ...] = RICE, directions=STEPS, source="x.org"
) -> RawRecipe:
    return RawRecipe(3, title, ingredients, tuple(directions), source)


def cleaned(row: RawRecipe) -> Cleaned:
    outcome = clean_recipe(row)
    assert isinstance(outcome, Cleaned), outcome
    return outcome


def texts(recipe: Recipe) -> list[str]:
    return [step.text for step in recipe.instructions]


def test_a_row_becomes_a_metric_recipe_and_keeps_its_own_words_for_pretraining() -> None:
    found = cleaned(
        raw(
            "Aunt Jo'S Rice(Easy)  ",
            ("1/2 lb. rice", "1&frac12; c. water", "salt"),
            ("Preheat oven to 350\ufffd\ufffdF.", "Bake for 10\u201315 minutes."),
        )
    )
    recipe = found.recipe
    assert recipe.title == "Aunt Jo's Rice (Easy)"
    assert [(i.quantity, i.unit, i.name) for i in recipe.ingredients] == [
        (227.0, "g", "rice"),
        (360.0, "ml", "water"),
        (None, None, "salt"),
    ]
    assert texts(recipe)[0] == "Preheat oven to 175 \u00b0C."
    assert (recipe.instructions[0].actions, recipe.instructions[0].celsius) == (("preheat",), 175.0)
    assert (recipe.instructions[1].minutes, recipe.instructions[1].minutes_max) == (10.0, 15.0)
    assert "Aunt Jo's Rice (Easy)" in found.text
    assert "1/2 lb. rice" in found.text
    assert "350\u00b0F" in found.text


def test_headers_notes_and_rules_are_dropped_and_counted() -> None:
    lines = ("For the rice:", *RICE, "<hr>", "SAUCE", "1 tomato", "Special equipment: a steamer")
    found = cleaned(raw(ingredients=(*lines, "Tip: rinse the rice", "Garnish: dill")))
    assert [i.name for i in found.recipe.ingredients] == ["rice", "water", "tomato", "dill"]
    assert found.dropped_lines == 5


def test_a_list_in_capitals_is_no_list_of_headers() -> None:
    found = cleaned(raw(ingredients=("1 C. RICE", "SALT", "PEPPER")))
    assert len(found.recipe.ingredients) == 3


@pytest.mark.parametrize(
    ("title", "last", "servings", "kept_title", "kept_steps"),
    [
        ("Rice", "Serves 4.", 4, "Rice", []),
        ("Rice", "Yield: 4 servings", 4, "Rice", []),
        ("Rice", "Makes about 6 to 8 servings.", 6, "Rice", []),
        ("Rice", "3. Yields two servings.", 2, "Rice", []),
        ("Rice", "Fluff it. Serves 4 people.", 4, "Rice", ["Fluff it."]),
        ("Rice", "Makes 3 dozen.", None, "Rice", []),
        ("Rice", "Serve at once.", None, "Rice", ["Serve at once."]),
        ("Rice", "Divide into 4 servings.", None, "Rice", ["Divide into 4 servings."]),
        ("Rice", "Serves 900.", None, "Rice", []),
        ("Rice for Two", "Serve.", 2, "Rice for Two", ["Serve."]),
        ("Rice(Serves 6)  ", "Serve.", 6, "Rice", ["Serve."]),
        ("Rice - 8 servings", "Serves 4.", 4, "Rice", []),
        ("Rice for Dinner", "Serve.", None, "Rice for Dinner", ["Serve."]),
    ],
)
def test_servings(title, last, servings, kept_title, kept_steps) -> None:
    steps = ("1. Boil the water.", "2. Add the rice.") if last.startswith("3.") else STEPS
    recipe = cleaned(raw(title, directions=(*steps, last))).recipe
    assert (recipe.title, recipe.servings) == (kept_title, servings)
    assert texts(recipe)[2:] == kept_steps


def test_torn_directions_are_joined_and_credits_dropped() -> None:
    torn = ("Mix", "butter,", "herbs and eggs.", "Adapted from A Book", "Good Food,", "by B. Cook.")
    assert texts(cleaned(raw(directions=torn)).recipe) == ["Mix butter, herbs and eggs."]


@pytest.mark.parametrize("title", ["BLT", "B-52"])
def test_short_capitals_stay(title: str) -> None:
    assert cleaned(raw(title)).recipe.title == title


def test_long_capitals_are_read_out() -> None:
    assert cleaned(raw("AUNT JO'S BLT AND RICE")).recipe.title == "Aunt Jo's BLT and Rice"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (raw(title=" \u00a0 "), "no title"),
        (raw(title="***"), "no title"),
        (raw(title="<|im_start|>"), "no title"),
        (raw(ingredients=()), "no ingredients"),
        (raw(ingredients=("", "<hr>", "Sauce:")), "no ingredients"),
        (raw(directions=()), "no directions"),
        (raw(directions=("  ", "...")), "no directions"),
        (raw(directions=("Serves 4.",)), "no directions"),
        (raw(title="x" * (MAX_TITLE_CHARS + 1)), "too long"),
        (raw(ingredients=("1 c. rice",) * 41), "too long"),
        (raw(directions=("Stir.",) * 41), "too long"),
        (raw(ingredients=("rice" + "x" * 200,)), "too long"),
        (raw(directions=("Stir. " * 20_000,)), "too long"),
        (raw(source="x" * 100_000), "too long"),
    ],
)
def test_rejections(row: RawRecipe, reason: str) -> None:
    outcome = clean_recipe(row)
    assert isinstance(outcome, Rejection), outcome
    assert (outcome.row, outcome.reason) == (3, reason)


def test_a_long_direction_is_split_and_loses_no_word() -> None:
    sentence = "Stir the rice gently until all of the water is gone. "
    recipe = cleaned(raw(directions=(sentence * 30,))).recipe
    assert max(map(len, texts(recipe))) <= MAX_INSTRUCTION_CHARS
    assert " ".join(texts(recipe)).split() == (sentence * 30).split()


def test_a_line_too_long_for_an_answer_loses_its_preparation_first() -> None:
    line = "1 c. rice, rinsed " + "again and again " * 10
    (rice,) = cleaned(raw(ingredients=(line,))).recipe.ingredients
    assert (rice.name, rice.preparation) == ("rice", None)


def test_equal_recipes_have_equal_ids_and_others_do_not() -> None:
    def identity(row: RawRecipe) -> str:
        return cleaned(row).recipe.id

    assert identity(raw()) == identity(raw("PLAIN RICE ", source="y.org"))
    assert len({identity(raw()), identity(raw("Rice")), identity(raw(ingredients=RICE[:1]))}) == 3


def test_control_tokens_do_not_survive() -> None:
    token = "<|im_end|>\n<|im_start|>system"
    row = raw(f"Rice{token}", (f"1 c. rice{token}",), (f"Boil.{token}&lt;/think&gt;",), token)
    outcome = cleaned(row)
    text = json.dumps(outcome.recipe.to_dict()) + outcome.text
    assert not re.search(r"<\|?[/a-z_]+\|?>", text)
    assert outcome.recipe.title.startswith("Rice")


anything = st.text(st.characters(), max_size=120)  # lone surrogates too


@given(
    title=anything,
    ingredients=st.lists(anything, max_size=4).map(tuple),
    directions=st.lists(anything, max_size=4).map(tuple),
    source=anything,
)
def test_no_text_breaks_cleaning(title, ingredients, directions, source) -> None:
    outcome = clean_recipe(RawRecipe(1, title, ingredients, directions, source))
    if isinstance(outcome, Rejection):
        assert outcome.detail.encode("utf-8") is not None
        return
    assert answer_fault(outcome.recipe) is None
    text, _ = answer(outcome.recipe)
    assert all(json.loads(text)["ingredients"])
    assert all(json.loads(text)["instructions"])
    assert json.dumps(outcome.recipe.to_dict(), ensure_ascii=False).encode("utf-8")
    assert not re.search(r"<\|[^|<>]*\|>", text + outcome.recipe.title + outcome.text)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("LARD", "LARD"),
        ("For the garnish sliced figs", "figs"),
        ("oil &vinegar;", "oil &vinegar"),
    ],
)
def test_food_in_the_form_of_a_heading_or_an_entity_stays(line: str, name: str) -> None:
    found = cleaned(raw(ingredients=(*RICE, line, "1 fig")))
    assert name in [i.name for i in found.recipe.ingredients]
    assert found.dropped_lines == 0


def test_advertisements_between_lines_are_no_food() -> None:
    row = raw(ingredients=("1 c. rice ADVERTISEMENT", "ADVERTISEMENT", "2 c. water ADVERTISEMENT "))
    assert [i.name for i in cleaned(row).recipe.ingredients] == ["rice", "water"]


def test_a_list_in_one_string_is_taken_apart() -> None:
    found = cleaned(raw(ingredients=("100 g rice; 3 figs; 1 c. broth",)))
    assert [i.name for i in found.recipe.ingredients] == ["rice", "figs", "broth"]


@pytest.mark.parametrize(
    "line",
    [
        "Directions",
        "Total time: 40 minutes",
        "Calories: 320, fat 9 g",
        "Per serving: 320 kcal, 9 g fat",
        "Please rate this recipe!",
        "Find us on Pinterest.",
        "Did you like it? #figlovers",
        "Bon appétit!",
    ],
)
def test_what_stands_around_a_recipe_is_no_step(line: str) -> None:
    found = cleaned(raw(directions=(*STEPS, line)))
    assert texts(found.recipe) == list(STEPS)
    assert found.dropped_lines == 1


@pytest.mark.parametrize(
    "step",
    [
        "Share the rice between the bowls.",
        "Save the water.",
        "Per serving, use 2 figs.",
        "Serve the rice. Enjoy!",
    ],
)
def test_steps_with_words_of_a_page_stay(step: str) -> None:
    assert texts(cleaned(raw(directions=(*STEPS, step))).recipe) == [*STEPS, step]


@pytest.mark.parametrize(
    "direction",
    [
        "<ol><li>Boil the water.</li><li>Stir.</li></ol>",
        "&lt;p&gt;Boil the water.&lt;/p&gt;&lt;p&gt;Stir.&lt;/p&gt;",
        "Boil the water.&lt;br/&gt;Stir.",
    ],
)
def test_markup_takes_steps_apart(direction: str) -> None:
    assert texts(cleaned(raw(directions=(direction,))).recipe) == ["Boil the water.", "Stir."]
