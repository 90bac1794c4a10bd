"""The losses: pure torch, tensors in, a scalar and its named parts out."""

from recipe_losses.losses.composite import CompositeLoss, composite_loss, count_items
from recipe_losses.losses.objective import TERMS, Objective, TaskMix, Topology
from recipe_losses.losses.sinkhorn import sinkhorn_divergence
from recipe_losses.losses.token_terms import cross_entropy, dice, focal

__all__ = [
    "TERMS",
    "CompositeLoss",
    "Objective",
    "TaskMix",
    "Topology",
    "composite_loss",
    "count_items",
    "cross_entropy",
    "dice",
    "focal",
    "sinkhorn_divergence",
]
