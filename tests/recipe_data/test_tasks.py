"""The seven tasks: true answers, spans that point at what they name, the same rows every time."""

from __future__ import annotations

import hashlib
import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.answers import chat_row, rounded
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.language.text import neutralise_control_tokens
from recipe_data.prompts import SYSTEM
from recipe_data.schema import ChatRow, Ingredient, Recipe, Span
from recipe_data.tasks import curated_rows, rows_of
from recipe_data.tasks.diets import diet_of
from recipe_data.tasks.registry import ALL, BY_TITLE, REGISTRY, TASKS, parse_tasks
from recipe_data.tasks.scale import scaled
from recipe_data.tasks.steps import GAP
from recipe_data.tasks.task import Task

LINES = (
    "320 g penne",
    "400 g tomatoes, chopped",
    "100 g Parmesan cheese, grated",
    "3 eggs, beaten",
    "5 ml dried oregano",
    "15 ml olive oil",
    "salt",
)
STEPS = (
    "Boil the penne for 10 minutes.",
    "Mix the tomatoes, cheese, eggs, oil and oregano.",
    "Bake at 190 °C for 25 to 30 minutes.",
)


def recipe(lines=LINES, steps=STEPS, *, title="Baked Penne", servings=4, identity="r1") -> Recipe:
    return Recipe(
        identity,
        title,
        servings,
        tuple(rounded(parse_ingredient(line)) for line in lines),
        tuple(map(parse_instruction, steps)),
        "www.example.com",
    )


def rows(given_recipe: Recipe, *tasks: str, seed: int = 7) -> list[ChatRow]:
    return list(rows_of(given_recipe, seed, frozenset(tasks) or ALL))


def answer(row: ChatRow):
    return json.loads(row.messages[-1]["content"])


def meaning(row: ChatRow, span: Span) -> str:
    text = row.messages[-1]["content"][span.start : span.end]
    return str(json.loads(f'"{text}"'))


def test_a_recipe_gives_rows_of_every_task_with_stable_ids() -> None:
    made = rows(recipe(), *TRAINED)
    assert [row.id for row in made] == [
        "r1-recipe",
        "r1-recipe-1",
        "r1-missing_ingredient",
        "r1-substitution",
        "r1-substitution-1",
        "r1-scaling",
        "r1-quantity",
        "r1-quantity-1",
        "r1-time",
        "r1-time-1",
        "r1-time-2",
        "r1-temperature",
        "r1-temperature-1",
    ]
    assert made[0] == chat_row(recipe())
    assert {row.source for row in made} == {"www.example.com"}
    for row in made:
        assert [message["role"] for message in row.messages] == ["system", "user", "assistant"]
        assert row.messages[0]["content"] == TASKS[row.task].system
    assert TASKS["recipe"].system == TASKS["variants"].system == SYSTEM


TRAINED = (
    "recipe", "variants", "missing_ingredient", "substitution", "scaling", "quantity", "time",
    "temperature",
)  # fmt: skip
CONTENT = "5774f9b99d8d"
"""Changes with a word of a prompt or an answer: models trained before and after are then not
comparable, which the change log must say."""


def test_prompts_answers_and_spans_stay_what_models_were_trained_on() -> None:
    made = [
        row
        for title, servings in (("Baked Penne", 4), ("Penne", None))
        for row in rows(recipe(title=title, servings=servings), *TRAINED)
    ] + curated_rows()
    content = [[row.id, row.task, row.messages, list(map(vars, row.spans))] for row in made]
    assert hashlib.sha256(to_json(content).encode()).hexdigest()[:12] == CONTENT


@pytest.mark.parametrize("task", REGISTRY, ids=lambda task: task.choice)
def test_every_task_asks_about_a_common_recipe_under_its_own_prompt(task: Task) -> None:
    made = rows(recipe(), task.choice)
    assert {(row.task, row.messages[0]["content"]) for row in made} == {(task.name, task.system)}


