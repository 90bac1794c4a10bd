"""A GGUF file's metadata → config.json: every size is kept, whatever is not understood refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.importing.rope import rope_parameters
from recipe_export.models.architecture import ARCHITECTURES, Model
from recipe_export.models.container import Container

SIZES = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "max_position_embeddings": "context_length",
}
# Keys with a meaning here, beside those of SIZES.
UNDERSTOOD = frozenset(
    {
        "attention.head_count_kv",
        "attention.key_length",
        "attention.value_length",
        "attention.layer_norm_rms_epsilon",
        "rope.dimension_count",
        "rope.freq_base",
        "vocab_size",
    }
)
# Keys that change nothing while they have these values.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "attention.causal": (True,),
    "attention.sliding_window": (0,),
    "expert_count": (0,),
    "expert_used_count": (0,),
    "rope.scaling.type": ("none",),
    "rope.scaling.factor": (0.0, 1.0),
    "rope.scaling.finetuned": (False,),
}
SPECIAL_IDS = {
    "bos_token_id": "tokenizer.ggml.bos_token_id",
    "eos_token_id": "tokenizer.ggml.eos_token_id",
    "pad_token_id": "tokenizer.ggml.padding_token_id",
}
# The type to compute in. These models were trained in bfloat16: in float16 their activations can
# overflow, so weights that are stored as F16, because it holds them, are loaded as bfloat16 where
# nobody asks for a type.
COMPUTE = {"F32": "float32", "F16": "bfloat16", "BF16": "bfloat16"}
EMBEDDING, OUTPUT = "token_embd.weight", "output.weight"


def read_config(source: Container, dtype: str) -> dict[str, Any]:
    """Return config.json; `dtype` is the type of the stored weights.

    Raises `TopochefError` for an architecture or a setting that has no counterpart here, and for
    sizes that contradict one another.
    """
    name, gguf = _architecture(source)
    _refuse_unknown(source, gguf)
    sizes = {key: _size(source, f"{gguf}.{size}") for key, size in SIZES.items()}
    if sizes["num_hidden_layers"] > len(source.tensors):
        raise TopochefError(
            f"{source.path}: {gguf}.block_count is {sizes['num_hidden_layers']:,}, more layers "
            "than the file has tensors: it is damaged: download it again"
        )
    config: dict[str, Any] = {
        "architectures": [name],
        "model_type": gguf,
        **sizes,
        "hidden_act": "silu",
        "rms_norm_eps": short(source.get(f"{gguf}.attention.layer_norm_rms_epsilon", float)),
        "tie_word_embeddings": OUTPUT not in source.tensors,
        "vocab_size": _vocabulary(source),
        **{key: source.metadata.get(special) for key, special in SPECIAL_IDS.items()},
        "dtype": COMPUTE[dtype],
        "use_cache": True,
    }
    heads = config["num_attention_heads"]
    config["num_key_value_heads"] = _size(source, f"{gguf}.attention.head_count_kv", heads)
    config["head_dim"] = _head_dim(source, gguf, config["hidden_size"] // heads)
    config.update(_of_the_kind(source, gguf, config["num_hidden_layers"]))
    theta = short(source.get(f"{gguf}.rope.freq_base", float, 10_000.0))
    rope = rope_parameters(source, theta, config["head_dim"])
    # Older releases of transformers know the latter two alone, and would silently take 10,000.
    config |= {"rope_parameters": rope, "rope_theta": theta, "rope_scaling": None}
    if rope["rope_type"] != "default":
        config["rope_scaling"] = rope
    Model.from_config(config)
    return config


def short(value: float) -> float:
    """Return the shortest decimal that float32 rounds to the same number.

    >>> short(9.999999747378752e-06)
    1e-05
    """
    return float(str(np.float32(value)))


def _architecture(source: Container) -> tuple[str, str]:
    """Return transformers' and llama.cpp's name."""
    found = source.get("general.architecture", str)
    for name, architecture in ARCHITECTURES.items():
        if architecture.gguf == found:
            return name, found
    known = ", ".join(architecture.gguf for architecture in ARCHITECTURES.values())
    raise TopochefError(f"{source.path} is of architecture {found}: only {known} can be imported")


def _size(source: Container, key: str, default: int | None = None) -> int:
    """Return a size that is one."""
    found = source.get(key, int, default)
    if found < 1:
        raise TopochefError(f"{source.path}: {key} is {found}: it is damaged: download it again")
    return found


def _refuse_unknown(source: Container, gguf: str) -> None:
    known = {*SIZES.values(), *UNDERSTOOD}
    for key, value in source.metadata.items():
        name = key.removeprefix(f"{gguf}.")
        if key == name or name in known or value in NEUTRAL.get(name, ()):
            continue
        raise TopochefError(
            f"{source.path}: {key} is {str(value)[:60]}, for which transformers' "
            f"{gguf} has no counterpart here: import a model without it"
        )


def _vocabulary(source: Container) -> int:
    """Return the number of tokens; refuse where the embedding has another height."""
    tokens = len(source.get("tokenizer.ggml.tokens", list))
    if EMBEDDING not in source.tensors:
        raise TopochefError(
            f"{source.path} has no {EMBEDDING}: it holds no model: name a file with weights"
        )
    rows = source.tensors[EMBEDDING].shape[0]
    if tokens != rows:
        raise TopochefError(
            f"{source.path}: the vocabulary has {tokens:,} tokens and the embedding {rows:,} rows: "
            "the tokenizer belongs to another model: take another file"
        )
    return rows


def _head_dim(source: Container, gguf: str, default: int) -> int:
    """Return the width of a head, which keys, values and rotation must share."""
    width = source.get(f"{gguf}.attention.key_length", int, default)
    for key in ("attention.value_length", "rope.dimension_count"):
        other = source.get(f"{gguf}.{key}", int, width)
        if other != width:
            raise TopochefError(
                f"{source.path}: {gguf}.{key} is {other} where a head has {width}: transformers' "
                f"{gguf} has one width for all"
            )
    return width


def _of_the_kind(source: Container, gguf: str, layers: int) -> dict[str, Any]:
    """Return what only some architectures say: biases, and layers without a rotation."""
    found: dict[str, Any] = {}
    if gguf != "qwen2":  # which always has them, on q, k and v
        found["attention_bias"] = "blk.0.attn_q.bias" in source.tensors
    if gguf == "llama":
        found["mlp_bias"] = "blk.0.ffn_down.bias" in source.tensors
    if gguf == "smollm3":
        found["no_rope_layers"] = [int((i + 1) % 4 != 0) for i in range(layers)]
        found["no_rope_layer_interval"] = 4
    return found
