"""What the lines and steps of a recipe are worth: the scorers of `recipe-eval credit`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from recipe_data.pantry.identity import food_key
from recipe_data.schema import Ingredient, Instruction
from recipe_eval.crediting.parts import Part
from recipe_eval.crediting.places import places_of
from recipe_eval.metrics.matching import match, paired
from recipe_eval.metrics.quantities import TIGHT, amount_within
from recipe_kitchen.answers import as_recipe, read_answer

AMOUNT = 0.5
"""What the right amount is worth beside the food, which is worth 1."""


def by_line(answer: str, gold: str) -> list[Part]:
    """Score every line, the closing of the list, and every step.

    - `line`: 1 for a food of gold's list by the pantry's names, one line for one line, and ½ more
      where its amount is within 10 %, in the same unit; else 0.
    - `close`: lines ÷ gold's lines, 1 at most. A list that ends early has missed something; one
      that ends late has said too much before, and there the superfluous lines pay. (Not what
      stopping adds to F1: where a third of the lines are right, another one pays up to 1.3 times
      gold's length, and lists would grow instead of getting better.)
    - `step`: the share of its actions that gold has, one for one; 0 without any.

    Raises `AnswerError` for a text that is no answer.

    >>> gold = '{"ingredients":["200 g rice","2 eggs"],"instructions":["Boil the rice."]}'
    >>> text = '{"ingredients":["190 g rice"],"instructions":["Boil it.","Grill it."]}'
    >>> [(text[start:end], score, kind) for start, end, score, kind in by_line(text, gold)][:3]
    [('190 g rice', 1.5, 'line'), ('"]', 0.5, 'close'), ('Boil it.', 1.0, 'step')]
    """
    written, wanted = (as_recipe("", None, read_answer(text)) for text in (answer, gold))
    places = places_of(answer)
    lines = line_scores(written.ingredients, wanted.ingredients)
    steps = step_scores(written.instructions, wanted.instructions)
    reached = min(1.0, len(written.ingredients) / len(wanted.ingredients))
    return [
        *(Part(*at, score, "line") for at, score in zip(places.lines, lines, strict=True)),
        Part(*places.close, reached, "close"),
        *(Part(*at, score, "step") for at, score in zip(places.steps, steps, strict=True)),
    ]


def by_list(answer: str, gold: str) -> list[Part]:
    """Score the whole list as one part, and all steps as another: what spans are to be better than.

    `list`: 2 Σ scores of lines ÷ (lines + gold's lines), F1 with amounts; `steps`: the mean score
    of the steps. Raises `AnswerError` for a text that is no answer.
    """
    parts = by_line(answer, gold)
    lines, (close,), steps = (
        [part for part in parts if part.kind == kind] for kind in ("line", "close", "step")
    )
    wanted = len(read_answer(gold).ingredients)
    worth = 2 * sum(part.score for part in lines) / (len(lines) + wanted)
    done = sum(part.score for part in steps) / len(steps)
    return [
        Part(lines[0].start, close.end, worth, "list"),
        Part(steps[0].start, steps[-1].end, done, "steps"),
    ]


def line_scores(written: Sequence[Ingredient], wanted: Sequence[Ingredient]) -> list[float]:
    """Return 0, 1 or 1 + `AMOUNT` for each line, so that all together are worth the most.

    Of several lines of a food those with the right amount count first.
    """
    amount_right = partial(amount_within, tolerance=TIGHT)
    ours, theirs = _by_food(written), _by_food(wanted)
    scores = [0.0] * len(written)
    for food, places in ours.items():
        golds = [wanted[place] for place in theirs.get(food, ())]
        right = match([written[place] for place in places], golds, amount_right)
        for place in right:
            scores[places[place]] = 1 + AMOUNT
        named = [place for i, place in enumerate(places) if i not in right]
        for place in named[: len(golds) - len(right)]:
            scores[place] = 1.0
    return scores


def step_scores(written: Sequence[Instruction], wanted: Sequence[Instruction]) -> list[float]:
    """Return for each step the share of its actions that gold has too, one for one."""
    actions = [(place, action) for place, step in enumerate(written) for action in step.actions]
    golds = [action for step in wanted for action in step.actions]
    hits = [0] * len(written)
    for found in paired([action for _, action in actions], golds):
        hits[actions[found][0]] += 1
    return [
        hit / len(step.actions) if step.actions else 0.0
        for hit, step in zip(hits, written, strict=True)
    ]


def _by_food(items: Sequence[Ingredient]) -> dict[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        if food := food_key(item.name):
            places[food].append(place)
    return dict(places)
