"""Answers: valid JSON within the schema, and spans that name what they say."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.answers import answer, answer_fault, chat_row, render_ingredient, rounded
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import locate
from recipe_data.schema import (
    ANSWER_SCHEMA,
    MAX_INGREDIENT_CHARS,
    MAX_INGREDIENTS,
    MAX_INSTRUCTION_CHARS,
    MAX_INSTRUCTIONS,
    Ingredient,
    Instruction,
    Recipe,
    Span,
)

PASTA = Ingredient(320.0, None, "g", "spaghetti")


def recipe(ingredients: tuple[Ingredient, ...], *steps: str) -> Recipe:
    instructions = tuple(Instruction(step) for step in steps)
    return Recipe("r1", "Pea Risotto", 2, ingredients, instructions, "www.example.com")


def meaning(text: str, span: Span) -> str:
    """Return what the JSON between the ends of a span stands for."""
    return str(json.loads(f'"{text[span.start : span.end]}"'))


@pytest.mark.parametrize(
    ("ingredient", "line"),
    [
        (PASTA, "320 g spaghetti"),
        (Ingredient(2.0, 3.0, "unit", "eggs"), "2-3 eggs"),
        (Ingredient(14.79, None, "ml", "olive oil"), "15 ml olive oil"),
        (Ingredient(1133.98, None, "g", "potatoes"), "1130 g potatoes"),
        (Ingredient(0.5, None, "unit", "onion", "chopped"), "0.5 onion, chopped"),
        (Ingredient(1 / 3, None, "unit", "lemon"), "0.333 lemon"),
        (Ingredient(4.929, None, "ml", "soy sauce"), "5 ml soy sauce"),
        (Ingredient(None, None, None, "salt", "to taste"), "salt, to taste"),
        (Ingredient(2e7, None, "g", "rice"), "20000000 g rice"),
        (Ingredient(3.0, None, "unit", "garlic", "cloves"), "3 cloves garlic"),
        (Ingredient(1.0, 2.0, "unit", "beans", "cans, drained"), "1-2 cans beans, drained"),
        (Ingredient(None, None, None, "salt", "pinch"), "pinch of salt"),
        (Ingredient(200.0, None, "g", "ham", "cubes"), "200 g ham, cubes"),
    ],
)
def test_rendering(ingredient: Ingredient, line: str) -> None:
    assert render_ingredient(ingredient) == line


def test_rounding_agrees_with_what_is_written() -> None:
    assert rounded(Ingredient(14.79, 14.9, "ml", "oil")) == Ingredient(15.0, None, "ml", "oil")
    assert rounded(Ingredient(None, None, None, "salt")) == Ingredient(None, None, None, "salt")


@given(
    quantity=st.floats(0.05, 9_000),
    more=st.one_of(st.none(), st.floats(1.5, 3.0)),
    thing=st.sampled_from(
        [("g", "butter"), ("g", "green peas"), ("ml", "olive oil"), ("unit", "bay leaves")]
    ),
    preparation=st.sampled_from([None, "chopped", "peeled and diced", "slices, chopped"]),
)
def test_a_rendered_ingredient_reads_back(quantity, more, thing, preparation) -> None:
    unit, name = thing
    high = quantity * more if more else None
    ingredient = rounded(Ingredient(quantity, high, unit, name, preparation))
    assert rounded(ingredient) == ingredient
    back = parse_ingredient(render_ingredient(ingredient))
    assert (back.quantity, back.quantity_max, back.name) == (
        ingredient.quantity,
        ingredient.quantity_max,
        name,
    )


def test_spans_of_a_small_recipe() -> None:
    text, spans = answer(
        recipe(
            (PASTA, Ingredient(None, None, None, "salt")),
            "Boil the spaghetti for 10 minutes and drain.",
            'Bake at 180 \u00b0C in a 9" dish.',
        )
    )
    assert text == (
        '{"ingredients":["320 g spaghetti","salt"],"instructions":['
        '"Boil the spaghetti for 10 minutes and drain.","Bake at 180 \u00b0C in a 9\\" dish."]}'
    )
    assert [(meaning(text, s), s.kind, s.group, s.value, s.unit) for s in spans] == [
        ("320 g", "quantity", 0, 320.0, "g"),
        ("spaghetti", "ingredient", 0, None, None),
        ("salt", "ingredient", 1, None, None),
        ("Boil", "action", 2, None, None),
        ("10 minutes", "time", 2, 10.0, "min"),
        ("drain", "action", 2, None, None),
        ("Bake", "action", 3, None, None),
        ("180 \u00b0C", "temperature", 3, 180.0, "celsius"),
    ]


strings = st.text(
    st.one_of(
        st.sampled_from('"\\/\n\t\x00\x7f \u2028\u00e9\U0001f35d'),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=30,
)
ingredients = st.builds(
    Ingredient,
    quantity=st.one_of(st.none(), st.floats(0.1, 5_000)),
    quantity_max=st.none(),
    unit=st.sampled_from(["g", "ml", "unit"]),
    name=strings,
    preparation=st.one_of(st.none(), strings),
)
steps = st.builds(
    "{}{} at 180 \u00b0C for 20 minutes{}".format,
    strings,
    st.sampled_from(["Bake", "stir"]),
    strings,
)


@given(st.lists(ingredients, min_size=1, max_size=4), st.lists(steps, min_size=1, max_size=4))
def test_any_recipe_gives_valid_json_with_true_spans(listed, written) -> None:
    given_recipe = recipe(tuple(listed), *written)
    text, spans = answer(given_recipe)
    lines = [render_ingredient(ingredient) for ingredient in listed]
    assert json.loads(text) == {"ingredients": lines, "instructions": written}
    jsonschema.validate(json.loads(text), ANSWER_SCHEMA)

    names = [meaning(text, s) for s in spans if s.kind == "ingredient"]
    assert names == [ingredient.name for ingredient in listed]
    for span in (s for s in spans if s.kind == "quantity"):
        assert lines[span.group].startswith(meaning(text, span))
        assert span.unit == listed[span.group].unit
    found = [s for s in spans if s.kind not in ("ingredient", "quantity")]
    assert [(meaning(text, s), s.kind, s.group) for s in found] == [
        (step[f.start : f.end], f.kind, group)
        for group, step in enumerate(written, len(listed))
        for f in locate(step)
    ]
    ends = [0, *(s.end for s in spans)]
    assert all(end <= s.start < s.end for end, s in zip(ends, spans, strict=False))


@pytest.mark.parametrize(
    ("ingredients", "steps", "fault"),
    [
        ((PASTA,) * MAX_INGREDIENTS, ("Stir.",) * MAX_INSTRUCTIONS, None),
        ((PASTA,) * (MAX_INGREDIENTS + 1), ("Stir.",), "41 ingredients, at most 40 fit"),
        ((PASTA,), ("Stir.",) * (MAX_INSTRUCTIONS + 1), "41 steps, at most 40 fit"),
        ((PASTA,), ("x" * MAX_INSTRUCTION_CHARS,), None),
        ((PASTA,), ("x" * (MAX_INSTRUCTION_CHARS + 1),), "a step of 401 characters"),
        (
            (Ingredient(None, None, None, "x" * (MAX_INGREDIENT_CHARS + 1)),),
            ("Stir.",),
            "an ingredient of 121 characters",
        ),
    ],
)
def test_bounds_of_the_answer(ingredients, steps, fault) -> None:
    bounded = recipe(tuple(ingredients), *steps)
    found = answer_fault(bounded)
    assert (found or "").startswith(fault or "")
    errors = list(
        jsonschema.Draft202012Validator(ANSWER_SCHEMA).iter_errors(json.loads(answer(bounded)[0]))
    )
    assert bool(errors) == bool(fault) == bool(found)


def test_chat_row_asks_for_the_title_and_answers_with_the_json() -> None:
    row = chat_row(recipe((PASTA,), "Boil."))
    assert (row.id, row.task, row.source) == ("r1-recipe", "recipe", "www.example.com")
    assert [message["role"] for message in row.messages] == ["system", "user", "assistant"]
    assert row.messages[1]["content"] == "Generate a recipe for Pea Risotto, 2 servings."
    assert json.loads(row.messages[2]["content"])["instructions"] == ["Boil."]
    assert set(row.to_dict()["spans"][0]) == {"start", "end", "kind", "group", "value", "unit"}
