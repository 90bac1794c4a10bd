"""Characters become tokens."""

from __future__ import annotations

import math

from recipe_losses.codes import NONE, code
from recipe_losses.spans import align as align_in


def align(spans, offset, starts, ends, text="x" * 40):
    return align_in(spans, offset, starts, ends, text)


def span(start, end, kind="ingredient", group=0):
    return {"start": start, "end": end, "kind": kind, "group": group}


def test_a_token_belongs_to_the_span_it_shares_most_with():
    # tokens: |200| g| spa|ghetti"|   over  200 g spaghetti"
    starts, ends = [0, 3, 5, 9], [3, 5, 9, 16]
    marked = align([span(0, 5, "quantity"), span(6, 15)], 0, starts, ends)
    assert marked["span_kind"] == [code("quantity")] * 2 + [code("ingredient")] * 2
    assert marked["span_group"] == [0, 0, 0, 0]
    # A token over two spans goes with the longer share.
    over = align([span(0, 2, "quantity"), span(2, 3)], 0, [0], [3])
    assert over["span_kind"] == [code("quantity")]


def test_order_of_spans_does_not_matter_and_gaps_stay_unmarked():
    starts, ends = list(range(0, 20, 2)), list(range(2, 22, 2))
    spans = [span(2, 4, group=1), span(10, 16, group=2), span(18, 20, "time", 3)]
    forward, backward = align(spans, 0, starts, ends), align(spans[::-1], 0, starts, ends)
    assert forward == backward
    assert forward["span_group"] == [-1, 1, -1, -1, -1, 2, 2, 2, -1, 3]
    assert forward["span_kind"][0] == NONE


def test_bytes_of_one_character_split_over_tokens_are_all_marked():
    # One emoji in three tokens that share its offsets.
    marked = align([span(1, 2)], 4, [4, 5, 5, 5, 6], [5, 6, 6, 6, 7])
    assert marked["span_group"] == [-1, 0, 0, 0, -1]


def test_a_token_has_the_credit_of_the_innermost_span_that_has_one():
    # tokens: |200| g| fresh| spa|ghetti"|]|
    text = '200 g fresh spaghetti"]'
    starts, ends = [0, 3, 5, 11, 15, 22], [3, 5, 11, 15, 22, 23]
    whole = span(0, 21, "line") | {"credit": -1.0}
    amount, food = span(0, 5, "quantity"), span(12, 21) | {"credit": 0.5}
    marked = align_in([food, amount, whole], 0, starts, ends, text)
    assert marked["span_kind"][:2] == [code("quantity")] * 2
    assert marked["credit"][:5] == [-1.0, -1.0, -1.0, 0.5, 0.5]
    assert math.isnan(marked["credit"][5])
    # A token over two credited spans goes with the longer share, of two equal with the shorter one.
    one, other = span(0, 6) | {"credit": 1}, span(6, 8) | {"credit": -2}
    assert align([one, other], 0, [0, 5], [5, 8])["credit"] == [1.0, -2.0]
    assert align([one, other], 0, [0, 4], [4, 8])["credit"] == [1.0, -2.0]


def test_without_credits_the_column_is_empty():
    assert align([span(0, 5), span(6, 9) | {"credit": None}], 0, [0, 5], [5, 9])["credit"] == []
    assert align([], 0, [0], [5])["credit"] == []


def test_numbers_are_laid_out_digit_by_digit_or_in_groups():
    text = "take 1250.5 g"
    single = align([span(5, 13, "number")], 0, list(range(13)), list(range(1, 14)), text)
    assert single["number_place"][5:11] == [3, 2, 1, 0, 0, -1]
    assert [n >= 0 for n in single["number"][5:11]] == [True, True, True, True, False, True]
    grouped = align([span(5, 13, "number")], 0, [0, 5, 8, 9, 10, 11], [5, 8, 9, 10, 11, 13], text)
    assert grouped["number_place"] == [0, 1, 0, 0, -1, 0]
    assert grouped["number"] == [-1, 0, 0, -1, 0, -1]
