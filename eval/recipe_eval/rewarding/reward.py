"""The reward function that a config names: *Recipe F1* of what was written, against gold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from recipe_base.errors import TopochefError
from recipe_eval.metrics.headline import RECIPE_F1
from recipe_eval.reading.entities import Entities, extract, extract_text
from recipe_kitchen.answers import AnswerError, read_answer

Completion = str | Sequence[Mapping[str, Any]]
"""What was written: a text, or the messages that follow a prompt of messages."""

_THOUGHT_ENDS = "</think>"


def recipe_f1(
    completions: Sequence[Completion],
    gold: Sequence[str] | None = None,
    log_metric: Callable[[str, float], None] | None = None,
    **_: Any,
) -> list[float | None]:
    """Return the headline of the `balanced` profile for each completion, from 0 to 1.

    As `recipe-eval score` counts it: 1 for what says all that gold says, 0 for a text that is no
    answer (cut off, or with words around its JSON). None, which TRL leaves out, where neither gold
    nor the completion says anything that is counted.

    Args:
        completions: What was drawn. A block of reasoning in front, as Qwen3's template teaches, is
            no part of the answer.
        gold: The column of that name, as `recipe-eval prompts` writes it.
        log_metric: TRL's; gets `recipes`, the share of completions that are answers.

    The other columns and arguments that TRL hands to every reward function are not needed.

    Raises `TopochefError` where there is no gold, or it is no answer.

    >>> gold = '{"ingredients":["200 g rice"],"instructions":["Boil the rice."]}'
    >>> recipe_f1([gold, [{"role": "assistant", "content": gold}], "Rice."], gold=[gold] * 3)
    [1.0, 1.0, 0.0]
    """
    if gold is None:
        raise TopochefError(
            "the rows have no column `gold` to reward by: name those of `recipe-eval prompts DATA`"
        )
    written = [extract_text(_said(completion)) for completion in completions]
    if log_metric and written:
        log_metric("recipes", sum(one is not None for one in written) / len(written))
    wanted = map(_gold, gold)
    return [RECIPE_F1.score(*pair).value for pair in zip(wanted, written, strict=True)]


def _said(completion: Completion) -> str:
    """Return the text of a completion, without a block of reasoning in front of it."""
    text = completion if isinstance(completion, str) else completion[-1].get("content")
    return str(text or "").rpartition(_THOUGHT_ENDS)[2]


@lru_cache(maxsize=1 << 12)
def _gold(text: str) -> Entities:
    try:
        return extract(read_answer(text))
    except AnswerError as error:
        raise TopochefError(
            f"gold is no answer ({error}): {text[:80]!r}: write the rows again with "
            "`recipe-eval prompts DATA`"
        ) from error
