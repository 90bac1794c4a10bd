"""Attention and adapters for the CPU compute what torch and PEFT compute."""

from __future__ import annotations

import types

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModelForCausalLM

from recipe_losses.args import RecipeLossConfig
from recipe_losses.cpu import attention
from recipe_losses.cpu.adapters import AdaptedLinear, fuse_adapters
from recipe_losses.cpu.attention import (
    NAME,
    Attention,
    cpu_attention,
    needed_mask,
    use_cpu_attention,
)
from recipe_losses.forward import attach_objective

pytestmark = pytest.mark.heavy

LAYER = types.SimpleNamespace(is_causal=True, num_key_value_groups=3, training=True)
B, HEADS, KEPT, T, D = 2, 6, 2, 7, 4


def heads(dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    return [torch.randn(B, n, T, D, dtype=dtype).requires_grad_() for n in (HEADS, KEPT, KEPT)]


def reference(query, key, value, mask):
    """Attention written out: (B, T, heads, d)."""
    key, value = (x.repeat_interleave(HEADS // KEPT, 1) for x in (key, value))
    scores = query @ key.transpose(2, 3) / D**0.5
    seen = torch.ones(T, T, dtype=torch.bool).tril() if mask is None else mask
    return (scores.masked_fill(~seen, float("-inf")).softmax(-1) @ value).transpose(1, 2)


def masks():
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    short = causal.expand(B, 1, T, T).clone()
    short[1, :, :, 5:] = False
    packed = causal.expand(B, 1, T, T).clone()
    packed[:, :, 3:, :3] = False
    return {"causal": None, "padded right": short, "packed": packed}


@pytest.mark.parametrize("room", [1, 16 << 20], ids=["row by row", "at once"])
@pytest.mark.parametrize("name", masks())
def test_attention_and_its_gradient_are_those_of_the_formula(name, room, monkeypatch):
    monkeypatch.setattr(attention, "SCORE_BYTES", room)
    mask = masks()[name]
    inputs = heads()
    gradient = torch.randn(B, T, HEADS, D, dtype=torch.float64)
    attended, weights = cpu_attention(LAYER, *inputs, mask)
    assert weights is None
    assert attended.grad_fn.name() == "AttentionBackward"
    expected = reference(*inputs, mask)
    torch.testing.assert_close(attended, expected)
    ours, theirs = (torch.autograd.grad(x, inputs, gradient) for x in (attended, expected))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_attention_passes_gradcheck():
    inputs = [x.detach()[:1, :, :4].clone().requires_grad_() for x in heads()]
    attend = lambda *given: Attention.apply(*given, None, LAYER, 0.3)  # noqa: E731
    assert torch.autograd.gradcheck(attend, inputs)


def test_a_token_that_sees_nothing_spoils_no_other():
    mask = masks()["padded right"]
    mask[0, :, 0] = False
    inputs = heads()
    attended, _ = cpu_attention(LAYER, *inputs, mask)
    gradient = torch.zeros_like(attended)
    gradient[:, 1:] = 1
    for one in torch.autograd.grad(attended, inputs, gradient):
        assert one.isfinite().all()


@pytest.mark.parametrize(
    ("seen", "skip", "needed"),
    [
        ([[1, 1, 1, 1], [1, 1, 0, 0]], True, False),
        ([[1, 1, 1, 1], [0, 0, 1, 1]], True, True),
        ([[1, 1, 1, 1], [1, 1, 0, 0]], False, True),
        ([[1, 1, 1, 1], [1, 1, 1, 1]], True, False),
    ],
    ids=["right", "left", "packed", "none"],
)
def test_only_padding_that_a_token_could_see_needs_a_mask(seen, skip, needed):
    mask = needed_mask(
        batch_size=2,
        q_length=4,
        kv_length=4,
        attention_mask=torch.tensor(seen, dtype=torch.bool),
        allow_is_causal_skip=skip,
    )
    assert (mask is not None) == needed
    if needed:
        assert torch.equal(mask[:, 0, -1], torch.tensor(seen, dtype=torch.bool))


def test_bfloat16_errs_no_more_than_plain_bfloat16_does():
    exact = heads()
    gradient = torch.randn(B, T, HEADS, D, dtype=torch.float64)
    truth = torch.autograd.grad(reference(*exact, None), exact, gradient)

    def error(attend):
        low = [x.detach().bfloat16().requires_grad_() for x in exact]
        found = torch.autograd.grad(attend(*low), low, gradient.bfloat16())
        return max(
            float((a.double() - b).norm() / b.norm()) for a, b in zip(found, truth, strict=True)
        )

    ours = error(lambda *x: cpu_attention(LAYER, *x, None)[0])
    assert 0 < ours < 1.5 * error(lambda *x: reference(*x, None))


@pytest.mark.parametrize("change", ["no gradient", "cache", "dropout", "not causal", "float mask"])
def test_what_is_not_plain_attention_stays_sdpa(change):
    query, key, value = heads()
    given, layer = {}, LAYER
    if change == "no gradient":
        query, key, value = (x.detach() for x in (query, key, value))
    if change == "cache":
        query = query[:, :, -1:]
    if change == "dropout":
        given = {"dropout": 0.5}
    if change == "not causal":
        layer = types.SimpleNamespace(**{**vars(LAYER), "is_causal": False})
    mask = torch.zeros(B, 1, T, T, dtype=torch.float64) if change == "float mask" else None
    attended, _ = cpu_attention(layer, query, key, value, mask, **given)
    assert getattr(attended.grad_fn, "name", str)() != "AttentionBackward"


def adapted(dtype=torch.float64, **settings):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8, bias=False), nn.Tanh(), nn.Linear(8, 5)).to(dtype)
    config = LoraConfig(**{"r": 3, "lora_alpha": 6, "target_modules": ["0", "2"], **settings})
    model = get_peft_model(model, config)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn_like(parameter)
    return model


def test_a_fused_adapter_and_its_gradients_are_those_of_peft():
    plain, fused = adapted(), adapted()
    assert fuse_adapters(fused) == 2
    x = torch.randn(2, 4, 6, dtype=torch.float64, requires_grad=True)
    outputs = [model(x) for model in (plain, fused)]
    torch.testing.assert_close(*outputs)
    gradients = [
        torch.autograd.grad(y.square().sum(), [x, *(p for p in m.parameters() if p.requires_grad)])
        for y, m in zip(outputs, (plain, fused), strict=True)
    ]
    assert len(gradients[0]) == 5
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_a_fused_adapter_passes_gradcheck():
    torch.manual_seed(0)
    x, weight, a, b = (
        torch.randn(*shape, dtype=torch.float64) for shape in ((4, 6), (5, 6), (2, 6), (5, 2))
    )
    given = [tensor.requires_grad_() for tensor in (x, a, b)]
    assert torch.autograd.gradcheck(
        lambda x, a, b: AdaptedLinear.apply(x, weight, a, b, 0.5), given
    )


def test_adapters_stay_float32_beside_a_bfloat16_base_also_under_autocast():
    model = adapted(torch.bfloat16)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    fuse_adapters(model)
    x = torch.randn(4, 6, dtype=torch.bfloat16)
    outputs = []
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            outputs.append(model(x))
    assert outputs[0].dtype == torch.bfloat16
    assert torch.equal(*outputs)
    outputs[0].float().sum().backward()
    assert {p.grad.dtype for p in model.parameters() if p.requires_grad} == {torch.float32}


def test_a_disabled_or_merged_adapter_is_left_out():
    model = adapted()
    fuse_adapters(model)
    x = torch.randn(4, 6, dtype=torch.float64)
    with_adapter = model(x)
    with model.disable_adapter():
        without = model(x)
    assert not torch.allclose(with_adapter, without)
    model.merge_adapter()
    torch.testing.assert_close(model(x), with_adapter)


@pytest.mark.parametrize(
    "settings", [{"lora_dropout": 0.1}, {"use_dora": True}, {"lora_bias": True}], ids=str
)
def test_an_adapter_that_is_more_than_plain_is_left_to_peft(settings):
    assert fuse_adapters(adapted(**settings)) == 0


def test_a_whole_model_computes_the_same_loss_and_gradient(workshop):
    objective = RecipeLossConfig.model_validate({"tasks": {"default": {"cross_entropy": 1.0}}})
    torch.manual_seed(0)
    tokens = torch.randint(0, 300, (2, 40))
    nothing = torch.zeros_like(tokens)
    seen = torch.arange(40) < torch.tensor([[40], [31]])
    batch = {
        "input_ids": tokens,
        "labels": tokens.where(seen, -100),
        "attention_mask": seen.long(),
        **dict.fromkeys(("span_kind", "loss_task"), nothing),
        "example": nothing + torch.arange(2)[:, None],
    }

    def gradient(fitted, dtype):
        model = AutoModelForCausalLM.from_pretrained(
            workshop.folder / "tiny-init", dtype=dtype, attn_implementation="sdpa"
        )
        torch.manual_seed(1)
        model = get_peft_model(model, LoraConfig(target_modules=["q_proj", "v_proj", "up_proj"]))
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.data = 0.01 * torch.randn_like(parameter)
        if fitted:
            assert use_cpu_attention(model.get_base_model()) == (dtype == torch.bfloat16)
            assert (model.config._attn_implementation == NAME) == (dtype == torch.bfloat16)
            assert fuse_adapters(model) == 3
        attach_objective(model, objective.objective())
        loss = model(**batch).loss
        loss.backward()
        grads = [p.grad.double().flatten() for p in model.parameters() if p.requires_grad]
        return loss.item(), torch.cat(grads)

    exact_loss, exact = gradient(False, torch.float32)
    loss, found = gradient(True, torch.float32)
    assert loss == pytest.approx(exact_loss, rel=1e-6)
    torch.testing.assert_close(found, exact, rtol=1e-4, atol=1e-7)
    loss, found = gradient(True, torch.bfloat16)
    assert loss == pytest.approx(exact_loss, rel=1e-2)
    _, plain = gradient(False, torch.bfloat16)
    assert 0 < (found - exact).norm() < 1.25 * (plain - exact).norm()
