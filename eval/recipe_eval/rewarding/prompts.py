"""`recipe-eval prompts`: what GRPO asks, and the gold that it rewards by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recipe_base.datasets import TRAIN_FILE
from recipe_base.files import sha256, update_manifest
from recipe_base.records import Rows
from recipe_eval.sampling.asked import training_requests

STAGE = "prompts"


def prompts_of(data: Path) -> Rows:
    """Return the file of the prompts of a data folder."""
    return Rows(data / "prompts.jsonl", f"recipe-eval prompts {data}")


def write_prompts(data: Path, limit: int | None = None) -> int:
    """Write `{id, prompt, gold}` for the first `limit` training titles; return how many.

    `prompt` is the messages up to where the assistant answers, which makes TRL apply the chat
    template; `gold` is the answer's JSON. Raises `TopochefError` where a title is held out too.
    """
    requests = training_requests(data, limit)
    count = prompts_of(data).write(
        {"id": request.id, "prompt": request.messages, "gold": request.gold} for request in requests
    )
    inputs: dict[str, Any] = {"train_sha256": sha256(data / TRAIN_FILE), "limit": limit}
    update_manifest(data, STAGE, {"inputs": inputs, "rows": count})
    return count
