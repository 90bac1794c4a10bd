"""A chat row is trainable, or refused with its name and what to do."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recipe_losses.chat_rows import Names, read_answer
from recipe_losses.errors import RecipeLossError

ANSWER = "Fry 3 leeks, then serve."


class Tokenizer:
    """What is asked of a tokenizer: its control tokens. `<note>` is a token, but no such one."""

    def __init__(self) -> None:
        self.added_tokens_decoder = {
            0: SimpleNamespace(content="<|turn|>", special=True),
            1: SimpleNamespace(content="<note>", special=False),
        }
        self.all_special_tokens = ["<|turn|>", "</s>"]

    def __len__(self) -> int:
        return 2


TOKENIZER = Tokenizer()


def span(start: Any, end: Any, kind: Any = "food", group: Any = 0) -> dict[str, Any]:
    return {"start": start, "end": end, "kind": kind, "group": group}


def row(answer: Any = ANSWER, **changes: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "Leeks?"}, {"role": "assistant", "content": answer}]
    return {"id": "leeks", "messages": messages, "spans": [span(6, 11)], **changes}


def parts(*texts: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in texts]


@pytest.mark.parametrize(
    "good",
    [
        row(),
        row(spans=[]),
        row(spans=[span(0, 24) | {"credit": -1.5}, span(6, 11) | {"credit": 2}, span(18, 23)]),
        row(spans=[span(6, 11) | {"credit": None}, span(18, 23) | {"credit": 0.0}]),
        row(spans=[span(0, 24), span(4, 11), span(4, 5), span(6, 11), span(18, 23)]),
        row(f" {ANSWER}\r\n"),
        row("Rühre 👩‍🍳 den Teig.", spans=[span(0, 5)]),
        row("3", spans=[span(0, 1)]),
        row(f"<note>{ANSWER}"),
        row(trained=[0, 24]),
        row(trained=[6, 11]),
        row(trained=None),
        row(task=None),
        row(spans=[span(np.int64(6), np.int32(11), group=np.int64(0))]),
        {"messages": row()["messages"], "spans": []},
    ],
)
def test_a_row_that_can_be_trained(good: dict[str, Any]) -> None:
    assert read_answer(good, TOKENIZER) == good["messages"][-1]["content"]


def test_parts_are_joined() -> None:
    assert read_answer(row(parts(ANSWER[:7], ANSWER[7:])), TOKENIZER) == ANSWER
    assert read_answer(row([{"content": ANSWER[:7]}, {"value": ANSWER[7:]}]), TOKENIZER) == ANSWER


def test_an_earlier_turn_may_only_call_tools() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "timer"}}]}
    told = row()["messages"]
    assert read_answer(row(messages=[told[0], call, *told]), TOKENIZER) == ANSWER
    with pytest.raises(RecipeLossError, match=r"row leeks: message 1 .* has no `content`"):
        read_answer(row(messages=[told[0], call]), TOKENIZER)


def test_data_with_other_names() -> None:
    talk = [{"from": "guest", "text": "Leeks?"}, {"from": "chef", "text": ANSWER}]
    names = Names("talk", "from", "text", frozenset({"chef"}))
    assert read_answer({"talk": talk, "spans": []}, TOKENIZER, names) == ANSWER
    with pytest.raises(RecipeLossError, match=r"without `id` that begins \"Leeks.\".* 'guest'"):
        read_answer({"talk": talk[:1], "spans": []}, TOKENIZER, names)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"id": 1, "prompt": "a", "completion": "b"}, "has no `messages`, only id, prompt"),
        (row(messages=None), "has no `messages`"),
        (row(messages=[]), "`messages` is empty"),
        (row(messages="Fry."), "is not a list of messages"),
        (row(messages=["Fry."]), "is not a list of messages"),
        (row(messages=[{"content": "Fry."}]), "message 0 has no `role`, only content"),
        (row(messages=[{"role": 3, "content": "Fry."}]), "message 0 has no `role`"),
        (row(None), r"message 1 \(assistant\) has no `content`, or null"),
        (row(7), "neither text nor parts of text"),
        (row({"text": ANSWER}), "neither text nor parts of text"),
        (row([{"type": "image", "url": "leek.png"}]), "neither text nor parts of text"),
        (row([ANSWER]), "neither text nor parts of text"),
        (row(""), "the answer is empty"),
        (row(" \n\t"), "the answer is empty"),
        (row("\u200b\ufeff\u00a0\u3164"), "the answer is empty"),
        (row("Fry \ud83e."), r"message 1 \(assistant\): character 4 is half of one"),
        (row(task=7), "`task` is 7: write its name"),
        (row(task=["recipe"]), r"`task` is \['recipe'\]"),
        (row(parts("", " ")), "the answer is empty"),
        (row(messages=row()["messages"][:1]), "not the assistant's but of the role 'user'"),
        (row(f"{ANSWER}<|turn|>"), r"message 1 \(assistant\) holds '<.turn.>'"),
        (row("Fry</s>."), "holds '</s>'"),
        (
            row(messages=[{"role": "user", "content": "<|turn|>"}, row()["messages"][1]]),
            r"message 0 \(user\) holds '<.turn.>'",
        ),
    ],
)
def test_messages_that_cannot_be_trained_are_named(bad: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeLossError, match=rf"row (leeks|1).*{words}"):
        read_answer(bad, TOKENIZER)


@pytest.mark.parametrize("bad", [None, [], "Fry.", 7])
def test_what_is_no_row_is_named(bad: Any) -> None:
    with pytest.raises(RecipeLossError, match=r"a row is .*, not an object"):
        read_answer(bad, TOKENIZER)


def without(key: str) -> dict[str, Any]:
    return {k: v for k, v in span(6, 11).items() if k != key}


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        (None, "has no `spans`"),
        ("none", "`spans` is str, not a list"),
        ({"start": 6}, "`spans` is dict, not a list"),
        (["leeks"], "span 0 is 'leeks'"),
        ([None], "span 0 is None"),
        *(([without(key)], f"span 0 has no `{key}`") for key in span(6, 11)),
        ([span("6", "11")], "span 0: `start` is '6': write a whole number"),
        ([span(6, 11.5)], "span 0: `end` is 11.5: write a whole number"),
        ([span(6, 11, group=True)], "span 0: `group` is True"),
        ([span(6, 11, group="leeks")], "span 0: `group` is 'leeks'"),
        ([span(6, 11, kind="")], "span 0: `kind` is '': write a name"),
        ([span(6, 11, kind=" ")], "span 0: `kind` is ' ': write a name"),
        ([span(6, 11, group=-1)], "span 0: `group` is -1: number groups from 0"),
        ([span(6, 11, group=2**31)], "span 0: `group` is 2147483648"),
        *(
            ([span(0, 3), {**span(6, 11), "credit": credit}], "span 1: `credit` is .*: write a fin")
            for credit in (math.nan, math.inf, -math.inf, 1e31, "0.5", "", True, False, [1.0], {})
        ),
        (
            [span(4, 11) | {"credit": 1.0}, span(6, 16) | {"credit": -1.0}],
            r"4:11 \(food\) and 6:16 \(food\) overlap",
        ),
        ([span(6, 11, kind=3)], "span 0: `kind` is 3: write a name"),
        ([span(6, 99)], "span 6:99 .* lies outside the answer of 24 characters"),
        ([span(-5, 4)], "span -5:4 .* lies outside"),
        ([span(9, 4)], "span 9:4 .* is empty"),
        ([span(6, 6)], "span 6:6 .* is empty"),
        ([span(4, 11), span(6, 16, "step")], r"4:11 \(food\) and 6:16 \(step\) overlap"),
        ([span(6, 11, "step"), span(6, 11)], r"6:11 \(step\) and 6:11 \(food\) overlap"),
        ([span(0, 20), span(18, 24), span(2, 3)], "0:20 .* and 18:24 .* overlap"),
    ],
)
def test_spans_that_cannot_be_marked_are_named(spans: Any, words: str) -> None:
    with pytest.raises(RecipeLossError, match=f"row leeks.*{words}"):
        read_answer(row(spans=spans), TOKENIZER)


@pytest.mark.parametrize(
    "part", [[], [3], [0, 25], [-1, 5], [5, 5], [9, 4], [0, 5.0], [True, 5], ["0", 5], 5, "05", {}]
)
def test_a_part_that_is_no_part_of_the_answer_is_named(part: Any) -> None:
    with pytest.raises(RecipeLossError, match=r"row leeks: `trained` is .*from 0 to 24"):
        read_answer(row(trained=part), TOKENIZER)
