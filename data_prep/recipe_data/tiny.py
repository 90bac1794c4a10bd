"""A tokenizer and a randomly initialised Qwen3 model grown from the project's own text.

Nothing is downloaded: the demo and the tests start from here. The pieces are those of the real
models (Qwen2's pre-tokenizer, ChatML, Qwen3's architecture, widths that K-quants accept), so that
whatever runs on the tiny model runs unchanged on a real one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_base.files import atomic_folder, is_done, read_manifest, sha256, update_manifest

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

STAGE = "tiny-model"
PAD, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL_TOKENS = (PAD, TURN_START, TURN_END)
MAX_POSITIONS = 1024

QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Qwen2.5's turns, without the system prompt that it inserts by itself.
CHATML_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)


def grow_tiny_model(
    texts: Iterable[str],
    output: Path,
    *,
    vocab_size: int = 2048,
    layers: int = 3,
    hidden: int = 256,
    intermediate: int = 512,
    heads: int = 4,
    kv_heads: int = 2,
    head_dim: int = 128,
    seed: int = 7,
) -> dict[str, Any]:
    """Train a tokenizer on `texts`, initialise a model, and save both as one Hugging Face folder.

    `vocab_size` is an upper bound: a small text has fewer merges to offer. `hidden` and
    `intermediate` should be multiples of 256, or llama.cpp's K-quants fall back to other types.
    The same texts, sizes and seed give the same bytes. The folder appears whole or not at all;
    if it is already there, made from the same inputs, nothing is done.

    Returns the facts recorded in `output/manifest.json`: inputs, parameters, vocabulary, sha256.
    Raises `TopochefError` if there is no text, the vocabulary cannot hold the 256 bytes, or
    `output` holds something else.
    """
    corpus = [text for text in texts if text]
    sizes = {
        "vocab_size": vocab_size,
        "layers": layers,
        "hidden": hidden,
        "intermediate": intermediate,
        "heads": heads,
        "kv_heads": kv_heads,
        "head_dim": head_dim,
    }
    inputs = {**sizes, "seed": seed, "texts": _hash_texts(corpus)}
    if is_done(output, STAGE, inputs):
        facts: dict[str, Any] = read_manifest(output)[STAGE]
        return facts
    _refuse(corpus, output, vocab_size)
    with atomic_folder(output) as folder:
        tokenizer = train_tokenizer(corpus, vocab_size)
        tokenizer.save_pretrained(folder)
        parameters = _save_model(folder, len(tokenizer), tokenizer, sizes, seed)
        facts = {
            "inputs": inputs,
            "parameters": parameters,
            "vocab_size": len(tokenizer),
            "sha256": sha256(folder),
        }
        update_manifest(folder, STAGE, facts)
    return facts


def train_tokenizer(texts: Sequence[str], vocab_size: int) -> PreTrainedTokenizerBase:
    """Train byte-level BPE behind Qwen2's pre-tokenizer; any text can be encoded losslessly (NFC).

    Special tokens take the ids 0-2: `<|endoftext|>` pads, `<|im_end|>` ends a turn.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import Qwen2TokenizerFast

    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.NFC()
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(  # type: ignore[no-untyped-call]
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(texts, trainer, length=len(texts))
    model = json.loads(trained.to_str())["model"]
    tokenizer: PreTrainedTokenizerBase = Qwen2TokenizerFast(
        vocab=model["vocab"],
        merges=[tuple(merge) for merge in model["merges"]],
        unk_token=PAD,
        pad_token=PAD,
        eos_token=TURN_END,
        extra_special_tokens=[TURN_START],
        model_max_length=MAX_POSITIONS,
        chat_template=CHATML_TEMPLATE,
    )
    return tokenizer


def _save_model(
    folder: Path, vocab: int, tokenizer: PreTrainedTokenizerBase, sizes: dict[str, int], seed: int
) -> int:
    """Initialise the model without touching the caller's random state; return its parameters."""
    import torch
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = Qwen3Config(
        vocab_size=vocab,
        hidden_size=sizes["hidden"],
        intermediate_size=sizes["intermediate"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        num_key_value_heads=sizes["kv_heads"],
        head_dim=sizes["head_dim"],
        max_position_embeddings=MAX_POSITIONS,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
        dtype="float32",
        **ids,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen3ForCausalLM(config)
    model.generation_config = GenerationConfig(**ids)
    model.save_pretrained(folder)
    return sum(parameter.numel() for parameter in model.parameters())


def _hash_texts(texts: Sequence[str]) -> str:
    """Hash the texts and their boundaries."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _refuse(texts: Sequence[str], output: Path, vocab_size: int) -> None:
    """Raise where no sensible model can be grown, before any work is done."""
    smallest = 256 + len(SPECIAL_TOKENS)
    if not texts:
        raise TopochefError("no text to train the tokenizer on: build the data first")
    if vocab_size < smallest:
        raise TopochefError(
            f"vocab_size {vocab_size} cannot hold the 256 bytes and the special tokens: "
            f"use {smallest} or more"
        )
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise TopochefError(
            f"{output} exists and was not made by `recipe-data tiny-model`: "
            "choose another folder, or delete this one"
        )
