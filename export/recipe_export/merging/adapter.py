"""A LoRA adapter as PEFT saves it: what each adapted matrix gains.

PEFT's formula, for a matrix W and its pair A (r × in), B (out × r):

    W' = W + s · B A,   s = alpha / r,  or alpha / √r with `use_rslora`
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import read_object
from recipe_export.models.weights import Checkpoint, Floats, StoredTensor

PREFIX = "base_model.model."
SUFFIX = re.compile(r"\.lora_(?P<side>[AB])\.weight$")

# Settings with which W' is something else than the formula above.
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "use_rslora": (True, False, None),
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
        path = folder / "adapter_config.json"
        config = read_object(path, "copy it from where training ran, or train the run again")
        for key, allowed in UNSUPPORTED.items():
            if (value := config.get(key)) not in allowed:
                raise TopochefError(
                    f"{folder}/adapter_config.json: {key} is {value!r}, which cannot be merged "
                    "here: use `axolotl merge-lora`, then export the merged folder"
                )
        base = config.get("base_model_name_or_path")
        if not isinstance(base, str) or not base:
            raise TopochefError(
                f"{path} names no base_model_name_or_path: "
                "write there which model the adapter was trained on"
            )
        _check_numbers(path, config)
        tensors = Checkpoint.open(folder, "adapter_model").tensors
        return cls(folder, base, _pairs(folder, config, tensors))


def _check_numbers(path: Path, config: dict[str, Any]) -> None:
    """Refuse settings of ranks and scales that are missing or no numbers."""
    single = {key: config.get(key) for key in ("r", "lora_alpha")}
    patterns = {key: config.get(key) or {} for key in ("rank_pattern", "alpha_pattern")}
    for key, found in patterns.items():
        if not isinstance(found, dict):
            raise TopochefError(f"{path}: {key} is {found!r}: write a value for each module")
        single |= {f"{key}.{module}": value for module, value in found.items()}
        for module in found:
            try:
                re.compile(module)
            except re.error as error:
                raise TopochefError(
                    f"{path}: {key}: {module} is no regular expression ({error}): mend it"
                ) from error
    for key, value in single.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None or not is_number or not 0 < value < math.inf:
            raise TopochefError(
                f"{path}: {key} is {'missing' if value is None else repr(value)}: write the number "
                "that the adapter was trained with"
            )


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
    for module, found in sides.items():
        rank = _of_module(config, "rank_pattern", "r", module)
        for tensor in found.values():
            if len(tensor.shape) != 2:
                raise TopochefError(
                    f"{folder}: {tensor.name} has the shape {tensor.shape}, which is no matrix: "
                    "train the run again"
                )
        if found["A"].shape[:1] != (rank,) or found["B"].shape[1:] != (rank,):
            raise TopochefError(
                f"{folder}/adapter_config.json says rank {rank} for {module}, but its matrices "
                f"have the shapes {found['A'].shape} and {found['B'].shape}: take the config that "
                "was saved with these weights"
            )
    return {
        f"{module}.weight": Pair(found["A"], found["B"], _scale(config, module, found["A"]))
        for module, found in sides.items()
    }


def _of_module(config: dict[str, Any], patterns: str, otherwise: str, module: str) -> Any:
    """Return a module's own value from a pattern that fits its name, or that of all others."""
    own = (
        value
        for pattern, value in (config.get(patterns) or {}).items()
        if re.match(rf"(.*\.)?({pattern})$", module)
    )
    return next(own, config[otherwise])


def _scale(config: dict[str, Any], module: str, a: StoredTensor) -> float:
    """Return s for one module; `alpha_pattern` may give it an alpha of its own."""
    rank, alpha = a.shape[0], _of_module(config, "alpha_pattern", "lora_alpha", module)
    return float(alpha / (math.sqrt(rank) if config.get("use_rslora") else rank))
