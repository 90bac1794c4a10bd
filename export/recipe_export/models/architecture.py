"""What llama.cpp must know of a model: its sizes, its rotary embedding, its tensor names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.models.weights import Floats

if TYPE_CHECKING:
    from gguf import GGUFWriter


@dataclass(frozen=True)
class Architecture:
    """One architecture that both sides know."""

    gguf: str
    """llama.cpp's name."""
    interleaved: bool
    """llama.cpp rotates neighbouring pairs, Hugging Face halves: q and k rows must be reordered."""


ARCHITECTURES = {
    "Qwen2ForCausalLM": Architecture("qwen2", interleaved=False),
    "Qwen3ForCausalLM": Architecture("qwen3", interleaved=False),
    "SmolLM3ForCausalLM": Architecture("smollm3", interleaved=True),
    "LlamaForCausalLM": Architecture("llama", interleaved=True),
}

REQUIRED = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "rms_norm_eps",
)

FULL = "full_attention"

LLAMA3_SCALING = (
    "factor",
    "low_freq_factor",
    "high_freq_factor",
    "original_max_position_embeddings",
)


@dataclass(frozen=True)
class Model:
    """A model's config.json, checked to be something that llama.cpp computes alike."""

    config: dict[str, Any]
    architecture: Architecture
    rope: dict[str, Any]
    """`rope_type`, `rope_theta` and what the type needs, in either spelling of transformers."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Model:
        """Check a config; refuse what would convert, load, and then compute something else."""
        names = config.get("architectures") or ["none"]
        if not isinstance(names, list) or names[0] not in ARCHITECTURES:
            name = names[0] if isinstance(names, list) else f"{names!r} (not a list)"
            raise TopochefError(
                f"config.json: architecture {name} cannot be converted: "
                f"choose a model of {', '.join(ARCHITECTURES)}"
            )
        if missing := [key for key in REQUIRED if key not in config]:
            raise TopochefError(f"config.json lacks {', '.join(missing)}: copy or train it again")
        told = {key: config[key] for key in REQUIRED}
        if config.get("head_dim") is not None:
            told["head_dim"] = config["head_dim"]
        whole = {key: key != "rms_norm_eps" for key in told}
        if wrong := [key for key in told if not _is_size(told[key], whole[key])]:
            raise TopochefError(
                f"config.json: {wrong[0]} is {told[wrong[0]]!r}, not a number above 0"
                f"{' without decimals' if whole[wrong[0]] else ''}: copy or train it again"
            )
        if not isinstance(tied := config.get("tie_word_embeddings", False), bool):
            raise TopochefError(
                f"config.json: tie_word_embeddings is {tied!r}: write true or false"
            )
        model = cls(config, ARCHITECTURES[names[0]], _rope(config))
        model._refuse()
        return model

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        width = self.config.get("head_dim")
        return int(width or self.config["hidden_size"] // self.config["num_attention_heads"])

    @property
    def tied(self) -> bool:
        """Whether the output matrix is the input embedding."""
        return bool(self.config.get("tie_word_embeddings", False))

    def gguf_name(self, name: str) -> str | None:
        """Return llama.cpp's name of a weight or bias; None where it has none."""
        found: str | None = self._names.get_name(name, try_suffixes=(".weight", ".bias"))
        return found

    @cached_property
    def _names(self) -> Any:
        from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

        arch = next(k for k, name in MODEL_ARCH_NAMES.items() if name == self.architecture.gguf)
        return get_tensor_name_map(arch, self.config["num_hidden_layers"])

    def add_sizes(self, writer: GGUFWriter) -> None:
        """Write the hyperparameters."""
        config = self.config
        writer.add_block_count(config["num_hidden_layers"])
        writer.add_context_length(config["max_position_embeddings"])
        writer.add_embedding_length(config["hidden_size"])
        writer.add_feed_forward_length(config["intermediate_size"])
        writer.add_head_count(config["num_attention_heads"])
        writer.add_head_count_kv(config["num_key_value_heads"])
        writer.add_key_length(self.head_dim)
        writer.add_value_length(self.head_dim)
        writer.add_vocab_size(config["vocab_size"])
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
        writer.add_rope_dimension_count(self.head_dim)
        writer.add_rope_freq_base(self.rope["rope_theta"])

    def interleaved(self, name: str) -> bool:
        """Whether the rows of a weight or bias must be reordered, head by head."""
        return self.architecture.interleaved and (".q_proj." in name or ".k_proj." in name)

    def rope_factors(self) -> Floats | None:
        """Return by how much Llama 3's scaling slows each frequency, or None."""
        if self.rope["rope_type"] != "llama3":
            return None
        return llama3_factors(self.rope, self.head_dim)

    def _refuse(self) -> None:
        config = self.config
        if self.rope["rope_type"] == "llama3" and (
            missing := [key for key in LLAMA3_SCALING if key not in self.rope]
        ):
            raise TopochefError(
                f"config.json: the rotary embedding of the type llama3 lacks {', '.join(missing)}: "
                "copy or train it again"
            )
        every_fourth = [int((i + 1) % 4 != 0) for i in range(config["num_hidden_layers"])]
        problems = {
            "quantization_config": config.get("quantization_config"),
            "hidden_act": config.get("hidden_act", "silu") != "silu",
            "use_sliding_window": config.get("use_sliding_window"),
            "rope_type": self.rope["rope_type"] not in ("default", "llama3"),
            "partial_rotary_factor": self.rope["partial_rotary_factor"] not in (None, 1),
            "layer_types": set(config.get("layer_types") or [FULL]) != {FULL},
            "no_rope_layers": self.architecture.gguf == "smollm3"
            and config.get("no_rope_layers", every_fourth) != every_fourth,
        }
        if found := [key for key, wrong in problems.items() if wrong]:
            raise TopochefError(
                f"config.json: {', '.join(found)}: llama.cpp would compute something else for "
                f"{self.architecture.gguf}: export the full-precision model of a known kind"
            )


