"""What transformers does not promise to keep: its trainer's counting, its attention."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import Trainer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.utils import ModelOutput

__all__ = [
    "CountingTrainer",
    "ModelOutput",
    "WithoutLogits",
    "attention_of",
    "sdpa_attention_forward",
    "sdpa_mask",
    "softmax_backward",
]


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


def attention_of(model: Any) -> str:
    """Name the attention that a model was loaded with."""
    name: str = model.config._attn_implementation
    return name


def softmax_backward(gradient: Tensor, weights: Tensor) -> Tensor:
    """Return p ∘ (g − rowsum(p ∘ g)), the gradient before a softmax with weights p."""
    before: Tensor = torch._softmax_backward_data(gradient, weights, -1, weights.dtype)
    return before
