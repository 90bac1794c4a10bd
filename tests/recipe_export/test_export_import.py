"""GGUF → Hugging Face: what is converted again is the same file, bit by bit, or no folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from random_models import MODELS

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256
from recipe_export.cli import main
from recipe_export.converting.convert import write_gguf
from recipe_export.converting.quantize import write_quantized
from recipe_export.converting.vocabulary import PRE_TOKENIZERS, SYNONYMS, pre_tokenizer
from recipe_export.importing.command import import_gguf, write_words
from recipe_export.models.container import Container
from recipe_export.proofs.verdict import require
from recipe_export.proofs.verify import check_tokens

from .conftest import GgufFile
from .gguf_files import facts, rewrite


@pytest.mark.parametrize(
    ("name", "kind"),
    [*((name, "F16") for name in MODELS), ("llama3", "BF16"), ("qwen2", "F32"), ("llama", "F32")],
)
def test_what_was_imported_converts_to_the_same_file(
    name: str, kind: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    source, folder = gguf_file(name, kind), tmp_path / "imported"
    assert "token ids and tensors identical" in import_gguf(source, folder)
    write_gguf(folder, tmp_path / "again.gguf", kind, name)
    expected, found = facts(source), facts(tmp_path / "again.gguf")
    assert found[0] == expected[0]
    assert list(found[1]) == list(expected[1])
    assert [n for n, tensor in found[1].items() if tensor != expected[1][n]] == []


@pytest.mark.parametrize("name", MODELS)
def test_the_folder_is_the_model_that_the_file_was_made_from(
    name: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    """Same tensors, config and tokens as in the folder that was converted; F32 loses nothing."""
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoTokenizer

    source, folder = gguf_file(name, "F32"), tmp_path / "imported"
    import_gguf(source, folder)
    original = source.with_suffix("")
    expected, found = (
        load_file(original / "model.safetensors"),
        load_file(folder / "model.safetensors"),
    )
    tied = AutoConfig.from_pretrained(original).tie_word_embeddings
    assert found.keys() == expected.keys() - ({"lm_head.weight"} if tied else set())
    assert all(bool((found[n] == expected[n].float()).all()) for n in found)
    one, two = (AutoConfig.from_pretrained(path).to_dict() for path in (original, folder))
    # Where a model has no BOS, its GGUF file names the padding: llama.cpp would invent one.
    assert two.pop("bos_token_id") == two["pad_token_id"] == one["pad_token_id"]
    one.pop("bos_token_id")
    only_ours = {"head_dim", "use_cache", "dtype", "rope_theta", "rope_scaling"}
    different = {k for k in {*one, *two} if one.get(k) != two.get(k)} - only_ours
    assert different <= {"transformers_version", "_name_or_path"}
    before, after = (AutoTokenizer.from_pretrained(path) for path in (original, folder))
    text = "<|im_start|>user\n250 g crème fraîche, 1½ l <b>e\u0301</b><|im_end|>\n"
    assert after(text)["input_ids"] == before(text)["input_ids"]
    assert after.get_vocab() == before.get_vocab()
    for special in ("eos_token_id", "pad_token_id", "unk_token_id", "chat_template"):
        assert getattr(after, special) == getattr(before, special), special
    assert after.is_fast


@pytest.mark.parametrize("kind", ["Q4_K_M", "Q8_0", "IQ4_XS", "Q2_K", "Q5_1"])
def test_a_quantized_file_becomes_what_llama_cpp_reads(
    kind: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    write_quantized(gguf_file("llama3"), tmp_path / "small.gguf", kind)
    assert "token ids and tensors identical" in import_gguf(tmp_path / "small.gguf", tmp_path / "x")
    record = read_manifest(tmp_path / "x")["import"]
    assert record["source"] == "small.gguf"
    assert record["inputs"]["sha256"] == sha256(tmp_path / "small.gguf")
    assert sum(record["tensor_types"].values()) == len(facts(tmp_path / "small.gguf")[1])
    assert len(record["tensor_types"]) > 1
    tokens, sizes, values, logits = (check["measured"] for check in record["checks"])
    assert tokens["different"] == sizes["different"] == values["different"] == 0
    assert values["values"] > 500_000
    assert logits["positions"] > 100
    # An import of a file that was imported is the file's own: nothing is lost on the way.
    write_gguf(tmp_path / "x", tmp_path / "wide.gguf", "F16", "x")
    import_gguf(tmp_path / "wide.gguf", tmp_path / "y")
    assert sha256(tmp_path / "y" / "model.safetensors") == sha256(
        tmp_path / "x" / "model.safetensors"
    )


def test_a_second_call_does_nothing_and_says_so(
    gguf_file: GgufFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["import", str(gguf_file("qwen2")), "--output", str(tmp_path / "x")]
    assert main(command) == 0
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "x").iterdir()}
    assert main(command) == 0
    assert "already imported from qwen2-F16.gguf" in capsys.readouterr().out
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "x").iterdir()} == before
    (tmp_path / "x" / "model.safetensors").write_bytes(b"")
    assert main(command) == 1
    assert "model.safetensors has changed since the import: delete" in capsys.readouterr().err


def test_a_folder_of_something_else_is_left_alone(gguf_file: GgufFile, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "notes.txt").write_text("mine")
    with pytest.raises(TopochefError, match="x holds something else"):
        import_gguf(gguf_file("qwen2"), tmp_path / "x")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["notes.txt"]
    import_gguf(gguf_file("qwen2"), tmp_path / "y")
    with pytest.raises(TopochefError, match="already holds another run"):
        import_gguf(gguf_file("qwen3"), tmp_path / "y")


def test_what_a_killed_import_left_is_replaced(gguf_file: GgufFile, tmp_path: Path) -> None:
    (tmp_path / ".x.part").mkdir()
    (tmp_path / ".x.part" / "F16.gguf").write_bytes(b"half of it")
    import_gguf(gguf_file("qwen2"), tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == [
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "manifest.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def test_every_token_that_ends_a_turn_ends_a_text(gguf_file: GgufFile, tmp_path: Path) -> None:
    change = {"tokenizer.ggml.eot_token_id": 1, "tokenizer.ggml.eom_token_id": 2}
    (tmp_path / "x").mkdir()
    write_words(
        Container.open(rewrite(gguf_file("llama"), tmp_path / "x.gguf", change)), tmp_path / "x"
    )
    generation = json.loads((tmp_path / "x" / "generation_config.json").read_text())
    assert generation == {"eos_token_id": [2, 1], "bos_token_id": 0, "pad_token_id": 0}


def test_norms_that_the_type_of_the_matrices_would_round_stay_as_they_are(
    gguf_file: GgufFile, tmp_path: Path
) -> None:
    norm = np.linspace(0.5, 1.5, 256, dtype=np.float32)
    source = rewrite(gguf_file("llama"), tmp_path / "x.gguf", output_norm__weight=norm)
    import_gguf(source, tmp_path / "x")
    write_gguf(tmp_path / "x", tmp_path / "again.gguf", "F16", "llama")
    assert facts(tmp_path / "again.gguf")[1] == facts(source)[1]


def test_a_bos_that_the_file_asks_for_or_llama_cpp_implies_is_written(
    gguf_file: GgufFile, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    # Only this pre-tokenizer implies it; vocabulary and merges fit any.
    for change, expected in (
        ({"tokenizer.ggml.add_bos_token": True}, True),
        ({"tokenizer.ggml.add_bos_token": None, "tokenizer.ggml.pre": "llama-bpe"}, True),
        ({"tokenizer.ggml.add_bos_token": None}, False),
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        import_gguf(rewrite(gguf_file("llama"), tmp_path / f"{folder.name}.gguf", change), folder)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = tokenizer("rice")["input_ids"]
        assert (ids[0] == tokenizer.bos_token_id) is expected
        assert (
            json.loads((folder / "tokenizer_config.json").read_text())["add_bos_token"] is expected
        )


@pytest.mark.parametrize("name", sorted({*PRE_TOKENIZERS.values(), *SYNONYMS}))
def test_every_known_pre_tokenizer_is_rebuilt_as_llama_cpp_has_it(
    name: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    """The same tokens and merges, split otherwise; what is said of BOS is llama.cpp's default."""
    change = {"tokenizer.ggml.pre": name, "tokenizer.ggml.add_bos_token": None}
    source = rewrite(gguf_file("llama"), tmp_path / "x.gguf", change)
    (tmp_path / "x").mkdir()
    write_words(Container.open(source), tmp_path / "x")
    require(check_tokens(source, tmp_path / "x"))
    again = json.loads((tmp_path / "x" / "tokenizer.json").read_text())
    assert pre_tokenizer(again) == SYNONYMS.get(name, name)
