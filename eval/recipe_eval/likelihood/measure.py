"""What the held-out recipes cost a merged model, in nats a token, by kind of span."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from recipe_base.console import progress_bar
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_eval.generating.requests import read_requests
from recipe_eval.likelihood.tokens import ALL, tokens_of
from recipe_eval.statistics.means import Mean, mean_of
from recipe_kitchen.backends.transformers import load_model

if TYPE_CHECKING:
    from torch import Tensor

STAGE = "likelihood"

Nats = dict[str, dict[str, float]]
"""Nats a token of every recipe, by kind and recipe id; a recipe without the kind is left out."""


class Found(NamedTuple):
    """What was measured of a run."""

    nats: Nats
    too_long: int
    """Recipes that the model's context does not hold; they were left out."""

    def means(self) -> dict[str, Mean]:
        """Return the mean over recipes of every kind."""
        means = {kind: mean_of(list(values.values())) for kind, values in self.nats.items()}
        return {kind: mean for kind, mean in means.items() if mean}


def measure(run: Path, data: Path, limit: int | None = None) -> Found:
    """Write the run's record of likelihoods, -Σ log p(token | what stands before it) by kind.

    Asked are the first `limit` recipes of the test split that are asked for by their title, with
    the gold answer. Raises `TopochefError` if the run has no merged model, or no recipe fits it.
    """
    merged, test = Run(run).merged, DataFolder(data).test
    asked = {request.id for request in read_requests(data, limit)}
    rows = [row for row in test.read() if row["id"] in asked]
    measured = list(_measure(merged, rows))
    too_long = len(rows) - len({row["id"] for row in measured})
    if not measured:
        raise TopochefError(
            f"{test.path}: all {too_long} recipes are longer than {merged} can read"
        )
    Run(run).likelihood.write(measured)
    found = Found(_by_kind(measured), too_long)
    facts = {
        "inputs": {"test_sha256": sha256(test.path), "limit": limit},
        "too_long": too_long,
        "nats_a_token": {kind: mean._asdict() for kind, mean in found.means().items()},
    }
    Run(run).record(STAGE, facts)
    return found


def read_nats(run: Path) -> Nats:
    """Return what `measure` wrote into a run folder."""
    return _by_kind(Run(run).likelihood.read())


def _by_kind(measured: Iterable[Mapping[str, Any]]) -> Nats:
    nats: Nats = defaultdict(dict)
    for row in measured:
        nats[row["kind"]][row["id"]] = row["nats"] / row["tokens"]
    return dict(nats)


def _measure(merged: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield, for every row and kind, the sum of nats and the number of tokens."""
    import torch

    tokenizer, model = load_model(merged)
    room = model.config.max_position_embeddings
    with torch.inference_mode(), progress_bar("Reading gold recipes", len(rows)) as advance:
        for row in rows:
            tokens = tokens_of(tokenizer, row)
            if len(tokens.prompt) + len(tokens.answer) <= room:
                ids, last = tokens.prompt + tokens.answer, len(tokens.answer)
                answer = token_nats(model, ids, last).tolist()
                nats: defaultdict[str, list[float]] = defaultdict(list)
                for kind, cost in zip(tokens.kinds, answer, strict=True):
                    nats[ALL].append(cost)
                    nats[kind].append(cost)
                for kind, costs in sorted(nats.items()):
                    counted = {"nats": round(sum(costs), 6), "tokens": len(costs)}
                    yield {"id": row["id"], "kind": kind, **counted}
            advance()


def token_nats(model: Any, ids: Sequence[int], last: int) -> Tensor:
    """Return -log p of each of the `last` tokens, given all that stand before it (float64)."""
    import torch

    read = torch.tensor([ids], device=model.device)
    logits = model(read, logits_to_keep=last + 1).logits[0, :-1].float()
    return -torch.log_softmax(logits, dim=-1).gather(1, read[0, -last:, None])[:, 0].double()
