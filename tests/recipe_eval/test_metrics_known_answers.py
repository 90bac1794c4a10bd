"""Every metric on recipes whose scores were worked out by hand; degenerate rows come first."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.schema import Ingredient, Instruction
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.base import Share
from recipe_eval.reading.entities import NOTHING, Entities

STRICT = {metric.name: metric for metric in PROFILES["strict"] if metric.group != "kitchen"}
WORDING = {"bleu", "bleu1", "bleu2", "bleu3", "rouge1", "rouge2", "rougel"}


def recipe(
    ingredients: list[tuple[float | None, str | None, str]],
    steps: list[tuple[str, float | None, float | None]],
) -> Entities:
    """Make entities of (quantity, unit, name) and (actions, minutes, °C)."""
    return Entities(
        lines=tuple(f"{quantity} {unit} {name}" for quantity, unit, name in ingredients),
        ingredients=tuple(
            Ingredient(quantity, None, unit, name)  # type: ignore[arg-type]
            for quantity, unit, name in ingredients
        ),
        steps=tuple(
            Instruction(
                f"{actions} {minutes} {celsius}", tuple(actions.split()), minutes, None, celsius
            )
            for actions, minutes, celsius in steps
        ),
    )


GOLD = recipe(
    [(200, "g", "arborio rice"), (500, "ml", "stock"), (1, "unit", "onion"), (None, None, "salt")],
    [("chop fry", 5, None), ("simmer stir", 18, 95), ("serve", None, None)],
)
PLAIN = recipe([(None, None, "salt")], [("", None, None)])
OTHER = recipe([(300, "g", "flour"), (2, "unit", "egg")], [("whisk", 3, None), ("bake", 30, 180)])
CLOSE = recipe(
    [
        (215, "g", "rice, arborio"),  # within 10 %
        (500, "g", "stock"),  # another dimension
        (2, "unit", "onions"),  # twice as much
        (30, "g", "butter"),  # not in gold
    ],
    [("fry", 6, None), ("stir", 20, 200), ("stir serve", None, None)],
)


WORDS = ("boil", "boiling", "the", "Rice", "rice,", "2", "½", "café")
words = st.lists(st.sampled_from(WORDS)).map(" ".join)


def written(text: str) -> Entities:
    """Make an answer of one line."""
    return Entities((text,), (), ())


@pytest.mark.parametrize("name", STRICT)
def test_a_failed_generation_scores_worst_whatever_gold_has(name: str) -> None:
    metric = STRICT[name]
    for gold in (GOLD, PLAIN):
        assert metric.score(gold, None).value == (1.0 if metric.lower_is_better else 0.0)


@pytest.mark.parametrize("name", STRICT)
def test_gold_itself_scores_best(name: str) -> None:
    metric = STRICT[name]
    assert metric.score(GOLD, GOLD).value == pytest.approx(0.0 if metric.lower_is_better else 1.0)


@pytest.mark.parametrize("name", [name for name in STRICT if name not in WORDING])
def test_another_dish_scores_worst(name: str) -> None:
    metric = STRICT[name]
    assert metric.score(GOLD, OTHER).value == metric.worst


@pytest.mark.parametrize(
    "name", ["quantity_precision", "action_precision", "time_precision", "temperature_precision",
             "action_edit_distance"],
)  # fmt: skip
def test_where_there_is_nothing_on_either_side_there_is_no_score(name: str) -> None:
    assert STRICT[name].score(PLAIN, PLAIN).value is None


@pytest.mark.parametrize(
    "name",
    ["quantity_precision", "action_precision", "time_precision", "temperature_precision"],
)
def test_precision_is_never_vacuous(name: str) -> None:
    assert STRICT[name].score(GOLD, PLAIN).statistics == Share(0, 1)
    nothing_wanted = STRICT[name].score(PLAIN, GOLD)
    assert nothing_wanted.value == 0.0


@pytest.mark.parametrize(
    ("name", "statistics", "value"),
    [
        ("ingredient_recall", (3, 4), 0.75),
        ("quantity_precision", (1, 4), 0.25),
        ("action_precision", (3, 4), 0.75),  # fry, stir, serve; the second stir is one too many
        ("time_precision", (1, 2), 0.5),  # 20 is within 15 % of 18; 6 is not within 15 % of 5
        ("temperature_precision", (0, 1), 0.0),
        ("action_edit_distance", (2, 5), 0.4),  # chop goes, simmer becomes stir
        ("step_edit_distance", (3, 3), 1.0),
    ],
)
def test_a_close_recipe_scores_as_worked_out_by_hand(
    name: str, statistics: tuple[int, ...], value: float
) -> None:
    score = STRICT[name].score(GOLD, CLOSE)
    assert score.statistics == statistics
    assert score.value == pytest.approx(value)


def test_one_predicted_item_answers_for_one_gold_item_only() -> None:
    twice = recipe([(5, "g", "salt"), (200, "g", "rice"), (5, "g", "salt")], [("boil", None, None)])
    once = recipe([(5, "g", "salt")], [("boil", None, None)])
    assert STRICT["ingredient_recall"].score(twice, once).statistics == Share(1, 3)
    assert STRICT["quantity_precision"].score(once, twice).statistics == Share(1, 3)


def test_names_that_are_empty_match_nothing() -> None:
    nameless = recipe([(1, "g", "")], [("boil", None, None)])
    assert STRICT["ingredient_recall"].score(nameless, nameless).value == 0.0


def test_a_step_may_answer_for_another_one_if_that_makes_more_steps_right() -> None:
    gold = recipe([], [("boil", 10, None), ("boil", 11, None)])
    predicted = recipe([], [("boil", 9.4, None), ("boil", 8.6, None)])
    assert STRICT["time_precision"].score(gold, predicted).statistics == Share(2, 2)


def test_bleu_of_one_recipe_and_of_many_is_sacrebleus() -> None:
    from sacrebleu.metrics.bleu import BLEU

    metric = STRICT["bleu"]
    pairs = [(GOLD, CLOSE), (OTHER, GOLD), (GOLD, GOLD)]
    scores = [metric.score(gold, predicted) for gold, predicted in pairs]
    for (gold, predicted), score in zip(pairs, scores, strict=True):
        expected = BLEU(effective_order=True).sentence_score(predicted.text, [gold.text]).score
        assert score.value == pytest.approx(expected / 100)
    corpus = BLEU().corpus_score(
        [predicted.text for _, predicted in pairs], [[gold.text for gold, _ in pairs]]
    )
    assert metric.pool([score.statistics for score in scores]) == pytest.approx(corpus.score / 100)


_pieces = st.lists(st.sampled_from([*"ab5.,-&;%\n \t", "<skipped>", "&quot;", "rice", "1,5"]))


@given(_pieces.map("".join), _pieces.map("".join))
def test_ngrams_are_those_that_sacrebleu_counts_to_the_last_digit(
    gold: str, predicted: str
) -> None:
    from sacrebleu.metrics.bleu import BLEU

    expected = BLEU(effective_order=True).sentence_score(predicted, [gold])
    score = STRICT["bleu"].score(Entities((gold,), (), ()), Entities((predicted,), (), ()))
    counted = (*expected.counts, *expected.totals, expected.sys_len, expected.ref_len)
    assert score.statistics == counted
    assert score.value == min(expected.score / 100, 1.0)


def test_bleu_of_fewer_orders_worked_out_by_hand() -> None:
    gold, predicted = written("boil the rice well"), written("boil the rice")
    brevity = math.exp(1 - 4 / 3)
    for order in (1, 2, 3):
        assert STRICT[f"bleu{order}"].score(gold, predicted).value == pytest.approx(brevity)
    gold, predicted = written("boil the rice and serve"), written("boil rice and then serve")
    assert STRICT["bleu1"].score(gold, predicted).value == pytest.approx(4 / 5)
    assert STRICT["bleu2"].score(gold, predicted).value == pytest.approx(math.sqrt(4 / 5 * 1 / 4))


def test_rouge_worked_out_by_hand() -> None:
    gold, predicted = written("boil rice"), written("boiled rice now please")
    assert STRICT["rouge1"].score(gold, predicted).value == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert STRICT["rouge2"].score(gold, predicted).statistics == (1, 3, 1)
    swapped = written("rice boil well")
    assert STRICT["rougel"].score(gold, swapped).statistics == (1, 3, 2)
    assert STRICT["rouge1"].score(gold, NOTHING).value == 0.0


@given(words, words)
def test_rouge_is_that_of_rouge_score(gold: str, predicted: str) -> None:
    from rouge_score.rouge_scorer import RougeScorer

    for stemmed, profile in ((True, "strict"), (False, "thesis")):
        expected = RougeScorer(["rouge1", "rouge2", "rougeL"], stemmed).score(gold, predicted)
        for metric in PROFILES[profile]:
            if metric.title in ("ROUGE-1", "ROUGE-2", "ROUGE-L"):
                kind = metric.title.replace("ROUGE-", "rouge")
                value = metric.score(written(gold), written(predicted)).value
                assert value == pytest.approx(expected[kind].fmeasure)


def test_ranges_are_judged_by_their_middle_and_by_both_ends() -> None:
    gold = Entities(("x",), (Ingredient(2, 3, "unit", "egg"),), ())
    for low, high, right in ((3, 4, False), (2, 4, True), (3.2, None, True), (3.4, None, False)):
        predicted = Entities(("x",), (Ingredient(low, high, "unit", "eggs"),), ())
        score = STRICT["quantity_precision"].score(gold, predicted)
        assert score.statistics == Share(int(right), 1), (low, high)
