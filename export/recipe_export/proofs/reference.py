"""The Hugging Face side of every comparison: tokenizers, and the token ids of conversations."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_export.proofs.conversations import Probes

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load a tokenizer as training does."""
    with quiet():
        from transformers import AutoTokenizer

        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    return tokenizer


def probe_ids(
    tokenizer: PreTrainedTokenizerBase, probes: Probes, most: int
) -> tuple[tuple[int, ...], ...]:
    """Encode conversations, or only their answers where there is no chat template.

    The first `most` tokens of all together count; the rest is cut off.
    """
    found: list[tuple[int, ...]] = []
    left = most
    for messages in probes.conversations:
        if tokenizer.chat_template is None:
            text = messages[-1]["content"]
        else:
            text = chat_text(tokenizer, messages)
        ids = tuple(tokenizer(text, add_special_tokens=False)["input_ids"])[:left]
        left -= len(ids)
        if ids:
            found.append(ids)
    return tuple(found)


def chat_text(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Mapping[str, Any]], **settings: Any
) -> str:
    """Render a conversation by transformers; raise `TopochefError` where the template refuses."""
    from jinja2 import TemplateError

    try:
        text = tokenizer.apply_chat_template(
            [dict(m) for m in messages], tokenize=False, **settings
        )
    except TemplateError as error:
        roles = ", ".join(str(message.get("role")) for message in messages)
        raise TopochefError(
            f"the chat template refuses a conversation of {roles} ({error}): use one that takes "
            "such conversations (`chat_template` of the training), and train with it"
        ) from error
    return str(text)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop notes on GPU kernels, which mean nothing here; transformers imports as it loads."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
