"""The trainer that a config names as its `trainer_cls`."""

from __future__ import annotations

from axolotl.core.trainers.base import AxolotlTrainer

from recipe_losses.mixin import RecipeLossMixin


class RecipeLossTrainer(RecipeLossMixin, AxolotlTrainer):  # type: ignore[misc]
    """Axolotl's trainer for a model whose forward computes the composite loss."""
