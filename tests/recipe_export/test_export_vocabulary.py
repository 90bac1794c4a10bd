"""From the structure of tokenizer.json to llama.cpp's names, token list and token types."""

from __future__ import annotations

from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_export.converting.vocabulary import LLAMA3, QWEN2, pre_tokenizer, token_list


def byte_level(*before: dict[str, Any], use_regex: bool = False) -> dict[str, Any]:
    last = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": use_regex}
    return {"type": "Sequence", "pretokenizers": [*before, last]}


def split(regex: str) -> dict[str, Any]:
    pattern = {"Regex": regex}
    return {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("steps", "ignore_merges", "expected"),
    [
        (byte_level(split(QWEN2)), False, "qwen2"),
        (byte_level(split(LLAMA3)), True, "llama-bpe"),
        (byte_level(split(LLAMA3)), False, "smaug-bpe"),
        (
            byte_level({"type": "Digits", "individual_digits": True}, use_regex=True),
            False,
            "smollm",
        ),
        (byte_level(use_regex=True)["pretokenizers"][0], False, "gpt-2"),
    ],
)
def test_pre_tokenizers_are_recognised_by_structure(
    steps: dict[str, Any], ignore_merges: bool, expected: str
) -> None:
    model = {"type": "BPE", "ignore_merges": ignore_merges}
    assert pre_tokenizer({"model": model, "pre_tokenizer": steps}) == expected


@pytest.mark.parametrize(
    "tokenizer",
    [
        {"model": {"type": "Unigram"}, "pre_tokenizer": byte_level(split(QWEN2))},
        {"model": {"type": "BPE"}, "pre_tokenizer": byte_level(split(r"\w+"))},
        {"model": {"type": "BPE"}, "pre_tokenizer": None},
        {
            "model": {"type": "BPE"},
            "pre_tokenizer": byte_level(split(QWEN2)),
            "normalizer": {"type": "Lowercase"},
        },
    ],
)
def test_an_unknown_tokenizer_is_refused(tokenizer: dict[str, Any]) -> None:
    with pytest.raises(TopochefError, match="no known counterpart"):
        pre_tokenizer(tokenizer)


def test_ids_without_a_token_are_filled_and_too_many_tokens_refused() -> None:
    from gguf import TokenType

    added = [
        {"id": 2, "content": "<|fim|>", "special": False},
        {"id": 3, "content": "<think>", "special": False},
    ]
    tokenizer = {"model": {"vocab": {"a": 0, "b": 1}}, "added_tokens": added}
    tokens, types = token_list(tokenizer, rows=5)
    assert tokens == ["a", "b", "<|fim|>", "<think>", "[PAD4]"]
    names = ["NORMAL", "NORMAL", "CONTROL", "USER_DEFINED", "UNUSED"]
    assert types == [TokenType[name] for name in names]
    with pytest.raises(TopochefError, match="a token 3, but the model's embedding has 3 rows"):
        token_list(tokenizer, rows=3)
