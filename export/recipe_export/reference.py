"""The Hugging Face side of every comparison: token ids and float32 logits on the probes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recipe_data.errors import TopochefError
from recipe_export.local import SMALL_BYTES
from recipe_export.probes import CONVERSATIONS, RECIPES
from recipe_export.weights import Floats

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class Reference(NamedTuple):
    """A model's logits at every position of every probe."""

    prompts: tuple[tuple[int, ...], ...]  # token ids
    logits: tuple[Floats, ...]  # per prompt, positions × vocabulary


class Adapted(NamedTuple):
    """The base model's logits with its adapter in place, and without it."""

    adapted: Reference
    plain: Reference


_last: dict[str, Reference] = {}  # by content: every GGUF type is compared with the same logits


def merged_reference(folder: Path, content: str) -> Reference:
    """Return a full model's logits; `content` is the hash of the folder's files."""
    if content not in _last:
        prompts = probe_ids(load_tokenizer(folder))
        found = Reference(prompts, _logits(load_model(folder), prompts))
        _last.clear()
        _last[content] = found
    return _last[content]


def adapted_reference(base: Path, adapter: Path, tokenizer: Path) -> Adapted:
    """Return the logits that PEFT computes, adapter beside the base, nothing merged."""
    with _quiet():
        from peft import PeftModel

    model = PeftModel.from_pretrained(load_model(base), str(adapter))
    prompts = probe_ids(load_tokenizer(tokenizer))
    with model.disable_adapter():
        plain = Reference(prompts, _logits(model, prompts))
    return Adapted(Reference(prompts, _logits(model, prompts)), plain)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load a tokenizer as training does."""
    with _quiet():
        from transformers import AutoTokenizer

        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    return tokenizer


def load_model(folder: Path) -> PreTrainedModel:
    """Load a model in float32; refuse missing, unexpected or misshapen weights."""
    with _quiet():
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True
        )
    if problems := {key: sorted(map(str, names)) for key, names in info.items() if names}:
        raise TopochefError(
            f"{folder}: the weights do not fit the architecture in config.json ({problems}): "
            "train or merge the model again"
        )
    loaded: PreTrainedModel = model.eval()
    return loaded


def probe_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[int, ...], ...]:
    """Encode the probes: as conversations, or as bare answers where there is no chat template."""
    if tokenizer.chat_template is None:
        texts = list(RECIPES.values())
    else:
        texts = [
            str(tokenizer.apply_chat_template(messages, tokenize=False))
            for messages in CONVERSATIONS
        ]
    return tuple(tuple(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts)


def _logits(model: Any, prompts: Sequence[Sequence[int]]) -> tuple[Floats, ...]:
    import torch

    threads = torch.get_num_threads()
    if model.num_parameters() * 4 < SMALL_BYTES:
        torch.set_num_threads(1)
    try:
        with torch.no_grad():
            return tuple(
                np.asarray(model(torch.tensor([prompt])).logits[0].numpy(), np.float32)
                for prompt in prompts
            )
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop notes on GPU kernels, which mean nothing here; transformers imports as it loads."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
