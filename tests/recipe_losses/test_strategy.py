"""Spans and labels survive whatever a chat template puts around the answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from axolotl.utils.chat_templates import get_chat_template
from axolotl.utils.dict import DictDefault
from datasets import Dataset
from transformers import AutoTokenizer

from recipe_losses.codes import code
from recipe_losses.errors import RecipeLossError
from recipe_losses.hf import encode
from recipe_losses.strategy import load

pytestmark = pytest.mark.heavy

THINKING = "<think>\n\n</think>\n\n"


@pytest.fixture(scope="module")
def tokenizer(workshop):
    return AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")


@pytest.fixture(scope="module")
def row(workshop):
    first = json.loads((workshop.folder / "train.jsonl").read_text().splitlines()[0])
    return {**first, "messages": [{"role": "system", "content": "Cook."}, *first["messages"]]}


def tokenize(row, tokenizer, template="chatml", tasks=("default",)):
    block = {"tasks": {task: {"cross_entropy": 1.0} for task in tasks}}
    config = {"chat_template": template, "sequence_len": 512, "recipe_loss": block}
    settings = {"type": "recipe_losses.strategy", "chat_template": template}
    return load(tokenizer, DictDefault(config), settings).tokenize_prompt({**row})


@pytest.mark.parametrize("template", ["chatml", "qwen_25", "qwen3", "phi_4", "gemma3"])
def test_the_answer_is_trained_on_and_its_spans_are_marked(row, tokenizer, template):
    tokens = tokenize(row, tokenizer, template)
    assert len(tokens.pop("credit")) == 0
    assert {len(column) for column in tokens.values()} == {len(tokens["input_ids"])}
    answer = row["messages"][-1]["content"]
    trained = [label for label in tokens["labels"] if label != -100]
    assert tokenizer.decode(trained).replace("<|im_end|>", "") == answer
    for kind in ("ingredient", "quantity"):
        own = [
            i
            for i, k in zip(tokens["input_ids"], tokens["span_kind"], strict=True)
            if k == code(kind)
        ]
        words = [answer[s["start"] : s["end"]] for s in row["spans"] if s["kind"] == kind]
        assert tokenizer.decode(own).replace(" ", "") == "".join(words).replace(" ", "")


def test_the_empty_thinking_block_is_shown_but_not_trained(row, tokenizer):
    tokens = tokenize(row, tokenizer, "qwen3")
    text = tokenizer.decode(tokens["input_ids"])
    assert THINKING + row["messages"][-1]["content"] in text
    trained = [label for label in tokens["labels"] if label != -100]
    assert "think" not in tokenizer.decode(trained)


@pytest.mark.parametrize("template", ["chatml", "qwen3"])
def test_other_trainers_get_the_same_tokens_labels_and_spans(row, tokenizer, template):
    expected = tokenize(row, tokenizer, template)
    before = tokenizer.chat_template
    tokenizer.chat_template = get_chat_template(template)
    try:
        found = encode(row, tokenizer)
    finally:
        tokenizer.chat_template = before
    assert len(found.pop("credit")) == len(expected.pop("credit")) == 0
    assert found == {key: expected[key] for key in found}


def judged(row):
    """The same row with a credit for every food, of alternating sign."""
    spans = [
        {**s, "credit": (-1) ** s["group"] * 0.5 if s["kind"] == "ingredient" else None}
        for s in row["spans"]
    ]
    return {**row, "spans": spans}


def test_both_carry_credits_and_a_file_may_begin_without_them(row, tokenizer):
    before, tokenizer.chat_template = tokenizer.chat_template, get_chat_template("chatml")
    try:
        expected = encode(judged(row), tokenizer)["credit"]
    finally:
        tokenizer.chat_template = before
    found = tokenize(judged(row), tokenizer)["credit"]
    assert len(expected) > 0
    np.testing.assert_array_equal(found, np.asarray(expected, dtype=np.float32))
    foods = np.asarray(tokenize(row, tokenizer)["span_kind"]) == code("ingredient")
    assert foods.any()
    assert set(found[foods].tolist()) == {-0.5, 0.5}
    rows = Dataset.from_list([row] * 3 + [judged(row)])
    block = {"tasks": {"default": {"cross_entropy": 1.0}}}
    config = DictDefault({"chat_template": "chatml", "sequence_len": 512, "recipe_loss": block})
    strategy = load(tokenizer, config, {"chat_template": "chatml"})
    mapped = rows.map(
        strategy.tokenize_prompt, batched=True, batch_size=2, remove_columns=rows.column_names
    )
    assert [len(credit) for credit in mapped["credit"]] == [0, 0, 0, len(found)]
    np.testing.assert_array_equal(np.asarray(mapped[3]["credit"], np.float32), found)


def test_rows_with_numbers_follow_the_numeric_mix_unless_their_task_has_one(row, tokenizer):
    number = {"start": 0, "end": 3, "kind": "number", "group": 0}
    numeric = {**row, "task": "scaling", "spans": [number]}
    for tasks, expected in (
        (("default",), "scaling"),
        (("default", "numeric"), "numeric"),
        (("default", "numeric", "scaling"), "scaling"),
    ):
        assert set(tokenize(numeric, tokenizer, tasks=tasks)["loss_task"]) == {code(expected)}


SPAN = {"start": 0, "end": 1, "kind": "x", "group": 0}


def ask(content):
    return {"role": "user", "content": content}


def say(content):
    return {"role": "assistant", "content": content}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spans": None}, "has no `spans`"),
        ({"spans": [{**SPAN, "end": 9999}]}, "span 0:9999"),
        ({"spans": [{**SPAN, "start": "0"}]}, "`start` is '0'"),
        ({"spans": [{"start": 0, "end": 1, "kind": "x"}]}, "no `group`"),
        ({"spans": [SPAN, {**SPAN, "kind": "y"}]}, "overlap"),
        ({"messages": [ask("Hello")]}, "not the assistant's"),
        ({"messages": [ask("Hello"), say("")]}, "the answer is empty"),
        ({"messages": [ask("Hello"), say(None)]}, "no `content`"),
        ({"messages": [ask("Hello"), say("Boil<|im_end|> it")]}, "'<.im_end.>'"),
        ({"messages": [ask("<|im_start|>"), say("Boil it")]}, r"message 0 \(user\)"),
        ({"messages": []}, "`messages` is empty"),
        ({"messages": None}, "has no `messages`"),
    ],
)
def test_a_row_that_cannot_be_trained_is_named_by_both(row, tokenizer, change, message):
    for way in (tokenize, encode):
        with pytest.raises(RecipeLossError, match=f"row row-0.*{message}"):
            way({**row, **change}, tokenizer)


REFUSING = "{{ raise_exception('no system turn here') if messages[0].role == 'system' }}"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (REFUSING, "no system turn here"),
        ("{% for m in messages %}<x>{{ m.content | upper }}{% endfor %}", "changes the text"),
        ("{% for m in messages %}<x>{% endfor %}", "changes the text"),
    ],
)
def test_a_template_that_cannot_write_a_row_is_told_with_the_row(row, tokenizer, template, message):
    own = {"chat_template": "jinja", "chat_template_jinja": template, "sequence_len": 512}
    block = {"tasks": {"default": {"cross_entropy": 1.0}}}
    strategy = load(tokenizer, DictDefault({**own, "recipe_loss": block}), {})
    with pytest.raises(RecipeLossError, match=f"row row-0.*{message}"):
        strategy.tokenize_prompt({**row})
    before = tokenizer.chat_template
    tokenizer.chat_template = template
    try:
        with pytest.raises(RecipeLossError, match=f"row row-0.*{message}"):
            encode(row, tokenizer)
    finally:
        tokenizer.chat_template = before


@pytest.mark.parametrize("answer", ["e", "im_end", "s", "\n", "user", "<", "r"])
def test_an_answer_that_is_also_the_templates_text_is_trained(tokenizer, answer):
    if not answer.strip():
        answer = f"{answer}x{answer}"
    span = {"start": 0, "end": len(answer), "kind": "word", "group": 0}
    short = {"id": 1, "messages": [ask("user e?"), say(answer)], "spans": [span]}
    ways = [tokenize(short, tokenizer), encode(short, tokenizer)]
    for tokens in ways:
        trained = [label for label in tokens["labels"] if label != -100]
        assert tokenizer.decode(trained) == f"{answer}<|im_end|>"
        columns = zip(tokens["input_ids"], tokens["span_kind"], strict=True)
        assert tokenizer.decode([i for i, kind in columns if kind == code("word")]) == answer


@pytest.mark.parametrize("template", ["chatml", "qwen3"])
def test_a_part_of_the_answer_is_trained_alone_by_both(row, tokenizer, template):
    answer = row["messages"][-1]["content"]
    part = {**row, "trained": [0, answer.index("]") + 1]}
    whole, alone = tokenize(row, tokenizer, template), tokenize(part, tokenizer, template)
    assert {key for key in whole if [*whole[key]] != [*alone[key]]} == {"labels"}
    trained = tokenizer.decode([label for label in alone["labels"] if label != -100])
    assert answer.startswith(trained)
    assert trained.removesuffix(",").removesuffix(',"').endswith("]")
    before = tokenizer.chat_template
    tokenizer.chat_template = get_chat_template(template)
    try:
        found = encode(part, tokenizer)
    finally:
        tokenizer.chat_template = before
    assert {k: [*v] for k, v in found.items()} == {key: [*alone[key]] for key in found}


def test_a_part_leaves_earlier_turns_as_they_are(row, tokenizer):
    config = {"chat_template": "chatml", "sequence_len": 512, "train_on_inputs": True,
              "recipe_loss": {"tasks": {"default": {"cross_entropy": 1.0}}}}  # fmt: skip
    strategy = load(tokenizer, DictDefault(config), {"chat_template": "chatml"})
    whole = strategy.tokenize_prompt({**row})["labels"]
    alone = strategy.tokenize_prompt({**row, "trained": [0, 20]})["labels"]
    kept = tokenizer.decode([label for label in alone if label != -100])
    assert "Generate a recipe" in kept
    assert "minutes" not in kept
    assert [new for old, new in zip(whole, alone, strict=True) if new != -100] == [
        old for old, new in zip(whole, alone, strict=True) if new != -100
    ]


def test_a_part_in_cut_out_reasoning_is_refused(row, tokenizer):
    own = {"chat_template": "qwen3", "split_thinking": True, "template_thinking_key":
           "reasoning_content"}  # fmt: skip
    config = {**own, "sequence_len": 512, "recipe_loss": {"tasks": {"default":
              {"cross_entropy": 1.0}}}}  # fmt: skip
    strategy = load(tokenizer, DictDefault(config), own)
    text = "<think>Hm.</think>Boil it."
    talk = {"id": 1, "messages": [ask("How?"), say(text)], "spans": []}
    with pytest.raises(RecipeLossError, match=r"row 1: span 0:9 \(trained\) lies in the reasoning"):
        strategy.tokenize_prompt({**talk, "trained": [0, 9]})
    labels = strategy.tokenize_prompt({**talk, "trained": [18, 22]})["labels"]
    trained = tokenizer.decode([label for label in labels if label != -100])
    assert trained.strip() == "Boil"  # not the reasoning in front of it
