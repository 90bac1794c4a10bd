"""A held-out recipe as tokens, each of the kinds of span that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

ALL = "all"
"""Every token of the answer, the end of the turn too."""
REST = "rest"
"""Those in no span."""


class Tokens(NamedTuple):
    """Prompt and answer as a model reads them."""

    prompt: list[int]
    answer: list[int]
    kinds: list[frozenset[str]]
    """Of each token of the answer; `ALL` is one of them."""


def tokens_of(tokenizer: Any, row: Mapping[str, Any]) -> Tokens:
    """Tokenize a row of `test.jsonl` by the model's own chat template."""
    *asked, answer = row["messages"]
    prompt = tokenizer.apply_chat_template(
        asked, add_generation_prompt=True, enable_thinking=False, return_dict=False
    )
    encoded = tokenizer(answer["content"], add_special_tokens=False, return_offsets_mapping=True)
    kinds = [_kinds(row["spans"], start, end) for start, end in encoded["offset_mapping"]]
    end_of_turn = frozenset((ALL, REST))
    return Tokens(prompt, [*encoded["input_ids"], tokenizer.eos_token_id], [*kinds, end_of_turn])


def _kinds(spans: Sequence[Mapping[str, Any]], start: int, end: int) -> frozenset[str]:
    """Return the kinds of the spans that the characters from `start` to `end` touch.

    >>> sorted(_kinds([{"start": 6, "end": 10, "kind": "ingredient"}], 5, 7))
    ['all', 'ingredient']
    >>> sorted(_kinds([{"start": 6, "end": 10, "kind": "ingredient"}], 0, 6))
    ['all', 'rest']
    """
    touched = {span["kind"] for span in spans if span["start"] < end and start < span["end"]}
    return frozenset((ALL, *(touched or {REST})))
