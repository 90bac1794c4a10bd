"""The terms that look at one token at a time: cross-entropy, focal, Dice.

All take logits z (N, V) in float32 or float64 and gold tokens t (N,), and return one value a row;
p = softmax(z).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return −log p_t for every row: (N,), in nats, ≥ 0."""
    return F.cross_entropy(logits, target, reduction="none")


def focal(logits: Tensor, target: Tensor, gamma: float = 2.0) -> Tensor:
    """Return −(1 − p_t)^γ log p_t for every row: (N,), in nats, between 0 and cross-entropy.

    Tokens that are known already count less; γ = 0 is cross-entropy.
    Source: Lin et al., Focal Loss for Dense Object Detection, arXiv 1708.02002, eq. 4.
    """
    nll = cross_entropy(logits, target)
    # 1 − p_t from expm1 keeps its digits where p_t is close to 1.
    return (-(-nll).expm1()).clamp_min(1e-12) ** gamma * nll


def dice(logits: Tensor, target: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Return 1 − (2 p_t + ε) / (Σ_v p_v² + 1 + ε) for every row: (N,), between 0 and 1.

    The overlap of p with the one-hot gold vector, smoothed by ε; 0 where p is that vector.
    Source: Milletari et al., V-Net, arXiv 1606.04797, section 3, of one token's distribution.
    """
    p = logits.softmax(-1)
    gold = p.gather(-1, target[:, None]).squeeze(-1)
    return (1 - (2 * gold + epsilon) / (p.square().sum(-1) + 1 + epsilon)).clamp_min(0)
