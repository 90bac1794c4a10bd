"""Rows that begin alike are computed once, and every model that does it learns the same."""

from __future__ import annotations

import sys

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from recipe_losses.args import RecipeLossConfig
from recipe_losses.cpu import shared
from recipe_losses.cpu.attention import use_cpu_attention
from recipe_losses.cpu.setup import fit_model
from recipe_losses.cpu.shared import Gather, Spread, layout_of, share_beginnings
from recipe_losses.forward import attach_objective
from recipe_losses.hosts.transformers import ROTARY

pytestmark = pytest.mark.heavy

SIZES = {"vocab_size": 40, "hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 2,
         "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 64,
         "head_dim": 4}  # fmt: skip
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config),
}
MATRICES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@pytest.fixture(autouse=True)
def rotary(monkeypatch):
    """Put back what models rotate by: it belongs to a module."""
    for model, _ in MODELS.values():
        module = sys.modules[model.__module__]
        monkeypatch.setattr(module, ROTARY, getattr(module, ROTARY))


def rows(*texts):
    """Rows of letters, padded on the right with 0."""
    width = max(map(len, texts))
    tokens = torch.zeros(len(texts), width, dtype=torch.long)
    for row, text in zip(tokens, texts, strict=True):
        row[: len(text)] = torch.tensor([ord(c) - 96 for c in text])
    return tokens, (tokens > 0).long()


LIKE = rows("abcdefghij", "abcdxyz", "abcdefu")
OTHERS = {
    "nothing shared": rows("abcdefghij", "bcd", "cd"),
    "one row is the beginning of the others": rows("abcdefgh", "abc", "abcxyz"),
    "the same row twice": rows("abcdef", "abcdef"),
}


def model_of(kind, dtype=torch.float64, lora=True, **settings):
    torch.manual_seed(0)
    make, configure = MODELS[kind]
    config = configure(**SIZES, attn_implementation="sdpa", **settings)
    model = make(config).to(dtype)
    # Norms in double precision too, which transformers writes in single.
    for module in model.modules():
        if hasattr(module, "variance_epsilon"):
            torch.nn.init.normal_(module.weight, 1.0, 0.2)
            module.forward = exact_norm(module)
    if lora:
        model = get_peft_model(model, LoraConfig(r=3, target_modules=MATRICES))
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.data = 0.3 * torch.randn_like(parameter).to(dtype)
    return model.train()


def exact_norm(module):
    def forward(x):
        square = x.square().mean(-1, keepdim=True)
        return module.weight * (x * (square + module.variance_epsilon).rsqrt())

    return forward


def gradients(model, batch):
    tokens, mask = batch
    labels = tokens.where(mask.bool(), -100)
    nothing = torch.zeros_like(tokens)
    columns = dict.fromkeys(("span_kind", "loss_task"), nothing)
    columns["example"] = nothing + torch.arange(len(tokens))[:, None]
    objective = RecipeLossConfig.model_validate({"tasks": {"default": {"cross_entropy": 1.0}}})
    attach_objective(model, objective.objective())
    loss = model(input_ids=tokens, attention_mask=mask, labels=labels, **columns).loss
    wanted = [p for p in model.parameters() if p.requires_grad]
    return [loss, *torch.autograd.grad(loss, wanted)]


@pytest.fixture
def layouts(monkeypatch):
    """Collect the layouts that are attended by."""
    seen = []

    class Watched(Gather):
        @staticmethod
        def forward(ctx, rows, layout):
            seen.append(layout)
            return Gather.forward(ctx, rows, layout)

    monkeypatch.setattr(shared, "Gather", Watched)
    return seen


@pytest.mark.parametrize("lora", [True, False], ids=["adapters", "all weights"])
@pytest.mark.parametrize("kind", MODELS)
def test_a_whole_model_learns_the_same(kind, lora, layouts):
    expected = gradients(model_of(kind, lora=lora), LIKE)
    fitted = model_of(kind, lora=lora)
    fit_model(fitted)
    layouts.clear()
    found = gradients(fitted, LIKE)
    assert {(x.shared, x.lengths) for x in layouts} == {(4, (6, 3, 3))}
    assert len(found) > 2 * len(MATRICES)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", OTHERS)
def test_so_it_does_on_rows_of_every_shape(name, layouts):
    expected = gradients(model_of("llama"), OTHERS[name])
    fitted = model_of("llama")
    fit_model(fitted)
    layouts.clear()
    found = gradients(fitted, OTHERS[name])
    assert layouts
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_checkpointed_layers_learn_the_same(layouts):
    expected = gradients(model_of("llama"), LIKE)
    fitted = model_of("llama")
    fit_model(fitted)
    fitted.enable_input_require_grads()
    fitted.gradient_checkpointing_enable({"use_reentrant": False})
    layouts.clear()
    found = gradients(fitted, LIKE)
    assert len(layouts) == 2 * SIZES["num_hidden_layers"]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_bfloat16_errs_no_more_than_padded_rows_do():
    def error(fit):
        model = model_of("llama", torch.bfloat16)
        if fit:
            fit_model(model)
        found = torch.cat([x.double().flatten() for x in gradients(model, LIKE)[1:]])
        return float((found - exact).norm() / exact.norm())

    exact = torch.cat([x.flatten() for x in gradients(model_of("llama"), LIKE)[1:]])
    assert 0 < error(True) < 1.25 * error(False)


