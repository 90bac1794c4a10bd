"""Whether the rows of a run have the credits that its terms look at, and the other way round."""

from __future__ import annotations

from collections import Counter
from typing import Any

from recipe_losses.collator import brings
from recipe_losses.errors import RecipeLossError
from recipe_losses.losses.objective import Objective
from recipe_losses.losses.terms import TokenTerm


def rows_with_credits(dataset: Any) -> Counter[int]:
    """Count the rows with a credit by the code of their task, in a dataset or a list of rows."""
    columns = getattr(dataset, "column_names", None)
    if columns is None:
        rows = (dataset[index] for index in range(len(dataset)))
        return Counter(int(r["loss_task"][0]) for r in rows if brings(r, "credit"))
    if not {"credit", "loss_task"} <= set(columns):
        return Counter()
    import pyarrow.compute as pc

    credit, task = (dataset.data.column(name) for name in ("credit", "loss_task"))
    own = pc.filter(task, pc.greater(pc.list_value_length(credit), 0))
    counted = pc.value_counts(pc.list_element(own, 0))
    return Counter({pair["values"]: pair["counts"] for pair in counted.to_pylist()})


def needs_credits(objective: Objective) -> bool:
    """Tell whether a term that is in use looks at credits."""
    return bool(_terms(objective))


def refuse_absent_credits(objective: Objective, rows: Counter[int]) -> None:
    """Raise for a term of credits that no row has any for.

    Args:
        objective: What the run minimises.
        rows: How many training rows have credits, by the code of their task.
    """
    for term in _terms(objective):
        if any(objective.weight(term.name, task) for task in rows):
            continue
        found = (
            f"the rows with credits ({rows.total():,}) are of tasks that do not: name their task "
            "in recipe_loss.tasks"
            if rows
            else "no training row has a credit: write `credit`, a number, into its `spans`"
        )
        raise RecipeLossError(
            f"recipe_loss.tasks gives `{term.name}` a weight, but {found}, or remove the weight"
        )


def credits_left_out(objective: Objective, rows: Counter[int]) -> str | None:
    """Say how many rows have credits that no term looks at; None where all are looked at."""
    names = [term.name for term in _terms(objective)]
    count = sum(
        size
        for task, size in rows.items()
        if not any(objective.weight(name, task) for name in names)
    )
    if not count:
        return None
    return (
        f"{count:,} training rows have credits that no term of their task looks at, also where "
        "they are negative: give `credited` a weight in recipe_loss.tasks, or leave those rows out"
    )


def _terms(objective: Objective) -> list[TokenTerm]:
    return [term for _, term in objective.token_terms() if term.needs_credit]
