"""Merging: PEFT's result, the adapter's tokenizer, exactly the files of a model, or nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256
from recipe_base.runs import Run
from recipe_export.merging.adapter import Adapter
from recipe_export.merging.merge import merge, write_merged
from recipe_export.models.weights import Checkpoint

from .conftest import BASE, TOKENIZER, add_adapter

RUN = Path("runs/tiny-topo")
MODEL = {"config.json", "generation_config.json", "model.safetensors"}


def peft_weights(adapter: Path, dtype: str = "float32") -> dict[str, np.ndarray]:
    """Merge with PEFT itself, in one type."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(BASE, dtype=dtype)
    merged = PeftModel.from_pretrained(base, str(adapter)).merge_and_unload()
    return {name: value.float().numpy() for name, value in merged.state_dict().items()}


def put_on_grid(adapter: Path) -> None:
    """Make every factor a small multiple of 1/64: then no sum of B A is ever rounded."""
    from safetensors.numpy import load_file, save_file

    path = adapter / "adapter_model.safetensors"
    generator = np.random.default_rng(4)
    grid = {
        name: generator.integers(-2, 3, values.shape).astype(np.float32) / 64
        for name, values in load_file(path).items()
    }
    save_file(grid, path, {"format": "pt"})


def quantized_base(folder: Path) -> None:
    """Save the base in four bits, as QLoRA loads it."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    settings = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32
    )
    model = AutoModelForCausalLM.from_pretrained(
        BASE, dtype=torch.float32, quantization_config=settings, device_map={"": "cpu"}
    )
    model.save_pretrained(folder)


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_export_merges_into_exactly_the_files_of_a_model(exported: Path) -> None:
    names = {path.name for path in (exported / "merged").iterdir()}
    assert names == MODEL | set(TOKENIZER)
    files, check = read_manifest(exported)["merge"]["checks"]
    assert files["measured"]["tensors"] == len(Checkpoint.open(exported / "merged").tensors)
    assert files["measured"]["tensors_different"] == files["measured"]["files_unexpected"] == 0
    assert check["measured"]["matrices"] == 6
    assert 0 < check["measured"]["error"] < 1
    assert check["measured"]["adapter_effect"] > 0.01
    assert check["measured"]["kept"] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "lora",
    [
        {},
        {"use_rslora": True},
        {"alpha_pattern": {"v_proj": 32}, "rank_pattern": {"layers.1.self_attn.q_proj": 2}},
        {"target_modules": ["q_proj", "gate_proj", "down_proj"], "init_lora_weights": "gaussian"},
    ],
    ids=["plain", "rslora", "patterns", "mlp"],
)
def test_every_weight_is_what_peft_merges(lora: dict[str, Any], work: Path) -> None:
    adapter = add_adapter(work, "tiny-other", **lora)
    merge(Run.open(Path("runs/tiny-other")))
    expected = peft_weights(adapter)
    base = Checkpoint.open(Path(BASE)).tensors
    changed = 0
    for name, tensor in Checkpoint.open(Path("runs/tiny-other/merged")).tensors.items():
        found = tensor.read()
        np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=1e-7)
        changed += not np.array_equal(found, base[name].read())
    assert changed == 2 * len(lora.get("target_modules", "qvo"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_bits_are_those_of_peft_and_of_axolotl(dtype: str, work: Path) -> None:
    from transformers import AutoModelForCausalLM

    AutoModelForCausalLM.from_pretrained(BASE, dtype=dtype).save_pretrained(BASE)
    put_on_grid(RUN / "adapter")
    merge(Run.open(RUN))
    # In a process of its own: Axolotl takes hold of the output streams of whoever imports it.
    call = "from pathlib import Path; from axolotl.cli.utils import lora_merge as m; "
    paths = ", ".join(f"Path({str(path)!r})" for path in (BASE, RUN / "adapter", "axolotl"))
    call += f"m.merge_lora_sharded_efficient({paths})"
    subprocess.run([sys.executable, "-c", call], check=True, capture_output=True, timeout=300)
    expected = peft_weights(RUN / "adapter", dtype)
    axolotl = Checkpoint.open(Path("axolotl")).tensors
    base = Checkpoint.open(Path(BASE)).tensors
    merged = Checkpoint.open(RUN / "merged").tensors
    assert merged.keys() == axolotl.keys()
    for name, tensor in merged.items():
        assert np.array_equal(tensor.read(), expected[name]), name
        assert np.array_equal(tensor.read(), axolotl[name].read()), name
    assert sum(not np.array_equal(t.read(), base[name].read()) for name, t in merged.items()) == 6


def test_an_adapter_of_qlora_goes_into_the_full_precision_base(work: Path) -> None:
    quantized_base(work / "runs/four-bit")
    edit(RUN / "adapter" / "adapter_config.json", base_model_name_or_path="runs/four-bit")
    with pytest.raises(TopochefError, match=r"bitsandbytes.*merge runs/tiny-topo --base NAME"):
        merge(Run.open(RUN))
    assert not (RUN / "merged").exists()

    merge(Run.open(RUN), BASE)
    assert read_manifest(RUN)["merge"]["base"] == BASE
    for name, expected in peft_weights(RUN / "adapter").items():
        if name != "lm_head.weight":
            found = Checkpoint.open(RUN / "merged").tensors[name].read()
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_bfloat16_and_shards_stay_bfloat16_and_shards(work: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.bfloat16)
    Path(BASE, "model.safetensors").unlink()
    model.save_pretrained(BASE, max_shard_size="1MB")
    merge(Run.open(RUN))

    merged = Checkpoint.open(RUN / "merged")
    assert len(merged.files) > 1
    assert {tensor.dtype for tensor in merged.tensors.values()} == {"BF16"}
    for name, expected in peft_weights(RUN / "adapter").items():
        if name in merged.tensors:
            found = merged.tensors[name].read()
            np.testing.assert_allclose(found, expected, rtol=2**-8, atol=1e-9)


def test_the_adapters_tokenizer_and_template_win(work: Path) -> None:
    (RUN / "adapter" / "chat_template.jinja").write_text("{# of the adapter #}{{ messages }}")
    edit(RUN / "adapter" / "tokenizer_config.json", model_max_length=77)
    merge(Run.open(RUN))
    assert (RUN / "merged" / "chat_template.jinja").read_text().startswith("{# of the adapter #}")
    config = json.loads((RUN / "merged" / "tokenizer_config.json").read_text())
    assert config["model_max_length"] == 77


@pytest.mark.parametrize("missing", [["chat_template.jinja"], list(TOKENIZER)])
def test_the_bases_tokenizer_fills_the_gaps(missing: list[str], work: Path) -> None:
    for name in missing:
        (RUN / "adapter" / name).unlink()
    merge(Run.open(RUN))
    for name in TOKENIZER:
        assert (RUN / "merged" / name).read_text() == Path(BASE, name).read_text()


def test_a_second_merge_does_nothing_and_another_adapter_is_refused(work: Path) -> None:
    merge(Run.open(RUN))
    before = sha256(RUN / "merged")
    assert merge(Run.open(RUN)) == "already merged"
    edit(RUN / "adapter" / "adapter_config.json", lora_alpha=99)
    with pytest.raises(TopochefError, match="made from other inputs: delete it"):
        merge(Run.open(RUN))
    assert sha256(RUN / "merged") == before


def test_a_full_model_is_used_as_it_is(work: Path) -> None:
    (Path(BASE) / "checkpoint-9").mkdir()
    before = sha256(Path(BASE))
    assert "as it is" in merge(Run.open(Path("runs/tiny-base")))
    assert sha256(Path(BASE)) == before


def test_a_run_without_adapter_or_model_names_the_remedy(work: Path) -> None:
    Path("runs/empty").mkdir()
    with pytest.raises(TopochefError, match=r"adapter_config\.json not found.*axolotl train"):
        merge(Run.open(Path("runs/empty")))


def test_a_base_that_is_not_here_names_the_remedy(work: Path) -> None:
    edit(RUN / "adapter" / "adapter_config.json", base_model_name_or_path="runs/away/merged")
    with pytest.raises(TopochefError, match=r"runs/away/merged is not a folder: run from"):
        merge(Run.open(RUN))


@pytest.mark.parametrize(
    "change",
    [
        {"use_dora": True},
        {"bias": "all"},
        {"modules_to_save": ["lm_head"]},
        {"init_lora_weights": "pissa"},
        {"peft_type": "IA3"},
    ],
)
def test_more_than_lora_is_refused_by_name(change: dict[str, Any], work: Path) -> None:
    edit(RUN / "adapter" / "adapter_config.json", **change)
    [key] = change
    with pytest.raises(TopochefError, match=f"{key} is .* cannot be merged here"):
        merge(Run.open(RUN))
    assert not (RUN / "merged").exists()


def test_tensors_that_are_not_lora_are_refused_by_name(work: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = RUN / "adapter" / "adapter_model.safetensors"
    tensors = load_file(path)
    save_file({**tensors, "base_model.model.lm_head.weight": np.ones((2, 2), np.float32)}, path)
    with pytest.raises(TopochefError, match=re.escape("lm_head.weight is not a LoRA matrix")):
        merge(Run.open(RUN))


def test_an_adapted_output_that_is_tied_is_refused(work: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = RUN / "adapter" / "adapter_model.safetensors"
    prefix = "base_model.model.lm_head.lora_"
    sides = {f"{prefix}A.weight": np.ones((4, 256), np.float32)}
    sides[f"{prefix}B.weight"] = np.ones((640, 4), np.float32)
    save_file({**load_file(path), **sides}, path)
    with pytest.raises(TopochefError, match=r"lm_head\.weight, which .* ties to its input"):
        merge(Run.open(RUN))


def test_an_adapter_of_another_model_is_refused(work: Path) -> None:
    from recipe_data.tiny import grow_tiny_model

    grow_tiny_model(["other " * 9], Path("runs/wide/merged"), vocab_size=300, hidden=512, layers=2)
    edit(RUN / "adapter" / "adapter_config.json", base_model_name_or_path="runs/wide/merged")
    with pytest.raises(TopochefError, match="belongs to another model"):
        merge(Run.open(RUN))


def lose_the_adapter(folder: Path) -> None:
    """Put the base's weights in place of the merged ones."""
    shutil.copy(Path(BASE, "model.safetensors"), folder)


