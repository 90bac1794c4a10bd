"""The grown model: deterministic, loadable by the ordinary classes, able to encode anything."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_data.tiny import (
    PAD,
    QWEN2_PATTERN,
    TURN_END,
    TURN_START,
    grow_tiny_model,
    train_tokenizer,
)

TEXTS = [
    "Generate a recipe for Mushroom risotto, 2 servings.",
    '{"ingredients":["160 g risotto rice","1 onion, finely chopped"]}',
    "Fry the onion in the butter for 5 minutes, then add the rice and stir.",
] * 4


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "tiny-init"
    grow_tiny_model(iter(TEXTS), folder, vocab_size=320, layers=1)
    return folder


TOKENIZER = train_tokenizer(TEXTS, 320)


def test_same_seed_same_bytes_and_other_seed_other_weights(grown: Path, tmp_path: Path) -> None:
    import torch

    torch.manual_seed(123)
    state = torch.get_rng_state()
    grow_tiny_model(TEXTS, tmp_path / "again", vocab_size=320, layers=1)
    assert sha256(tmp_path / "again") == sha256(grown)
    assert torch.equal(torch.get_rng_state(), state)

    grow_tiny_model(TEXTS, tmp_path / "other", vocab_size=320, layers=1, seed=8)
    tokenizer, weights = "tokenizer.json", "model.safetensors"
    assert sha256(tmp_path / "other" / tokenizer) == sha256(grown / tokenizer)
    assert sha256(tmp_path / "other" / weights) != sha256(grown / weights)


def test_ordinary_classes_load_the_folder(grown: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(grown)
    model = AutoModelForCausalLM.from_pretrained(grown)

    assert type(model).__name__ == "Qwen3ForCausalLM"
    assert model.dtype == torch.float32
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert model.config.vocab_size == len(tokenizer) <= 320
    assert (tokenizer.pad_token, tokenizer.eos_token, tokenizer.bos_token) == (PAD, TURN_END, None)
    assert model.generation_config.eos_token_id == tokenizer.convert_tokens_to_ids(TURN_END)
    assert model(**tokenizer("rice", return_tensors="pt")).logits.isfinite().all()


def test_chat_template_adds_no_system_prompt_of_its_own(grown: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(grown)
    messages = [{"role": "user", "content": "Pasta"}, {"role": "assistant", "content": "{}"}]
    rendered = tokenizer.apply_chat_template(messages, tokenize=False)
    asked = tokenizer.apply_chat_template(messages[:1], tokenize=False, add_generation_prompt=True)

    assert rendered == "<|im_start|>user\nPasta<|im_end|>\n<|im_start|>assistant\n{}<|im_end|>\n"
    assert asked == "<|im_start|>user\nPasta<|im_end|>\n<|im_start|>assistant\n"
    ids = tokenizer(asked)["input_ids"]
    assert ids.count(tokenizer.convert_tokens_to_ids(TURN_START)) == 2


def test_pre_tokenizer_is_qwen2s() -> None:
    from transformers.models.qwen2 import tokenization_qwen2

    assert QWEN2_PATTERN == tokenization_qwen2.PRETOKENIZE_REGEX


@settings(max_examples=200)
@given(st.text())
def test_any_text_is_encoded_losslessly(text: str) -> None:
    ids = TOKENIZER(text)["input_ids"]
    assert TOKENIZER.decode(ids, clean_up_tokenization_spaces=False) == unicodedata.normalize(
        "NFC", text
    )


def test_a_second_call_does_nothing_and_other_inputs_are_refused(grown: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in grown.iterdir()}
    facts = grow_tiny_model(TEXTS, grown, vocab_size=320, layers=1)
    assert facts["vocab_size"] <= 320
    assert {path: path.stat().st_mtime_ns for path in grown.iterdir()} == before
    with pytest.raises(TopochefError, match=r"already holds another run .*layers"):
        grow_tiny_model(TEXTS, grown, vocab_size=320, layers=2)


def test_a_failure_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("recipe_data.tiny._save_model", full_disk)
    with pytest.raises(OSError, match="no space"):
        grow_tiny_model(TEXTS, tmp_path / "tiny", vocab_size=320)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.heavy
def test_leftovers_of_a_killed_run_are_replaced(tmp_path: Path) -> None:
    leftover = tmp_path / ".tiny.part" / "model.safetensors"
    leftover.parent.mkdir()
    leftover.write_bytes(b"half")
    grow_tiny_model(TEXTS, tmp_path / "tiny", vocab_size=320, layers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


@pytest.mark.parametrize(
    ("texts", "vocab_size", "message"),
    [([], 320, "no text"), (["", ""], 320, "no text"), (TEXTS, 258, "use 259 or more")],
)
def test_senseless_inputs_are_refused(
    texts: list[str], vocab_size: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(TopochefError, match=message):
        grow_tiny_model(texts, tmp_path / "tiny", vocab_size=vocab_size)


def test_a_folder_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(TopochefError, match="was not made by"):
        grow_tiny_model(TEXTS, tmp_path, vocab_size=320)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
