"""What is put into a model for the CPU computes what torch, transformers and PEFT compute."""

from __future__ import annotations

import types

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm, apply_rotary_pos_emb

from recipe_losses.args import RecipeLossConfig
from recipe_losses.cpu import attention, norms, shared
from recipe_losses.cpu.adapters import AdaptedLinears, fuse_adapters
from recipe_losses.cpu.attention import (
    NAME,
    Attention,
    cpu_attention,
    needed_mask,
)
from recipe_losses.cpu.norms import Norm, epsilon_of, fuse_norms
from recipe_losses.cpu.rotary import Rotate, Rotation, is_plain
from recipe_losses.cpu.setup import fit_model
from recipe_losses.forward import attach_objective
from recipe_losses.hosts.transformers import rotary_of

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


def test_adapted_layers_of_one_input_pass_gradcheck():
    torch.manual_seed(0)
    make = lambda *shape: torch.randn(*shape, dtype=torch.float64)  # noqa: E731
    weights, biases = [make(5, 6), make(3, 6)], [make(5), None]
    given = [make(4, 6), make(2, 6), make(5, 2), make(1, 6), make(3, 1)]

    def apply(x, a, b, c, d):
        first, second = (weights[0], biases[0], a, b), (weights[1], biases[1], c, d)
        return AdaptedLinears.apply(x, (0.5, 2.0), *first, *second)

    assert torch.autograd.gradcheck(apply, [tensor.requires_grad_() for tensor in given])


class Block(nn.Module):
    """Three layers of one input, as attention has them."""

    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj = nn.Linear(6, 8), nn.Linear(6, 4)
        self.v_proj = nn.Linear(6, 4, bias=False)

    def forward(self, x, other=None):
        other = x if other is None else other
        return torch.cat([self.q_proj(x), self.k_proj(other), self.v_proj(x)], -1)


def block(fused, **settings):
    torch.manual_seed(0)
    names = ["q_proj", "k_proj", "v_proj"]
    config = {"r": 2, "rank_pattern": {"k_proj": 3}, "target_modules": names, **settings}
    model = get_peft_model(Block().double(), LoraConfig(**config))
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn_like(parameter)
    assert not fused or fuse_adapters(model) == len(config["target_modules"])
    return model


def same_as_peft(change=lambda _: None, calls=(1,), **settings):
    """Compare outputs and all gradients after calls with so many different inputs."""
    torch.manual_seed(1)
    inputs = [
        [torch.randn(2, 4, 6, dtype=torch.float64, requires_grad=True) for _ in range(n)]
        for n in calls
    ]
    found = []
    for fused in (False, True):
        model = block(fused, **settings)
        change(model)
        y = torch.cat([model(*given) for given in inputs])
        wanted = [p for p in model.parameters() if p.requires_grad]
        flat = [x for given in inputs for x in given]
        found.append((y, *torch.autograd.grad(y.square().sum(), [*flat, *wanted])))
    assert len(found[0]) > len(calls)
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("calls", [(1,), (2,), (2, 1), (1, 1, 2)], ids=str)
def test_layers_of_one_input_computed_at_once_give_what_peft_gives(calls):
    same_as_peft(calls=calls)


def test_a_layer_without_an_adapter_leaves_its_siblings_alone():
    same_as_peft(target_modules=["q_proj", "v_proj"], rank_pattern={})


def test_a_sibling_that_is_off_computes_without_its_adapter():
    same_as_peft(lambda model: model.get_base_model().k_proj.enable_adapters(False))


def test_what_lies_ready_is_not_taken_for_an_input_that_has_changed():
    plain, fused = block(False), block(True)
    base = fused.get_base_model()
    x = torch.randn(4, 6, dtype=torch.float64)
    with torch.no_grad():
        base.q_proj(x)
        x.add_(1)
        torch.testing.assert_close(base.k_proj(x), plain.get_base_model().k_proj(x))
    base.q_proj(x)
    with torch.no_grad():
        assert not base.v_proj(x).requires_grad
    assert base.v_proj(x).requires_grad


