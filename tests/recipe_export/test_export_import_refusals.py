"""Files that cannot be imported: each is refused by name, with a remedy, and nothing is left."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import LLAMA3_ROPE

from recipe_base.errors import TopochefError
from recipe_export.importing import command, config, tokenizer, weights
from recipe_export.importing.command import import_gguf
from recipe_export.models.architecture import Model
from recipe_export.models.container import Container

from .conftest import GgufFile
from .gguf_files import facts, rewrite


def assert_refused(path: Path, message: str) -> None:
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
        ({"tokenizer.ggml.eos_token_id": 9999}, "there is no token 9999 for eos_token_id"),
        ({"tokenizer.ggml.eos_token_id": None}, "names no token that ends a text"),
        ({"tokenizer.ggml.token_type": [1, 1]}, "tokens and token types do not fit"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(
    change: dict[str, Any], message: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    assert_refused(rewrite(gguf_file("llama"), tmp_path / "x.gguf", change), message)


@pytest.mark.parametrize("value", [0, 1, 7, 1 << 30])
@pytest.mark.parametrize(
    "size",
    [
        "embedding_length",
        "feed_forward_length",
        "block_count",
        "attention.head_count",
        "attention.head_count_kv",
        "attention.key_length",
    ],
)
def test_a_size_that_is_not_the_tensors_is_refused(
    size: str, value: int, gguf_file: GgufFile, tmp_path: Path
) -> None:
    source = rewrite(gguf_file("llama"), tmp_path / "x.gguf", {f"llama.{size}": value})
    assert_refused(source, r"(llama\.\S+ is|the sizes in the metadata|lacks blk\.|holds blk\.)")


@pytest.mark.parametrize("extra", [1, -1])
def test_a_vocabulary_of_another_size_than_the_embedding_is_refused(
    extra: int, gguf_file: GgufFile, tmp_path: Path
) -> None:
    rows = 640 + extra
    change = {
        "tokenizer.ggml.tokens": [f"[PAD{i}]" for i in range(rows)],
        "tokenizer.ggml.token_type": [5] * rows,
    }
    message = f"vocabulary has {rows} tokens and the embedding 640 rows"
    assert_refused(rewrite(gguf_file("llama"), tmp_path / "x.gguf", change), message)


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
    tensors: dict[str, Any], message: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    assert_refused(rewrite(gguf_file("llama"), tmp_path / "x.gguf", **tensors), message)


def test_a_part_of_a_split_file_is_known_by_its_name(gguf_file: GgufFile, tmp_path: Path) -> None:
    path = tmp_path / "model-00001-of-00003.gguf"
    path.write_bytes(gguf_file("llama").read_bytes())
    assert_refused(path, "one part of a split file")


def test_what_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"GG", b"{}", b"PK\x03\x04" * 100):
        (tmp_path / "x.gguf").write_bytes(content)
        assert_refused(tmp_path / "x.gguf", "is not a GGUF file: name a .gguf file")
    with pytest.raises(TopochefError, match=r"nothing\.gguf not found: name a .gguf file"):
        import_gguf(tmp_path / "nothing.gguf", tmp_path / "y")
    for version in (1, 3 << 24):
        (tmp_path / "x.gguf").write_bytes(b"GGUF" + version.to_bytes(4, "little") + bytes(16))
        assert_refused(tmp_path / "x.gguf", "GGUF of version .*: take a newer file")


def test_a_file_that_is_cut_anywhere_is_refused(gguf_file: GgufFile, tmp_path: Path) -> None:
    """At every one of the first bytes, at random ones of the lists, and in the data."""
    whole = gguf_file("llama").read_bytes()
    data = min(tensor.start for tensor in Container.open(gguf_file("llama")).tensors.values())
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
    assert_refused(tmp_path / "x.gguf", "is cut off: .*download it again")


def test_damage_is_refused_or_read_but_never_a_crash(gguf_file: GgufFile, tmp_path: Path) -> None:
    whole = bytearray(gguf_file("llama").read_bytes())
    data = min(tensor.start for tensor in Container.open(gguf_file("llama")).tensors.values())
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


def test_the_reader_reads_what_gguf_reads(gguf_file: GgufFile) -> None:
    found = Container.open(gguf_file("llama3"))
    metadata, tensors = facts(gguf_file("llama3"))
    assert found.metadata == metadata
    for name, (kind, shape, content) in tensors.items():
        stored = found.tensors[name]
        assert (stored.kind, list(reversed(stored.shape))) == (kind, shape)
        with stored.file.open("rb") as f:
            f.seek(stored.start)
            assert f.read(stored.bytes) == content


def without_order(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(weights, "separate", lambda values, width: values.copy())


def with_two_exchanged(patch: pytest.MonkeyPatch) -> None:
    right = weights._names

    def wrong(model: Model, folder: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
        names = right(model, folder)
        one, two = "blk.2.ffn_gate.weight", "blk.2.ffn_up.weight"
        return {**names, one: names[two], two: names[one]}

    patch.setattr(weights, "_names", wrong)


def with_another_base(patch: pytest.MonkeyPatch) -> None:
    right = config.rope_parameters

    def wrong(source: Container, theta: float, width: int) -> dict[str, Any]:
        return {**right(source, theta, width), "rope_theta": 2 * theta}

    patch.setattr(config, "rope_parameters", wrong)


def with_plain_frequencies(patch: pytest.MonkeyPatch) -> None:
    plain = {"rope_type": "default", "rope_theta": LLAMA3_ROPE["rope_theta"]}
    patch.setattr(config, "rope_parameters", lambda source, theta, width: plain)


def with_another_epsilon(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(config, "short", lambda value: value if value > 1 else 10 * value)


def with_shifted_words(patch: pytest.MonkeyPatch) -> None:
    right = command.read_vocabulary

    def wrong(source: Container) -> tokenizer.Vocabulary:
        found = right(source)
        tokens = {word: i for i, word in enumerate([*list(found.tokens)[:5], "zz"])}
        rest = list(found.tokens)[5:-1]
        tokens |= {word: len(tokens) + i for i, word in enumerate(rest)}
        merges = [m for m in found.merges if {*m, "".join(m)} <= tokens.keys()]
        return found._replace(tokens=tokens, merges=merges)

    patch.setattr(command, "read_vocabulary", wrong)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (without_order, r"values of .*first: model\.layers\.0\.self_attn\.q_proj"),
        (with_two_exchanged, r"values of .*first: model\.layers\.2\.mlp"),
        (with_another_base, r"sizes and constants .*first: llama\.rope\.freq_base is 500000"),
        (with_plain_frequencies, r"sizes and constants .*first: rope_freqs\.weight"),
        (with_another_epsilon, r"sizes and constants .*layer_norm_rms_epsilon"),
        (with_shifted_words, r"token ids of llama\.cpp against Hugging Face's \(first: "),
    ],
)
def test_a_wrong_import_is_noticed_and_nothing_is_left_of_it(
    mistake: Callable[[pytest.MonkeyPatch], None],
    message: str,
    gguf_file: GgufFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mistake(monkeypatch)
    with pytest.raises(TopochefError, match=rf"{message}.* Nothing was written: "):
        import_gguf(gguf_file("llama3"), tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
