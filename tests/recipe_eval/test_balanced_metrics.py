"""The `balanced` profile: degenerate systems first, each with the score that it must get."""

from __future__ import annotations

import pytest

from recipe_data.schema import Ingredient
from recipe_eval.metrics.balanced import balanced_metrics
from recipe_eval.metrics.headline import PARTS
from recipe_eval.reading.corpus import Counted, corpus_of
from recipe_eval.reading.entities import NOTHING, Asked, Entities, extract
from recipe_kitchen.answers import Answer

# 99 recipes with salt, of them 9 with rice; the shortest tenth lists 2 foods in 2 steps.
SALT, WATER, RICE = (Ingredient(5, None, "g", name) for name in ("salt", "water", "rice"))
CORPUS = corpus_of(
    [
        *[Counted("Salt", [SALT], 1)] * 8,
        *[Counted("Hot Soup", [SALT, WATER], 2)] * 82,
        *[Counted("Rice Soup", [SALT, RICE], 2)] * 9,
    ],
    "train",
)
METRICS = {metric.name: metric for metric in balanced_metrics(CORPUS)}
JUDGES_ITSELF = {"title_fidelity", "listed_twice", "cookable"}
"""What asks nothing of gold."""


def read(lines: str, steps: str, title: str = "Mushroom Rice") -> Entities:
    """Read a recipe written with semicolons."""
    answer = Answer(tuple(lines.split("; ")), tuple(steps.split("; ")))
    return extract(answer, Asked(title))


GOLD = read(
    "200 g rice; 100 g mushrooms; 20 g butter; 5 g salt",
    "Fry the mushrooms in butter for 5 minutes.; Add rice and salt and simmer for 20 minutes."
    "; Bake at 180 °C for 10 minutes.",
)
EVERYTHING = read(
    "200 g rice; 100 g mushrooms; 20 g butter; 5 g salt; 100 g sugar; 100 g flour; 3 eggs"
    "; 100 ml milk; 50 ml oil; 2 onions; 100 g beef; 1 lemon",
    "Chop, boil, fry, steam, grill, bake and serve everything for 10 minutes at 180 °C.",
)
CONSTANT = read("5 g salt; 20 g butter", "Cook everything for 10 minutes and serve.")
SHUFFLED = read("3 eggs; 100 g sugar", "Whisk the eggs and sugar for 3 minutes.")


@pytest.mark.parametrize("name", METRICS)
def test_nothing_scores_worst(name: str) -> None:
    metric = METRICS[name]
    assert metric.score(GOLD, None).value == metric.worst
    if name not in ("listed_twice",):  # where nothing is listed, nothing is listed twice
        assert metric.value(metric.count(GOLD, NOTHING)) == metric.worst


@pytest.mark.parametrize("name", METRICS)
def test_gold_copied_scores_best(name: str) -> None:
    metric = METRICS[name]
    assert metric.score(GOLD, GOLD).value == pytest.approx(1 - metric.worst)


@pytest.mark.parametrize("name", [name for name in METRICS if name not in JUDGES_ITSELF])
def test_gold_of_another_title_scores_worst_but_for_its_length(name: str) -> None:
    expected = {"list_length": 2 / 4, "step_count": 1 / 3}.get(name, METRICS[name].worst)
    assert METRICS[name].score(GOLD, SHUFFLED).value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ingredient_precision", 4 / 12),
        ("ingredient_recall", 1.0),
        ("ingredient_f1", 2 * 4 / 16),
        ("rare_ingredient_recall", 1.0),
        ("quantity_f1", 2 * 4 / 16),
        ("quantity_within_10", 1.0),
        ("action_f1", 2 * 2 / (7 + 4)),  # fry and bake, of chop boil fry steam grill bake serve
        ("time_f1", 2 * 1 / 4),
        ("temperature_f1", 1.0),
        ("list_length", 4 / 12),
        ("step_count", 1 / 3),
        ("title_fidelity", 1.0),
        ("cookable", 0.0),
        ("recipe_f1", (0.5 + 0.5 + 4 / 11 + 0.5 + 1.0) / 5),
    ],
)
def test_saying_everything_is_paid_for(name: str, value: float) -> None:
    assert METRICS[name].score(GOLD, EVERYTHING).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ingredient_precision", 1.0),
        ("ingredient_recall", 2 / 4),
        ("ingredient_f1", 2 * 2 / 6),
        ("quantity_f1", 2 * 2 / 6),
        ("action_f1", 0.0),
        ("time_f1", 0.0),
        ("temperature_f1", 0.0),
        ("title_fidelity", 0.0),
        ("cookable", 0.0),
        ("recipe_f1", (2 / 3 + 2 / 3) / 5),
    ],
)
def test_a_constant_does_not_win(name: str, value: float) -> None:
    assert METRICS[name].score(GOLD, CONSTANT).value == pytest.approx(value)


def test_common_foods_weigh_little() -> None:
    salt, rice, mushrooms = 0.0, CORPUS.rarity("rice"), CORPUS.rarity("mushroom")
    assert rice < mushrooms == CORPUS.rarity("butter")
    score = METRICS["rare_ingredient_recall"].score(GOLD, read("5 g salt; 1 g rice", "Stir."))
    assert score.value == pytest.approx((salt + rice) / (salt + rice + 2 * mushrooms))
    only_salt = read("5 g salt", "Stir.")
    assert METRICS["rare_ingredient_recall"].score(only_salt, GOLD).value is None


