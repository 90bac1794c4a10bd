"""Folders of models and adapters that do not fit together, without a model: headers are enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from recipe_base.errors import TopochefError
from recipe_export.chat import render
from recipe_export.converting.refusals import refuse_model, refuse_tokenizer
from recipe_export.merging.adapter import Adapter
from recipe_export.models.architecture import Model
from recipe_export.models.files import chat_template
from recipe_export.models.weights import Checkpoint

CONFIG = {
    "architectures": ["Qwen3ForCausalLM"],
    "vocab_size": 6,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "max_position_embeddings": 32,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": True,
}
LAYER = {
    "input_layernorm": (8,),
    "post_attention_layernorm": (8,),
    "self_attn.q_norm": (4,),
    "self_attn.k_norm": (4,),
    "self_attn.q_proj": (16, 8),
    "self_attn.k_proj": (8, 8),
    "self_attn.v_proj": (8, 8),
    "self_attn.o_proj": (8, 16),
    "mlp.gate_proj": (12, 8),
    "mlp.up_proj": (12, 8),
    "mlp.down_proj": (8, 12),
}
SHAPES = {
    "model.embed_tokens.weight": (6, 8),
    "model.norm.weight": (8,),
    **{f"model.layers.{i}.{name}.weight": shape for i in (0, 1) for name, shape in LAYER.items()},
}


def save(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    save_file({name: np.zeros(shape, np.float32) for name, shape in shapes.items()}, path)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    save(tmp_path / "model.safetensors", SHAPES)
    return tmp_path


def change(folder: Path, **changes: Any) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, **changes}))


def test_a_model_that_fits_together_passes(model: Path) -> None:
    refuse_model(model)
    change(model, rope_parameters={"rope_theta": 1e6}, partial_rotary_factor=1.0, head_dim=4)
    refuse_model(model)
    accepted = Model.from_config(json.loads((model / "config.json").read_text()))
    assert (accepted.rope["rope_theta"], accepted.head_dim) == (1e6, 4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_hidden_layers": 3}, "num_hidden_layers is 3, but the weights have 2 layers"),
        ({"num_hidden_layers": 1}, "num_hidden_layers is 1, but the weights have 2 layers"),
        ({"num_hidden_layers": 1.5}, "num_hidden_layers is 1.5, not a number above 0 without dec"),
        ({"head_dim": 2}, r"head_dim make model.layers.0.self_attn.q_norm|q_proj.weight \(8, 8\)"),
        ({"head_dim": "wide"}, "head_dim is 'wide'"),
        ({"num_key_value_heads": 4}, r"k_proj.weight \(16, 8\), but it is \(8, 8\)"),
        ({"intermediate_size": 16}, r"gate_proj.weight \(16, 8\), but it is \(12, 8\)"),
        ({"architectures": "Qwen3ForCausalLM"}, r"'Qwen3ForCausalLM' \(not a list\)"),
        ({"architectures": 5}, r"5 \(not a list\) cannot be converted"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings is 'yes': write true or false"),
        ({"rope_scaling": "linear"}, "rope_scaling is 'linear'"),
        ({"rope_parameters": {"full_attention": {"rope_theta": 1e6}}}, "one rotary embedding for"),
        ({"rope_theta": None}, "rope_theta is None, not a number"),
        ({"rope_parameters": {"rope_theta": "1e6"}}, "rope_theta is '1e6'"),
        ({"partial_rotary_factor": 0.5}, "partial_rotary_factor: llama.cpp would compute"),
        ({"layer_types": ["full_attention", "sliding_attention"]}, "layer_types: llama.cpp would"),
    ],
)
def test_a_config_that_tells_something_else_is_refused(
    changes: dict[str, Any], words: str, model: Path
) -> None:
    change(model, **changes)
    with pytest.raises(TopochefError, match=words):
        refuse_model(model)


@pytest.mark.parametrize(
    "name",
    [
        "model.norm.weight",
        "model.layers.1.mlp.down_proj.weight",
        "model.layers.0.self_attn.k_norm.weight",
    ],
)
def test_a_tensor_that_is_missing_is_named(name: str, model: Path) -> None:
    save(model / "model.safetensors", {n: shape for n, shape in SHAPES.items() if n != name})
    with pytest.raises(TopochefError, match=f"has no {name}"):
        refuse_model(model)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]},
    ],
)
def test_a_header_that_does_not_fill_its_bytes_is_refused(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    header = json.dumps({"a": entry}).encode()
    data = len(header).to_bytes(8, "little") + header + bytes(8)
    (tmp_path / "model.safetensors").write_bytes(data)
    with pytest.raises(TopochefError, match="is not a safetensors file"):
        Checkpoint.open(tmp_path)


def test_an_index_that_names_no_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": 5, "b": "c"}}')
    with pytest.raises(TopochefError, match="weight_map names no files"):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize(
    ("changes", "shape", "words"),
    [
        ({"lora_alpha": float("inf")}, (2, 8), "lora_alpha is inf"),
        ({"use_rslora": "true"}, (2, 8), "use_rslora is 'true'"),
        ({}, (2,), r"lora_A.weight has the shape \(2,\), which is no matrix"),
        ({}, (2, 8, 1), "which is no matrix"),
    ],
)
def test_an_adapter_of_other_numbers_or_shapes_is_refused(
    changes: dict[str, Any], shape: tuple[int, ...], words: str, tmp_path: Path
) -> None:
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "base_model_name_or_path": "base"}
    (tmp_path / "adapter_config.json").write_text(json.dumps({**config, **changes}))
    place = "base_model.model.model.layers.0.self_attn.q_proj"
    shapes = {f"{place}.lora_A.weight": shape, f"{place}.lora_B.weight": (16, 2)}
    save(tmp_path / "adapter_model.safetensors", shapes)
    with pytest.raises(TopochefError, match=words):
        Adapter.open(tmp_path)


TOKENIZER = {
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
    "added_tokens": [{"id": 2, "content": "<|end|>", "special": True}],
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
}


NO_PIECES = {"type": "TemplateProcessing", "single": []}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tokenizer_config.json", {"eos_token": "<|end|>"}, None),
        ("tokenizer_config.json", {"eos_token": {"content": "<|end|>"}, "bos_token": None}, None),
        ("tokenizer_config.json", {"eos_token": "<|stop|>"}, "eos_token is .*, which is no token"),
        ("tokenizer_config.json", {"bos_token": 2}, "bos_token is 2, which is no token"),
        ("special_tokens_map.json", [], "special_tokens_map.json must hold a JSON object"),
        ("tokenizer.json", {**TOKENIZER, "model": {"type": "BPE", "vocab": {}}}, "'merges'"),
        ("tokenizer.json", {**TOKENIZER, "post_processor": NO_PIECES}, "is not what"),
    ],
)  # fmt: skip
def test_files_of_a_tokenizer_that_do_not_fit_together(
    name: str, content: Any, words: str | None, tmp_path: Path
) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    (tmp_path / name).write_text(json.dumps(content))
    if words is None:
        refuse_tokenizer(tmp_path, 3)
        return
    with pytest.raises(TopochefError, match=words):
        refuse_tokenizer(tmp_path, 3)


def test_templates_that_are_no_text_or_divide_by_zero(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_bytes(b"caf\xe9")
    with pytest.raises(TopochefError, match=r"chat_template\.jinja is not UTF-8"):
        chat_template(tmp_path)
    with pytest.raises(TopochefError, match="the chat template refuses a conversation"):
        render("{{ 1 / 0 }}", [{"role": "user", "content": "Rice?"}], tmp_path)
