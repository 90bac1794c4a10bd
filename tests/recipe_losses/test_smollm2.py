"""Spans and numbers on a real tokenizer and its own template: SmolLM2's."""

from __future__ import annotations

import pytest
from axolotl.utils.dict import DictDefault
from transformers import AutoTokenizer

from recipe_losses.codes import code
from recipe_losses.hf import encode
from recipe_losses.losses import DigitVocabulary
from recipe_losses.strategy import load

pytestmark = pytest.mark.heavy

ANSWER = '{"ingredients":["1250 g crème fraîche","½ onion"],"instructions":["Bake 25 minutes."]}'
DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
KINDS = {
    "1250 g": "quantity",
    "crème fraîche": "ingredient",
    "½": "quantity",
    "onion": "ingredient",
    "Bake": "action",
    "25 minutes": "time",
}
SPANS = [
    {
        "start": ANSWER.index(words),
        "end": ANSWER.index(words) + len(words),
        "kind": kind,
        "group": i // 2,
    }
    for i, (words, kind) in enumerate(KINDS.items())
]


@pytest.fixture(scope="module")
def tokenizer(smollm2_tokenizer):
    return AutoTokenizer.from_pretrained(smollm2_tokenizer)


def row(*before, task="recipe", spans=SPANS):
    asked = {"role": "user", "content": "Generate a recipe for a bake."}
    answer = {"role": "assistant", "content": ANSWER}
    return {"id": "row", "task": task, "messages": [*before, asked, answer], "spans": spans}


def tokenize(example, tokenizer):
    """As `axolotl train` does with `chat_template: tokenizer_default`."""
    block = {"tasks": {"default": {"cross_entropy": 1.0}}}
    template = "tokenizer_default"
    config = {"chat_template": template, "sequence_len": 512, "recipe_loss": block}
    settings = {"type": "recipe_losses.strategy", "chat_template": template}
    return load(tokenizer, DictDefault(config), settings).tokenize_prompt({**example})


@pytest.mark.parametrize(
    ("before", "system"),
    [((), DEFAULT_SYSTEM), (({"role": "system", "content": "Cook."},), "Cook.")],
    ids=["default system prompt", "system prompt of the row"],
)
def test_spans_and_labels_are_the_words_of_the_answer(before, system, tokenizer):
    tokens = tokenize(row(*before), tokenizer)
    text = tokenizer.decode(tokens["input_ids"])
    assert text.startswith(f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n")
    trained = [label for label in tokens["labels"] if label != -100]
    assert tokenizer.decode(trained) == f"{ANSWER}<|im_end|>"
    for kind in set(KINDS.values()):
        marked = [
            i
            for i, found in zip(tokens["input_ids"], tokens["span_kind"], strict=True)
            if found == code(kind)
        ]
        words = "".join(text for text, k in KINDS.items() if k == kind)
        assert tokenizer.decode(marked).replace(" ", "") == words.replace(" ", "")
    columns = encode(row(*before), tokenizer)
    assert {k: list(v) for k, v in columns.items()} == {k: list(tokens[k]) for k in columns}


def test_every_digit_is_a_token_of_its_own_and_no_token_has_more(tokenizer):
    digits = DigitVocabulary.of({i: tokenizer.decode([i]) for i in range(len(tokenizer))})
    assert sorted(digits.value.tolist()) == list(range(10))
    assert digits.length.tolist() == [1] * 10


def test_a_number_is_its_digits_with_their_places(tokenizer):
    start = ANSWER.index("1250")
    number = {"start": start, "end": start + 4, "kind": "number", "group": 0}
    tokens = tokenize(row(task="quantity", spans=[number]), tokenizer)
    found = [
        (tokenizer.decode([i]), place)
        for i, n, place in zip(
            tokens["input_ids"], tokens["number"], tokens["number_place"], strict=True
        )
        if n >= 0
    ]
    assert found == [("1", 3), ("2", 2), ("5", 1), ("0", 0)]
