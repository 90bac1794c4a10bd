"""Exact normalisation over micro-batches and processes, and a log of every term."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import Trainer

from recipe_losses.errors import RecipeLossError
from recipe_losses.forward import OBJECTIVE, causal_model, marks_of
from recipe_losses.losses import TERMS, Objective, count_items


class RecipeLossMixin(Trainer):  # type: ignore[misc]
    """For any `transformers.Trainer` of a model whose forward computes the composite loss."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.follow_objective()

    def follow_objective(self) -> None:
        """Adopt the objective of the model; raise if it has none."""
        objective = getattr(causal_model(self.model), OBJECTIVE, None)
        if objective is None:
            raise RecipeLossError(
                "the model has no composite loss, so this run would train plain cross-entropy: "
                "add `recipe_losses.plugin.RecipeLossPlugin` to `plugins` and check its spelling "
                "and the messages about loading plugins above"
            )
        # Axolotl looks for the argument in the trunk, which does not see it; the forward does.
        self.model_accepts_loss_kwargs = True
        self.objective: Objective = objective
        self._item_counts: Tensor | None = None
        self._parts = {True: _RunningParts(), False: _RunningParts()}

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> Any:
        """Count the items of every term in the whole optimizer step, beside the tokens."""
        counts = sum(
            count_items(batch["labels"], objective=self.objective, marks=marks_of(batch))
            for batch in batch_samples
        )
        if isinstance(counts, Tensor):
            counts = self.accelerator.reduce(counts.to(device), "sum")
        self._item_counts = counts if isinstance(counts, Tensor) else None
        return super()._get_num_items_in_batch(batch_samples, device)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Run the model's own composite loss, normalised by the whole step's items."""
        inputs = {**inputs, "item_counts": self._item_counts}
        loss, outputs = super().compute_loss(
            model, inputs, return_outputs=True, num_items_in_batch=num_items_in_batch
        )
        self._parts[model.training].add(outputs["parts"])
        return (loss, outputs) if return_outputs else loss

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Count optimizer steps, over which the parts of micro-batches add up."""
        loss = super().training_step(*args, **kwargs)
        if self.accelerator.sync_gradients:
            self._parts[True].steps += 1
        return loss

    def prediction_step(self, *args: Any, **kwargs: Any) -> Any:
        """Count evaluation batches, each of which is normalised by its own items."""
        result = super().prediction_step(*args, **kwargs)
        self._parts[False].steps += 1
        return result

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the mean of every term in use to what Axolotl logs."""
        if "loss" in logs or "eval_loss" in logs:
            training = "loss" in logs
            mean = self._parts[training].take()
            if mean is not None:
                mean = self.accelerator.reduce(mean.to(self.args.device), "sum")
                if not training:
                    mean = mean / self.accelerator.num_processes
                prefix = "" if training else "eval_"
                for term, value in zip(TERMS, mean.tolist(), strict=True):
                    if self.objective.uses(term):
                        logs[f"{prefix}recipe_loss/{term}"] = round(value, 6)
        super().log(logs, start_time)


class _RunningParts:
    """Sum of the terms since the last log, kept on the device: no synchronisation a step."""

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.steps = 0

    def add(self, parts: Tensor) -> None:
        self.total = parts.detach() if self.total is None else self.total + parts.detach()

    def take(self) -> Tensor | None:
        """Return the mean over steps and begin anew; None if nothing was added."""
        total, steps = self.total, max(self.steps, 1)
        self.total, self.steps = None, 0
        return None if total is None else total / steps
