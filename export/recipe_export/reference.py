"""The Hugging Face side of every comparison: token ids and float32 logits of conversations."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recipe_data.errors import TopochefError
from recipe_export.held_out import Probes
from recipe_export.local import SMALL_BYTES
from recipe_export.weights import Floats

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


POSITIONS = 2048
"""The most positions that are compared: logits of 150,000 words take 600 kB each."""


class Reference(NamedTuple):
    """A model's logits at every position of every prompt."""

    prompts: tuple[tuple[int, ...], ...]  # token ids
    logits: tuple[Floats, ...]  # per prompt, positions × vocabulary


class Adapted(NamedTuple):
    """The base model's logits with its adapter in place, and without it."""

    adapted: Reference
    plain: Reference


_last: dict[tuple[str, str], Reference] = {}  # every GGUF type is compared with the same logits


def merged_reference(folder: Path, content: str, probes: Probes) -> Reference:
    """Return a full model's logits; `content` is the hash of the folder's files."""
    key = (content, probes.content)
    if key not in _last:
        _last.clear()
        prompts = probe_ids(load_tokenizer(folder), probes)
        _last[key] = Reference(prompts, _logits(load_model(folder), prompts))
    return _last[key]


def adapted_reference(base: Path, adapter: Path, tokenizer: Path, probes: Probes) -> Adapted:
    """Return the logits that PEFT computes, adapter beside the base, nothing merged."""
    with _quiet():
        from peft import PeftModel

    model = PeftModel.from_pretrained(load_model(base), str(adapter))
    prompts = probe_ids(load_tokenizer(tokenizer), probes)
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


def probe_ids(tokenizer: PreTrainedTokenizerBase, probes: Probes) -> tuple[tuple[int, ...], ...]:
    """Encode conversations, or only their answers where there is no chat template.

    The first `POSITIONS` tokens of all together count; the rest is cut off.
    """
    found: list[tuple[int, ...]] = []
    left = POSITIONS
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
