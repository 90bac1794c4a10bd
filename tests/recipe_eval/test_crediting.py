"""What parts of an answer are worth, where they stand, and what is left of it as credit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import pytest
from gold_recipes import GOLD, answer
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_eval.crediting.baseline import credits_of
from recipe_eval.crediting.parts import Part, load_scorer, score_parts
from recipe_eval.crediting.places import places_of
from recipe_eval.crediting.recipes import AMOUNT, by_line, by_list
from recipe_eval.metrics.foods import count_foods
from recipe_eval.metrics.quantities import TIGHT, count_amounts
from recipe_eval.reading.entities import extract
from recipe_kitchen.answers import read_answer

KINDS = ("line", "close", "step")
LINES = (
    "200 g rice",
    "215 g rice",
    "300 g rice",
    "2 eggs",
    "60 ml oil",
    "60 g oil",
    "salt",
    "3 cloves garlic",
    "1-2 onions",
    "½ lemon, cut",
)
STEPS = (
    "Boil the rice for 12 minutes.",
    "Fry and stir the eggs.",
    "Enjoy.",
    "Grill.",
    'Add "all".',
)

parts = st.builds(
    lambda score, kind: Part(0, 1, score, kind),
    st.sampled_from([0.0, 0.5, 1.0, 1.5, -2.0, 1 / 3]),
    st.sampled_from(KINDS),
)
titles = st.lists(st.lists(parts, max_size=6), min_size=1, max_size=8)
recipes = st.builds(
    answer,
    st.lists(st.sampled_from(LINES), min_size=1, max_size=8),
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=4),
)


@given(titles)
def test_the_mean_credits_of_a_titles_samples_add_up_to_nothing(samples: list[list[Part]]) -> None:
    credits = credits_of(samples)
    assert [len(found) for found in credits] == [len(sample) for sample in samples]
    for kind in KINDS:
        means = [
            fmean(given)
            for sample, found in zip(samples, credits, strict=True)
            if (given := [c for part, c in zip(sample, found, strict=True)
                          if part.kind == kind and c is not None])
        ]  # fmt: skip
        assert sum(means) == pytest.approx(0, abs=1e-5)


@given(titles, st.floats(-3, 3))
def test_a_baseline_does_not_look_at_its_own_sample(samples: list[list[Part]], by: float) -> None:
    raised = [part._replace(score=part.score + by) for part in samples[0]]
    before, after = credits_of(samples)[0], credits_of([raised, *samples[1:]])[0]
    for one, other in zip(before, after, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert other - one == pytest.approx(by, abs=1e-5)


def test_what_no_other_sample_has_gets_no_credit() -> None:
    line, step = Part(0, 1, 1.0, "line"), Part(1, 2, 1.0, "step")
    assert credits_of([[line, step], [line._replace(score=0.25)]]) == [[0.75, None], [-0.75]]
    assert credits_of([[line]]) == [[None]]
    assert str(credits_of([[line], [line], [line]])[0][0]) == "0.0"


def test_lines_are_named_one_to_one_and_the_right_amount_counts_first() -> None:
    gold = answer(["200 g rice", "2 eggs", "60 ml oil", "salt"], ["Boil.", "Fry."])
    text = answer(
        ["300 g rice", "190 g rice", "200 g rice", "2 g eggs", "oil", "salt", "1 lime"], ["Boil."]
    )
    lines = [part.score for part in by_line(text, gold) if part.kind == "line"]
    # Gold has one rice: the first line with its amount. Another unit is another amount.
    assert lines == [0.0, 1.5, 0.0, 1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize(("lines", "worth"), [(1, 0.25), (3, 0.75), (4, 1.0), (9, 1.0)])
def test_a_list_that_ends_early_is_worth_less(lines: int, worth: float) -> None:
    gold = answer(["1 lime", "2 eggs", "60 ml oil", "salt"], ["Boil."])
    (close,) = (p for p in by_line(answer(["salt"] * lines, ["Boil."]), gold) if p.kind == "close")
    assert close.score == worth


def test_steps_share_actions_one_for_one() -> None:
    gold = answer(["salt"], ["Boil the rice.", "Fry and stir."])
    text = answer(["salt"], ["Boil it.", "Boil and fry it.", "Enjoy!"])
    assert [p.score for p in by_line(text, gold) if p.kind == "step"] == [1.0, 0.5, 0.0]


@given(recipes, recipes)
def test_scores_are_those_of_the_metrics(text: str, gold: str) -> None:
    written, wanted = (extract(read_answer(one)) for one in (text, gold))
    lines = [part.score for part in by_line(text, gold) if part.kind == "line"]
    assert sum(score > 0 for score in lines) == count_foods(wanted, written).hits
    assert sum(score > 1 for score in lines) == count_amounts(wanted, written, TIGHT).hits
    whole, _ = by_list(text, gold)
    foods = count_foods(wanted, written)
    f1 = 2 * sum(lines) / (foods.predicted + foods.gold)
    assert whole.score == pytest.approx(f1)


@given(recipes)
def test_gold_itself_has_every_food_and_ends_in_time(gold: str) -> None:
    scores = by_line(gold, gold)
    assert all(p.score in (1.0, 1 + AMOUNT) for p in scores if p.kind == "line")
    assert [p.score for p in scores if p.kind == "close"] == [1.0]


@given(recipes, st.sampled_from([None, 1]), st.booleans())
def test_places_are_those_of_the_texts(text: str, indent: int | None, swapped: bool) -> None:
    value = json.loads(text)
    keys = sorted(value, reverse=swapped)
    text = json.dumps({key: value[key] for key in keys}, indent=indent, ensure_ascii=swapped)
    places = places_of(text)
    lists = ((places.lines, value["ingredients"]), (places.steps, value["instructions"]))
    for found, texts in lists:
        inside = [text[slice(*found[0])], *(text[a:b].split('"', 2)[2] for a, b in found[1:])]
        assert [json.loads(f'"{one}"') for one in inside] == texts
        assert all(text[start] == '"' for start, _ in found[1:])
    assert text[slice(*places.close)].split() in (['"]'], ['"', "]"])
    assert sorted(places.lines)[-1][1] == places.close[0]


@pytest.mark.parametrize("scorer", [by_line, by_list])
@given(text=recipes, gold=recipes)
def test_a_scorer_keeps_its_promise(
    scorer: Callable[[str, str], list[Part]], text: str, gold: str
) -> None:
    assert score_parts(scorer, text, gold, "here") == sorted(scorer(text, gold))


def test_the_plugin_trains_what_the_lines_are_made_of() -> None:
    """Every character belongs to a line, the closing or a step, but for what the schema gives."""
    text = answer(*GOLD[0][1:])
    untrained = list(text)
    for part in by_line(text, text):
        untrained[part.start : part.end] = "·" * (part.end - part.start)
    assert [one for one in "".join(untrained).split("·") if one] == [
        '{"ingredients":["', ',"instructions":["', '"]}'
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([(0, 99, 1.0)], "no part of an answer of 4 characters"),
        ([(2, 2, 1.0)], "no part"),
        ([(0, 2, math.nan)], "nan: no number"),
        ([(0, 3, 1.0), (2, 4, 1.0)], "share characters"),
        ([(0, 4, 1.0), (1, 2, 1.0)], "share characters"),
    ],
)
def test_what_is_no_scorer_is_refused(returned: Sequence[Any], message: str) -> None:
    with pytest.raises(TopochefError, match=f"sample 3: the scorer returns.*{message}"):
        score_parts(lambda answer, gold: returned, "rice", "rice", "sample 3")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("recipe_eval.crediting.recipes", "write package.module:name"),
        ("recipe_eval.nowhere:by_line", "cannot be imported"),
        ("recipe_eval.crediting.recipes:by_lime", "cannot be imported"),
        ("recipe_eval.crediting.parts:SCORER", "is no function"),
    ],
)
def test_a_scorer_that_is_not_there_is_named(path: str, message: str) -> None:
    with pytest.raises(TopochefError, match=f"--scorer {path}.*{message}"):
        load_scorer(path)
