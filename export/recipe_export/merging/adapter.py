"""A LoRA adapter as PEFT saves it: what each adapted matrix gains.

PEFT's formula, for a matrix W and its pair A (r × in), B (out × r):

    W' = W + s · B A,   s = alpha / r,  or alpha / √r with `use_rslora`
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_export.models.weights import Checkpoint, Floats, StoredTensor

PREFIX = "base_model.model."
SUFFIX = re.compile(r"\.lora_(?P<side>[AB])\.weight$")

# Settings with which W' is something else than the formula above.
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "use_dora": (False, None),
    "fan_in_fan_out": (False, None),
    "lora_bias": (False, None),
    "bias": ("none", None),
    "modules_to_save": (None, []),
    "layer_replication": (None,),
    "use_qalora": (False, None),
    "use_bdlora": (False, None),
    "alora_invocation_tokens": (None,),
    "target_parameters": (None, []),
    "trainable_token_indices": (None,),
    "init_lora_weights": (True, False, "gaussian", "orthogonal", None),
}


class Pair(NamedTuple):
    """The two factors of one matrix's change, and what scales them."""

    a: StoredTensor
    b: StoredTensor
    scale: float

    def delta(self, rows: slice) -> Floats:
        """Return some rows of s · B A in float32."""
        product: Floats = self.b.read(rows) @ self.a.read()
        product *= self.scale
        return product


@dataclass(frozen=True)
class Adapter:
    """A trained adapter and the name of the model that it was trained on."""

    folder: Path
    base: str
    pairs: dict[str, Pair]
    """By the name of the weight in the base model: `model.layers.0.self_attn.q_proj.weight`."""

    @classmethod
    def open(cls, folder: Path) -> Adapter:
        """Read an adapter; refuse one that is more than LoRA on plain matrices."""
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        for key, allowed in UNSUPPORTED.items():
            if (value := config.get(key)) not in allowed:
                raise TopochefError(
                    f"{folder}/adapter_config.json: {key} is {value!r}, which cannot be merged "
                    "here: use `axolotl merge-lora`, then export the merged folder"
                )
        if not config.get("base_model_name_or_path"):
            raise TopochefError(
                f"{folder}/adapter_config.json names no base_model_name_or_path: "
                "write there which model the adapter was trained on"
            )
        tensors = Checkpoint.open(folder, "adapter_model").tensors
        return cls(folder, config["base_model_name_or_path"], _pairs(folder, config, tensors))


def _pairs(
    folder: Path, config: dict[str, Any], tensors: dict[str, StoredTensor]
) -> dict[str, Pair]:
    """Join A with B; every tensor must be one side of a pair."""
    sides: dict[str, dict[str, StoredTensor]] = {}
    for name, tensor in tensors.items():
        match = SUFFIX.search(name)
        if not name.startswith(PREFIX) or match is None:
            raise TopochefError(
                f"{folder}: {name} is not a LoRA matrix; only LoRA can be merged here: "
                "use `axolotl merge-lora`, then export the merged folder"
            )
        module = name[len(PREFIX) : match.start()]
        sides.setdefault(module, {})[match["side"]] = tensor
    if broken := [module for module, found in sides.items() if len(found) != 2]:
        raise TopochefError(f"{folder}: {broken[0]} has only one of lora_A and lora_B")
    if not sides:
        raise TopochefError(f"{folder} holds no LoRA matrix: train the run again")
    return {
        f"{module}.weight": Pair(found["A"], found["B"], _scale(config, module, found["A"]))
        for module, found in sides.items()
    }


def _scale(config: dict[str, Any], module: str, a: StoredTensor) -> float:
    """Return s for one module; `alpha_pattern` may give it an alpha of its own."""
    rank = a.shape[0]
    alpha = next(
        (
            value
            for pattern, value in (config.get("alpha_pattern") or {}).items()
            if re.match(rf"(.*\.)?({pattern})$", module)
        ),
        config["lora_alpha"],
    )
    return float(alpha / (math.sqrt(rank) if config.get("use_rslora") else rank))
