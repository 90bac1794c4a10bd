"""Two processes that share one model under FSDP2 compute what one process computes."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, distributed, nn

from recipe_losses.args import RecipeLossConfig
from recipe_losses.codes import code
from recipe_losses.forward import attach_objective, whole
from recipe_losses.losses.marks import PADDING

pytestmark = pytest.mark.heavy

MIX = {"cross_entropy": 0.5, "dice": 0.1, "topological": 0.4}
CONFIG = {"tasks": {"default": MIX}, "topological": {"spans": ["ingredient"], "preset": "thesis"}}


def tiny_model(tied: bool) -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        tie_word_embeddings=tied,
    )
    model = Qwen3ForCausalLM(config)
    model.get_input_embeddings().requires_grad_(False)
    attach_objective(model, RecipeLossConfig.model_validate(CONFIG).objective())
    return model


def batch() -> dict[str, Tensor]:
    tokens = torch.randint(0, 512, (2, 20), generator=torch.Generator().manual_seed(5))
    zeros, labels, kinds = torch.zeros_like(tokens), tokens.clone(), torch.zeros_like(tokens)
    labels[:, :5] = -100
    kinds[:, 8:14] = code("ingredient")
    return {
        "input_ids": tokens,
        "labels": labels,
        "attention_mask": zeros + 1,
        **{name: zeros + value for name, value in PADDING.items()},
        "span_kind": kinds,
        "example": zeros + torch.arange(2)[:, None],
    }


def step(model: nn.Module) -> tuple[float, dict[str, Tensor]]:
    loss = model(**batch()).loss
    loss.backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    return loss.item(), gradients


def sharded_step(rank: int, tied: bool) -> tuple[float, dict[str, Tensor]]:
    from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    model = tiny_model(tied)
    weights = copy.deepcopy(model.state_dict()) if rank == 0 else {}
    if rank:  # as efficient loading leaves it until the weights are handed out
        for parameter in model.parameters():
            nn.init.constant_(parameter, torch.nan)
    mesh = init_device_mesh("cpu", (2,))
    embeddings = [] if tied else [model.model.embed_tokens]
    for module in (*embeddings, *model.model.layers, model):
        fully_shard(module, mesh=mesh, reshard_after_forward=True)
    options = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
    set_model_state_dict(model, weights, options=options)
    loss, gradients = step(model)
    return loss, {name: whole(gradient) for name, gradient in gradients.items()}


@pytest.mark.slow
def test_a_sharded_model_has_the_loss_and_gradients_of_a_whole_one(tmp_path: Path) -> None:
    command = [sys.executable, __file__, str(tmp_path)]
    processes = [subprocess.Popen([*command, str(rank)]) for rank in range(2)]
    assert [process.wait(timeout=300) for process in processes] == [0, 0]
    for tied in (True, False):
        loss, gradients = step(tiny_model(tied))
        for rank in range(2):
            sharded_loss, sharded = torch.load(tmp_path / f"{rank}.pt")[tied]
            assert sharded_loss == pytest.approx(loss, rel=1e-6)
            assert sharded.keys() == gradients.keys()
            for name, gradient in gradients.items():
                torch.testing.assert_close(sharded[name], gradient, rtol=1e-4, atol=1e-7)


def main(folder: Path, rank: int) -> None:
    """Be one of the two processes."""
    store = f"file://{folder}/store"
    distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=2)
    torch.save({tied: sharded_step(rank, tied) for tied in (True, False)}, folder / f"{rank}.pt")
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