def _is_size(value: Any, whole: bool = False) -> bool:
    kinds = int if whole else int | float
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 < value < math.inf


def _rope(config: dict[str, Any]) -> dict[str, Any]:
    """Return the rotary embedding's settings, of whichever key of transformers has them."""
    rope = {
        "rope_type": "default",
        "rope_theta": config.get("rope_theta", 10_000.0),
        "partial_rotary_factor": config.get("partial_rotary_factor"),
    }
    for key in ("rope_scaling", "rope_parameters"):
        given = config.get(key) or {}
        if not isinstance(given, dict) or any(isinstance(value, dict) for value in given.values()):
            raise TopochefError(
                f"config.json: {key} is {given!r}, and one rotary embedding for all layers is "
                "known here: choose another model"
            )
        rope |= given
    if "type" in rope:
        rope["rope_type"] = rope.pop("type")
    if not _is_size(rope["rope_theta"]):
        raise TopochefError(
            f"config.json: rope_theta is {rope['rope_theta']!r}, not a number above 0: copy or "
            "train it again"
        )
    return rope


def llama3_factors(rope: dict[str, Any], head_dim: int) -> Floats:
    """Return by how much Llama 3's scaling slows each of the `head_dim`/2 frequencies.

    With wavelength w = 2π/f and original context L: 1 where w < L/high, `factor` where
    w > L/low, and between them 1 / ((1 − s)/factor + s), s = (L/w − low) / (high − low).
    """
    factor, low, high, length = (float(rope[key]) for key in LLAMA3_SCALING)
    exponents = np.arange(0, head_dim, 2) / head_dim
    wavelengths = 2 * math.pi * rope["rope_theta"] ** exponents
    smooth = np.clip((length / wavelengths - low) / (high - low), 0, 1)
    factors: Floats = (1 / ((1 - smooth) / factor + smooth)).astype(np.float32)
    return factors


def interleave(values: Floats, width: int) -> Floats:
    """Reorder the rows of heads of some width from halves (0 1 2 | 3 4 5) to pairs (0 3 1 4 2 5).

    >>> interleave(np.arange(6, dtype=np.float32), width=6).tolist()
    [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    """
    halves = values.reshape(-1, 2, width // 2, *values.shape[1:])
    return halves.swapaxes(1, 2).reshape(values.shape)


def separate(values: Floats, width: int) -> Floats:
    """Put the rows of heads of some width back from pairs to halves: undoes `interleave`.

    >>> separate(np.array([0, 3, 1, 4, 2, 5], np.float32), width=6).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    pairs = values.reshape(-1, width // 2, 2, *values.shape[1:])
    return pairs.swapaxes(1, 2).reshape(values.shape)
