"""What a run will take, from its config alone: steps, arithmetic, memory, hours.

Counts of parameters, steps and floating-point operations are exact for the architectures below;
activations and the loss are estimates (`python tests/bench/cost.py` measures how good).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recipe_losses.args import THESIS_MIXES
from recipe_losses.losses.composite import CHUNK_BYTES
from recipe_losses.losses.terms import CLOUD_TERMS

FP32, BF16 = 4, 2
NF4 = 0.5 + 0.127 / 8 + 0.5 / 64
"""Bytes a weight of doubly quantized NF4: four bits, and the scales of blocks of 64."""
ADAM_BYTES = 8
ADAM_8BIT_BYTES = 2
HEADROOM = 1.1
"""For what an allocator cannot hand out again."""


class Shape(NamedTuple):
    """What the config.json of a Llama-like model says (Llama, Qwen2, Qwen3, SmolLM3)."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool = True
    """Whether the head is the embedding matrix."""

    @classmethod
    def of(cls, config: Any) -> Shape:
        """Read a transformers config."""
        heads = config.num_attention_heads
        return cls(
            config.num_hidden_layers,
            config.hidden_size,
            config.intermediate_size,
            heads,
            getattr(config, "num_key_value_heads", None) or heads,
            getattr(config, "head_dim", None) or config.hidden_size // heads,
            config.vocab_size,
            bool(config.tie_word_embeddings),
        )

    def linears(self) -> dict[str, tuple[int, int]]:
        """Return (in, out) of every matrix of a layer, by the name of its module."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return {
            "q_proj": (self.hidden, queries),
            "k_proj": (self.hidden, keys),
            "v_proj": (self.hidden, keys),
            "o_proj": (queries, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    @property
    def trunk(self) -> int:
        """Weights of all layers' matrices."""
        return self.layers * sum(a * b for a, b in self.linears().values())

    @property
    def embeddings(self) -> int:
        """Weights of the embeddings, and of the head where it is another matrix."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)


KNOWN = {
    "runs/smollm2-135m": Shape(30, 576, 1536, 9, 3, 64, 49_152),
    "Qwen/Qwen2.5-1.5B-Instruct": Shape(28, 1536, 8960, 12, 2, 128, 151_936),
    "HuggingFaceTB/SmolLM3-3B": Shape(36, 2048, 11008, 16, 4, 128, 128_256),
    "Qwen/Qwen3-4B": Shape(36, 2560, 9728, 32, 8, 128, 151_936),
}
"""Published shapes, for estimates without a network."""


class Rows(NamedTuple):
    """How much there is to train on."""

    rows: int
    tokens: int
    """Of all rows, prompts included."""
    trained_tokens: int
    """Those that carry a label."""


class Memory(NamedTuple):
    """Bytes on one device, at the longest batch."""

    weights: float
    trained: float
    """Trained weights beside the base's, their gradients and the optimizer's state."""
    activations: float
    """Held from the forward to the backward pass: of every layer, or its input alone."""
    working: float
    """The loss, or one layer that is computed again, whichever is larger."""

    @property
    def total(self) -> float:
        """All of it, with headroom."""
        return HEADROOM * sum(self)


class Estimate(NamedTuple):
    """What one run takes."""

    parameters: int
    trained_parameters: int
    steps: int
    tokens: int
    flops: float
    memory: Memory

    def hours(self, tflops: float, utilization: float) -> float:
        """Return device hours at a share `utilization` of `tflops`, the device's dense peak."""
        return self.flops / (tflops * 1e12 * utilization) / 3600


