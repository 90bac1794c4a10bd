"""What a GGUF file says of its model against what transformers builds from config.json.

llama.cpp takes every size and constant from the file's metadata, and tensors from its header;
transformers takes them from config.json. Both must be the same before a single weight is compared:
a wrong rotary base or epsilon leaves all weights as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_export.proofs.layerwise import parameter_names
from recipe_export.proofs.stored import FileWeights, FolderWeights
from recipe_export.proofs.verdict import Verdict, first

if TYPE_CHECKING:
    from transformers import PreTrainedModel

ROPE_FACTORS = "rope_freqs.weight"
ROPE_ERROR = 1e-5  # relative: both sides take powers of the base in float32


def check_sizes(
    file: FileWeights, folder: FolderWeights, model: PreTrainedModel, source: Path
) -> Verdict:
    """Compare metadata, names and shapes of tensors; `model` is what transformers builds."""
    found = [*_metadata(file, model), *_rope_factors(file, model), *_tensors(file, folder, model)]
    return Verdict(
        f"sizes and constants of the GGUF file and of {source}{first(found)}",
        {"tensors": len(file.names), "different": len(found)},
        {"different": (None, 0)},
        "the conversion is wrong for this model; please report it with its config.json",
    )


def expected_metadata(model: PreTrainedModel) -> dict[str, tuple[Any, Any]]:
    """Return, by GGUF key, what a file must say, and what llama.cpp takes where it says nothing."""
    config, body = model.config, model.model
    heads, width = config.num_attention_heads, body.layers[0].self_attn.head_dim
    return {
        "block_count": (len(body.layers), None),
        "embedding_length": (body.embed_tokens.embedding_dim, None),
        "feed_forward_length": (config.intermediate_size, None),
        "context_length": (config.max_position_embeddings, None),
        "vocab_size": (body.embed_tokens.num_embeddings, body.embed_tokens.num_embeddings),
        "attention.head_count": (heads, None),
        "attention.head_count_kv": (config.num_key_value_heads, heads),
        "attention.key_length": (width, config.hidden_size // heads),
        "attention.value_length": (width, config.hidden_size // heads),
        "attention.layer_norm_rms_epsilon": (body.norm.variance_epsilon, None),
        "rope.dimension_count": (width, width),
        "rope.freq_base": (config.rope_parameters["rope_theta"], 10_000.0),
        "rope.scaling.type": ("none", "none"),
    }


def _metadata(file: FileWeights, model: PreTrainedModel) -> Iterator[str]:
    name = file.fields.get("general.architecture")
    if name != model.config.model_type:
        yield f"general.architecture is {name}, {model.config.model_type} in config.json"
        return
    for key, (expected, unsaid) in expected_metadata(model).items():
        found = file.fields.get(f"{name}.{key}", unsaid)
        if isinstance(expected, float) and found is not None:
            expected, found = np.float32(expected), np.float32(found)
        if found != expected:
            yield f"{name}.{key} is {found}, {expected} in config.json"


def _rope_factors(file: FileWeights, model: PreTrainedModel) -> Iterator[str]:
    """Compare by how much each frequency is slowed; a file without factors slows none."""
    theta = model.config.rope_parameters["rope_theta"]
    used = model.model.rotary_emb.inv_freq.double().numpy()
    plain = theta ** -(np.arange(0, 2 * len(used), 2) / (2 * len(used)))
    stored = file.other.get(ROPE_FACTORS)
    factors = 1.0 if stored is None else stored.read().astype(np.float64)
    if not (np.abs(plain / used / factors - 1) <= ROPE_ERROR).all():
        yield f"{ROPE_FACTORS} {'is missing' if stored is None else 'holds other factors'}"


def _tensors(file: FileWeights, folder: FolderWeights, model: PreTrainedModel) -> Iterator[str]:
    shapes = {name: tuple(model.get_parameter(name).shape) for name in parameter_names(model)}
    for name, shape in shapes.items():
        if name in file.missing or name not in folder.kinds:
            yield f"{name} is missing in {'the file' if name in file.missing else 'the folder'}"
        elif not file.shape(name) == folder.shape(name) == shape:
            yield f"{name} is {file.shape(name)} in the file, {folder.shape(name)} in the folder"
    for name in sorted(set(file.other) - {ROPE_FACTORS}):
        yield f"{name} is in the file, and the model has no such tensor"
