"""The trainer that a config names as its `trainer_cls`."""

from __future__ import annotations

from recipe_losses.hosts.axolotl_trainer import HostTrainer
from recipe_losses.mixin import RecipeLossMixin


class RecipeLossTrainer(RecipeLossMixin, HostTrainer):
    """Axolotl's trainer for a model whose forward computes the composite loss."""
