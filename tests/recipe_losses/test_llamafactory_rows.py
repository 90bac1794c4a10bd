"""Rows under LLaMA-Factory become the columns that `hf.encode` makes, which are Axolotl's.

A stand-in has the parts of LLaMA-Factory that are called; the real one is met by
`make llamafactory-check`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from transformers import AutoTokenizer

from recipe_losses.codes import code
from recipe_losses.errors import RecipeLossError
from recipe_losses.hf import encode
from recipe_losses.hosts.llamafactory import KEPT, KeepingConverter
from recipe_losses.llamafactory.rows import SpanProcessor

pytestmark = pytest.mark.heavy

CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
ASKED = {"role": "user", "content": "Rice for two?"}
ANSWER = {"role": "assistant", "content": "200 g rice, boiled for 12 minutes."}
RICE = {"start": 6, "end": 10, "kind": "ingredient", "group": 0}
NUMBER = {"start": 0, "end": 5, "kind": "number", "group": 0}
SYSTEM = {"role": "system", "content": "You cook."}


class Assistant:
    """How LLaMA-Factory's `chatml` writes an answer."""

    def __init__(self, change=str):
        self.change = change

    def apply(self, content):
        return [f"{self.change(content)}<|im_end|>\n"]


@dataclass
class TheirProcessor:
    """LLaMA-Factory's processor, as far as it is asked."""

    tokenizer: object
    template: SimpleNamespace
    data_args: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(cutoff_len=256))
    processor: object = None

    def _encode_data_example(self, prompt, response, system, tools, images, videos, audios):
        ids, labels = [], []
        head = f"<|im_start|>system\n{system}<|im_end|>\n" if system else ""
        turns = [*prompt, *response]
        for asked, answer in zip(turns[::2], turns[1::2], strict=True):
            head += f"<|im_start|>user\n{asked['content']}<|im_end|>\n<|im_start|>assistant\n"
            source = self.tokenizer.encode(head, add_special_tokens=False)
            text = "".join(self.template.format_assistant.apply(content=answer["content"]))
            target = self.tokenizer.encode(text, add_special_tokens=False)
            ids += source + target
            labels += [-100] * len(source) + target
            head = ""
        return ids[: self.data_args.cutoff_len], labels[: self.data_args.cutoff_len]


@pytest.fixture(scope="module")
def tokenizer(smollm2_tokenizer):
    tokenizer = AutoTokenizer.from_pretrained(smollm2_tokenizer)
    tokenizer.chat_template = CHATML
    return tokenizer


@pytest.fixture
def process(tokenizer):
    """Return the columns of rows, as LLaMA-Factory's two maps make them."""

    def processed(*rows, mixed_tasks=(), change=str, **settings):
        stops = {tokenizer.eos_token_id}
        template = SimpleNamespace(
            format_assistant=Assistant(change),
            efficient_eos=False,
            get_stop_token_ids=lambda _: stops,
        )
        theirs = TheirProcessor(tokenizer, template)
        theirs.data_args.cutoff_len = settings.pop("cutoff_len", 256)
        theirs.processor = settings.pop("processor", None)
        converted = [KeepingConverter(convert)(row) for row in rows]
        batch = {key: [row[key] for row in converted] for key in converted[0]}
        return SpanProcessor(theirs, frozenset(mixed_tasks)).preprocess_dataset(batch)

    return processed