def test_rows_say_what_they_ask_about() -> None:
    made = {row.id: row for row in rows(recipe())}
    assert {(row.recipe, row.title, row.servings) for row in made.values()} == {
        ("r1", "Baked Penne", 4)
    }
    assert {row.servings for row in rows(recipe(servings=None))} == {0}
    vegan = rows(recipe(("200 g rice", "2 carrots"), ("Boil.",)), "recipe", "variants")
    assert [row.form for row in vegan] == ["title", "pantry", "diet"]
    assert {row.form for row in made.values() if row.task != "recipe"} == {"question"}
    assert {(row.form, row.recipe, row.title, row.servings) for row in curated_rows()} == {
        ("question", "", "", 0)
    }


def test_rows_depend_on_recipe_and_seed_only() -> None:
    assert rows(recipe()) == rows(recipe())
    assert rows(recipe(), "time") == [row for row in rows(recipe()) if row.task == "time"]
    prompts = {rows(recipe(), "scaling", seed=seed)[0].messages[1]["content"] for seed in range(30)}
    assert len(prompts) > 5
    prompts = {
        rows(recipe(identity=f"r{i}"), "scaling")[0].messages[1]["content"] for i in range(30)
    }
    assert len(prompts) > 5


def test_every_wording_is_used_and_filled() -> None:
    made = [row for i in range(60) for row in rows(recipe(identity=f"r{i}"))]
    made += [row for i in range(60) for row in rows(recipe(identity=f"r{i}", servings=None))]
    said = "\n".join(row.messages[1]["content"] for row in made)
    assert "{" not in said
    for kind, wordings in (item for task in REGISTRY for item in task.wordings.items()):
        for wording in wordings:
            piece = max(re.split(r"\{\w+\}|\n", wording), key=len)
            assert piece in said, (kind, wording)


def test_scaling_by_hand() -> None:
    """2 ** 0.8 = 1.7411; 1.5 ** 0.8 = 1.3832; 0.5 ** 0.8 = 0.5743."""
    assert [line.quantity for line in scaled(recipe().ingredients, 2.0)] == [
        640.0, 800.0, 200.0, 6.0, 8.75, 30.0, None,
    ]  # fmt: skip
    assert [line.quantity for line in scaled(recipe().ingredients, 1.5)] == [
        480.0, 600.0, 150.0, 5.0, 7.0, 22.0, None,
    ]  # fmt: skip
    half = scaled(
        [Ingredient(10.0, 20.0, "g", "salt"), Ingredient(1.0, None, "unit", "onion")], 0.5
    )
    assert [(line.quantity, line.quantity_max) for line in half] == [(5.75, 11.0), (0.5, None)]


def test_doughs_scale_exactly() -> None:
    dough = [Ingredient(10.0, None, "g", "salt"), Ingredient(7.0, None, "g", "dried yeast")]
    assert [line.quantity for line in scaled(dough, 3.0)] == [30.0, 21.0]


def test_flavourings_scale_exactly() -> None:
    listed = [Ingredient(5.0, None, "ml", name) for name in ("lemon extract", "vanilla", "cumin")]
    assert [line.quantity for line in scaled(listed, 2.0)] == [10.0, 10.0, 8.75]


def test_scaling_asks_for_other_servings_and_answers_with_them() -> None:
    for seed in range(20):
        (row,) = rows(recipe(), "scaling", seed=seed)
        prompt = row.messages[1]["content"]
        assert "- 320 g penne\n- 400 g tomatoes, chopped\n" in prompt
        assert "4 servings" in prompt
        penne = parse_ingredient(answer(row)["ingredients"][0])
        times = (penne.quantity or 0) / 320
        assert f"{4 * times:g} serving" in prompt
        assert 0.25 <= times <= 4 != 1


def test_missing_ingredient_is_named_by_the_title_and_not_in_the_list() -> None:
    (row,) = rows(recipe(), "missing_ingredient")
    assert answer(row) == {"ingredients": ["penne"]}
    assert "tomatoes, Parmesan cheese and eggs" in row.messages[1]["content"]
    assert [(meaning(row, span), span.kind) for span in row.spans] == [("penne", "ingredient")]
    twice = recipe(("200 g rice", "50 g wild rice", "100 g peas"), title="Rice")
    assert [answer(row)["ingredients"] for row in rows(twice, "missing_ingredient")] == [["peas"]]


