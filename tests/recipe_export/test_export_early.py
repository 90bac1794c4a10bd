"""What cannot be exported is said in a line, before anything is merged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_export import local
from recipe_export.converting.convert import convert, write_gguf
from recipe_export.merging.merge import merge
from recipe_export.proofs.verify import check_tokens

from .conftest import BASE

RUN = Path("runs/tiny-topo")
CONFIG = RUN / "adapter" / "adapter_config.json"
ADAPTER = RUN / "adapter" / "adapter_model.safetensors"
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system here') }}"
    "{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}"
)


def edit(path: Path, **changes: Any) -> None:
    """Change keys of a JSON file; None removes one."""
    found = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({k: v for k, v in found.items() if v is not None}))


def assert_refused(words: str) -> None:
    """Merge, and find nothing merged."""
    with pytest.raises(TopochefError, match=words):
        merge(Run.open(RUN))
    assert not (RUN / "merged").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"r": 4, "lora', r"adapter_config\.json is not JSON"),
        ("", r"adapter_config\.json is not JSON"),
        ("[1]", r"adapter_config\.json must hold a JSON object"),
    ],
)
def test_a_broken_adapter_config_is_named(text: str, words: str, work: Path) -> None:
    CONFIG.write_text(text)
    assert_refused(words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lora_alpha": None}, "lora_alpha is missing"),
        ({"lora_alpha": "16"}, "lora_alpha is '16'"),
        ({"lora_alpha": True}, "lora_alpha is True"),
        ({"r": None}, "r is missing"),
        ({"r": 0}, "r is 0"),
        ({"r": 64}, r"says rank 64 for .*, but its matrices have the shapes \(4, "),
        ({"rank_pattern": {"v_proj": 2}}, "says rank 2 for model.layers.0.self_attn.v_proj"),
        ({"alpha_pattern": ["v_proj"]}, "alpha_pattern is .*: write a value for each module"),
        ({"alpha_pattern": {"v_proj": "32"}}, r"alpha_pattern\.v_proj is '32'"),
        ({"alpha_pattern": {"(v_proj": 32}}, "is no regular expression"),
        ({"base_model_name_or_path": None}, "names no base_model_name_or_path"),
        ({"base_model_name_or_path": 7}, "names no base_model_name_or_path"),
    ],
)
def test_a_setting_of_the_adapter_is_named(changes: dict[str, Any], words: str, work: Path) -> None:
    edit(CONFIG, **changes)
    assert_refused(rf"adapter_config\.json.*{words}" if "regular" not in words else words)


def test_weights_without_their_config_are_not_a_missing_training(work: Path) -> None:
    CONFIG.unlink()
    assert_refused(r"adapter_config\.json not found, though the adapter's weights are there")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_adapter_that_diverged_is_told_apart_from_rounding(value: float, work: Path) -> None:
    weights = load_file(ADAPTER)
    next(iter(weights.values()))[0, 0] = value
    save_file(weights, ADAPTER, {"format": "pt"})
    assert_refused("hold values that are not numbers.*lower learning_rate")


def test_pickled_weights_come_with_the_way_to_convert_them(work: Path) -> None:
    ADAPTER.rename(ADAPTER.with_name("adapter_model.bin"))
    assert_refused(r"of adapter_model\.bin they are made by .*save_file")


@pytest.mark.parametrize("text", ["{", '{"weight_map": []}', "{}"])
def test_a_broken_index_of_shards_is_named(text: str, work: Path) -> None:
    Path(BASE, "model.safetensors.index.json").write_text(text)
    assert_refused(r"model\.safetensors\.index\.json")


@pytest.mark.parametrize("header", [b"[]", b'{"a": 1}', b'{"a": {"dtype": "F32"}}'])
def test_a_header_of_another_kind_is_no_safetensors_file(header: bytes, work: Path) -> None:
    ADAPTER.write_bytes(len(header).to_bytes(8, "little") + header)
    assert_refused("is not a safetensors file")


@pytest.fixture
def no_merging(monkeypatch: pytest.MonkeyPatch) -> None:
    def merging(*_: Any) -> None:
        raise AssertionError("merged before it was refused")

    monkeypatch.setattr("recipe_export.merging.merge.write_merged", merging)


def other_architecture() -> str:
    edit(Path(BASE, "config.json"), architectures=["Gemma2ForCausalLM"])
    return "architecture Gemma2ForCausalLM cannot be converted"


def more_words_than_rows() -> str:
    edit(Path(BASE, "config.json"), vocab_size=9999)
    return r"vocab_size is 9999, but model\.embed_tokens\.weight has \d+ rows: write vocab_size: \d"


def other_width() -> str:
    edit(Path(BASE, "config.json"), hidden_size=7)
    return "hidden_size is 7, but .* columns"


def own_head(tied: bool = True) -> str:
    path = Path(BASE, "model.safetensors")
    weights = load_file(path)
    head = weights["model.embed_tokens.weight"].copy()
    head[3] += 1
    save_file({**weights, "lm_head.weight": head}, path, {"format": "pt"})
    edit(Path(BASE, "config.json"), tie_word_embeddings=tied)
    return "tie_word_embeddings is true, but lm_head.weight is not the embedding"


def no_head() -> str:
    edit(Path(BASE, "config.json"), tie_word_embeddings=False)
    return "has no lm_head.weight"


def foreign_tensor() -> str:
    path = Path(BASE, "model.safetensors")
    weights = load_file(path)
    eye = {"model.vision.0.weight": np.ones((2, 2), np.float32)}
    save_file({**weights, **eye}, path, {"format": "pt"})
    return r"model\.vision\.0\.weight has no counterpart"


def no_number() -> str:
    edit(Path(BASE, "config.json"), vocab_size="many")
    return "vocab_size is 'many', not a number"


def half_a_rope() -> str:
    edit(Path(BASE, "config.json"), rope_parameters={"rope_type": "llama3", "rope_theta": 1e4})
    return "of the type llama3 lacks factor, low_freq_factor"


def cut_off() -> str:
    path = Path(BASE, "config.json")
    path.write_text(path.read_text()[:-20])
    return r"config\.json is not JSON"


def other_tokenizer() -> str:
    path = RUN / "adapter" / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    edit(path, model={**tokenizer["model"], "type": "Unigram", "vocab": [["a", 0.0]]})
    return "Unigram with .* has no known counterpart in llama.cpp"


def strange_tokenizer() -> str:
    (RUN / "adapter" / "tokenizer.json").write_text('{"model": []}')
    return r"tokenizer\.json is not what the library tokenizers writes"


def no_system() -> str:
    (RUN / "adapter" / "chat_template.jinja").write_text(NO_SYSTEM)
    return r"the chat template refuses a conversation \(no system here\)"


@pytest.mark.parametrize(
    "fault",
    [
        other_architecture,
        more_words_than_rows,
        other_width,
        own_head,
        no_head,
        foreign_tensor,
        no_number,
        half_a_rope,
        cut_off,
        other_tokenizer,
        strange_tokenizer,
        no_system,
    ],
)
def test_what_conversion_would_refuse_is_refused_before_merging(
    fault: Callable[[], str], work: Path, no_merging: None
) -> None:
    assert_refused(fault())


@pytest.mark.parametrize(
    "fault", [other_architecture, more_words_than_rows, own_head], ids=lambda f: f.__name__
)
def test_a_full_model_is_asked_the_same(fault: Callable[[], str], work: Path) -> None:
    words = fault()
    for step in (merge, convert):
        with pytest.raises(TopochefError, match=words):
            step(Run.open(Path("runs/tiny-base")))


def test_a_full_model_whose_template_takes_no_system_turn_is_refused(work: Path) -> None:
    Path(BASE, "chat_template.jinja").write_text(NO_SYSTEM)
    with pytest.raises(TopochefError, match="no system here"):
        convert(Run.open(Path("runs/tiny-base")))


def test_a_head_of_its_own_is_merged_where_the_config_says_so(work: Path) -> None:
    own_head(tied=False)
    assert "matrices merged" in merge(Run.open(RUN))


def test_the_file_puts_bos_before_a_text_only_where_transformers_does(work: Path) -> None:
    """transformers reads tokenizer.json, not `add_bos_token`."""
    edit(
        Path(BASE, "tokenizer_config.json"),
        bos_token="<|endoftext|>",
        add_bos_token=True,
        add_eos_token=True,
    )
    write_gguf(Path(BASE), Path("model.gguf"), "F16", "name")
    with local.vocabulary(Path("model.gguf")) as vocabulary:
        assert local.token_ids(vocabulary, "", add_bos=True) == []
    assert check_tokens(Path("model.gguf"), Path(BASE)).failures == []
