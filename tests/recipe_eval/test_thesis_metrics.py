"""The published definitions, worked out by hand; degenerate rows come first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recipe_data.schema import Ingredient, Instruction
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.base import Share
from recipe_eval.metrics.models import ActionVectors
from recipe_eval.metrics.thesis import Bands, count_steps, match_actions, points
from recipe_eval.reading.entities import NOTHING, Entities

pytestmark = pytest.mark.heavy

THESIS = {metric.name: metric for metric in PROFILES["thesis"]}


class Taught(ActionVectors):
    """Similarities that a test makes up; equal words are alike, others are not."""

    def __init__(self, **cosines: float) -> None:
        super().__init__("taught")
        self.taught = cosines

    def cosine(self, one: str, other: str) -> float:
        return 1.0 if one == other else self.taught.get(f"{one}_{other}", 0.0)


def listed(*ingredients: tuple[float | None, str]) -> Entities:
    return Entities(
        tuple(name for _, name in ingredients),
        tuple(Ingredient(quantity, None, None, name) for quantity, name in ingredients),
        (),
    )


def worked(*steps: tuple[str, float | None, float | None], uses: tuple[int, ...] = ()) -> Entities:
    foods = (Ingredient(1, None, "unit", "Egg"), Ingredient(1, None, "unit", "rice"))
    instructions = tuple(
        Instruction(action, tuple(action.split()), minutes, None, celsius)
        for action, minutes, celsius in steps
    )
    return Entities(("egg", "rice"), foods, instructions, (uses,) * len(steps))


@pytest.mark.parametrize("name", THESIS)
def test_a_failed_generation_scores_worst_although_the_thesis_left_it_out(name: str) -> None:
    metric = THESIS[name]
    assert metric.score(NOTHING, None).value == metric.worst


@pytest.mark.parametrize("name", ["action_precision", "time_precision", "temperature_precision"])
def test_where_gold_has_none_the_score_is_a_vacuous_one(name: str) -> None:
    assert THESIS[name].score(worked(("", None, None)), worked(("", 5, 100))).value == 1.0


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (listed(), listed(), Bands(0, 0, 0, 0, 0, 0)),
        (listed((1, "egg")), listed(), Bands(0, 0, 0, 0, 0, 0)),
        (listed((1, "egg")), listed((1, "eggs")), Bands(0, 0, 0, 0, 0, 1)),  # another string
        (listed((0, "egg")), listed((0, "Egg")), Bands(1, 0, 0, 0, 0, 1)),
        (listed((None, "salt")), listed((None, "salt")), Bands(1, 0, 0, 0, 0, 1)),
        (listed((2, "egg"), (2, "egg")), listed((9, "egg")), Bands(1, 0, 0, 0, 0, 1)),
        # Of gold's largest: rice 1, oil .5, salt .1, egg .01; of the prediction's: 1, .55, .14, .03
        (
            listed((200, "rice"), (100, "oil"), (20, "salt"), (2, "egg")),
            listed((100, "rice"), (55, "oil"), (14, "salt"), (3, "egg"), (1, "ham")),
            Bands(2, 0, 1, 0, 1, 5),
        ),
        (listed((10, "a"), (5, "b")), listed((10, "a"), (6, "b")), Bands(1, 1, 0, 0, 0, 2)),
        (listed((10, "a"), (5, "b")), listed((10, "a"), (9, "b")), Bands(1, 0, 0, 1, 0, 2)),
    ],
)  # fmt: skip
def test_amounts_are_sorted_into_the_published_bands(
    gold: Entities, predicted: Entities, expected: Bands
) -> None:
    assert THESIS["quantity_precision"].score(gold, predicted).statistics == expected


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        (Bands(0, 0, 0, 0, 0, 0), 0.0),
        (Bands(0, 0, 0, 0, 3, 3), 0.0),  # -3 becomes 0
        (Bands(0, 0, 2, 0, 0, 2), 0.0),
        (Bands(1, 1, 0, 1, 0, 4), 0.25),
        (Bands(4, 0, 0, 0, 0, 4), 1.0),
    ],
)
def test_bands_give_the_published_points(bands: Bands, expected: float) -> None:
    assert points(bands) == expected


def test_recall_compares_strings_in_lower_case_as_sets() -> None:
    gold = listed((1, "Rice"), (1, "rice"), (1, "egg"))
    score = THESIS["ingredient_recall"].score(gold, listed((1, "rice"), (1, "eggs")))
    assert score.statistics == Share(1, 2)


def test_actions_are_taken_greedily_in_predicted_order() -> None:
    vectors = Taught(cook_boil=0.8, cook_simmer=0.9, stew_simmer=0.95, stew_boil=0.7)
    gold = worked(("boil", None, None), ("simmer", None, None)).steps
    predicted = worked(("cook", None, None), ("stew", None, None)).steps
    # cook takes simmer, its nearest; stew is left with boil, at 0.7 exactly: not above it
    assert match_actions(gold, predicted, vectors.cosine) == {0: 1}
    assert match_actions(gold, predicted[::-1], vectors.cosine) == {0: 1, 1: 0}


@pytest.mark.parametrize(
    ("minutes", "celsius", "times", "degrees"),
    [
        (None, None, 0, 0),
        (11.5, 207, 1, 1),  # 15 % exactly
        (8.5, 153, 1, 1),
        (11.6, 208, 0, 0),
        (8.4, 152, 0, 0),
    ],
)
def test_times_and_temperatures_are_those_of_the_matched_step(
    minutes: float | None, celsius: float | None, times: int, degrees: int
) -> None:
    gold = worked(("boil", 10, None), ("bake", 10, 180))
    predicted = worked(("bake rest", minutes, celsius), ("fry", 10, 180))
    vectors = Taught()
    assert count_steps(gold, predicted, vectors) == Share(1, 2)
    assert count_steps(gold, predicted, vectors, "minutes") == Share(times, 2)
    assert count_steps(gold, predicted, vectors, "celsius") == Share(degrees, 1)


def test_distances_use_the_first_verb_and_the_ingredients_of_a_step() -> None:
    gold = worked(("boil stir", None, None), ("serve", None, None), uses=(1,))
    predicted = worked(("boil", None, None), ("", None, None), uses=(0,))
    assert THESIS["action_edit_distance"].score(gold, predicted).statistics == (1, 2)
    # boil rice serve rice / boil egg egg
    assert THESIS["step_edit_distance"].score(gold, predicted).statistics == (3, 4)
    assert THESIS["action_edit_distance"].score(NOTHING, NOTHING).value == 0.0


def test_bleu_is_not_smoothed() -> None:
    gold, predicted = listed((1, "boil the rice")), listed((1, "boil the egg"))
    assert THESIS["bleu"].score(gold, predicted).value == 0.0
    assert THESIS["bleu2"].score(gold, predicted).value == pytest.approx((2 / 3 * 1 / 2) ** 0.5)


def test_the_packaged_model_finds_related_words_nearer_than_others() -> None:
    vectors = ActionVectors()
    vectors.learn(["bake", "roast", "slice"])
    assert vectors.cosine("bake", "bake") == 1.0
    assert vectors.cosine("bake", "roast") > vectors.cosine("bake", "slice")


@pytest.mark.slow
def test_the_benchmark_of_scoring_runs_to_its_end() -> None:
    script = Path(__file__).parents[1] / "bench" / "scoring.py"
    command = [sys.executable, str(script), "--recipes", "20", "--no-bertscore"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for row in (
        "extraction",
        "strict: 19 metrics",
        "thesis: 14 metrics",
        "credits, 8",
        "diversity",
    ):
        assert row in done.stdout
