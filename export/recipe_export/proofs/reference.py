"""The Hugging Face side of every comparison: tokenizers, and the token ids of conversations."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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
            text = str(tokenizer.apply_chat_template(messages, tokenize=False))
        ids = tuple(tokenizer(text, add_special_tokens=False)["input_ids"])[:left]
        left -= len(ids)
        if ids:
            found.append(ids)
    return tuple(found)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop notes on GPU kernels, which mean nothing here; transformers imports as it loads."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
