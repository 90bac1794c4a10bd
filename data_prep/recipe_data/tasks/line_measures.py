"""What is measured of an answer that is a list of ingredients."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from recipe_data.pantry.identity import same_food
from recipe_data.schema import Ingredient
from recipe_data.tasks.measures import Measure

TOLERANCE = 0.1
"""An amount that errs by this share of the gold one still counts as right."""
_ROUNDING = 1e-9  # of a share of an amount

Lines = Sequence[Ingredient]


def pairs(answer: Lines | None, gold: Lines) -> list[tuple[Ingredient | None, Ingredient]]:
    """Return each gold line behind the first answered line of the same food that is left.

    Where several are of one food, the one with the right amount.
    """
    left = list(answer or ())
    found = []
    for wanted in gold:
        same = [line for line in left if same_food(line.name, wanted.name)]
        best = min(same, key=lambda line: amount_error(line, wanted), default=None)
        if best is not None:
            left.remove(best)
        found.append((best, wanted))
    return found


def amount_error(line: Ingredient | None, gold: Ingredient) -> float:
    """|answer − gold| / gold in one unit, at most 1: so much has no line, or another unit.

    Where gold names no amount, none is wrong: 0.
    """
    if line is None:
        return 1.0
    if gold.quantity is None:
        return 0.0
    if line.quantity is None or line.unit != gold.unit:
        return 1.0
    if not gold.quantity:
        return float(line.quantity != gold.quantity)
    return min(1.0, abs(line.quantity - gold.quantity) / gold.quantity)


def _f1(right: int, answer: Lines | None, gold: Lines) -> float:
    return 2 * right / (len(answer or ()) + len(gold))


def _lines_f1(answer: Lines | None, gold: Lines) -> float:
    errors = (amount_error(*pair) for pair in pairs(answer, gold))
    right = sum(error <= TOLERANCE + _ROUNDING for error in errors)
    return _f1(right, answer, gold)


def _foods_f1(answer: Lines | None, gold: Lines) -> float:
    return _f1(sum(line is not None for line, _ in pairs(answer, gold)), answer, gold)


def _first_hits(answer: Lines | None, gold: Lines) -> float:
    first = answer[0].name if answer else None
    return float(first is not None and any(same_food(first, one.name) for one in gold))


def _exact_lines(answer: Lines | None, gold: Lines) -> float:
    same = sum(_is_exact(line, wanted) for line, wanted in pairs(answer, gold))
    return same / max(len(answer or ()), len(gold))


def _is_exact(line: Ingredient | None, gold: Ingredient) -> bool:
    def amount(one: Ingredient) -> tuple[object, ...]:
        return one.quantity, one.quantity_max, one.unit

    return line is not None and amount(line) == amount(gold)


def _mean_amount_error(answer: Lines | None, gold: Lines) -> float | None:
    errors = [amount_error(*pair) for pair in pairs(answer, gold) if pair[1].quantity is not None]
    return fmean(errors) if errors else None


LINES_F1 = Measure("lines_f1", "F1 of lines", f"same-food:amount-{TOLERANCE:g}", _lines_f1)
"""2 · right / (answered + gold): a line is right if it names the same food, and where gold has an
amount, that up to `TOLERANCE`, in its unit; each gold line once."""
FOODS_F1 = Measure("foods_f1", "F1 of foods", "same-food", _foods_f1)
"""The same without amounts."""
FIRST_HITS = Measure("hit_at_1", "Hit at 1", "same-food:first", _first_hits)
"""Whether the first line names a food of gold."""
EXACT_LINES = Measure("exact_lines", "Lines exactly right", "same-food:amount-exact", _exact_lines)
"""Lines with gold's food and amount, as a share of the longer of the two lists."""
AMOUNT_ERROR = Measure(
    "amount_error", "Error of amounts", "relative:max-1", _mean_amount_error, lower_is_better=True
)
"""Mean of `amount_error` over gold's lines with amounts."""
