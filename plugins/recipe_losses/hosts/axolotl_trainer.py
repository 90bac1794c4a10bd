"""Axolotl's trainer, whose packs are drawn anew in every epoch."""

from __future__ import annotations

from typing import Any

from axolotl.core.trainers.base import AxolotlTrainer
from axolotl.utils.samplers import MultipackBatchSampler


class HostTrainer(AxolotlTrainer):  # type: ignore[misc]
    """Axolotl's trainer, also for a run that goes on."""

    _packing: MultipackBatchSampler | None = None

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
        sampler = super()._get_train_sampler(*args, **kwargs)
        self._packing = sampler if isinstance(sampler, MultipackBatchSampler) else None
        return sampler

    def _run_epoch(self, *args: Any, **kwargs: Any) -> Any:
        """Draw the epoch's packs anew: where batches are skipped, nobody tells the sampler to.

        A resumed run would otherwise go on with packs that were drawn while it was set up.
        """
        if self._packing is not None:
            kwargs["train_dataloader"].set_epoch(kwargs["epoch"])
            self._packing.set_epoch(kwargs["epoch"])
        return super()._run_epoch(*args, **kwargs)
