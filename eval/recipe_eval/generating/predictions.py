"""What a run wrote, row by row; only a run that is whole is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.runs import Questions, Run
from recipe_kitchen.request import Request

STAGE = "generate"
"""How manifests call the stage that writes predictions."""


def asked_of(run: Run | Questions) -> dict[str, Any]:
    """Return what decided the predictions, as the run recorded it; empty where it did not."""
    inputs: dict[str, Any] = run.manifest.get(STAGE, {}).get("inputs", {})
    return inputs


def read_predictions(
    run: Run | Questions, requests: Sequence[Request], made_by: str | None = None
) -> dict[str, dict[str, Any] | None]:
    """Return the prediction of every request, by its id.

    Args:
        run: Whose they are.
        requests: All that was asked.
        made_by: The command that writes them, where more is known than the run tells.

    None only in a run that has no record of being asked, whose predictions come from elsewhere.
    Raises `TopochefError` if a prediction belongs to no request, if one stands there twice, or if
    some are missing: what an engine did not write is no failure of a model.
    """
    path, made_by = run.predictions.path, made_by or run.predictions.made_by
    anew = f"delete it and run `{made_by}` again"
    known = {request.id for request in requests}
    found: dict[str, dict[str, Any]] = {}
    strangers: list[str] = []
    for row in run.predictions.read():
        name = str(row.get("id"))
        if name not in known:
            strangers.append(name)
        elif name in found:
            raise TopochefError(f"{path} has {name} twice: {anew}")
        found[name] = row
    if strangers:
        raise TopochefError(
            f"{path}: {len(strangers)} predictions do not belong to the test split "
            f"(first: {strangers[0]!r}): name the data they were generated from with --data, or "
            "generate anew"
        )
    missing = [request.id for request in requests if request.id not in found]
    if missing and asked_of(run):
        raise TopochefError(
            f"{path} holds {len(found)} of the {len(requests)} that were asked for (first "
            f"missing: {missing[0]}): {anew}"
        )
    return {request.id: found.get(request.id) for request in requests}
