"""Quantized files hold the types that their name says, load, and generate."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256
from recipe_base.runs import Run
from recipe_data.tiny import grow_tiny_model
from recipe_export.cli import main
from recipe_export.converting.quantize import file_type, quantize, read_types, write_quantized

from .conftest import BASE
from .harms import damage_a_block


def test_manifest_tells_types_sizes_and_divergence(exported: Path) -> None:
    manifest = read_manifest(exported)
    q4, q8 = manifest["gguf Q4_K_M"], manifest["gguf Q8_0"]
    assert set(q4["tensor_types"]) == {"F32", "Q4_K", "Q6_K"}
    assert set(q8["tensor_types"]) == {"F32", "Q8_0"}
    assert q4["bytes"] < q8["bytes"] < manifest["gguf F16"]["bytes"]
    for kind, facts in (("Q4_K_M", q4), ("Q8_0", q8)):
        sizes, values, logits = (check["measured"] for check in facts["checks"])
        assert sizes["different"] == values["different"] == 0
        assert 0.2 < values["error"] <= 1
        assert logits["kl"] < 4 * logits["kl_of_rounded_products"] < 0.01
        path = exported / "gguf" / f"tiny-topo-{kind}.gguf"
        assert facts["bytes"] == path.stat().st_size
        assert facts["tensor_types"] == read_types(path, kind).counts
        assert facts["tensors_replaced"] == []


def test_the_quantized_file_generates(exported: Path) -> None:
    from llama_cpp import Llama

    model = Llama(str(exported / "gguf" / "tiny-topo-Q4_K_M.gguf"), n_ctx=128, verbose=False)
    answer = model.create_chat_completion(
        [{"role": "user", "content": "Pasta"}], max_tokens=8, temperature=0
    )
    model.close()
    assert answer["usage"]["completion_tokens"] >= 1


def test_the_same_source_gives_the_same_bytes(exported: Path, work: Path) -> None:
    assert main(["all", "runs/tiny-topo", "--types", "q4_k_m"]) == 0
    for kind in ("F16", "Q4_K_M"):
        name = f"gguf/tiny-topo-{kind}.gguf"
        assert sha256(Path("runs/tiny-topo", name)) == sha256(exported / name)


def test_further_types_join_those_that_are_there(work: Path) -> None:
    run = Run.open(Path("runs/tiny-base"))
    quantize(run, "Q4_K_M")
    before = run.gguf("Q4_K_M").stat().st_mtime_ns
    quantize(run, "Q5_K_M")
    assert quantize(run, "Q4_K_M") == "already quantized"
    assert run.gguf("Q4_K_M").stat().st_mtime_ns == before
    assert set(read_manifest(run.folder)["gguf Q5_K_M"]["tensor_types"]) == {"F32", "Q5_K", "Q6_K"}


def test_types_that_took_the_place_of_others_are_told(work: Path) -> None:
    grow_tiny_model(["rice " * 9], Path("runs/odd/merged"), vocab_size=300, hidden=192, layers=1)
    run = Run.open(Path("runs/odd"))
    line = quantize(run, "Q4_K_M")
    assert re.search(r"; \d+ tensors are not what Q4_K_M promises.* is Q8_0 \(rows of 192\)", line)
    facts = read_manifest(run.folder)["gguf Q4_K_M"]
    assert facts["tensor_types"]["Q5_0"] > 0
    assert len(facts["tensors_replaced"]) == sum(
        count for kind, count in facts["tensor_types"].items() if kind in ("Q5_0", "Q8_0")
    )
    assert "promises" not in quantize(run, "Q8_0")


def test_a_corrupt_file_is_noticed(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupt(source: Path, path: Path, kind: str) -> None:
        write_quantized(source, path, kind)
        damage_a_block(path)

    monkeypatch.setattr("recipe_export.converting.quantize.write_quantized", corrupt)
    run = Run.open(Path("runs/tiny-base"))
    with pytest.raises(TopochefError, match=r"values .*error is .*at most 1 .*Nothing was written"):
        quantize(run, "Q8_0")
    assert [path.name for path in (run.folder / "gguf").iterdir()] == ["tiny-base-F16.gguf"]


def test_what_llama_cpp_cannot_do_is_told_in_its_words(work: Path) -> None:
    run = Run.open(Path("runs/tiny-base"))
    with pytest.raises(TopochefError, match=r"could not quantize .*importance matrix"):
        quantize(run, "IQ2_XXS")
    assert [path.name for path in (run.folder / "gguf").iterdir()] == ["tiny-base-F16.gguf"]


@pytest.mark.parametrize("kind", ["Q4_K_X", "GUESSED", ""])
def test_unknown_types_are_refused_before_any_work(kind: str, work: Path) -> None:
    with pytest.raises(TopochefError, match=r"is no GGUF type: choose from .*Q4_K_M"):
        quantize(Run.open(Path("runs/tiny-base")), kind)
    assert sorted(path.name for path in Path(BASE).parent.iterdir()) == ["merged"]


def test_file_types_are_llama_cpps_numbers() -> None:
    import llama_cpp

    assert file_type("Q5_K_M") == llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_M
    assert file_type("F32") == llama_cpp.LLAMA_FTYPE_ALL_F32
