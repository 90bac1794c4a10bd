"""What an adapted layer of PEFT is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

from peft.tuners.lora import Linear
from torch import Tensor, nn


class Adapted(NamedTuple):
    """A layer y = x Wᵀ + bias + s·(x Aᵀ) Bᵀ."""

    base: nn.Linear
    """W (out, in), and perhaps a bias."""
    down: nn.Linear
    """A (r, in)."""
    up: nn.Linear
    """B (out, r)."""
    scaling: float


def plain_parts(module: Any) -> Adapted | None:
    """Return the parts of a layer that is no more than `Adapted` says, on a CPU; else None."""
    if type(module) is not Linear or type(module.base_layer) is not nn.Linear:
        return None
    names = module.active_adapters
    if len(names) != 1 or module.lora_variant or module.base_layer.weight.requires_grad:
        return None
    (name,) = names
    weight: Tensor = module.base_layer.weight
    plain = (
        weight.device.type == "cpu"
        and module.lora_B[name].bias is None
        and isinstance(module.lora_dropout[name], nn.Identity)
    )
    if not plain:
        return None
    return Adapted(
        module.base_layer, module.lora_A[name], module.lora_B[name], module.scaling[name]
    )


def is_off(module: Any) -> bool:
    """Tell whether a layer's adapter does not count now, or is already in its weights."""
    return bool(module.disable_adapters or module.merged)
