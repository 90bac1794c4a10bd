"""Which candidate is shown to win: contrasts chosen before any run, guards, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from recipe_eval.comparing.contrasts import Contrast, Pair, contrasts
from recipe_eval.comparing.formats import fine, p_value
from recipe_eval.comparing.runs import pair_of
from recipe_study.continuing.arms import Arms
from recipe_study.continuing.guards import Guard, guards_of
from recipe_study.continuing.pairs import pairs_against
from recipe_study.continuing.scored import Tokens, Written

WHOLE_METRICS = ("recipe_f1",)
LIST_METRICS = ("ingredient_f1", "quantity_f1", "rare_ingredient_recall")
PRIMARY = (*WHOLE_METRICS, *LIST_METRICS)
AIM = ("recipe_f1", "ingredient_f1")
"""The metrics in which a winner is above everything that it is held against."""
LEVEL = 0.01
TOKEN_MARGIN = 0.05
FLOOR = "best floor"


class Candidate(NamedTuple):
    """An arm that may win."""

    name: str
    guards: tuple[Guard, ...]
    lacks: tuple[str, ...]
    """What it would need to be shown to win; nothing where it is."""

    @property
    def wins(self) -> bool:
        """Whether it is shown to win."""
        return not self.lacks


class Verdict(NamedTuple):
    """What a study of arms found."""

    primary: list[Contrast]
    """The family that was asked for, corrected together."""
    beside: list[Contrast]
    """What is looked at for understanding, a family of its own."""
    candidates: list[Candidate]

    @property
    def line(self) -> str:
        """The verdict in a sentence."""
        if winners := [one.name for one in self.candidates if one.wins]:
            return f"Shown to win: {', '.join(winners)}."
        if any(one.effect.seeds == 1 for one in self.primary) or not self.primary:
            return (
                "Nothing is shown: single runs say nothing of what another seed would have given."
            )
        return "No candidate is shown to win."


def find_verdict(
    arms: Arms, lists: Written, whole: Written, tokens: Mapping[str, Tokens]
) -> Verdict:
    """Compare candidates with what they must beat, and look at their guards.

    Args:
        arms: The file that declares who is compared with whom.
        lists, whole: What was written.
        tokens: Of every trained run, by its name.
    """
    primary = contrasts(
        [
            pair
            for metric in PRIMARY
            for name in arms.candidates
            for pair in (
                *pairs_against(arms, _part(metric, lists, whole), metric, name, arms.against),
                *_against_floor(_part(metric, lists, whole), metric, name),
            )
        ]
    )
    beside = contrasts(
        [
            pair
            for metric in PRIMARY
            for name in arms.candidates
            for pair in pairs_against(arms, _part(metric, lists, whole), metric, name, arms.beside)
        ]
    )
    unequal = unequal_tokens(tokens)
    candidates = []
    for name in arms.candidates:
        guards = tuple(guards_of(arms, name, lists, whole))
        lacks = [*_not_shown(arms, name, primary)]
        lacks += [f"{guard.name} is not kept ({guard.value})" for guard in guards if not guard.kept]
        candidates.append(Candidate(name, guards, (*lacks, *([unequal] if unequal else []))))
    return Verdict(primary, beside, candidates)


def unequal_tokens(tokens: Mapping[str, Tokens]) -> str | None:
    """Say which runs were trained on unequal tokens, by more than `TOKEN_MARGIN`; None if none.

    >>> unequal_tokens({"a": Tokens(100, None), "b": Tokens(100, 104)}) is None
    True
    >>> unequal_tokens({"a": Tokens(100, None), "b": Tokens(100, 106)})
    'trained tokens are not equal (a 100, b 106)'
    """
    if not tokens:
        return None
    names = sorted(tokens, key=lambda name: tokens[name].trained)
    least, most = names[0], names[-1]
    low, high = tokens[least].trained, tokens[most].trained
    if high <= low * (1 + TOKEN_MARGIN):
        return None
    return f"trained tokens are not equal ({least} {low:,}, {most} {high:,})"


def _part(metric: str, lists: Written, whole: Written) -> Written:
    return lists if metric in LIST_METRICS else whole


def _against_floor(written: Written, metric: str, name: str) -> Iterator[Pair]:
    """Yield the contrast with the best floor, which has no seeds: its own tell how they vary."""
    if name in written.arms and (floor := written.best_floor(metric)):
        yield pair_of(written.arms[name], floor, metric)._replace(theirs=f"{FLOOR} ({floor.name})")


def _not_shown(arms: Arms, name: str, primary: Sequence[Contrast]) -> Iterator[str]:
    """Say which comparisons of the aim are missing or not won."""
    for metric in AIM:
        for other in (*arms.against, FLOOR):
            found = next(
                (
                    one
                    for one in primary
                    if (one.ours, one.metric) == (name, metric)
                    and (one.theirs == other or one.theirs.startswith(f"{other} ("))
                ),
                None,
            )
            title = metric.replace("_", " ")
            if found is None:
                yield f"{title} over {other}: not compared"
            elif found.effect.seeds == 1:
                yield f"{title} over {found.theirs}: one run, {fine(found)}"
            elif found.corrected >= LEVEL or found.gain <= 0:
                yield f"{title} over {found.theirs}: {fine(found)}, p {p_value(found.corrected)}"
