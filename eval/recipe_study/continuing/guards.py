"""What a candidate must not lose for its gain: actions, the length of lists, valid answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recipe_eval.comparing.contrasts import contrasts
from recipe_eval.comparing.formats import fine
from recipe_study.continuing.arms import Arms
from recipe_study.continuing.pairs import pairs_against
from recipe_study.continuing.scored import Written, length_of, valid_share

BASELINE = "ce"
"""The arm that guards compare with."""
ACTIONS, ACTION_MARGIN = "action_f1", 0.02
LENGTH_MARGIN = 0.05
VALID_MARGIN = 0.02


class Guard(NamedTuple):
    """What must not be lost."""

    name: str
    value: str
    """What was found, and where it would be kept."""
    kept: bool


def guards_of(arms: Arms, name: str, lists: Written, whole: Written) -> Iterator[Guard]:
    """Yield the guards of a candidate; one that cannot be looked at is not kept."""
    yield _actions(arms, name, whole)
    yield _length(name, lists)
    yield _valid(name, whole)


def _actions(arms: Arms, name: str, whole: Written) -> Guard:
    title = "action F1"
    pairs = list(pairs_against(arms, whole, ACTIONS, name, [BASELINE]))
    if not (found := contrasts(pairs)):
        return Guard(title, "not compared", False)
    low = found[0].effect.low
    return Guard(title, f"{fine(found[0])}, above -{ACTION_MARGIN}", low > -ACTION_MARGIN)


def _length(name: str, lists: Written) -> Guard:
    title = "list length"
    lengths = [length_of(lists.arms[one]) for one in (name, BASELINE) if one in lists.arms]
    if len(lengths) < 2 or None in lengths:
        return Guard(title, "not compared", False)
    ours, theirs = (one.lines for one in lengths if one)
    within = f"{1 - LENGTH_MARGIN:.2f} to {1 + LENGTH_MARGIN:.2f}"
    share = ours / theirs
    kept = 1 - LENGTH_MARGIN <= share <= 1 + LENGTH_MARGIN
    return Guard(title, f"{share:.3f} of {BASELINE}'s {theirs:.1f} lines, {within}", kept)


def _valid(name: str, whole: Written) -> Guard:
    title = "valid share"
    if not {name, BASELINE} <= whole.arms.keys():
        return Guard(title, "not compared", False)
    ours, theirs = (valid_share(whole.arms[one]) for one in (name, BASELINE))
    kept = theirs - ours <= VALID_MARGIN + 1e-9
    return Guard(title, f"{ours:.3f} against {theirs:.3f}, {VALID_MARGIN} lower at most", kept)
