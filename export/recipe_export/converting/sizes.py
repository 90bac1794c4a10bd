"""Whether the matrices of a model have the sizes that its config.json tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_export.models.architecture import Model
from recipe_export.models.weights import StoredTensor

NORM = "model.norm.weight"
_LAYER = re.compile(r"model\.layers\.(\d+)\.")


def refuse_layers(folder: Path, model: Model, tensors: Mapping[str, StoredTensor]) -> None:
    """Raise `TopochefError` for a layer that is missing, too many, or of another size than told."""
    count = model.config["num_hidden_layers"]
    present = (_LAYER.match(name) for name in tensors)
    layers = 1 + max((int(match[1]) for match in present if match), default=-1)
    if layers != count:
        raise TopochefError(
            f"{folder}/config.json: num_hidden_layers is {count}, but the weights have {layers} "
            "layers: take the config.json that was saved with these weights"
        )
    wanted: dict[str, tuple[int, ...]] = {NORM: (model.config["hidden_size"],)}
    for layer in range(count):
        for name, shape in _of_layer(model).items():
            wanted[f"model.layers.{layer}.{name}.weight"] = shape
    for name, shape in wanted.items():
        if name not in tensors:
            raise TopochefError(f"{folder} has no {name}: the model is not complete, copy it again")
        if tensors[name].shape != shape:
            raise TopochefError(
                f"{folder}/config.json: hidden_size, intermediate_size, num_attention_heads, "
                f"num_key_value_heads and head_dim make {name} {shape}, but it is "
                f"{tensors[name].shape}: take the config.json that was saved with these weights"
            )


def _of_layer(model: Model) -> dict[str, tuple[int, ...]]:
    """Return the shapes of one layer, (out, in); biases and norms beside them may be there."""
    config, width = model.config, model.head_dim
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * width
    keys = config["num_key_value_heads"] * width
    shapes: dict[str, tuple[int, ...]] = {
        "input_layernorm": (hidden,),
        "post_attention_layernorm": (hidden,),
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "mlp.gate_proj": (inner, hidden),
        "mlp.up_proj": (inner, hidden),
        "mlp.down_proj": (hidden, inner),
    }
    if model.architecture.gguf == "qwen3":
        shapes |= {"self_attn.q_norm": (width,), "self_attn.k_norm": (width,)}
    return shapes
