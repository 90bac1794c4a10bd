"""What transformers does not promise to keep of its trainer: how it counts a batch.

Apart from the rest, since loading a trainer takes seconds, and loads triton.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import Trainer


class CountingTrainer(Trainer):  # type: ignore[misc]
    """A trainer that shows a subclass the batches before it counts their tokens."""

    def count_batches(self, batches: list[Any], device: torch.device) -> None:
        """Look at the batches of an optimizer step, or at one that is evaluated."""
        raise NotImplementedError

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> Any:
        self.count_batches(batch_samples, device)
        return super()._get_num_items_in_batch(batch_samples, device)


class WithoutLogits(Trainer):  # type: ignore[misc]
    """Leaves out what other trainers make of logits in their `compute_loss`: there are none."""

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the loss as transformers' own trainer does."""
        return Trainer.compute_loss(self, *args, **kwargs)
