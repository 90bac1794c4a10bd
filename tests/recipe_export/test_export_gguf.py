"""The GGUF file: the same tokens, the same logits, or no file."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_models import LLAMA3_ROPE, SIZES, grow

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256, write_jsonl
from recipe_base.runs import Run
from recipe_data.tiny import CHATML_TEMPLATE
from recipe_export import local
from recipe_export.converting.convert import convert, write_gguf
from recipe_export.converting.quantize import quantize
from recipe_export.converting.vocabulary import token_list
from recipe_export.models.architecture import ARCHITECTURES, Architecture, Model, interleave
from recipe_export.models.weights import Checkpoint
from recipe_export.proofs.conversations import BUILT_IN, held_out
from recipe_export.proofs.logits import MARGIN, TOKENS
from recipe_export.proofs.probes import RECIPES, TORTURE
from recipe_export.proofs.reference import load_tokenizer, probe_ids

from .conftest import BASE
from .harms import damage_a_block


@pytest.fixture(scope="module")
def vocabulary(exported: Path) -> Iterator[Any]:
    with local.vocabulary(exported / "gguf" / "tiny-topo-F16.gguf") as model:
        yield model


@pytest.fixture(scope="module")
def tokenizer(exported: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(exported / "merged")


def test_verdicts_are_in_the_manifest(exported: Path) -> None:
    checks = read_manifest(exported)["gguf F16"]["checks"]
    tokens, sizes, values, logits = (check["measured"] for check in checks)
    texts = len(TORTURE) + len(RECIPES)
    words = len(load_tokenizer(exported / "merged"))
    assert tokens == {"words": words, "words_different": 0, "texts": texts, "different": 0}
    weights = Checkpoint.open(exported / "merged").tensors.values()
    assert sizes == {"tensors": len(weights), "different": 0}
    assert values == {"values": sum(math.prod(t.shape) for t in weights), "different": 0}
    assert 0 < logits["kl"] < 1e-5
    assert checks[3]["limits"]["kl"] == [None, MARGIN * logits["kl_of_rounded_products"]]
    assert logits["positions"] == TOKENS
    assert logits["kl_to_model"] < 1e-5
    assert logits["top1_as_model"] > 0.98
    assert read_manifest(exported)["gguf F16"]["sha256"] == sha256(
        exported / "gguf" / "tiny-topo-F16.gguf"
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_nfc_text_has_the_same_ids(text: str, vocabulary: Any, tokenizer: Any) -> None:
    text = unicodedata.normalize("NFC", text)
    expected = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert local.token_ids(vocabulary, text) == expected


def test_no_bos_is_invented_and_special_tokens_are_special(
    exported: Path, vocabulary: Any, tokenizer: Any
) -> None:
    import gguf

    fields = gguf.GGUFReader(exported / "gguf" / "tiny-topo-F16.gguf").fields
    assert fields["tokenizer.ggml.pre"].contents() == "qwen2"
    assert fields["tokenizer.ggml.add_bos_token"].contents() is False
    assert fields["tokenizer.ggml.bos_token_id"].contents() == tokenizer.pad_token_id
    assert fields["tokenizer.ggml.eos_token_id"].contents() == tokenizer.eos_token_id
    assert fields["tokenizer.chat_template"].contents() == CHATML_TEMPLATE
    assert local.token_ids(vocabulary, "rice", add_bos=True) == tokenizer("rice")["input_ids"]
    types = fields["tokenizer.ggml.token_type"].contents()
    assert {types[i] for i in tokenizer.all_special_ids} == {gguf.TokenType.CONTROL}


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("qwen2", {"tie_word_embeddings": False}),
        ("qwen3", {"head_dim": 128, "tie_word_embeddings": True}),
        ("smollm3", {"tie_word_embeddings": True}),
        ("llama", {"rope_parameters": LLAMA3_ROPE}),
        ("llama", {"attention_bias": True, "mlp_bias": True}),
    ],
)
def test_every_architecture_computes_the_same(kind: str, config: Any, work: Path) -> None:
    grow(kind, work / "runs" / kind / "merged", work / BASE, **config)
    run = Run.open(work / "runs" / kind)
    assert "token ids identical" in convert(run)
    assert run.gguf("F16").is_file()


@pytest.mark.parametrize("kind", ["qwen3", "llama"])
def test_a_wrong_row_order_is_noticed(
    kind: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(kind, work / "runs" / kind / "merged", work / BASE)
    wrong = Architecture(kind, interleaved=kind == "qwen3")
    name = {"qwen3": "Qwen3ForCausalLM", "llama": "LlamaForCausalLM"}[kind]
    monkeypatch.setitem(ARCHITECTURES, name, wrong)
    run = Run.open(work / "runs" / kind)
    with pytest.raises(TopochefError, match=r"logits of .*kl is .*Nothing was written"):
        convert(run)
    assert list((run.folder / "gguf").iterdir()) == []
    assert read_manifest(run.folder) == {}


def test_a_corrupt_tensor_is_noticed(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupt(folder: Path, path: Path, kind: str, name: str) -> None:
        write_gguf(folder, path, kind, name)
        damage_a_block(path)

    monkeypatch.setattr("recipe_export.converting.convert.write_gguf", corrupt)
    run = Run.open(Path("runs/tiny-base"))
    with pytest.raises(TopochefError, match=r"values .*different is .*Nothing was written"):
        convert(run)
    assert list((run.folder / "gguf").iterdir()) == []


def test_other_token_ids_are_noticed(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exchanged(tokenizer: dict[str, Any], rows: int) -> tuple[list[str], list[int]]:
        tokens, types = token_list(tokenizer, rows)
        a, b = tokens.index("a"), tokens.index("b")
        tokens[a], tokens[b] = tokens[b], tokens[a]
        return tokens, types

    monkeypatch.setattr("recipe_export.converting.vocabulary.token_list", exchanged)
    with pytest.raises(TopochefError, match=r"token ids .*first: .*Nothing was written"):
        convert(Run.open(Path("runs/tiny-base")))


def test_float32_and_bfloat16_files(work: Path) -> None:
    run = Run.open(Path("runs/tiny-base"))
    convert(run, "F32")
    convert(run, "BF16")
    checks = read_manifest(run.folder)
    found = {kind: checks[f"gguf {kind}"]["checks"][-1]["measured"] for kind in ("F32", "BF16")}
    for name in ("kl", "kl_of_rounded_products", "kl_to_model"):
        assert found["F32"][name] < 1e-9 < found["BF16"][name] < 1e-3
    assert run.gguf("BF16").stat().st_size < 0.6 * run.gguf("F32").stat().st_size


def test_held_out_rows_are_what_is_compared(work: Path) -> None:
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"Dish {i}"},
                {"role": "assistant", "content": "x"},
            ]
        }
        for i in range(40)
    ]
    write_jsonl(Path("data/test.jsonl"), rows)
    probes = held_out(Path("data"))
    asked = [messages[0]["content"] for messages in probes.conversations]
    assert (asked[0], asked[1], asked[-1], len(asked)) == ("Dish 0", "Dish 2", "Dish 37", 16)
    run = Run.open(Path("runs/tiny-base"))
    quantize(run, "Q8_0", probes)
    for kind in ("F16", "Q8_0"):
        check = read_manifest(run.folder)[f"gguf {kind}"]["checks"][-1]
        assert check["check"].endswith("16 rows of data/test.jsonl")
        assert 16 * 5 < check["measured"]["positions"] <= TOKENS


def test_a_test_split_without_answers_is_refused(work: Path) -> None:
    with pytest.raises(TopochefError, match="run `recipe-data build"):
        held_out(Path("data"))
    write_jsonl(Path("data/test.jsonl"), [])
    with pytest.raises(TopochefError, match="holds no conversation"):
        held_out(Path("data"))


def test_no_more_positions_than_asked_for(work: Path) -> None:
    tokenizer = load_tokenizer(Path(BASE))
    every = probe_ids(tokenizer, BUILT_IN, 10_000)
    assert len(every) == len(RECIPES)
    assert probe_ids(tokenizer, BUILT_IN, len(every[0]) + 5) == (every[0], every[1][:5])


def test_a_second_call_does_nothing_and_a_lost_file_is_made_again(work: Path) -> None:
    run = Run.open(Path("runs/tiny-base"))
    convert(run)
    before = sha256(run.gguf("F16"))
    assert convert(run) == "already converted"
    run.gguf("F16").unlink()
    convert(run)
    assert sha256(run.gguf("F16")) == before


@pytest.mark.parametrize("value", [1e5, math.nan])
def test_values_that_the_type_cannot_hold_are_refused(value: float, work: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = Path(BASE, "model.safetensors")
    weights = load_file(path)
    weights["model.layers.1.mlp.up_proj.weight"][-1, -1] = value
    save_file(weights, path, {"format": "pt"})
    with pytest.raises(TopochefError, match=r"blk\.1\.ffn_up\.weight holds values that F16 cannot"):
        convert(Run.open(Path("runs/tiny-base")))
    assert list(Path("runs/tiny-base/gguf").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architectures": ["GemmaForCausalLM"]}, "GemmaForCausalLM cannot be converted"),
        ({"quantization_config": {"bits": 4}}, "quantization_config"),
        ({"use_sliding_window": True}, "use_sliding_window"),
        ({"hidden_act": "gelu"}, "hidden_act"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "rope_type"),
        ({"rope_scaling": {"type": "dynamic"}, "rope_parameters": None}, "rope_type"),
    ],
)
def test_what_llama_cpp_would_compute_otherwise_is_refused(
    change: dict[str, Any], message: str, work: Path
) -> None:
    config = json.loads(Path(BASE, "config.json").read_text())
    with pytest.raises(TopochefError, match=message):
        Model.from_config({**config, **change})


def test_missing_keys_and_models_are_refused(work: Path) -> None:
    with pytest.raises(TopochefError, match="lacks vocab_size"):
        Model.from_config({"architectures": ["LlamaForCausalLM"]})
    with pytest.raises(TopochefError, match="holds no model: run `recipe-export merge"):
        convert(Run.open(Path("runs/tiny-topo")))


def test_an_output_matrix_that_is_missing_is_refused(work: Path) -> None:
    path = Path(BASE, "config.json")
    path.write_text(path.read_text().replace('"tie_word_embeddings": true', '"x": 0'))
    with pytest.raises(TopochefError, match=r"no lm_head\.weight"):
        convert(Run.open(Path("runs/tiny-base")))


def test_interleaving_is_a_permutation_within_heads() -> None:
    rows = np.arange(2 * 4 * 3, dtype=np.float32).reshape(8, 3)
    found = interleave(rows, width=4)
    assert found[:, 0].tolist() == [0, 6, 3, 9, 12, 18, 15, 21]
    assert interleave(rows[:, 0], width=4).tolist() == found[:, 0].tolist()


def test_llama3_factors_follow_the_definition() -> None:
    config = {**SIZES, "architectures": ["LlamaForCausalLM"], "rms_norm_eps": 1e-6}
    plain = Model.from_config({**config, "rope_theta": 5e5})
    assert plain.rope_factors() is None
    factors = Model.from_config({**config, "rope_parameters": LLAMA3_ROPE}).rope_factors()
    assert factors is not None
    assert (factors[0], factors[-1]) == (1, 32)
    assert (np.diff(factors) >= 0).all()
