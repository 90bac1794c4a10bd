"""A held-out recipe as tokens, each of the kind of span that training has it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_spans import find_answer, spans_of_tokens, trained_tokens

ALL = "all"
"""Every token of the answer, the end of the turn too."""
REST = "rest"
"""Those in no span."""


class Tokens(NamedTuple):
    """Prompt and answer as a model reads them."""

    prompt: list[int]
    answer: list[int]
    """What is trained on: the end of the turn too."""
    kinds: list[str]
    """Of each token of the answer; `REST` where it is in no span."""


def tokens_of(tokenizer: Any, row: Mapping[str, Any]) -> Tokens:
    """Tokenize a row of `test.jsonl` by the model's own chat template, as training does."""
    answer, spans = row["messages"][-1]["content"], row["spans"]

    def render(last: str) -> str:
        messages = [*row["messages"][:-1], {**row["messages"][-1], "content": last}]
        return str(tokenizer.apply_chat_template(messages, tokenize=False, enable_thinking=False))

    text = render(answer)
    begin = find_answer(text, answer, render)
    if begin is None:
        raise TopochefError(f"row {row['id']}: the model's chat template changes the answer")
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids: list[int] = encoded["input_ids"]
    starts, ends = zip(*encoded["offset_mapping"], strict=True)
    end = begin + len(answer)
    trained = trained_tokens(ids, starts, ends, (begin, end), tokenizer.eos_token_id)
    owners = spans_of_tokens(spans, starts, ends, begin)
    kinds = [REST if (i := owners[token]) is None else spans[i]["kind"] for token in trained]
    return Tokens(ids[: trained.start], ids[trained.start : trained.stop], kinds)
