"""What cannot be exported, said before anything is merged or converted: seconds, not minutes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.chat import render, special_words
from recipe_export.converting.plan import plan
from recipe_export.converting.sizes import refuse_layers
from recipe_export.converting.vocabulary import pre_tokenizer, put_around, token_list
from recipe_export.models.architecture import Model
from recipe_export.models.files import present, read_json
from recipe_export.models.weights import Checkpoint, StoredTensor
from recipe_export.proofs.probes import CONVERSATIONS

BESIDE = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json")
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def refuse_model(folder: Path) -> None:
    """Raise `TopochefError` for a model whose weights and config.json do not fit together.

    Also for an architecture that llama.cpp would compute otherwise, or not at all.
    """
    config = read_json(folder / "config.json")
    model = Model.from_config(config)
    weights = Checkpoint.open(folder)
    tensors = weights.tensors
    embedding = tensors.get(EMBEDDING)
    if embedding is None:
        raise TopochefError(
            f"{folder} has no {EMBEDDING}: the model is not complete, copy or train it again"
        )
    for tensor in (embedding, tensors.get(HEAD, embedding)):
        _refuse_shape(folder, tensor, config)
    refuse_layers(folder, model, tensors)
    list(plan(model, weights, "F16"))
    if model.tied and HEAD in tensors and not _equal(embedding, tensors[HEAD]):
        raise TopochefError(
            f"{folder}/config.json: tie_word_embeddings is true, but {HEAD} is not the embedding: "
            "write false if the model was trained with a head of its own, or remove that tensor"
        )


def refuse_early(
    model: Path,
    tokenizer: Path,
    template: str | None,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Raise `TopochefError` for what would be refused once all is merged and converted.

    Args:
        model: The folder of the weights and of config.json.
        tokenizer: The folder of the tokenizer that goes with them.
        template: The chat template, None where there is none.
        settings: What training rendered it with.
    """
    refuse_model(model)
    for settings_file in present(model, ("generation_config.json",)):
        read_json(settings_file)
    refuse_tokenizer(tokenizer, read_json(model / "config.json")["vocab_size"])
    if template is not None:
        # A system turn, a question and an answer.
        render(template, CONVERSATIONS[0], tokenizer, generation=False, **settings)


def refuse_tokenizer(folder: Path, rows: int) -> None:
    """Raise `TopochefError` for a tokenizer that llama.cpp has no counterpart of.

    `rows` is the height of the model's embedding, where every token must have a place.
    """
    path = folder / "tokenizer.json"
    tokenizer = read_json(path)
    for beside in present(folder, BESIDE):
        read_json(beside)
    try:
        pre_tokenizer(tokenizer)
        put_around(tokenizer)
        tokens, _ = token_list(tokenizer, rows)
        list(tokenizer["model"]["merges"])
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise TopochefError(
            f"{path} is not what the library tokenizers writes ({error!r}): copy it again"
        ) from error

    for name, text in special_words(folder).items():
        if text and text not in tokens:
            raise TopochefError(
                f"{folder}/tokenizer_config.json: {name} is {text!r}, which is no token of "
                "tokenizer.json: write one that is, or copy both files from one model"
            )


def _refuse_shape(folder: Path, tensor: StoredTensor, config: Mapping[str, Any]) -> None:
    wanted = (config["vocab_size"], config["hidden_size"])
    for key, told, found in zip(("vocab_size", "hidden_size"), wanted, tensor.shape, strict=False):
        if told != found:
            raise TopochefError(
                f"{folder}/config.json: {key} is {told}, but {tensor.name} has {found} "
                f"{'rows' if key == 'vocab_size' else 'columns'}: write {key}: {found}, or take "
                "the config.json that was saved with these weights"
            )


def _equal(one: StoredTensor, other: StoredTensor) -> bool:
    """Compare two matrices some rows at a time."""
    return one.shape == other.shape and all(
        np.array_equal(one.read(rows), other.read(rows)) for rows in one.blocks()
    )
