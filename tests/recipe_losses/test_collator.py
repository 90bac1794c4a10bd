"""Span columns travel with their tokens, padded or packed."""

from __future__ import annotations

import math

import pytest
import torch

from recipe_losses.collator import SpanCollator
from recipe_losses.errors import RecipeLossError
from recipe_losses.losses.marks import OPTIONAL, PADDING, Marks


def pad_tokens(side):
    """Collate ids alone, as any collator would."""

    def inner(features):
        packs = [row if isinstance(row, list) else [row] for row in features]
        rows = [[i for e in pack for i in e["input_ids"]] for pack in packs]
        width = max(map(len, rows))
        pads = [[0] * (width - len(row)) for row in rows]
        both = zip(rows, pads, strict=True)
        return {"input_ids": torch.tensor([r + p if side == "right" else p + r for r, p in both])}

    return inner


def collator(side="right", needs_spans=True, packed=False):
    return SpanCollator(pad_tokens(side), needs_spans=needs_spans, padding_side=side, packed=packed)


def example(*tokens, kind=0):
    return {
        "input_ids": list(tokens),
        "attention_mask": [1] * len(tokens),
        "position_ids": list(range(len(tokens))),
        "labels": list(tokens),
        **{name: [0] * len(tokens) for name in PADDING},
        "span_kind": [kind] * len(tokens),
    }


@pytest.mark.parametrize("side", ["right", "left"])
def test_padded_columns_line_up_with_tokens(side):
    batch = collator(side)([example(1, 2, 3, kind=5), example(4, kind=6)])
    inside = batch["input_ids"] != 0
    assert batch["span_kind"][0].tolist() == [5, 5, 5]
    assert batch["span_kind"][1][inside[1]].tolist() == [6]
    assert (batch["span_kind"][~inside] == 0).all()
    assert (batch["span_group"][~inside] == -1).all()
    assert batch["example"].tolist() == [[0] * 3, [1] * 3]


def test_packed_examples_are_numbered_one_by_one():
    rows = [[example(1, 2, kind=5), example(3, 4, 5, kind=6)], [example(6, kind=7)]]
    batch = collator(packed=True)(rows)
    assert batch["span_kind"][0].tolist() == [5, 5, 6, 6, 6]
    numbers = batch["example"][0].tolist() + batch["example"][1][:1].tolist()
    assert numbers[0] == numbers[1] < numbers[2] == numbers[3] == numbers[4] < numbers[5]


def test_rows_without_spans_pass_only_where_no_term_needs_them():
    plain = {k: v for k, v in example(1, 2).items() if k not in PADDING}
    with pytest.raises(RecipeLossError, match=r"recipe_losses\.strategy"):
        collator()([dict(plain)])
    batch = collator(needs_spans=False)([dict(plain)])
    assert batch["span_kind"].tolist() == [[0, 0]]


def test_credits_are_numbers_with_a_fraction_and_travel_only_where_a_row_has_some():
    judged = {**example(1, 2, 3), "credit": [math.nan, -0.25, 1.5]}
    empty, plain = {**example(4, 5), "credit": []}, example(6)
    rows = [judged, empty, plain]
    expected = [[math.nan, -0.25, 1.5], [math.nan] * 3, [math.nan] * 3]
    batch = collator()(rows)
    torch.testing.assert_close(batch["credit"], torch.tensor(expected), equal_nan=True)
    pack = collator(packed=True)([[plain, judged], [empty]])["credit"][0]
    torch.testing.assert_close(pack, torch.tensor([math.nan, *expected[0]]), equal_nan=True)
    assert "credit" not in collator()([empty, plain])


def test_rows_that_a_dataset_keeps_stay_whole():
    kept = [{**example(1, 2, kind=5), "credit": [0.5, -0.5]}, example(3, kind=6)]
    first, second = collator()(kept), collator()(kept)
    assert {name: column.tolist() for name, column in first.items() if name != "credit"} == {
        name: column.tolist() for name, column in second.items() if name != "credit"
    }
    assert second["credit"][0].tolist() == [0.5, -0.5]


def test_a_batch_has_every_column_and_one_that_it_lacks_is_named():
    batch = collator()([example(1, 2, kind=5)])
    assert set(Marks._fields) == {*PADDING, *OPTIONAL, "example"}
    assert {*PADDING, "example"} <= batch.keys()
    assert Marks.from_batch(batch).span_kind.tolist() == [[5, 5]]
    del batch["number"], batch["loss_task"]
    with pytest.raises(ValueError, match="without the column loss_task"):
        Marks.from_batch(batch)
