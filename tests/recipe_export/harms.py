"""What can be wrong with a converted file, done to one in place."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recipe_export.models.container import Container

Harm = Callable[[Path], None]


def rows_of(path: Path, name: str) -> Any:
    """Map the stored bytes of a tensor, row by row, to be changed."""
    tensor = Container.open(path).tensors[name]
    shape = (tensor.rows, tensor.bytes // tensor.rows)
    return np.memmap(path, np.uint8, "r+", tensor.start, shape)


def put_back_heads(path: Path, width: int) -> None:
    """Leave the rows of q and k in Hugging Face's order."""
    for matrix in ("attn_q", "attn_k"):
        rows = rows_of(path, f"blk.0.{matrix}.weight")
        heads = rows.reshape(-1, width // 2, 2, rows.shape[-1])
        rows[:] = heads.swapaxes(1, 2).reshape(rows.shape).copy()


def exchange_matrices(path: Path) -> None:
    gate, up = (rows_of(path, f"blk.1.ffn_{name}.weight") for name in ("gate", "up"))
    gate[:], up[:] = up.copy(), gate.copy()


def exchange_layers(path: Path) -> None:
    first, second = (rows_of(path, f"blk.{i}.attn_output.weight") for i in (0, 1))
    first[:], second[:] = second.copy(), first.copy()


def forget_a_norm(path: Path) -> None:
    norm = rows_of(path, "blk.1.ffn_norm.weight")
    norm[:] = np.ones(norm.size // 4, np.float32).view(np.uint8)


def shift_the_embedding(path: Path) -> None:
    rows = rows_of(path, "token_embd.weight")
    rows[:] = np.roll(rows, 1, axis=0)


def damage_a_block(path: Path) -> None:
    """Lose what one page of memory holds of a layer."""
    rows = rows_of(path, "blk.1.ffn_down.weight").reshape(-1)
    rows[4096:8192] = 0


def flip_a_bit(path: Path) -> None:
    """Change the lowest bit of one value."""
    rows_of(path, "blk.0.attn_v.weight")[3, 6] ^= 1


def set_number(key: str, value: float) -> Harm:
    """Write another number into the metadata."""

    def harm(path: Path) -> None:
        data = path.read_bytes()
        at = data.index(key.encode()) + len(key)
        (kind,) = struct.unpack_from("<I", data, at)
        with path.open("r+b") as f:
            f.seek(at + 4)
            f.write(struct.pack("<f" if kind == 6 else "<I", value))

    return harm


def shift_the_tokens(path: Path) -> None:
    """Exchange two words of one length in the vocabulary."""
    tokens = Container.open(path).metadata["tokenizer.ggml.tokens"]
    first, second = [t for t in tokens if len(t.encode()) == 5 and t.isascii()][-2:]
    texts = [struct.pack("<Q", 5) + word.encode() for word in (first, second)]
    data = path.read_bytes()
    places = [data.index(text) for text in texts]
    with path.open("r+b") as f:
        for place, text in zip(places, reversed(texts), strict=True):
            f.seek(place)
            f.write(text)


STORED: dict[str, tuple[Harm, str]] = {
    "unpermuted": (lambda path: put_back_heads(path, 64), r"values .*first: .*layers\.0.*q_proj"),
    "exchanged matrices": (exchange_matrices, r"values .*first: .*layers\.1\.mlp\.gate_proj"),
    "exchanged layers": (exchange_layers, r"values .*first: .*layers\.0\.self_attn\.o_proj"),
    "no norm": (forget_a_norm, r"values .*first: .*post_attention_layernorm.*F32"),
    "shifted embedding": (shift_the_embedding, r"values .*first: model\.embed_tokens"),
    "damaged block": (damage_a_block, r"values .*first: .*layers\.1\.mlp\.down_proj"),
    "rotary base": (set_number("rope.freq_base", 12345), r"sizes .*freq_base is 12345\.0, \d+\.0"),
    "epsilon": (set_number("layer_norm_rms_epsilon", 1e-4), "sizes .*epsilon is 9.99.*e-05, "),
    "heads": (set_number("attention.head_count", 2), r"sizes .*head_count is 2, \d+ in config"),
}
"""By name: what is done, and the words of the proof that notices it."""
