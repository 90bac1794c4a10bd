"""Functions of Axolotl that are no part of its plugin interface, imported when called.

The plugin is imported while Axolotl reads a config, before most of it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def load_config(path: str) -> Any:
    """Read and validate a config as `axolotl train` does."""
    from axolotl.cli.config import load_cfg

    return load_cfg(path)


def load_tokenizer(cfg: Any) -> Any:
    """Load the tokenizer of a run, with the tokens that its config adds."""
    from axolotl.loaders import load_tokenizer as load

    return load(cfg)


def load_datasets(cfg: Any) -> Any:
    """Tokenize the rows of a run, or find them prepared: `train_dataset` and `eval_dataset`."""
    from axolotl.common.datasets import load_datasets as load

    return load(cfg=cfg)


def is_setting(key: str) -> bool:
    """Tell whether a key is one of the whole config."""
    from axolotl.utils.schemas.config import AxolotlInputConfig

    return key in AxolotlInputConfig.model_fields


def collator_class(packed: bool) -> Any:
    """Return the class that pads batches, or lays several examples in one row."""
    from axolotl.utils.collators.batching import (
        DataCollatorForSeq2Seq,
        V2BatchSamplerDataCollatorForSeq2Seq,
    )

    return V2BatchSamplerDataCollatorForSeq2Seq if packed else DataCollatorForSeq2Seq


def packed_rows(cfg: Any, dataset: Any) -> Iterator[list[int]]:
    """Yield the examples of each packed row, as from a dataset that is not shuffled."""
    from axolotl.utils.samplers import MultipackBatchSampler, get_dataset_lengths
    from torch.utils.data import SequentialSampler

    sampler = MultipackBatchSampler(
        SequentialSampler(dataset),
        lengths=get_dataset_lengths(dataset),
        batch_max_len=cfg.sequence_len,
        batch_size=1,
        group_size=cfg.sample_packing_group_size or 100_000,
        bin_size=cfg.sample_packing_bin_size or 200,
        sequential=bool(cfg.sample_packing_sequentially),
        num_processes=1,
    )
    for batch in sampler:
        yield from batch


def skip_peer_probe() -> None:
    """Keep Axolotl from asking CUDA whether two GPUs reach each other.

    It asks wherever there are two processes, and a CUDA build of torch without a driver raises.
    """
    import axolotl.utils.trainer

    axolotl.utils.trainer.check_cuda_p2p_ib_support = lambda: True
