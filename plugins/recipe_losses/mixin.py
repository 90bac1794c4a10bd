"""Exact normalisation over micro-batches and processes, and a log of every term."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recipe_losses.errors import RecipeLossError
from recipe_losses.forward import OBJECTIVE, causal_model
from recipe_losses.hosts.transformers_trainer import CountingTrainer
from recipe_losses.losses import MEASURES, TERMS, Marks, Objective, count_items
from recipe_losses.losses.objective import TAIL_MASS

GROUP = "recipe_loss"
"""What the names of all logged numbers begin with."""


class RecipeLossMixin(CountingTrainer):
    """For any `transformers.Trainer` of a model whose forward computes the composite loss."""

    gradient_shares_every: int = 0
    """Steps from one measurement of the terms' gradient norms to the next; 0 is off."""

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
        if self.args.n_gpu > 1:
            raise RecipeLossError(
                "several GPUs in one process split a batch after its items are counted: "
                "launch one process a GPU, or set CUDA_VISIBLE_DEVICES"
            )
        # Items are counted over all processes, whose gradients are then averaged: without this,
        # which Axolotl turns off, the trainer would not multiply the loss by their number.
        self.args.average_tokens_across_devices = True
        # Axolotl looks for the argument in the trunk, which does not see it; the forward does.
        self.model_accepts_loss_kwargs = True
        self.objective: Objective = objective
        self._item_counts: Tensor | None = None
        self._tokens = _Running()
        self._parts = {True: _Running(), False: _Running()}
        self._seen, self._squares = _Running(), _Running()

    def count_batches(self, batches: list[Any], device: torch.device) -> None:
        """Count the items of every term in batches of this process."""
        counts = sum(
            count_items(batch["labels"], objective=self.objective, marks=Marks.from_batch(batch))
            for batch in batches
        )
        self._item_counts = counts.to(device) if isinstance(counts, Tensor) else None

    def get_batch_samples(self, *args: Any, **kwargs: Any) -> Any:
        """Count the items of an optimizer step in all processes."""
        samples = super().get_batch_samples(*args, **kwargs)
        if self._item_counts is not None:
            tokens = torch.stack([_token_counts(batch) for batch in samples[0]]).sum(0)
            counts = torch.cat([self._item_counts, tokens.to(self._item_counts)])
            counts = self.accelerator.reduce(counts, "sum")
            self._item_counts = counts[:-2]
            self._seen.add(self._item_counts)
            self._tokens.add(counts[-2:].double())
        return samples

    @property
    def tokens_seen(self) -> tuple[int, int]:
        """Tokens, and those with a label, in all processes since training began or went on."""
        total = self._tokens.total
        tokens, trained = (0, 0) if total is None else total.tolist()
        return int(tokens), int(trained)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Run the model's own composite loss, normalised by the whole step's items."""
        inputs = {**inputs, "item_counts": self._item_counts}
        every = self.gradient_shares_every
        if model.training and every and self.state.global_step % every == 0:
            inputs["measure_gradients"] = True
        # An evaluated batch is normalised by its own items: nothing to multiply by processes.
        num_items_in_batch = num_items_in_batch if model.training else None
        loss, outputs = super().compute_loss(
            model, inputs, return_outputs=True, num_items_in_batch=num_items_in_batch
        )
        if model.training:
            self._parts[True].add(outputs["parts"])
        else:
            # As the trainer weighs losses: by examples, without those that fill the last batch.
            parts = outputs["parts"].detach().repeat(self.args.eval_batch_size, 1)
            parts = self.accelerator.gather_for_metrics(parts)
            self._parts[False].add(parts.sum(0))
            self._parts[False].steps += len(parts)
        if outputs.get("gradient_squares") is not None:
            self._squares.add(outputs["gradient_squares"])
        return (loss, outputs) if return_outputs else loss

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Count optimizer steps, over which the parts of micro-batches add up."""
        loss = super().training_step(*args, **kwargs)
        if self.accelerator.sync_gradients:
            self._parts[True].steps += 1
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add every term's mean, the items seen and its share of the gradient to what is logged."""
        if "loss" in logs:
            logs.update(self._means(training=True))
            logs.update(self._items_seen())
            logs.update(self._gradient_shares())
        elif "eval_loss" in logs:
            logs.update({f"eval_{k}": v for k, v in self._means(training=False).items()})
        super().log(logs, start_time)

    def _means(self, training: bool) -> dict[str, float]:
        """Mean of every measure in use over its items, since the last log."""
        mean = self._parts[training].take()
        if mean is None:
            return {}
        if training:
            mean = self.accelerator.reduce(mean.to(self.args.device), "sum")
        return {
            f"{GROUP}/{measure}": round(value, 6)
            for measure, value in zip(MEASURES, mean.tolist(), strict=True)
            if (self.objective.top_k if measure == TAIL_MASS else self.objective.uses(measure))
        }

    def _items_seen(self) -> dict[str, float]:
        """Items of every term in use since the last log: tokens, clouds, numbers."""
        total = self._seen.total
        self._seen = _Running()
        if total is None:
            return {}
        seen = dict(zip(MEASURES, total.tolist(), strict=True))
        items = {f"{GROUP}/seen/{t}": seen[t] for t in TERMS if self.objective.uses(t)}
        if self.objective.has_clouds():
            items[f"{GROUP}/seen/cloud_tokens"] = seen[TAIL_MASS]
        return items

    def _gradient_shares(self) -> dict[str, float]:
        """Share of every term in the sum of the terms' gradient norms, where it was measured."""
        squares = self._squares.total
        self._squares = _Running()
        if squares is None:
            return {}
        norms = self.accelerator.reduce(squares.to(self.args.device), "sum").sqrt()
        shares = (norms / norms.sum().clamp_min(1e-30)).tolist()
        return {
            f"{GROUP}/gradient_share/{term}": round(share, 6)
            for term, share in zip(TERMS, shares, strict=True)
            if self.objective.uses(term)
        }


def _token_counts(batch: dict[str, Tensor]) -> Tensor:
    """Count the tokens of a batch, and those that carry a label: (2,)."""
    mask = batch.get("attention_mask", batch["input_ids"] >= 0)
    return torch.stack([(mask != 0).sum(), (batch["labels"] != -100).sum()])


class _Running:
    """A sum since the last log, kept on the device: no synchronisation a step."""

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.steps = 0

    def add(self, values: Tensor) -> None:
        self.total = values.detach() if self.total is None else self.total + values.detach()

    def take(self) -> Tensor | None:
        """Return the mean over steps and begin anew; None if nothing was added."""
        total, steps = self.total, max(self.steps, 1)
        self.total, self.steps = None, 0
        return None if total is None else total / steps
