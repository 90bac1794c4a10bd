"""What the held-out recipes cost a merged model, in nats a token, by kind of span."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_data.errors import TopochefError
from recipe_data.files import read_jsonl, sha256, update_manifest, write_jsonl
from recipe_eval.comparing.statistics import Mean, mean_of
from recipe_eval.generating.requests import TEST_FILE, read_requests
from recipe_eval.likelihood.tokens import Tokens, tokens_of
from recipe_eval.progress import progress_bar

STAGE = "likelihood"
COMMAND = "recipe-eval likelihood"
FILE = "likelihood.jsonl"

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
    """Write `FILE` into the run folder, with -Σ log p(token | what stands before it) by kind.

    Asked are the first `limit` recipes of the test split that are asked for by their title, with
    the gold answer. Raises `TopochefError` if the run has no merged model, or no recipe fits it.
    """
    merged, test = run / "merged", data / TEST_FILE
    if not (merged / "config.json").is_file():
        raise TopochefError(f"{merged} is no model: run `recipe-export merge {run}` first")
    asked = {request.id for request in read_requests(data, limit)}
    rows = [row for row in read_jsonl(test, "recipe-data build") if row["id"] in asked]
    measured = list(_measure(merged, rows))
    too_long = len(rows) - len({row["id"] for row in measured})
    if not measured:
        raise TopochefError(f"{test}: all {too_long} recipes are longer than {merged} can read")
    write_jsonl(run / FILE, measured)
    found = Found(_by_kind(measured), too_long)
    facts = {
        "inputs": {"test_sha256": sha256(test), "limit": limit},
        "too_long": too_long,
        "nats_a_token": {kind: mean._asdict() for kind, mean in found.means().items()},
    }
    update_manifest(run, STAGE, facts)
    return found


def read_nats(run: Path) -> Nats:
    """Return what `measure` wrote into a run folder."""
    return _by_kind(read_jsonl(run / FILE, f"{COMMAND} {run}"))


def _by_kind(measured: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]]) -> Nats:
    nats: Nats = defaultdict(dict)
    for row in measured:
        nats[row["kind"]][row["id"]] = row["nats"] / row["tokens"]
    return dict(nats)


def _measure(merged: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield, for every row and kind, the sum of nats and the number of tokens."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype: Any = "auto" if device == "cuda" else torch.float32
    tokenizer = AutoTokenizer.from_pretrained(merged, local_files_only=True)
    model: Any = AutoModelForCausalLM.from_pretrained(merged, dtype=dtype, local_files_only=True)
    model = model.to(device).eval()
    room = model.config.max_position_embeddings
    with torch.inference_mode(), progress_bar("Reading gold recipes", len(rows)) as advance:
        for row in rows:
            tokens = tokens_of(tokenizer, row)
            if len(tokens.prompt) + len(tokens.answer) <= room:
                nats: defaultdict[str, list[float]] = defaultdict(list)
                for kinds, cost in zip(tokens.kinds, _nats(model, tokens), strict=True):
                    for kind in kinds:
                        nats[kind].append(cost)
                for kind, costs in sorted(nats.items()):
                    counted = {"nats": round(sum(costs), 6), "tokens": len(costs)}
                    yield {"id": row["id"], "kind": kind, **counted}
            advance()


def _nats(model: Any, tokens: Tokens) -> list[float]:
    """Return -log p of every token of the answer."""
    import torch

    read = torch.tensor([tokens.prompt + tokens.answer], device=model.device)
    gold = read[0, -len(tokens.answer) :, None]
    logits = model(read, logits_to_keep=len(tokens.answer) + 1).logits[0, :-1].float()
    costs: list[float] = (-torch.log_softmax(logits, dim=-1).gather(1, gold)[:, 0]).tolist()
    return costs
