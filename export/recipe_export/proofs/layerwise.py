"""transformers' own forward pass with one decoder layer in memory at a time.

The model is built without weights. A hook before each layer gives it the weights, one after it
takes them away; embeddings are looked up row by row, and the head is left to whoever needs it.
Everything in between (masks, rotary embedding, attention, norms) is transformers' code, unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from recipe_export.proofs.reference import quiet

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from transformers import PreTrainedModel

    from recipe_export.proofs.products import Rounding

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"
SMALL_VALUES = 1 << 24  # parameters below which threads that wait for one another cost more

Prompts = tuple[tuple[int, ...], ...]  # token ids


class Weights(Protocol):
    """Where a model's tensors are read from."""

    def read(self, name: str) -> Tensor:
        """Return a whole tensor as float32."""

    def rows(self, name: str, chosen: Sequence[int]) -> Tensor:
        """Return the chosen rows of a matrix."""


def load_libraries(folder: Path, *more: str) -> None:
    """Import what the proofs of a model need, which takes the same for a model of any size."""
    with quiet():
        for library in ("gguf", "llama_cpp", *more):
            import_module(library)
    skeleton(folder)


def skeleton(folder: Path) -> PreTrainedModel:
    """Build a folder's model without weights; the frequencies that it computes itself are there."""
    with quiet():
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM

        config = AutoConfig.from_pretrained(folder)
        with torch.device("meta"):
            model: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    for name, module in list(model.named_modules()):
        if any(buffer.is_meta for buffer in module.buffers(recurse=False)):
            model.set_submodule(name, type(module)(config))  # the rotary embedding
    return model.eval().requires_grad_(False)


def parameter_names(model: PreTrainedModel) -> list[str]:
    """Name the tensors that a folder holds for a model: a tied head is the embedding."""
    tied = bool(model.config.tie_word_embeddings)
    return [name for name in model.state_dict() if not (tied and name == HEAD)]


def head_name(model: PreTrainedModel) -> str:
    """Name the matrix that turns hidden states into logits."""
    return HEAD if HEAD in parameter_names(model) else EMBEDDING


def hidden_states(
    model: PreTrainedModel,
    weights: Weights,
    prompts: Prompts,
    rounding: Callable[[str], Rounding] | None = None,
) -> tuple[Tensor, ...]:
    """Return the hidden states from which the head makes logits: positions × D.

    With `rounding`, which gives for the name of a weight what rounds its inputs, a second result is
    what comes out where all of them are rounded.
    """
    import torch

    body: Any = model.model
    copies = 1 if rounding is None else 2
    with torch.inference_mode(), _threads_for(model), ExitStack() as hooks:
        for i, layer in enumerate(body.layers):
            _load_for_a_while(layer, f"model.layers.{i}", weights, hooks)
        if rounding is not None:
            for name, module in body.layers.named_modules(prefix="model.layers"):
                if isinstance(module, torch.nn.Linear):
                    _round_second_half(module, rounding(f"{name}.weight"), hooks)
        _load(body.norm, "model.norm", weights)
        inputs = _padded(weights, prompts).repeat(copies, 1, 1)
        found = body(inputs_embeds=inputs, use_cache=False).last_hidden_state
        body.norm.to_empty(device="meta")
    return tuple(
        torch.cat([rows[: len(prompt)] for rows, prompt in zip(states, prompts, strict=True)])
        for states in found.chunk(copies)
    )


def _padded(weights: Weights, prompts: Prompts) -> Tensor:
    """Embed prompts, filled up with zeros at the end: no position sees what comes after it."""
    from torch.nn.utils.rnn import pad_sequence

    return pad_sequence([weights.rows(EMBEDDING, prompt) for prompt in prompts], batch_first=True)


def _load_for_a_while(layer: Module, name: str, weights: Weights, hooks: ExitStack) -> None:
    def load(*_: object) -> None:
        _load(layer, name, weights)

    def drop(*_: object) -> None:
        layer.to_empty(device="meta")

    hooks.callback(layer.register_forward_pre_hook(load).remove)
    hooks.callback(layer.register_forward_hook(drop).remove)


def _load(part: Module, prefix: str, weights: Weights) -> None:
    names = [name for name, _ in part.named_parameters()]
    part.load_state_dict({n: weights.read(f"{prefix}.{n}") for n in names}, assign=True)


def _round_second_half(module: Module, rounded: Rounding, hooks: ExitStack) -> None:
    import torch

    def round_inputs(_: Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        exact, other = inputs[0].chunk(2)
        return (torch.cat([exact, rounded(other)]),)

    hooks.callback(module.register_forward_pre_hook(round_inputs).remove)


@contextmanager
def _threads_for(model: PreTrainedModel) -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    if sum(parameter.numel() for parameter in model.parameters()) < SMALL_VALUES:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