def test_a_layout_says_where_each_token_is():
    layout = layout_of(*rows("abcd", "abx", "abyzw"))
    assert (layout.shared, layout.lengths) == (2, (2, 1, 3))
    tokens = rows("abcd", "abx", "abyzw")[0]
    laid = tokens.flatten()[layout.taken]
    assert "".join(chr(96 + t) for t in laid.tolist()) == "abcdxyzw"
    assert layout.positions.tolist() == [[0, 1, 2, 3, 2, 2, 3, 4]]
    restored = laid[layout.back].view(tokens.shape)
    assert torch.equal(restored.where(tokens > 0, 0), tokens)
    seen = layout.seen()[0, 0].long()
    assert seen[4].tolist() == [1, 1, 0, 0, 1, 0, 0, 0]
    assert seen[6].tolist() == [1, 1, 0, 0, 0, 1, 1, 0]
    assert seen[1].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]


def test_spreading_and_gathering_pass_gradcheck():
    layout = layout_of(*rows("abcd", "abx", "abyzw"))
    packed, padded = torch.randn(8, 2, dtype=torch.float64), torch.randn(3, 5, 2).double()
    assert torch.autograd.gradcheck(lambda x: Spread.apply(x, layout), packed.requires_grad_())
    assert torch.autograd.gradcheck(lambda x: Gather.apply(x, layout), padded.requires_grad_())
    assert torch.equal(Gather.apply(Spread.apply(packed, layout), layout), packed)


@pytest.mark.parametrize(
    "batch",
    [
        rows("abcdef"),
        rows("abcdef", "bcdefg"),
        (torch.tensor([[0, 1, 2], [0, 1, 3]]), torch.tensor([[0, 1, 1], [0, 1, 1]])),
        (torch.tensor([[1, 1, 2], [1, 1, 3]]), torch.tensor([[1, 0, 1], [1, 0, 1]])),
    ],
    ids=["one row", "nothing alike", "padded left", "a hole"],
)
def test_a_batch_that_saves_nothing_or_is_padded_otherwise_has_no_layout(batch):
    assert layout_of(*batch) is None


@pytest.mark.parametrize("change", ["cache", "positions", "embeddings", "mask"])
def test_what_is_no_plain_batch_goes_its_old_way(change, layouts):
    model = model_of("llama", lora=False)
    fit_model(model)
    layouts.clear()
    tokens, mask = LIKE
    given = {"input_ids": tokens, "attention_mask": mask, "use_cache": change == "cache"}
    if change == "positions":
        given["position_ids"] = torch.arange(tokens.shape[1])[None]
    if change == "embeddings":
        given["inputs_embeds"] = model.model.embed_tokens(given.pop("input_ids"))
    if change == "mask":
        given["attention_mask"] = None
        given["output_hidden_states"] = True
    model.model(**given)
    assert not layouts


@pytest.mark.parametrize(
    "settings",
    [{"attn_implementation": "eager"}, {"layer_types": ["full_attention", "sliding_attention"]}],
    ids=["eager", "sliding"],
)
def test_a_model_that_attends_otherwise_is_left_alone(settings):
    model = model_of("llama", lora=False)
    for key, value in settings.items():
        setattr(
            model.config, "_attn_implementation" if key == "attn_implementation" else key, value
        )
    own = model.model.forward
    fit_model(model)
    assert model.model.forward == own


def test_a_model_with_a_window_is_left_alone():
    config = MistralConfig(**SIZES, sliding_window=3, attn_implementation="sdpa")
    model = MistralForCausalLM(config)
    assert use_cpu_attention(model)
    assert not share_beginnings(model)


def test_a_model_that_looks_beside_its_attention_is_left_alone(monkeypatch):
    model = model_of("llama", lora=False)
    layer = model.model.layers[0].mlp
    own = layer.forward
    # As a convolution over neighbours does.
    layer.forward = lambda x: own(x + x.roll(1, 1))
    assert use_cpu_attention(model)
    assert not share_beginnings(model)
    layer.forward = own
    assert share_beginnings(model)
    assert model.model.forward.__module__ == shared.__name__


def test_a_model_that_drops_out_is_left_alone():
    model = model_of("llama", lora=False, attention_dropout=0.5)
    assert use_cpu_attention(model)
    assert not share_beginnings(model)
