"""The floors: what can be had without a model, each an answer to every title."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from recipe_base.datasets import Lines
from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.answers import render_ingredient
from recipe_data.consensus import neighbours, voting
from recipe_data.schema import Ingredient
from recipe_eval.reading.examples import Example
from recipe_kitchen.request import Request

NEIGHBOURS = 8
SEED = 0

Answers = Callable[[Sequence[Request], Sequence[Example], Lines], list[str]]
"""From what is asked and the training recipes to the answers as JSON, in the order asked.

What is not copied has lines as the data have them.
"""


class Floor(NamedTuple):
    """One system."""

    name: str
    """Of its run folder."""
    what: str
    """What it does, for who reads a table."""
    rule: str
    """What decides its answers beside the data."""
    answers: Answers


def constant(length: int) -> Floor:
    """Return the same list for every title: the commonest foods, their median amounts, one step.

    That is the commonest step of the training recipes.
    """

    def answers(
        requests: Sequence[Request], examples: Sequence[Example], lines: Lines
    ) -> list[str]:
        foods = voting.by_votes([one.ingredients for one in examples], length)
        steps = Counter(step for one in examples for step in one.answer.instructions)
        return [_answer(foods, [steps.most_common(1)[0][0]], lines)] * len(requests)

    return Floor(
        f"constant-{length}",
        f"the {length} commonest foods in their median amounts, and the commonest step",
        voting.RULE,
        answers,
    )


def copied(requests: Sequence[Request], examples: Sequence[Example], lines: Lines) -> list[str]:
    """Return the recipe of the nearest training title."""
    return [examples[places[0]].text for places in _nearest(requests, examples, 1)]


def consensus(requests: Sequence[Request], examples: Sequence[Example], lines: Lines) -> list[str]:
    """Return a list by votes of the nearest titles, of their mean length; the steps of the nearest.

    Amounts are medians over the neighbours that list the food.
    """
    found = []
    for places in _nearest(requests, examples, NEIGHBOURS):
        near = [examples[place] for place in places]
        foods = voting.consensus([one.ingredients for one in near])
        found.append(_answer(foods, near[0].answer.instructions, lines))
    return found


def at_random(requests: Sequence[Request], examples: Sequence[Example], lines: Lines) -> list[str]:
    """Return a training recipe for every title, drawn with replacement."""
    draw = random.Random(SEED)
    return [draw.choice(examples).text for _ in requests]


def shuffled(requests: Sequence[Request], examples: Sequence[Example], lines: Lines) -> list[str]:
    """Return gold, every recipe under the title of another; raises `TopochefError` of one title."""
    if len(requests) < 2:
        raise TopochefError("one title cannot be shuffled: ask for two or more with --limit")
    places = list(range(len(requests)))
    random.Random(SEED).shuffle(places)
    golds = dict(zip(places, places[1:] + places[:1], strict=True))  # none keeps its own
    return [requests[golds[place]].gold for place in range(len(requests))]


FLOORS = (
    constant(11),
    constant(30),
    Floor("nearest-title", "the recipe of the nearest training title", neighbours.RULE, copied),
    Floor(
        f"consensus-{NEIGHBOURS}",
        f"foods by votes of the {NEIGHBOURS} nearest training titles, the steps of the nearest",
        f"{neighbours.RULE}|k:{NEIGHBOURS}|{voting.RULE}",
        consensus,
    ),
    Floor("random", "a training recipe drawn by lot", f"seed:{SEED}", at_random),
    Floor("shuffled-gold", "gold under the titles of other recipes", f"seed:{SEED}", shuffled),
)


def _nearest(
    requests: Sequence[Request], examples: Sequence[Example], count: int
) -> list[list[int]]:
    titles = [request.title for request in requests]
    return list(neighbours.nearest(titles, [one.title for one in examples], count))


def _answer(ingredients: Sequence[Ingredient], instructions: Sequence[str], lines: Lines) -> str:
    listed = [render_ingredient(item, lines) for item in ingredients]
    return to_json({"ingredients": listed, "instructions": list(instructions)})
