"""Verdicts as preference pairs, as Axolotl's `chat_template.default` reads them for DPO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recipe_base.files import to_json
from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_judges.pairwise import Pair
from recipe_kitchen.answers import Answer


def preference_rows(
    pairs: Iterable[Pair], judgements: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield `{messages, chosen, rejected}` where a judge preferred one recipe in both orders.

    `messages` is the prompt; the two answers are compact JSON. Ties are left out, and so are
    failed generations: no judge has read them.
    """
    for (ours, theirs), row in zip(pairs, judgements, strict=True):
        if not row["asked"] or row["winner"] not in ("ours", "theirs"):
            continue
        assert ours.recipe is not None
        assert theirs.recipe is not None
        ranked = (ours.recipe, theirs.recipe)
        chosen, rejected = ranked if row["winner"] == "ours" else reversed(ranked)
        yield {
            "id": row["id"],
            "messages": ours.request.messages,
            "chosen": _text(chosen),
            "rejected": _text(rejected),
        }


def _text(recipe: Answer) -> str:
    """Return an answer as it is trained: no role can be forged, and no template strips it."""
    return to_json(
        {name: [neutralise_control_tokens(line) for line in lines]
         for name, lines in recipe._asdict().items()}
    )  # fmt: skip