def convert(row):
    """As LLaMA-Factory converts: it forgets what it does not know, and skips what it dislikes."""
    messages = row["messages"]
    system = messages[0]["content"] if messages[0]["role"] == "system" else ""
    turns = messages[1:] if system else messages
    fine = [m["role"] for m in turns] == ["user", "assistant"] * (len(turns) // 2)
    prompt, response = (turns[:-1], turns[-1:]) if fine else ([], [])
    media = dict.fromkeys(("_images", "_videos", "_audios"))
    return {"_prompt": prompt, "_response": response, "_system": system, "_tools": "", **media}


def row(*before, answer=ANSWER, spans=(RICE,), **more):
    return {"id": "r", "messages": [*before, ASKED, answer], "spans": [*spans], **more}


def same(batch, number, columns):
    for name, values in columns.items():
        assert np.array_equal(batch[name][number], values, equal_nan=name == "credit"), name


@pytest.mark.parametrize(
    "given",
    [
        row(),
        row(SYSTEM, task="recipe", spans=[NUMBER, RICE]),
        row(trained=[6, 18]),
        row(trained=[6, len(ANSWER["content"])]),
        row(spans=[{**RICE, "credit": -0.5}], task="own_sample"),
        row(answer={**ANSWER, "content": "½ onion,  200 g crème fraîche\n"}, spans=[]),
    ],
)
def test_a_row_is_what_encode_makes_of_it(process, tokenizer, given):
    batch = process(given)
    same(batch, 0, encode(given, tokenizer))
    assert set(batch) == {*SpanProcessor.COLUMNS}


def test_every_answer_of_a_conversation_is_trained_to_its_end_and_spans_are_the_lasts(
    process, tokenizer
):
    again = {"role": "user", "content": "For one?"}, {"role": "assistant", "content": "100 g rice."}
    given = {"id": "r", "messages": [ASKED, ANSWER, *again], "spans": [RICE]}
    batch = process(given)
    trained = [label for label in batch["labels"][0] if label != -100]
    assert tokenizer.decode(trained) == f"{ANSWER['content']}<|im_end|>100 g rice.<|im_end|>"
    last = encode(given, tokenizer)
    assert batch["span_kind"][0] == last["span_kind"]
    assert code("ingredient") in last["span_kind"]


def test_rows_with_numbers_are_of_the_numeric_task_where_that_has_a_mix(process):
    given = row(spans=[NUMBER], task="quantity")
    for mixed, task in (((), "quantity"), (("numeric",), "numeric"), (("quantity",), "quantity")):
        assert set(process(given, mixed_tasks=mixed)["loss_task"][0]) == {code(task)}


def test_rows_longer_than_the_cutoff_are_left_out_not_cut(process, tokenizer):
    length = len(encode(row(), tokenizer)["input_ids"])
    assert len(process(row(), cutoff_len=length)["input_ids"]) == 1
    batch = process(row(SYSTEM), row(), row(SYSTEM), cutoff_len=length)
    assert [len(ids) for ids in batch["input_ids"]] == [length]
    assert process(row(), cutoff_len=length - 1) == {name: [] for name in SpanProcessor.COLUMNS}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (row(spans=[{**RICE, "end": 99}]), "span 6:99"),
        ({"id": "r", "messages": [ASKED, ANSWER]}, "has no `spans`"),
        ({"id": "r", "messages": [ASKED, ASKED], "spans": []}, "LLaMA-Factory would skip it"),
        (row(answer={**ANSWER, "content": "Rice<|im_end|>."}, spans=[]), "control token"),
        (row(spans=[{**RICE, "credit": float("nan")}]), "`credit`"),
        (row(trained=[4, 4]), "`trained`"),
    ],
)
def test_a_row_that_cannot_be_trained_is_refused_by_its_id(process, given, words):
    with pytest.raises(RecipeLossError, match=f"row r.*{words}"):
        process(row(), given)


@pytest.mark.parametrize("change", [str.upper, str.strip])
def test_a_template_that_changes_answers_is_refused(process, change):
    given = row(answer={**ANSWER, "content": " rice "}, spans=[])
    with pytest.raises(RecipeLossError, match="row r: the template changes the text"):
        process(given, change=change)


def test_what_takes_thoughts_out_of_an_answer_is_refused(process, monkeypatch):
    theirs = TheirProcessor._encode_data_example

    def without_thoughts(self, *, response, **rest):
        short = [{**turn, "content": turn["content"].partition("</think>")[2]} for turn in response]
        return theirs(self, response=short, **rest)

    monkeypatch.setattr(TheirProcessor, "_encode_data_example", without_thoughts)
    given = row(answer={**ANSWER, "content": "<think>Hm.</think>Rice."}, spans=[])
    with pytest.raises(RecipeLossError, match="`enable_thinking: false`"):
        process(given)


def test_a_model_of_images_is_refused(process):
    with pytest.raises(RecipeLossError, match="only text is trained"):
        process(row(), processor=object())


def test_what_is_kept_of_a_row_is_text_whose_type_no_file_decides():
    kept = json.loads(KeepingConverter(convert)({**row(), "source": "x"})[KEPT])
    assert kept == {"id": "r", "task": None, "spans": [RICE], "trained": None}