def test_substitution_keeps_the_ratio() -> None:
    cream = recipe(("120 ml heavy cream", "300 g penne", "100 g ham"), ("Simmer it all.",))
    found = {tuple(answer(row)["ingredients"]) for row in rows(cream, "substitution")}
    assert found <= {("90 ml milk", "30 g butter"), ("300 g rigatoni",), ("100 g smoked turkey",)}
    assert len(found) == 2
    for steps in (("Whip the cream.",), ("Simmer it all.",)):
        baked = recipe(("120 ml heavy cream", "200 g flour"), steps)
        assert not rows(baked, "substitution")


def test_numbers_are_those_of_the_recipe_and_not_told_in_the_question() -> None:
    made = {row.id: row for row in rows(recipe(), "time", "temperature")}
    assert answer(made["r1-time"]) == {"answer": "10 min"}
    assert f"«Boil the penne for {GAP}.»" in made["r1-time"].messages[1]["content"]
    assert answer(made["r1-time-1"]) == {"answer": "25 min"}
    assert "t least how many minutes" in made["r1-time-1"].messages[1]["content"]
    assert answer(made["r1-time-2"]) == {"answer": "25 min"}
    assert "190 °C" in made["r1-time-2"].messages[1]["content"]
    for name in ("r1-temperature", "r1-temperature-1"):
        assert answer(made[name]) == {"answer": "190 °C"}
        assert "190" not in made[name].messages[1]["content"]
        assert made[name].spans[0].unit == "celsius"
    (first, *_) = rows(recipe(("200 g rice",), ("Boil.",)), "quantity")
    assert first.messages[1]["content"].lower().count("how many grams of rice") == 1
    assert "4 people" in first.messages[1]["content"]
    assert answer(first) == {"answer": "200 g"}


def test_an_unsafe_recipe_teaches_no_temperature() -> None:
    lines = ("500 g chicken breast", "200 g rice")
    step = "Bake at 180 °C. An instant-read thermometer should read {} °C inside."
    assert not rows(recipe(lines, (step.format(60), "Heat to 90 °C.")), "temperature")
    assert rows(recipe(lines, (step.format(75), "Heat to 90 °C.")), "temperature")


@pytest.mark.parametrize(
    ("food", "celsius", "taught"),
    [
        ("ground beef", 70, False),
        ("ground beef", 71, True),
        ("pork sausages", 70, False),
        ("beef steak", 55, False),
        ("salmon", 63, True),
        ("duck and pork", 71, False),
    ],
)
def test_core_temperatures_that_are_taught_are_safe(food, celsius, taught) -> None:
    steps = (f"Grill until a thermometer reads {celsius} °C.",)
    assert bool(rows(recipe((f"500 g {food}",), steps), "temperature")) == taught


def test_what_bakes_before_other_steps_is_no_baking_time_of_the_dish() -> None:
    bakes = "Bake the nuts at 180 °C for 12 minutes."
    ids = [
        {row.id for row in rows(recipe(LINES, s), "time")}
        for s in ((bakes, "Boil 1 hour."), (bakes,))
    ]
    assert [("r1-time-2" in found) for found in ids] == [False, True]


def test_much_butter_makes_the_dish() -> None:
    for grams, count in ((50, 1), (200, 0)):
        pasta = recipe((f"{grams} g butter", "3 leeks"), ("Toss.",))
        assert len(rows(pasta, "substitution")) == count


