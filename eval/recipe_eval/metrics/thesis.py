"""The `thesis` profile: the published definitions, weaknesses included, for comparison only.

Where the publication leaves something open, the choice is named in the signature:

- Names are equal if they are the same string, in lower case; a list is a set of names.
- A missing amount counts as 1, a range as its middle; the amounts of a list are divided by its
  largest, whatever their units.
- The main action of a step is its first verb; a step without one is no item.
- Each predicted action in turn takes the free gold action with the highest cosine above 0.7.
- Distances are divided by the length of the longer sequence.
- BLEU is not smoothed and ROUGE not stemmed.

A failed generation scores worst here too, where the thesis left it out of its means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from recipe_data.schema import Ingredient, Instruction
from recipe_eval.metrics.base import Metric, Share, vacuous_share
from recipe_eval.metrics.bleu_rouge import bleu_metrics, rouge_metrics
from recipe_eval.metrics.distances import Edits, count_edits
from recipe_eval.metrics.matching import middle, within
from recipe_eval.metrics.models import MINILM, ActionVectors, display_name
from recipe_eval.reading.entities import Entities

MIN_COSINE = 0.7
TOLERANCE = 0.15


class Bands(NamedTuple):
    """Recalled ingredients by the relative error of their amounts, and all predicted ones."""

    within_10_percent: int
    within_20_percent: int
    within_50_percent: int
    within_100_percent: int
    beyond: int
    predicted: int


def points(bands: Bands) -> float:
    """(+1, +½, 0, −½, −1 by band) / predicted, never below 0; 0 where nothing is predicted.

    >>> points(Bands(2, 1, 1, 0, 0, predicted=5)), points(Bands(0, 0, 0, 0, 1, predicted=1))
    (0.5, 0.0)
    """
    right = bands.within_10_percent + bands.within_20_percent / 2
    wrong = bands.within_100_percent / 2 + bands.beyond
    return max(0.0, right - wrong) / bands.predicted if bands.predicted else 0.0


def _name(ingredient: Ingredient) -> str:
    return " ".join(ingredient.name.lower().split())


def relative_amounts(ingredients: Sequence[Ingredient]) -> dict[str, float]:
    """Return amounts relative to the largest of the list, by name; the first of a name counts.

    >>> relative_amounts([Ingredient(50, None, "g", "Rice"), Ingredient(None, None, None, "salt")])
    {'rice': 1.0, 'salt': 0.02}
    """
    amounts: dict[str, float] = {}
    for item in ingredients:
        amount = 1.0 if item.quantity is None else middle(item.quantity, item.quantity_max)
        amounts.setdefault(_name(item), amount)
    largest = max(amounts.values(), default=0.0) or 1.0
    return {name: amount / largest for name, amount in amounts.items()}


def count_names(gold: Entities, predicted: Entities) -> Share:
    """Count the names of gold that are predicted: |gold ∩ predicted| of |gold|."""
    wanted = {_name(item) for item in gold.ingredients}
    return Share(len(wanted & {_name(item) for item in predicted.ingredients}), len(wanted))


def count_bands(gold: Entities, predicted: Entities) -> Bands:
    """Sort the recalled ingredients into bands of relative error."""
    wanted, written = relative_amounts(gold.ingredients), relative_amounts(predicted.ingredients)
    bands = [0] * 5
    for name in wanted.keys() & written.keys():
        error = abs(written[name] - wanted[name])
        limits = (0.1, 0.2, 0.5, 1.0)
        slack = 1e-9
        bands[sum(error > limit * wanted[name] + slack for limit in limits)] += 1
    return Bands._make([*bands, len(written)])


def _working(recipe: Entities) -> list[Instruction]:
    return [step for step in recipe.steps if step.actions]


def match_actions(
    gold: Sequence[Instruction],
    predicted: Sequence[Instruction],
    cosine: Callable[[str, str], float],
) -> dict[int, int]:
    """Give each predicted step in turn the free gold step of the most similar main action."""
    free = list(range(len(gold)))
    pairs: dict[int, int] = {}
    for p, step in enumerate(predicted):
        nearness = {g: cosine(step.actions[0], gold[g].actions[0]) for g in free}
        best = max(free, key=nearness.__getitem__, default=None)
        if best is not None and nearness[best] > MIN_COSINE:
            pairs[p] = best
            free.remove(best)
    return pairs


def _close(predicted: Instruction, gold: Instruction, field: str) -> bool:
    values = []
    for step in (predicted, gold):
        low, high = getattr(step, field), getattr(step, f"{field}_max", None)
        if low is None:
            return False
        values.append(middle(low, high))
    return within(values[0], values[1], None, TOLERANCE)


def count_steps(
    gold: Entities, predicted: Entities, vectors: ActionVectors, field: str | None = None
) -> Share:
    """Count matched actions of gold's, or gold's times or temperatures met by the matched step.

    Args:
        vectors: What says how similar two actions are.
        field: `minutes`, `celsius`, or None for the actions themselves.
    """
    wanted, written = _working(gold), _working(predicted)
    pairs = match_actions(wanted, written, vectors.cosine)
    if field is None:
        return Share(len(pairs), len(wanted))
    hits = sum(_close(written[p], wanted[g], field) for p, g in pairs.items())
    return Share(hits, sum(getattr(step, field) is not None for step in wanted))


def count_action_edits(gold: Entities, predicted: Entities) -> Edits:
    """Compare the two sequences of main actions."""
    one, other = ([step.actions[0] for step in _working(r)] for r in (predicted, gold))
    return count_edits(one, other)


def count_step_edits(gold: Entities, predicted: Entities) -> Edits:
    """Compare the two sequences of main actions, each followed by the ingredients it is done to."""
    return count_edits(_coded(predicted), _coded(gold))


def _coded(recipe: Entities) -> list[str]:
    used = recipe.uses or ((),) * len(recipe.steps)
    words: list[str] = []
    for step, places in zip(recipe.steps, used, strict=True):
        words += [*step.actions[:1], *(_name(recipe.ingredients[i]) for i in places)]
    return words


def all_edited(counts: Edits) -> float:
    """edits / most; 0 where neither side has anything.

    >>> all_edited(Edits(0, 0))
    0.0
    """
    return counts.edits / counts.most if counts.most else 0.0


def thesis_metrics(embedding: str = MINILM) -> tuple[Metric[Any], ...]:
    """Return the published metrics; `embedding` names the model that compares actions."""
    vectors = ActionVectors(embedding)

    def warm(pairs: Sequence[tuple[Entities, Entities]]) -> None:
        recipes = (recipe for pair in pairs for recipe in pair)
        vectors.learn([step.actions[0] for recipe in recipes for step in _working(recipe)])

    matching = f"greedy-cosine>{MIN_COSINE:g}:{display_name(embedding)}|action:first-of-step"
    step_metric = partial(Metric, value=vacuous_share, warm=warm)
    close = f"{matching}|tolerance:{TOLERANCE:g}|divisor:gold|vacuous:1"
    return (
        Metric(
            name="ingredient_recall",
            title="Ingredient recall",
            count=count_names,
            value=vacuous_share,
            rule="names:lower-case|match:sets",
            reads=("ingredient names",),
        ),
        Metric(
            name="quantity_precision",
            title="Quantity precision",
            count=count_bands,
            value=points,
            rule="names:lower-case|amounts:over-largest|missing:1|bands:10,20,50,100|"
            "divisor:predicted|floor:0",
            reads=("ingredient names", "all amounts"),
        ),
        step_metric(
            name="action_precision",
            title="Action precision",
            count=partial(count_steps, vectors=vectors),
            rule=f"{matching}|divisor:gold|vacuous:1",
            reads=("actions",),
        ),
        step_metric(
            name="time_precision",
            title="Time precision",
            count=partial(count_steps, vectors=vectors, field="minutes"),
            rule=close,
            reads=("actions", "durations"),
        ),
        step_metric(
            name="temperature_precision",
            title="Temperature precision",
            count=partial(count_steps, vectors=vectors, field="celsius"),
            rule=close,
            reads=("actions", "temperatures"),
        ),
        Metric(
            name="action_edit_distance",
            title="Action edit distance",
            count=count_action_edits,
            value=all_edited,
            rule="levenshtein:actions|action:first-of-step|divisor:longer",
            lower_is_better=True,
            reads=("actions",),
        ),
        Metric(
            name="step_edit_distance",
            title="Step edit distance",
            count=count_step_edits,
            value=all_edited,
            rule="levenshtein:actions+ingredients|action:first-of-step|divisor:longer",
            lower_is_better=True,
            reads=("actions", "ingredient names"),
        ),
        *bleu_metrics(smoothed=False),
        *rouge_metrics(stemmed=False),
    )