def corrupt_a_tensor(folder: Path) -> None:
    """Fill one matrix with zeros."""
    tensor = Checkpoint.open(folder).tensors["model.layers.0.mlp.up_proj.weight"]
    with tensor.file.open("r+b") as file:
        file.seek(tensor.start)
        file.write(bytes(tensor.bytes))


def forget_a_tensor(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lose_the_adapter, "error is .*, at most 1 is allowed; kept is 0, at least 0.5"),
        (corrupt_a_tensor, r"first: .*layers\.0\.mlp\.up_proj.*others_different is 1"),
        (forget_a_tensor, "tensors_different is 1"),
        (lambda folder: (folder / "optimizer.pt").touch(), "files_unexpected is 1"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "files_missing is 1"),
    ],
    ids=["lost", "corrupt", "incomplete", "unexpected", "no tokenizer"],
)
def test_a_failed_check_leaves_nothing(
    harm: Callable[[Path], None], words: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def harmed(adapter: Adapter, base: Path, folder: Path) -> None:
        write_merged(adapter, base, folder)
        harm(folder)

    monkeypatch.setattr("recipe_export.merging.merge.write_merged", harmed)
    with pytest.raises(TopochefError, match=rf"{words}.*Nothing was written"):
        merge(Run.open(RUN))
    assert sorted(path.name for path in RUN.iterdir()) == ["adapter"]
