"""Files that cannot be imported: each is refused by name, with a remedy, and nothing is left."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_data.errors import TopochefError
from recipe_data.files import read_manifest
from recipe_export.importing.command import import_gguf
from recipe_export.importing.container import Container

from .gguf_files import facts, rewrite
from .test_export_import import Make


def refused(path: Path, message: str) -> None:
    """Check the refusal, and that nothing lies beside the file."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(TopochefError, match=message) as error:
        import_gguf(path, path.parent / "imported")
    assert str(path) in str(error.value)
    assert ": " in str(error.value)
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split.count": 3}, "one part of a split file: join them with `llama-gguf-split"),
        ({"general.architecture": "gemma3"}, "architecture gemma3: only qwen2, qwen3, smollm3"),
        ({"llama.expert_count": 8}, "llama.expert_count is 8"),
        ({"llama.rope.scaling.type": "yarn"}, "llama.rope.scaling.type is yarn"),
        ({"llama.attention.sliding_window": 512}, "llama.attention.sliding_window is 512"),
        ({"llama.rope.dimension_count": 32}, "rope.dimension_count is 32 where a head has 64"),
        ({"llama.block_count": None}, "its metadata lack llama.block_count"),
        ({"llama.block_count": 5}, r"lacks blk\.4\.attn_k\.weight, .* and \d+ more tensors"),
        ({"llama.block_count": 3}, r"holds blk\.3\.attn_k\.weight"),
        ({"llama.block_count": "four"}, "llama.block_count is four, which is no int"),
        ({"llama.feed_forward_length": 512}, r"ffn_down\.weight is of shape \(256, 256\) where"),
        ({"tokenizer.ggml.model": "llama"}, "of the kind llama: only byte-level BPE"),
        ({"tokenizer.ggml.pre": "tekken"}, "pre-tokenizer tekken is not known here"),
        ({"tokenizer.ggml.pre": None}, "its metadata lack tokenizer.ggml.pre"),
        ({"tokenizer.ggml.merges": None}, "its metadata lack tokenizer.ggml.merges"),
        ({"tokenizer.ggml.merges": ["abc"]}, "a merge is not of two parts"),
        ({"tokenizer.ggml.merges": ["a zzzz"]}, "no tokenizer can be built"),
        ({"tokenizer.ggml.eos_token_id": 9999}, "there is no token 9999 for eos"),
        ({"tokenizer.ggml.eos_token_id": None}, "names no token that ends a text"),
        ({"tokenizer.ggml.token_type": [1, 1]}, "tokens and token types do not fit"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(
    change: dict[str, Any], message: str, make: Make, tmp_path: Path
) -> None:
    refused(rewrite(make("llama"), tmp_path / "x.gguf", change), message)


@pytest.mark.parametrize("extra", [1, -1])
def test_a_vocabulary_of_another_size_than_the_embedding_is_refused(
    extra: int, make: Make, tmp_path: Path
) -> None:
    rows = 640 + extra
    change = {
        "tokenizer.ggml.tokens": [f"[PAD{i}]" for i in range(rows)],
        "tokenizer.ggml.token_type": [5] * rows,
    }
    message = f"vocabulary has {rows} tokens and the embedding 640 rows"
    refused(rewrite(make("llama"), tmp_path / "x.gguf", change), message)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            {"blk__1__attn_norm__weight": None},
            r"lacks blk\.1\.attn_norm\.weight: it is not a whole",
        ),
        ({"token_embd__weight": None}, r"no token_embd\.weight: it holds no model"),
        (
            {"blk__1__ffn_gate_inp__weight": np.ones((4, 256))},
            r"holds blk\.1\.ffn_gate_inp\.weight",
        ),
        ({"blk__1__attn_q__bias": np.ones(256)}, r"holds blk\.1\.attn_q\.bias"),
        ({"output_norm__weight": np.full(256, np.nan)}, "output_norm.weight holds values that are"),
        ({"rope_freqs__weight": np.arange(1, 33)}, "scales the rotary frequencies in a way that"),
        ({"rope_freqs__weight": np.ones(8)}, "scales the rotary frequencies in a way that"),
    ],
)
def test_tensors_that_do_not_make_the_model_are_refused_by_name(
    tensors: dict[str, Any], message: str, make: Make, tmp_path: Path
) -> None:
    refused(rewrite(make("llama"), tmp_path / "x.gguf", **tensors), message)


def test_a_part_of_a_split_file_is_known_by_its_name(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "model-00001-of-00003.gguf"
    path.write_bytes(make("llama").read_bytes())
    refused(path, "one part of a split file")


def test_what_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"GG", b"{}", b"PK\x03\x04" * 100):
        (tmp_path / "x.gguf").write_bytes(content)
        refused(tmp_path / "x.gguf", "is not a GGUF file: name a .gguf file")
    with pytest.raises(TopochefError, match=r"nothing\.gguf not found: name a .gguf file"):
        import_gguf(tmp_path / "nothing.gguf", tmp_path / "y")
    for version in (1, 3 << 24):
        (tmp_path / "x.gguf").write_bytes(b"GGUF" + version.to_bytes(4, "little") + bytes(16))
        refused(tmp_path / "x.gguf", "GGUF of version .*: take a newer file")


def test_a_file_that_is_cut_anywhere_is_refused(make: Make, tmp_path: Path) -> None:
    """At every one of the first bytes, at random ones of the lists, and in the data."""
    whole = make("llama").read_bytes()
    data = min(tensor.start for tensor in Container.open(make("llama")).tensors.values())
    rng = random.Random(5)
    places = [
        *range(4, 400),
        *rng.sample(range(400, data), 200),
        *rng.sample(range(data, len(whole)), 20),
    ]
    for place in [*places, data, len(whole) - 1]:
        (tmp_path / "x.gguf").write_bytes(whole[:place])
        with pytest.raises(
            TopochefError, match=r"is cut off: it has [\d,]+ bytes and needs [\d,]+"
        ):
            Container.open(tmp_path / "x.gguf")
    refused(tmp_path / "x.gguf", "is cut off: .*download it again")


def test_damage_is_refused_or_read_but_never_a_crash(make: Make, tmp_path: Path) -> None:
    whole = bytearray(make("llama").read_bytes())
    data = min(tensor.start for tensor in Container.open(make("llama")).tensors.values())
    rng = random.Random(6)
    read = 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.randrange(4, data)] ^= 1 << rng.randrange(8)
        (tmp_path / "x.gguf").write_bytes(damaged)
        with suppress(TopochefError):
            Container.open(tmp_path / "x.gguf")
            read += 1
    assert 0 < read < 300


def test_the_reader_reads_what_gguf_reads(make: Make) -> None:
    found = Container.open(make("llama3"))
    metadata, tensors = facts(make("llama3"))
    assert found.metadata == metadata
    for name, (kind, shape, content) in tensors.items():
        stored = found.tensors[name]
        assert (stored.kind, list(reversed(stored.shape))) == (kind, shape)
        with stored.file.open("rb") as f:
            f.seek(stored.start)
            assert f.read(stored.bytes) == content


def test_nothing_is_left_of_an_import_that_fails_its_proof(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "recipe_export.importing.weights.separate", lambda values, width: values.copy()
    )
    with pytest.raises(TopochefError, match="Nothing was written: the import is wrong"):
        import_gguf(make("llama3", "BF16"), tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    assert read_manifest(tmp_path) == {}
