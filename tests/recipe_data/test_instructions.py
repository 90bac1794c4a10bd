"""Instructions: actions, times, temperatures, conversion, steps."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_data.gold.measure import F1, Share, measure_instructions, read_gold
from recipe_data.instructions import (
    convert_instruction,
    locate,
    parse_instruction,
    places,
    split_steps,
)
from recipe_data.language.steps import sentences
from recipe_data.schema import MAX_INSTRUCTION_CHARS, Instruction

MAX_SECONDS = 0.05


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("Cream butter and sugar; beat in eggs.", ("cream", "beat")),
        ("Add the cream, butter, flour and salt.", ("add",)),
        ("In a large bowl combine flour and water.", ("combine",)),
        ("Grease and flour a 9x13-inch pan.", ("grease", "flour")),
        ("Bring the water to a boil, then simmer.", ("boil", "simmer")),
        ("Cover and let rise until doubled.", ("cover", "rise")),
        ("Cook, stirring often, until the sauce thickens.", ("cook", "stir")),
        ("To serve, spoon over rice.", ("spoon",)),
        ("Do not boil.", ()),
        ("Bake in the preheated oven on a baking sheet.", ("bake",)),
        ("Sautéed onions go in the mixing bowl.", ()),
        ("Season to taste with salt and pepper, and serve.", ("season", "serve")),
        ("Leave to cool.", ("leave",)),
        ("If too dry add a spoon of stock.", ("add",)),
        ("Once cool sprinkle with sugar.", ("sprinkle",)),
        ("When the pan is hot add oil.", ("add",)),
        ("Cook until crisp and brown on top.", ("cook",)),
        ("Quickly brown on both sides; lightly oil the grate.", ("brown", "oil")),
        ("Wash and dry well, then smooth over the top.", ("wash", "dry", "smooth")),
        ("Do not stir or beat.", ()),
        ("Take care not to burn the garlic.", ()),
        ("Dip in a light dusting of sugar, for faster cooling.", ("dip",)),
        ("Grease and flour two tins; use the first set of bowls.", ("grease", "flour", "use")),
        ("Serve warm or cool.", ("serve",)),
    ],
)
def test_actions(text: str, actions: tuple[str, ...]) -> None:
    assert parse_instruction(text).actions == actions


@pytest.mark.parametrize(
    ("text", "minutes", "minutes_max"),
    [
        ("Bake 20 to 25 minutes.", 20, 25),
        ("Bake 20-25 min.", 20, 25),
        ("Simmer for 1 hour and 30 minutes.", 90, None),
        ("Simmer 1 1/2 hours", 90, None),
        ("Roast 45 minutes to 1 hour.", 45, 60),
        ("Microwave 30 seconds", 0.5, None),
        ("Chill overnight.", 480, None),
        ("Soak half an hour", 30, None),
        ("Wait a minute or two", 1, 2),
        ("Boil 1 minute, then simmer 20 minutes.", 20, None),
        ("Fry a few minutes", None, None),
        ("Stir. (Can be made 2 days ahead.)", None, None),
        ("Store in an airtight tin for up to 5 days.", None, None),
        ("Stir well.", None, None),
    ],
)
def test_minutes(text: str, minutes: float | None, minutes_max: float | None) -> None:
    step = parse_instruction(text)
    assert (step.minutes, step.minutes_max) == (minutes, minutes_max)


@pytest.mark.parametrize(
    ("text", "celsius", "converted"),
    [
        ("Preheat oven to 350°F.", 176.7, "Preheat oven to 175 °C."),
        ("Bake at 350 degrees F (175 degrees C).", 175, "Bake at 175 °C."),
        ("Heat to 180C/160C fan/gas 4.", 180, "Heat to 180 °C."),
        ("Preheat oven to 350.", 176.7, "Preheat oven to 175 °C."),
        ("Bake at gas mark 4.", 180, "Bake at 180 °C."),
        ("Cook until 165°F inside.", 73.9, "Cook until 74 °C inside."),
        ("Bake in a 250 degree oven.", 121.1, "Bake in a 120 °C oven."),
        ("Heat oven to 180 degrees.", 180, "Heat oven to 180 °C."),
        ("Bake at 325 to 350 degrees F", 162.8, "Bake at 165-175 °C"),
        ("Turn the pan 180° after a while.", None, "Turn the pan 180° after a while."),
        ("Chill to 4°C.", 4, "Chill to 4 °C."),
        ("Keep at 4-6 °C.", 4, "Keep at 4-6 °C."),
        ("Freeze at -18 °C.", -18, "Freeze at -18 °C."),
        ("Cool to 5 C.", 5, "Cool to 5 °C."),
        ("Stir in 5 C stock.", None, "Stir in 1200 ml stock."),
        ("Bake 350 for an hour.", 176.7, "Bake 175 °C for an hour."),
        ("Preheat oven to 180.", 180, "Preheat oven to 180 °C."),
        ("Heat to 350 f, not 351f.", 176.7, "Heat to 175 °C, not 175 °C."),
        ("Bake at 180º.", 180, "Bake at 180 °C."),
        ("Bake at 350 degrees.", 176.7, "Bake at 175 °C."),
    ],
)
def test_celsius(text: str, celsius: float | None, converted: str) -> None:
    assert parse_instruction(text).celsius == celsius
    assert convert_instruction(text) == converted


@pytest.mark.parametrize(
    ("text", "converted"),
    [
        ("Add 1 1/2 c. milk and 2 T. butter.", "Add 360 ml milk and 28 g butter."),
        ("Add 2 tablespoons. Stir.", "Add 30 ml. Stir."),
        ("Add 1 lb. Gouda. Stir.", "Add 454 g Gouda. Stir."),
        ("Brush 1 teaspoon (5 mL) of oil.", "Brush 5 ml of oil."),
        ("Stir in 1 cup of the cheese.", "Stir in 113 g of the cheese."),
        ("Cut into 1/2-inch pieces.", "Cut into 1/2-inch pieces."),
        ("Use a 2-quart saucepan.", "Use a 2-quart saucepan."),
        ("Cook on gas 1 to 2 minutes.", "Cook on gas 1 to 2 minutes."),
        ("Line 10 cups of a 12-cup muffin pan.", "Line 10 cups of a 12-cup muffin pan."),
        ("Heat 2 tablespoons oil in a pan.", "Heat 30 ml oil in a pan."),
        ("Add 200 g rice and 1 l water.", "Add 200 g rice and 1 l water."),
    ],
)
def test_measures_in_running_text(text: str, converted: str) -> None:
    assert convert_instruction(text) == converted
    assert convert_instruction(converted) == converted


def test_located_spans_are_exact_and_ordered() -> None:
    text = "Preheat oven to 175 °C. Bake 20 to 25 minutes, turning once."
    found = locate(text)
    assert [(f.kind, text[f.start : f.end]) for f in found] == [
        ("action", "Preheat"),
        ("temperature", "175 °C"),
        ("action", "Bake"),
        ("time", "20 to 25 minutes"),
        ("action", "turning"),
    ]


def test_numbered_steps_in_one_text_are_taken_apart() -> None:
    assert split_steps(["1. Boil water. 2) Add rice. 3. Serve."]) == [
        "Boil water.", "Add rice.", "Serve.",
    ]  # fmt: skip
    assert split_steps(["Step 1: Boil.", "Step 2: Serve."]) == ["Boil.", "Serve."]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Bake 10 min. Serve.", 2),
        ("Bake 1 hr. Cool.", 2),
        ("Bake 10 min. at 350 F. Serve.", 2),
        ("Bake 10 min. (or 15). Serve.", 2),
        ("Rest 1 hr. 30 min. Serve.", 2),
        ("Add 2 oz. Gouda. Stir.", 2),
        ("Add 2 oz. Stir.", 2),
        ("Use a 9 in. Springform pan.", 1),
        ("Fold it in. Meanwhile, boil water.", 2),
        ("Heat approx. Five minutes.", 1),
    ],
)
def test_abbreviations_end_sentences_only_before_a_new_one(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_a_whole_recipe_as_one_direction_becomes_steps() -> None:
    sentence = "Stir the sauce over low heat with 2 oz. cheese until it is smooth."
    steps = split_steps([" ".join([sentence] * 25)])
    assert steps == [sentence] * 25


@given(st.lists(st.text(alphabet="ab C.,;12 \n", max_size=1500), max_size=4))
def test_no_word_of_the_directions_is_lost(directions: list[str]) -> None:
    letters = re.sub(r"[^abC]", "", "".join(directions))
    steps = split_steps(directions)
    assert re.sub(r"[^abC]", "", "".join(steps)) == letters
    assert all(0 < len(step) <= MAX_INSTRUCTION_CHARS for step in steps)


@pytest.mark.parametrize(
    ("text", "minutes", "minutes_max"),
    [
        ("Let stand for 10 minutes before serving.", 10, None),
        ("Let stand 15 minutes before serving.", 15, None),
        ("Chill for 2 to 3 hours before serving.", 120, 180),
        ("Freeze 15 minutes.", 15, None),
        ("Freeze the dough for at least 4 hours.", 240, None),
        ("Add the frozen peas and cook another 5 minutes.", 5, None),
        ("Keep stirring for 5 minutes.", 5, None),
        ("Simmer for up to 20 minutes.", 20, None),
        ("Continue cooking about 5 minutes before serving.", 5, None),
        ("Chill for 4 hours or overnight.", 240, None),
        ("Freeze for up to 3 days.", None, None),
        ("Keeps 2 days in the refrigerator.", None, None),
        ("Store for 3 days.", None, None),
        ("Can be frozen for 2 weeks.", None, None),
        ("Serve within 2 hours.", None, None),
        ("Stir every 10 minutes.", None, None),
        ("Take it out of the refrigerator 30 minutes before serving.", None, None),
        ("About 10 minutes before serving, add the peas.", None, None),
        ("Cook 1 minute less than the packet says.", None, None),
        ("Make the sauce 2 days ahead.", None, None),
    ],
)
def test_what_a_step_takes_is_told_from_what_keeps(
    text: str, minutes: float | None, minutes_max: float | None
) -> None:
    step = parse_instruction(text)
    assert (step.minutes, step.minutes_max) == (minutes, minutes_max)
    (found,) = (f for f in locate(text) if f.unit == "min" and f.value != 480)
    assert found.kind == ("keeping" if minutes is None else "time")


@pytest.mark.parametrize(
    ("read", "kinds"),
    [
        (Instruction("Plump for 5 minutes.", ("plump",), 5.0), ["action", "time"]),
        (Instruction("Plump for 5 minutes.", ("plump",)), ["action", "keeping"]),
        (Instruction("Store for 5 days.", ("store",), 7200.0), ["action", "time"]),
        (Instruction("Bake at 180 °C."), ["action", "temperature"]),
        (Instruction("Bake at 180 °C.", ("bake",)), ["action"]),
        (Instruction("Stir and bring to a boil.", ("boil",)), ["action"]),
    ],
)
def test_places_follow_from_the_reading_of_a_model(read: Instruction, kinds: list[str]) -> None:
    found = places(read)
    assert [f.kind for f in found] == kinds
    if read.actions:
        assert tuple(f.lemma for f in found if f.kind == "action") == read.actions


STEP_PIECES = st.sampled_from(
    ["350", "°F", " degrees ", "F", "C", "(", ")", "/", "gas 4", "1", "1/2", "½", " to ", "-",
     "cup", " oz", "minutes", "hour", " and ", "bring ", "to a boil", "let ", "it ", "cool",
     "in a ", "add", "the ", "until ", ", ", ". ", "one ", "overnight", "a few ", "oven to ", "pan",
     "freeze ", "keeps ", " before serving", "for "]
)  # fmt: skip


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=400), st.lists(STEP_PIECES, max_size=90).map("".join)))
def test_any_text_is_located_quickly_without_overlap(text: str) -> None:
    start = time.process_time()
    found = locate(text)
    converted = convert_instruction(text)
    step = parse_instruction(text)
    assert time.process_time() - start < 3 * MAX_SECONDS
    assert isinstance(converted, str)
    assert step.text == text
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert_one_reading(step)


def assert_one_reading(step: Instruction) -> None:
    """What a step is said to hold stands where it is said to stand, and nothing else does."""
    found = places(step)
    assert found == locate(step.text)
    assert step.actions == tuple(f.lemma for f in found if f.kind == "action")
    heat = [f.value for f in found if f.kind == "temperature"]
    assert step.celsius == (heat[0] if heat else None)
    times = {(f.value, f.value_max) for f in found if f.kind == "time" and f.value is not None}
    assert (step.minutes is None) == (not times)
    assert not times or (step.minutes, step.minutes_max) in times


def test_quality_on_labelled_instructions(shared_data: Path) -> None:
    measured = measure_instructions(list(read_gold(shared_data / "actions_gold.jsonl.gz")))
    actions = measured["actions"]
    assert isinstance(actions, F1)
    assert 2 * actions.found / (actions.predicted + actions.labelled) >= 0.93
    for kind, least in (("durations", 0.99), ("temperatures", 0.99), ("minutes", 0.97)):
        share = measured[kind]
        assert isinstance(share, Share)
        assert share.right / share.total >= least