def estimate(cfg: Mapping[str, Any], shape: Shape, rows: Rows) -> Estimate:
    """Estimate a run on one device.

    FLOPs a token = 2 · weights for the forward pass, as many for the gradient of the activations,
    as many again where checkpoints are recomputed, and as many once more where the weights
    themselves are trained; attention adds 4 · tokens · heads · head_dim a layer and pass, half of
    it masked. The head and the cloud terms see trained tokens only.
    """
    batch, accumulated = cfg["micro_batch_size"], cfg.get("gradient_accumulation_steps") or 1
    epochs = cfg.get("num_epochs") or 1
    per_epoch = math.ceil(math.ceil(rows.rows / batch) / accumulated)
    steps = cfg.get("max_steps") or per_epoch * epochs
    seen = rows.tokens * epochs
    if cfg.get("max_steps"):
        seen = round(rows.tokens / rows.rows * steps * batch * accumulated)
    trained = _trained_parameters(cfg, shape)
    return Estimate(
        parameters=shape.trunk + shape.embeddings,
        trained_parameters=trained,
        steps=steps,
        tokens=seen,
        flops=seen * _flops_a_token(cfg, shape, rows),
        memory=_memory(cfg, shape, trained, rows),
    )


def _trained_parameters(cfg: Mapping[str, Any], shape: Shape) -> int:
    if not cfg.get("adapter"):
        return shape.trunk + shape.embeddings
    linears = shape.linears()
    named = [linears[name] for name in cfg["lora_target_modules"]]
    return int(len(_adapted(cfg, shape)) * cfg["lora_r"] * sum(a + b for a, b in named))


def _adapted(cfg: Mapping[str, Any], shape: Shape) -> Sequence[int]:
    """Return the layers that have adapters."""
    return cfg.get("peft_layers_to_transform") or range(shape.layers)


def _walked_back(cfg: Mapping[str, Any], shape: Shape) -> int:
    """Return how many layers gradients go through: those from the lowest trained one upwards."""
    if not cfg.get("adapter") or cfg.get("gradient_checkpointing"):
        return shape.layers
    return shape.layers - min(_adapted(cfg, shape))


def _flops_a_token(cfg: Mapping[str, Any], shape: Shape, rows: Rows) -> float:
    length = rows.tokens / rows.rows
    attention = shape.layers * 4 * length * shape.heads * shape.head_dim / 2
    passes = 1 + _walked_back(cfg, shape) / shape.layers
    passes += bool(cfg.get("gradient_checkpointing")) + (not cfg.get("adapter"))
    head = 2 * shape.vocabulary * shape.hidden
    # Logits, their gradient's way back, and for cloud terms soft embeddings and theirs.
    products = 2 + 2 * _has_clouds(cfg)
    share = rows.trained_tokens / rows.tokens
    return (2 * shape.trunk + attention) * passes + head * products * share


def _memory(cfg: Mapping[str, Any], shape: Shape, trained: int, rows: Rows) -> Memory:
    width = BF16 if cfg.get("bf16") else FP32
    weights = shape.trunk * (NF4 if cfg.get("load_in_4bit") else width)
    weights += shape.embeddings * width
    adam = ADAM_8BIT_BYTES if "8bit" in str(cfg.get("optimizer")) else ADAM_BYTES
    # An adapter is held in single precision beside the base; a base trained whole is held once.
    state = trained * ((FP32 if cfg.get("adapter") else 0) + FP32 + adam)
    tokens = cfg["micro_batch_size"] * cfg["sequence_len"]
    layer = tokens * width * sum(a + b for a, b in shape.linears().values())
    labelled = tokens * rows.trained_tokens / rows.tokens
    loss = CHUNK_BYTES + 8 * labelled * shape.hidden * FP32
    if cfg.get("gradient_checkpointing"):
        inputs = tokens * width * shape.layers * shape.hidden
        return Memory(weights, state, inputs, max(layer, loss))
    return Memory(weights, state, _walked_back(cfg, shape) * layer, loss)


def _has_clouds(cfg: Mapping[str, Any]) -> bool:
    mixes = (cfg.get("recipe_loss") or {}).get("tasks", {}).values()
    named = [mix if isinstance(mix, Mapping) else THESIS_MIXES.get(mix, {}) for mix in mixes]
    return any(term.name in mix for mix in named for term in CLOUD_TERMS)
