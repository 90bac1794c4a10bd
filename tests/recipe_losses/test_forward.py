"""How far gradients go."""

from __future__ import annotations

import pytest
import torch
from axolotl.utils.dict import DictDefault
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from recipe_losses.plugin import RecipeLossPlugin

pytestmark = pytest.mark.heavy

LOSS = {"tasks": {"default": {"cross_entropy": 1.0}}}


@pytest.mark.parametrize("checkpointing", [False, True])
def test_nothing_is_kept_below_the_lowest_adapter(checkpointing: bool) -> None:
    shape = LlamaConfig(
        vocab_size=40,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    model = LlamaForCausalLM(shape)
    model.enable_input_require_grads()  # as Axolotl does for every adapter
    lora = LoraConfig(r=2, target_modules=["q_proj"], layers_to_transform=[2, 3])
    adapted = get_peft_model(model, lora)
    config = DictDefault(recipe_loss=LOSS, gradient_checkpointing=checkpointing)
    RecipeLossPlugin().post_model_load(config, adapted)
    needed = []
    for layer in model.model.layers:
        layer.register_forward_pre_hook(lambda _, given: needed.append(given[0].requires_grad))
    ids = torch.arange(12).view(2, 6)
    marks = {name: torch.zeros_like(ids) for name in ("span_kind", "loss_task")}
    examples = torch.arange(2)[:, None].expand(2, 6)
    adapted(input_ids=ids, labels=ids, example=examples, **marks).loss.backward()
    assert needed == [checkpointing] * 3 + [True]
    assert all(p.grad is not None for p in adapted.parameters() if p.requires_grad)