def test_a_layer_whose_output_nobody_used_has_no_gradient():
    model = block(True)
    x = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    base = model.get_base_model()
    base.q_proj(x).sum().backward()
    assert base.q_proj.lora_B["default"].weight.grad is not None
    assert base.k_proj.lora_B["default"].weight.grad is None
    assert x.grad is not None


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
            fit_model(model)
            base = model.get_base_model()
            assert base.config._attn_implementation == NAME
            assert base.model.norm.forward.__module__ == norms.__name__
            assert base.model.forward.__module__ == shared.__name__
            assert isinstance(rotary_of(base), Rotate)
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


def written_out(x, weight, eps):
    return weight * (x * (x.square().mean(-1, keepdim=True) + eps).rsqrt())


def test_a_norm_and_its_gradient_are_those_of_the_formula():
    torch.manual_seed(0)
    x, weight = torch.randn(2, 3, 8, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: Norm.apply(x, weight, 0.3), x)
    torch.testing.assert_close(Norm.apply(x, weight, 0.3), written_out(x, weight, 0.3))


def norm_of_transformers(dtype, cls=LlamaRMSNorm):
    torch.manual_seed(0)
    norm = cls(16, eps=1e-5).to(dtype).requires_grad_(False)
    norm.weight.copy_(torch.randn(16))
    return norm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_fused_norm_gives_what_transformers_gives(dtype):
    plain, fused = norm_of_transformers(dtype), norm_of_transformers(dtype)
    assert fuse_norms(fused) == 1
    x = (5 * torch.randn(4, 16)).to(dtype).requires_grad_()
    gradient = torch.randn(4, 16).to(dtype)
    outputs = [norm(x) for norm in (plain, fused)]
    assert outputs[1].grad_fn.name() == "NormBackward"
    gradients = [torch.autograd.grad(y, x, gradient)[0] for y in outputs]
    for one, other in (outputs, gradients):
        assert one.dtype == other.dtype == dtype
        torch.testing.assert_close(one, other)


def test_a_norm_that_is_trained_or_needs_no_gradient_stays():
    norm = norm_of_transformers(torch.float32)
    fuse_norms(norm)
    x = torch.randn(4, 16)
    assert norm(x).grad_fn is None
    norm.requires_grad_(True)
    norm(x.requires_grad_()).sum().backward()
    assert norm.weight.grad is not None


class ShiftedRMSNorm(LlamaRMSNorm):
    """Adds one to its weights, as Gemma's does."""

    def forward(self, hidden_states):
        return super().forward(hidden_states) + hidden_states


@pytest.mark.parametrize("kind", [ShiftedRMSNorm, nn.LayerNorm])
def test_another_norm_is_left_alone(kind):
    assert epsilon_of(norm_of_transformers(torch.float32, kind)) is None


def test_a_rotation_and_its_gradient_are_those_of_transformers():
    torch.manual_seed(0)
    q, k = (torch.randn(B, T, n, D, dtype=torch.float64).transpose(1, 2) for n in (HEADS, KEPT))
    cos, sin = (torch.randn(1, T, D, dtype=torch.float64) for _ in range(2))
    given = [x.requires_grad_() for x in (q, k)]
    assert torch.autograd.gradcheck(lambda x: Rotation.apply(x, cos[0], sin[0]), given[0])
    theirs = apply_rotary_pos_emb(*given, cos, sin)
    ours = Rotate(apply_rotary_pos_emb)(*given, cos, sin)
    assert ours[0].grad_fn.name() == "RotationBackward"
    gradients = [
        torch.autograd.grad([x.square().sum() for x in pair], given) for pair in (theirs, ours)
    ]
    for one, other in zip((*theirs, *gradients[0]), (*ours, *gradients[1]), strict=True):
        torch.testing.assert_close(one, other)


def test_a_rotation_of_neighbours_or_of_a_part_is_left_alone():
    def neighbours(q, k, cos, sin):
        turned = lambda x: torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2)  # noqa: E731
        return tuple(x * cos.unsqueeze(1) + turned(x) * sin.unsqueeze(1) for x in (q, k))

    assert not is_plain(neighbours)
    assert not is_plain(lambda q, k: (q, k))
    part = torch.randn(B, T, D // 2)
    q, k = (torch.randn(B, n, T, D, requires_grad=True) for n in (HEADS, KEPT))
    kept = Rotate(lambda q, k, cos, sin: "original")
    assert kept(q, k, part, part) == "original"
