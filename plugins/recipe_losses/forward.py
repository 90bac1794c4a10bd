"""Where the loss lives: the forward of the causal model itself.

There it sees hidden states instead of logits, and runs inside whatever wraps the model: PEFT,
autocast, data parallelism.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from recipe_losses.errors import RecipeLossError
from recipe_losses.hosts.model_output import ModelOutput
from recipe_losses.losses.clouds import EmbeddingScale, embedding_scale
from recipe_losses.losses.composite import CompositeLoss, composite_loss, gradient_squares
from recipe_losses.losses.marks import Marks
from recipe_losses.losses.objective import Objective
from recipe_losses.losses.terms import CLOUD_TERMS, DigitVocabulary

OBJECTIVE = "recipe_objective"
"""Attribute of a causal model whose forward computes the composite loss."""


@dataclass
class RecipeLossOutput(ModelOutput):  # type: ignore[misc]
    """What the model returns while it is trained or evaluated."""

    loss: Tensor | None = None
    logits: Tensor | None = None
    """Always None: they are never formed as a whole."""
    parts: Tensor | None = None
    """Mean of every measure over its items."""
    gradient_squares: Tensor | None = None
    """Squared gradient norm of every term at the hidden states, where it was asked for."""


def causal_model(model: nn.Module) -> Any:
    """Return the causal language model inside an adapter, or the model itself."""
    unwrap = getattr(model, "get_base_model", None)
    return unwrap() if callable(unwrap) else model


def end_backward_at_adapters(model: nn.Module) -> None:
    """Let gradients go down to the lowest adapter, and no further.

    Axolotl has the embedded tokens require gradients wherever there is an adapter, which only
    gradient checkpointing needs: with adapters on the upper layers alone
    (`peft_layers_to_transform`) the lower ones would keep their activations and be walked back
    through for nothing.
    """
    base = causal_model(model)
    if any(weight.requires_grad for weight in base.parameters()):
        base.disable_input_require_grads()


def attach_objective(
    model: nn.Module, objective: Objective, digits: DigitVocabulary | None = None
) -> None:
    """Make `model` return the composite loss whenever it is given labels.

    Without labels (generation) the original forward runs. `digits` is for the numeric term.

    Raises:
        RecipeLossError: for a model whose loss this would not be the right one for.
    """
    base = causal_model(model)
    head, embeddings = _checked_weights(base, objective)
    scale: EmbeddingScale | None = None
    original, trunk = base.forward, getattr(base, base.base_model_prefix)
    caches = "use_cache" in inspect.signature(trunk.forward).parameters
    loss_of = torch.compiler.disable(composite_loss)
    squares_of = torch.compiler.disable(gradient_squares)

    def forward(
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        labels: Tensor | None = None,
        item_counts: Tensor | None = None,
        num_items_in_batch: Tensor | int | None = None,
        measure_gradients: bool = False,
        **kwargs: Any,
    ) -> Any:
        nonlocal scale
        columns = {name: kwargs.pop(name, None) for name in Marks._fields}
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask, **kwargs}
        inputs |= {"position_ids": position_ids}
        if labels is None:
            return original(**inputs)
        given = {k: v for k, v in inputs.items() if v is not None and k != "return_dict"}
        if caches:
            # Nothing is generated: keys and values would be copied into a cache for nobody.
            given["use_cache"] = False
        hidden = trunk(**given).last_hidden_state
        weights = (hidden, whole(head.weight), labels)
        embedding = whole(embeddings.weight)
        if scale is None and objective.has_clouds():
            scale = embedding_scale(embedding)
        given = {
            "objective": objective,
            "marks": Marks.from_batch(columns),
            "embedding": embedding,
            "scale": scale,
            "digits": None if digits is None else digits.to(hidden.device),
            "item_counts": item_counts,
        }
        result: CompositeLoss = loss_of(*weights, **given)
        squares = squares_of(*weights, **given) if measure_gradients else None
        return RecipeLossOutput(loss=result.loss, parts=result.parts, gradient_squares=squares)

    # A trainer drops columns that are not named.
    forward.__signature__ = _naming_columns(forward)  # type: ignore[attr-defined]
    base.forward = forward
    setattr(base, OBJECTIVE, objective)


def whole(weight: Tensor) -> Tensor:
    """Return a parameter as one tensor, also where FSDP2 has split it over the processes.

    Read it anew in every forward: sharding and efficient loading put other tensors in its place.
    """
    return weight.full_tensor() if isinstance(weight, DTensor) else weight


def _naming_columns(forward: Any) -> inspect.Signature:
    """Return the signature of a forward that takes the columns of `Marks` by name, too."""
    own = inspect.signature(forward)
    *named, rest = own.parameters.values()
    columns = [
        inspect.Parameter(x, inspect.Parameter.KEYWORD_ONLY, default=None) for x in Marks._fields
    ]
    return own.replace(parameters=[*named, *columns, rest])


def _checked_weights(base: Any, objective: Objective) -> tuple[nn.Linear, nn.Embedding]:
    """Return the output head and the input embeddings, or say why the loss would be wrong."""
    name = type(base).__name__
    head, embedding = base.get_output_embeddings(), base.get_input_embeddings()
    if head is None or embedding is None or not hasattr(base, base.base_model_prefix):
        raise RecipeLossError(f"{name} is not a causal language model with an output head")
    if type(head) is not nn.Linear or type(embedding) is not nn.Embedding:
        raise RecipeLossError(
            f"the head or the embeddings of {name} are wrapped ({type(head).__name__}, "
            f"{type(embedding).__name__}): remove `lm_head` and `embed_tokens` from "
            "lora_target_modules and lora_modules_to_save"
        )
    if head.bias is not None or getattr(base.config, "final_logit_softcapping", None):
        raise RecipeLossError(f"{name} has a biased or soft-capped head: not supported")
    if "labels" not in inspect.signature(base.forward).parameters:
        raise RecipeLossError(f"the forward of {name} takes no labels")
    if objective.has_clouds() and embedding.weight.requires_grad:
        names = " and ".join(term.name for term in CLOUD_TERMS)
        raise RecipeLossError(
            f"{names} need fixed embeddings, but this run trains them: "
            "use an adapter, or remove those terms from recipe_loss.tasks"
        )
    return head, embedding
