"""Span columns travel with their tokens, padded or packed."""

from __future__ import annotations

import pytest
import torch

from recipe_losses.collator import PackedSpanCollator, SpanCollator
from recipe_losses.errors import RecipeLossError


class Tokenizer:
    """The padding of a tokenizer, and nothing else of it."""

    padding_side = "right"

    def pad(self, features, padding, max_length, pad_to_multiple_of, return_tensors):
        width = max(len(f["labels"]) for f in features)
        for feature in features:
            short = width - len(feature["input_ids"])
            for key in ("input_ids", "attention_mask"):
                if key in feature:
                    values = [int(v) for v in feature[key]]
                    zeros = [0] * short
                    right = self.padding_side == "right"
                    feature[key] = values + zeros if right else zeros + values
        return {k: torch.tensor([list(map(int, f[k])) for f in features]) for k in features[0]}


def example(*tokens, kind=0):
    return {
        "input_ids": list(tokens),
        "attention_mask": [1] * len(tokens),
        "position_ids": list(range(len(tokens))),
        "labels": list(tokens),
        "span_kind": [kind] * len(tokens),
        "span_group": [0] * len(tokens),
        "loss_task": [9] * len(tokens),
        "number": [-1] * len(tokens),
        "number_place": [0] * len(tokens),
    }


@pytest.mark.parametrize("side", ["right", "left"])
def test_padded_columns_line_up_with_tokens(side):
    tokenizer = Tokenizer()
    tokenizer.padding_side = side
    batch = SpanCollator(tokenizer)([example(1, 2, 3, kind=5), example(4, kind=6)])
    inside = batch["attention_mask"].bool()
    assert batch["span_kind"][0].tolist() == [5, 5, 5]
    assert batch["span_kind"][1][inside[1]].tolist() == [6]
    assert (batch["span_kind"][~inside] == 0).all()
    assert (batch["span_group"][~inside] == -1).all()
    assert batch["example"].tolist() == [[0] * 3, [1] * 3]


def test_packed_examples_are_numbered_where_positions_begin_again():
    rows = [[example(1, 2, kind=5), example(3, 4, 5, kind=6)], [example(6, kind=7)]]
    batch = PackedSpanCollator(Tokenizer())(rows)
    assert batch["span_kind"][0].tolist() == [5, 5, 6, 6, 6]
    numbers = batch["example"][0].tolist() + batch["example"][1][:1].tolist()
    assert numbers[0] == numbers[1] < numbers[2] == numbers[3] == numbers[4] < numbers[5]


def test_rows_without_spans_pass_only_where_no_term_needs_them():
    plain = {k: v for k, v in example(1, 2).items() if not k.startswith(("span", "loss", "num"))}
    with pytest.raises(RecipeLossError, match=r"recipe_losses\.strategy"):
        SpanCollator(Tokenizer())([dict(plain)])
    batch = SpanCollator(Tokenizer(), needs_spans=False)([dict(plain)])
    assert batch["span_kind"].tolist() == [[0, 0]]