@pytest.mark.parametrize(
    ("lines", "step", "diet"),
    [
        (("200 g rice", "2 carrots, diced", "30 ml olive oil", "salt"), "Boil.", "vegan"),
        (("200 g rice", "25 g butter"), "Boil.", "vegetarian"),
        (("200 g rice", "2 eggs"), "Boil.", "vegetarian"),
        (("200 g spaghetti", "400 g tomatoes"), "Boil.", "vegetarian"),
        (("200 g rice", "240 ml coconut milk"), "Boil.", "vegan"),
        (("200 g rice", "30 ml honey"), "Boil.", "vegetarian"),
        (("200 g rice", "100 g bacon"), "Boil.", None),
        (("200 g rice", "100 g Parmesan cheese"), "Boil.", None),
        (("200 g rice", "15 ml Worcestershire sauce"), "Boil.", None),
        (("200 g rice", "500 ml stock"), "Boil.", None),
        (("200 g rice", "30 g mystery mix"), "Boil.", None),
        (("200 g rice",), "Serve with grilled chicken.", None),
        (("200 g rice",), "Stir in some butter.", "vegetarian"),
    ],
)
def test_a_diet_is_stated_only_where_it_is_sure(lines, step, diet) -> None:
    assert diet_of(recipe(lines, (step,), title="Bowl")) == diet


def test_diets_and_servings_are_asked_for() -> None:
    vegan = recipe(("200 g rice", "2 carrots", "100 g peas"), ("Boil.",), title="Pea Rice")
    by_title = next(row for row in rows(vegan, "variants") if row.id == "r1-recipe-2")
    assert by_title.messages[1]["content"] == "Generate a vegan recipe for Pea Rice, 4 servings."
    assert by_title.messages[-1] == chat_row(vegan).messages[-1]
    asked = {rows(vegan, "variants", seed=s)[0].messages[1]["content"] for s in range(30)}
    assert "I have rice, carrots and peas. Generate a vegan recipe for 4 servings." in asked
    assert "I have rice, carrots and peas. Generate a recipe for 4 servings." in asked


names = st.sampled_from(
    [
        "penne",
        'ham "York"',
        "peas",
        "crème fraîche",
        "<|im_",
        "start|>",
        "salt",
        "eggs",
        "\U0001f35d",
    ]
)
ingredients = st.builds(
    lambda low, unit, name, preparation: rounded(Ingredient(low, None, unit, name, preparation)),
    st.floats(0.1, 5_000),
    st.sampled_from(["g", "ml", "unit"]),
    names,
    st.one_of(st.none(), st.sampled_from(["chopped", "cloves", "pinch", "\\ diced"])),
)
steps = st.builds(
    "{} at {} °C for {} minutes, {}".format,
    st.sampled_from(["Bake", "Roast it", "Heat <|im_"]),
    st.integers(10, 300),
    st.integers(1, 2000),
    names,
)


@given(
    st.lists(ingredients, min_size=1, max_size=6),
    st.lists(steps, min_size=1, max_size=3),
    st.one_of(st.none(), st.integers(1, 40)),
    st.integers(0, 99),
)
def test_any_recipe_gives_valid_answers_with_true_spans(listed, written, servings, seed) -> None:
    any_recipe = Recipe(
        "r1", "Ham", servings, tuple(listed), tuple(map(parse_instruction, written)), "s"
    )
    made = rows(any_recipe, seed=seed)
    assert len({row.id for row in made}) == len(made)
    for row in made:
        value = answer(row)
        jsonschema.validate(value, TASKS[row.task].schema)
        assert row.spans
        for span in row.spans:
            said = meaning(row, span)
            if span.kind == "number":
                assert float(said) == span.value
                assert value["answer"].startswith(said)
            if span.kind == "quantity" and span.value is not None:
                assert said.startswith(f"{span.value:.10g}"[:3].rstrip("."))
            if span.kind == "ingredient":
                assert said in value["ingredients"][span.group]
        prompt = row.messages[1]["content"]
        kept = neutralise_control_tokens(prompt)
        assert "<|im_start|>" not in prompt
        assert "<|im_end|>" not in kept


def test_tasks_are_parsed_and_unknown_ones_refused() -> None:
    assert parse_tasks("recipe") == BY_TITLE
    assert parse_tasks("ALL") == ALL == {*TASKS}
    with pytest.raises(TopochefError, match="'soup' unknown: choose from recipe"):
        parse_tasks("recipe,soup")
