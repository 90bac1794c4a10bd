"""Two runs title by title, each pair shown in both orders: a judge that changes its mind ties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from recipe_eval.statistics.significance import sign_test
from recipe_judges.asking import Question, Ruling
from recipe_judges.candidates import Candidate
from recipe_judges.prompts import PAIR_SCHEMA, TIE, pair_messages

Pair = tuple[Candidate, Candidate]
"""Of the run that is judged, and of the one it is judged against."""
Winner = Literal["ours", "theirs", "tie"]


class Decision(NamedTuple):
    """Who wins a title, and why."""

    winner: Winner | None
    """None where the judge gave no answer in one order; a tie where the two orders differ."""
    reason: str


_FORWARD: dict[str, Winner] = {"A": "ours", "B": "theirs", TIE: "tie"}
_BACKWARD: dict[str, Winner] = {"A": "theirs", "B": "ours", TIE: "tie"}


def questions(pairs: Sequence[Pair]) -> list[Question]:
    """Return two questions, one in each order, for every pair that has to be asked about."""
    return [
        Question(pair_messages(ours.request.title, ours.request.servings, *order), PAIR_SCHEMA)
        for ours, theirs in pairs
        if ours.recipe and theirs.recipe and ours.recipe != theirs.recipe
        for order in ((ours.recipe, theirs.recipe), (theirs.recipe, ours.recipe))
    ]


def judgements(pairs: Sequence[Pair], rulings: Iterator[Ruling]) -> Iterator[dict[str, Any]]:
    """Yield one row for every title: what was said in each order, and who wins.

    Without asking, a recipe beats a failed generation, and equal recipes tie.
    """
    for ours, theirs in pairs:
        row: dict[str, Any] = {"id": ours.request.id, "title": ours.request.title}
        if known := _known(ours, theirs):
            yield {**row, "asked": False, "orders": [], **known._asdict()}
            continue
        answers = [(next(rulings), names) for names in (_FORWARD, _BACKWARD)]
        orders = [
            {
                "first": names["A"],
                "better": names[one.verdict] if one.verdict else None,
                "reason": one.reason,
            }
            for one, names in answers
        ]
        yield {**row, "asked": True, "orders": orders, **_decided(orders)._asdict()}


def _known(ours: Candidate, theirs: Candidate) -> Decision | None:
    if ours.recipe and theirs.recipe:
        return Decision("tie", "the same recipe") if ours.recipe == theirs.recipe else None
    if ours.recipe:
        return Decision("ours", f"the other is no recipe: {theirs.failure}")
    if theirs.recipe:
        return Decision("theirs", f"this is no recipe: {ours.failure}")
    return Decision("tie", "neither is a recipe")


def _decided(orders: Sequence[Mapping[str, Any]]) -> Decision:
    first, second = (order["better"] for order in orders)
    if first is None or second is None:
        return Decision(None, "the judge gave no answer")
    if first != second:
        return Decision("tie", "the judge changed its mind with the order")
    return Decision(first, orders[0]["reason"])


def summary(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Count wins and ties, and how much the order alone decided, as plain JSON values.

    The win rate counts a tie as half a win; its interval is a bootstrap over titles. p is that of
    the two-sided sign test over titles that were won or lost.
    """
    from recipe_eval.statistics.means import mean_of

    rows = list(rows)
    winners = [row["winner"] for row in rows if row["winner"]]
    counts = {name: winners.count(name) for name in ("ours", "theirs", "tie")}
    rate = mean_of([{"ours": 1.0, "tie": 0.5, "theirs": 0.0}[winner] for winner in winners])
    return {
        "n": len(winners),
        **counts,
        "unjudged": len(rows) - len(winners),
        "not_asked": sum(not row["asked"] for row in rows),
        "win_rate": rate._asdict() if rate else None,
        "p": sign_test(counts["ours"], counts["theirs"]),
        "order": _order(rows),
    }


def _order(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count the titles on which both orders gave one answer, and those that the order decided.

    A judge without position bias takes what stands first both times as often as what stands second
    both times; p is that of the two-sided sign test of it.
    """
    both = [row["orders"] for row in rows if row["asked"] and row["winner"]]
    first = sum(all(order["better"] == order["first"] for order in orders) for orders in both)
    same = sum(one["better"] == two["better"] for one, two in both)
    second = sum(
        all(order["better"] not in (order["first"], "tie") for order in orders) for orders in both
    )
    p = sign_test(first, second)
    counts = {"asked": len(both), "consistent": same, "first": first, "second": second}
    return {**counts, "p": p, "biased": p < 0.05}
