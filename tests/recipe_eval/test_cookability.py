"""What the thesis does not ask, worked out by hand; degenerate rows come first."""

from __future__ import annotations

import pytest

from recipe_eval.metrics.base import Share, Summed
from recipe_eval.metrics.cookability import COOKABILITY, mass_shares
from recipe_eval.reading.entities import NOTHING, Asked, Entities, extract
from recipe_eval.reading.names import core
from recipe_kitchen.answers import Answer

METRICS = {metric.name: metric for metric in COOKABILITY}


def read(ingredients: tuple[str, ...], steps: tuple[str, ...], title: str = "") -> Entities:
    return extract(Answer(ingredients, steps), Asked(title))


GOLD = read(
    ("300 g rice", "100 g butter", "2 onions"),
    ("Chop the onions.", "Fry the onions in butter.", "Add the rice and simmer.", "Serve."),
)


@pytest.mark.parametrize("name", METRICS)
def test_a_failed_generation_scores_worst(name: str) -> None:
    metric = METRICS[name]
    assert metric.score(GOLD, None).value == metric.worst
    assert metric.score(NOTHING, None).value == metric.worst


@pytest.mark.parametrize("name", METRICS)
def test_gold_itself_scores_best(name: str) -> None:
    metric = METRICS[name]
    assert metric.score(GOLD, GOLD).value == 1 - metric.worst


@pytest.mark.parametrize(
    ("ingredients", "steps", "covered", "used"),
    [
        (("salt",), ("Serve.",), Share(0, 3), Share(0, 1)),
        (("250 g rice", "1 onion"), ("Boil the rice.",), Share(1, 3), Share(1, 2)),
        (("rice", "rice", "onion"), ("Fry onion and rice.",), Share(2, 3), Share(3, 3)),
        (("butter", "olive oil"), ("Heat the oil and butter.",), Share(1, 3), Share(2, 2)),
    ],
)
def test_an_ingredient_counts_if_it_is_listed_and_if_a_step_names_it(
    ingredients: tuple[str, ...], steps: tuple[str, ...], covered: Share, used: Share
) -> None:
    predicted = read(ingredients, steps)
    assert METRICS["ingredient_coverage"].score(GOLD, predicted).statistics == covered
    assert METRICS["ingredients_used"].score(GOLD, predicted).statistics == used


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("Bake it.",), Share(0, 0)),
        (("Serve.",), Share(0, 0)),
        (("Chop.", "Serve."), Share(0, 1)),
        (("Serve.", "Chop."), Share(1, 1)),
        (("Simmer.", "Fry.", "Bake.", "Chop."), Share(3, 3)),
        (("Fry.", "Chop.", "Fry.", "Serve."), Share(1, 3)),  # the second frying has no partner
    ],
)
def test_pairs_of_common_actions_are_in_golds_order_or_not(
    steps: tuple[str, ...], expected: Share
) -> None:
    predicted = read(("rice",), steps)
    score = METRICS["order_violations"].score(GOLD, predicted)
    assert score.statistics == expected
    assert score.value == (None if expected.items == 0 else expected.hits / expected.items)


def test_shares_are_of_what_is_weighed() -> None:
    assert mass_shares(GOLD) == {core("rice"): 0.75, core("butter"): 0.25}
    assert mass_shares(read(("2 eggs", "salt"), ("Stir.",))) == {}
    assert mass_shares(read(("200 ml milk", "200 g rice"), ("Stir.",)))[core("milk")] == 0.5


@pytest.mark.parametrize(
    ("ingredients", "expected"),
    [
        (("2 onions",), 1.0),  # nothing weighed
        (("500 g flour",), 1.0),  # nothing common
        (("30 g rice", "10 g butter"), 0.0),  # a tenth of everything
        (("200 g rice", "200 g butter"), 0.25),
        (("300 g rice", "100 g flour"), 0.25),
    ],
)
def test_the_distance_is_the_mass_that_would_have_to_be_something_else(
    ingredients: tuple[str, ...], expected: float
) -> None:
    score = METRICS["mass_distance"].score(GOLD, read(ingredients, ("Stir.",)))
    assert score.value == pytest.approx(expected)


def test_where_gold_weighs_nothing_mass_does_not_apply() -> None:
    gold = read(("2 eggs",), ("Boil the eggs.",))
    assert METRICS["mass_distance"].score(gold, GOLD) == (None, Summed(0.0, 0))


def test_a_recipe_with_a_warning_is_not_executable() -> None:
    doubtful = read(("300 g rice", "1 kg butter"), ("Boil the rice.",))
    assert "unused-ingredient" in doubtful.doubts
    assert METRICS["executable"].score(GOLD, doubtful).value == 0.0