def test_names_are_foods_and_each_line_answers_once() -> None:
    gold = read("2 courgettes; 100 g prawns; 5 g salt", "Stir.")
    predicted = read("1 zucchini; 50 g shrimp; 1 g shrimps; 1 g mystery mix", "Stir.")
    for name, value in (("precision", 2 / 4), ("recall", 2 / 3), ("f1", 4 / 7)):
        assert METRICS[f"ingredient_{name}"].score(gold, predicted).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("line", "within"),
    [
        ("220 g rice", (1, 1)),
        ("240 g rice", (0, 1)),
        ("260 g rice", (0, 0)),
        ("200 rice", (0, 0)),
        ("180-260 g rice", (1, 1)),
        ("rice", (0, 0)),
        ("200 g pasta", (0, 0)),
    ],
)
def test_amounts_are_right_within_two_limits(line: str, within: tuple[int, int]) -> None:
    gold, predicted = read("200 g rice; salt", "Stir."), read(line, "Stir.")
    for limit, hit in zip((10, 25), within, strict=True):
        assert METRICS[f"quantity_within_{limit}"].score(gold, predicted).value == hit
    assert METRICS["quantity_f1"].score(gold, predicted).value == within[0]


def test_a_made_up_amount_costs_where_gold_has_none() -> None:
    gold = read("salt; pepper", "Stir.")
    assert METRICS["quantity_f1"].score(gold, gold).value is None
    assert METRICS["quantity_f1"].score(gold, read("5 g salt", "Stir.")).value == 0.0


@pytest.mark.parametrize(
    ("steps", "action", "time"),
    [
        ("Fry.; Simmer.; Bake.", 2 * 3 / 7, 0.0),
        ("Bake.; Simmer.; Fry.", 2 * 1 / 7, 0.0),  # the order is wrong: one of the three counts
        ("Fry for 5 minutes.; Simmer for 21 minutes.; Bake for 30 minutes.", 6 / 7, 2 * 2 / 6),
        ("Bake for 10 minutes.; Simmer for 20 minutes.; Fry for 5 minutes.", 2 / 7, 2 * 1 / 6),
    ],
)
def test_work_counts_in_its_order(steps: str, action: float, time: float) -> None:
    predicted = read("200 g rice", steps)
    assert GOLD.actions == ("fry", "add", "simmer", "bake")
    assert METRICS["action_f1"].score(GOLD, predicted).value == pytest.approx(action)
    assert METRICS["time_f1"].score(GOLD, predicted).value == pytest.approx(time)


def test_the_headline_is_the_mean_of_what_applies() -> None:
    gold = read("salt", "Boil.")
    assert METRICS["recipe_f1"].score(gold, gold).value == 1.0  # ingredients and actions alone
    hot = read("salt", "Boil at 90 °C.")
    assert METRICS["recipe_f1"].score(gold, hot).value == pytest.approx((1 + 1 + 0) / 3)
    score = METRICS["recipe_f1"].score(GOLD, EVERYTHING)
    parts = [part.score(GOLD, EVERYTHING).value for part in PARTS]
    assert score.value == pytest.approx(sum(part or 0.0 for part in parts) / 5)


@pytest.mark.parametrize(
    ("title", "lines", "hits", "named"),
    [
        ("Cheese Rice", "60 g cheddar; salt", 1, 2),
        ("Cheddar Plate", "60 g cheese", 0, 1),
        ("Chicken with Rice", "2 chicken thighs; salt", 1, 2),
        ("Grandma's Best", "salt", 0, 0),
        ("Rice Soup", "200 g rice; salt", 1, 1),  # the dish is not listed in training either
        ("Carrot and Carrot Salad", "2 carrots", 1, 1),
    ],
)
def test_foods_of_the_title_are_listed_or_not(
    title: str, lines: str, hits: int, named: int
) -> None:
    asked = read("salt", "Stir.", title)
    score = METRICS["title_fidelity"].score(asked, read(lines, "Stir.", title))
    assert score.statistics == (hits, named)
    assert score.value == (hits / named if named else None)


def test_foods_listed_twice_are_told() -> None:
    twice = read("2 courgettes; salt; 1 zucchini; 1 g zucchini", "Stir.")
    assert METRICS["listed_twice"].score(GOLD, twice).value == pytest.approx(2 / 4)


@pytest.mark.parametrize(
    ("lines", "steps", "cookable"),
    [
        ("200 g rice; 5 g salt", "Boil the rice with salt.; Serve.", 1.0),
        ("200 g rice", "Boil the rice.; Serve.", 0.0),  # one food
        ("200 g rice; 5 g salt", "Boil the rice with salt.", 0.0),  # one step
        ("200 g rice; 5 g salt", "Boil everything.; Serve.", 0.0),  # names nothing
        ("200 g rice; 5 kg butter", "Boil the rice in the butter.; Fry the garlic.", 0.0),
    ],
)
def test_a_stub_is_not_cookable(lines: str, steps: str, cookable: float) -> None:
    assert METRICS["cookable"].score(GOLD, read(lines, steps)).value == cookable


def test_without_a_training_split_all_foods_weigh_the_same() -> None:
    flat = {metric.name: metric for metric in balanced_metrics()}
    score = flat["rare_ingredient_recall"].score(GOLD, CONSTANT)
    assert score.value == flat["ingredient_recall"].score(GOLD, CONSTANT).value
    assert "train:none" in flat["rare_ingredient_recall"].rule
