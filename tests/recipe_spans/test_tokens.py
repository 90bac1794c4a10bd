"""One rule says which tokens are trained; report and likelihood count those and no others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recipe_data.reporting.measures import Tokens
from recipe_eval.likelihood.tokens import REST, tokens_of
from recipe_losses.codes import NONE, code
from recipe_spans import find_answer, part_tokens, spans_of_tokens, trained_tokens

ANSWER = '{"ingredients":["1250 g crème fraîche","½ onion"],"instructions":["Bake 25 minutes."]}'
SPANS = [
    ("1250 g", "quantity"),
    ("crème fraîche", "ingredient"),
    ("½", "quantity"),
    # A span may end within a token.
    ("onio", "ingredient"),
    ("Bake 25 minutes", "action"),
    ("25 minutes", "time"),
]
KINDS = {code(kind): kind for _, kind in SPANS} | {NONE: REST}


def row() -> dict[str, Any]:
    spans = [
        {"start": ANSWER.index(w), "end": ANSWER.index(w) + len(w), "kind": kind, "group": i}
        for i, (w, kind) in enumerate(SPANS)
    ]
    asked = {"role": "user", "content": "Generate a recipe for a bake."}
    messages = [asked, {"role": "assistant", "content": ANSWER}]
    return {"id": "row", "task": "recipe", "messages": messages, "spans": spans}


@pytest.fixture(scope="module")
def trained(smollm2_tokenizer: Path) -> list[tuple[int, str]]:
    """The tokens that carry a label, each with the kind that the losses see."""
    from transformers import AutoTokenizer

    from recipe_losses.hf import encode

    columns = encode(row(), AutoTokenizer.from_pretrained(smollm2_tokenizer))
    seen = zip(columns["labels"], columns["span_kind"], strict=True)
    return [(label, KINDS[kind]) for label, kind in seen if label != -100]


def test_the_likelihood_is_measured_over_the_tokens_that_are_trained(
    smollm2_tokenizer: Path, trained: list[tuple[int, str]]
) -> None:
    from transformers import AutoTokenizer

    from recipe_losses.hf import encode

    tokenizer: Any = AutoTokenizer.from_pretrained(smollm2_tokenizer)
    measured = tokens_of(tokenizer, row())
    assert list(zip(measured.answer, measured.kinds, strict=True)) == trained
    whole = encode(row(), tokenizer)["input_ids"]
    assert whole[: len(measured.prompt) + len(measured.answer)] == measured.prompt + measured.answer
    assert set(measured.kinds) == set(KINDS.values())


def test_the_report_counts_the_tokens_that_are_trained(
    smollm2_tokenizer: Path, trained: list[tuple[int, str]]
) -> None:
    (measured,) = Tokens(str(smollm2_tokenizer)).measure([row()])
    counts = Counter(kind for _, kind in trained)
    assert measured.answer == len(trained) - 1  # without the end of the turn
    assert measured.by_kind == {kind: n for kind, n in counts.items() if kind != REST}


def test_an_inner_span_keeps_its_tokens_whatever_the_order() -> None:
    outer, inner = {"start": 0, "end": 9}, {"start": 3, "end": 6}
    starts, ends = range(0, 12, 3), range(3, 15, 3)
    assert spans_of_tokens([outer, inner], starts, ends) == [0, 1, 0, None]
    assert spans_of_tokens([inner, outer], starts, ends) == [1, 0, 1, None]
    same_start = [{"start": 0, "end": 9}, {"start": 0, "end": 3}]
    assert spans_of_tokens(same_start, starts, ends) == [1, 0, 0, None]
    # The larger share is worth more than the shorter span.
    assert spans_of_tokens([outer, {"start": 2, "end": 4}], [0], [9]) == [0]


@pytest.mark.parametrize(
    "answer", ["4", "4 and 4", "e", "end", "n", "<end>", "z", "[0", "0]", "zoo"]
)
@pytest.mark.parametrize(
    "template", ["<user>4 e<assistant>{}<end>", "{}", "z{}z", "[{}]", "0{}0\n"]
)
def test_the_answer_is_found_whatever_the_template_writes_around_it(
    answer: str, template: str
) -> None:
    assert find_answer(template.format(answer), answer, template.format) == template.index("{}")


def test_an_answer_that_the_template_changes_is_not_found() -> None:
    def trimmed(answer: str) -> str:
        return f"<user>4 <assistant>{answer.strip()}<end>"

    assert find_answer(trimmed("4 "), "4 ", trimmed) is None
    assert find_answer("<user>4<assistant>", "4", lambda _: "<user>4<assistant>") is None


def test_an_answer_with_a_block_that_the_template_writes_anyway_is_found_whole() -> None:
    def thinking(answer: str) -> str:
        thought, _, rest = answer.rpartition("</think>")
        return f"<a><think>{thought.removeprefix('<think>')}</think>{rest}<end>"

    answer = "<think>Hm.</think>Boil it."
    assert find_answer(thinking(answer), answer, thinking) == 3
    assert find_answer(thinking("Boil it."), "Boil it.", thinking) == 18


def test_without_an_end_of_turn_the_rest_is_trained() -> None:
    tokens = ([5, 2, 7, 8], [0, 1, 2, 3], [1, 2, 3, 4])
    assert trained_tokens(*tokens, (2, 3), 2) == range(2, 4)
    assert trained_tokens(*tokens, (2, 3), 8) == range(2, 4)
    assert trained_tokens(*tokens, (2, 3), None) == range(2, 4)
    assert trained_tokens([5, 7, 2, 8], *tokens[1:], (1, 2), 2) == range(1, 3)


def test_a_part_has_the_tokens_that_share_a_character_with_it() -> None:
    """The prompt 0:2, the answer 2:9 in tokens of three characters but one, the end of the turn."""
    starts, ends = [0, 2, 5, 8, 9], [2, 5, 8, 9, 12]
    tokens = {
        (0, 7): range(1, 5),
        (0, 6): range(1, 3),
        (0, 4): range(1, 3),
        (0, 3): range(1, 2),
        (3, 4): range(2, 3),
        (2, 4): range(1, 3),
        (5, 7): range(2, 5),
        (6, 7): range(3, 5),
    }
    for part, expected in tokens.items():
        assert part_tokens(starts, ends, (2, 9), part) == expected
