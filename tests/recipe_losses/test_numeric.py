"""The numeric term: numbers in digits or groups of digits, on a logarithmic scale."""

from __future__ import annotations

import math

import pytest
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from recipe_losses.codes import code
from recipe_losses.losses import (
    TERMS,
    DigitVocabulary,
    Marks,
    Objective,
    TaskMix,
    composite_loss,
    count_items,
)
from recipe_losses.spans import align

DIGITS = DigitVocabulary.of({i: str(i) for i in range(10)} | {10: "12", 11: "47", 12: "g"})
NUMERIC = Objective((TaskMix(None, tuple(float(term == "numeric") for term in TERMS)),))


def loss_of(logits, labels, number, place):
    """The term of one example whose (T, V) logits are given."""
    hidden = logits[None].clone().requires_grad_()
    zero = torch.zeros(1, len(labels), dtype=torch.long)
    marks = Marks(zero, zero, zero, zero, torch.tensor([number]), torch.tensor([place]))
    head = torch.eye(logits.shape[-1], dtype=logits.dtype)
    given = {"objective": NUMERIC, "marks": marks, "digits": DIGITS}
    return hidden, composite_loss(hidden, head, torch.tensor([labels]), **given).loss


def test_a_value_by_hand():
    """Gold 42; the model gives the tens digit 2 or 4 with even odds, the other is certain."""
    logits = torch.full((3, 13), -1e4, dtype=torch.float64)
    logits[0, [2, 4]], logits[1, 2] = 0.0, 0.0
    _, loss = loss_of(logits, [-100, 4, 2], [-1, 0, 0], [0, 1, 0])
    assert loss.item() == pytest.approx((math.log1p(32) - math.log1p(42)) ** 2, rel=1e-9)


def test_a_group_of_digits_competes_with_groups_of_its_length():
    """Gold 47 as one token: 12 is expected with odds of one to three, single digits never."""
    logits = torch.zeros(2, 13, dtype=torch.float64)
    logits[0, 11] = math.log(3)
    _, loss = loss_of(logits, [-100, 11], [-1, 0], [0, 0])
    expected = 0.75 * 47 + 0.25 * 12
    assert loss.item() == pytest.approx((math.log1p(expected) - math.log1p(47)) ** 2, rel=1e-9)


def test_the_gradient_is_that_of_the_formula_and_stays_at_the_digits():
    torch.manual_seed(0)
    logits = torch.randn(5, 13, dtype=torch.float64)
    arguments = ([-100, 3, 12, 10, 5], [-1, 0, -1, 1, 1], [0, -1, 0, 1, 0])
    hidden, loss = loss_of(logits, *arguments)
    (ours,) = torch.autograd.grad(loss, hidden)
    numbers = []
    for gold, steps in (
        (0.3, [(0, 0.1, range(10))]),
        (125, [(2, 10, (10, 11)), (3, 1, range(10))]),
    ):
        leaf_value = 0.0
        for position, power, tokens in steps:
            q = hidden[0, position, list(tokens)].softmax(-1)
            values = torch.tensor([float(DIGITS.value[t]) for t in tokens], dtype=q.dtype)
            leaf_value = leaf_value + power * (q * values).sum()
        numbers.append((leaf_value.log1p() - math.log1p(gold)) ** 2)
    expected = sum(numbers) / 2
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours, torch.autograd.grad(expected, hidden)[0])
    moved = (ours[0] != 0).any(-1)
    assert moved.tolist() == [True, False, True, True, False]
    assert (ours[0, :, 12] == 0).all()


def test_errors_are_relative_and_extremes_are_finite():
    """The same factor costs about the same at any size, and no logit breaks it."""
    costs = []
    for zeros in (1, 4):
        labels = [-100, 2, *[0] * zeros]
        logits = torch.full((len(labels), 13), -1e4, dtype=torch.float64)
        for position, digit in enumerate([4, *[0] * zeros]):
            logits[position, digit] = 1e4
        places = [0, *range(zeros, -1, -1)]
        hidden, loss = loss_of(logits, labels, [-1, *[0] * (zeros + 1)], places)
        (gradient,) = torch.autograd.grad(loss, hidden)
        assert gradient.isfinite().all()
        costs.append(loss.item())
    assert costs == pytest.approx([math.log(2) ** 2] * 2, rel=0.1)


def test_numbers_are_counted_over_micro_batches():
    zero = torch.zeros(2, 4, dtype=torch.long)
    number = torch.tensor([[-1, 0, 0, 1], [-1, 2, -1, -1]])
    marks = Marks(zero, zero, torch.tensor([[0] * 4, [1] * 4]), zero, number, zero)
    labels = torch.tensor([[-100, 1, 2, 3], [-100, 4, 12, -100]])
    counts = count_items(labels, objective=NUMERIC, marks=marks)
    assert counts[TERMS.index("numeric")] == 3


@pytest.mark.parametrize("pattern", [r"\p{N}", r"\p{N}{1,3}"], ids=["digits", "groups of three"])
def test_a_tokenizer_that_splits_or_groups_digits_can_be_taught_both(pattern):
    """From text to loss: exactly zero on the gold digits, more the further the guess is off."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False)])
    trainer = trainers.BpeTrainer(
        vocab_size=3000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([f"{n} g for {n} people" for n in range(1500)] * 2, trainer)
    vocabulary = DigitVocabulary.of({i: tokenizer.decode([i]) for i in range(3000)})
    text = "Use 1250 g"
    encoded = tokenizer.encode(text)
    span = {"start": 4, "end": 10, "kind": "number", "group": 0}
    starts, ends = zip(*encoded.offsets, strict=True)
    columns = align([span], 0, starts, ends, text, code("quantity"))
    size = 3 if "3" in pattern else 1
    digits = [text[s:e] for s, e in encoded.offsets if text[s:e].isdigit()]
    assert digits == (["125", "0"] if size == 3 else list("1250"))
    ids = torch.tensor([encoded.ids])
    batch = {name: torch.tensor([values]) for name, values in columns.items() if len(values)}
    marks = Marks.from_batch({**batch, "example": torch.zeros_like(ids)})
    head = torch.eye(3000)
    costs = []
    for written in ("1250", "1251", "1950"):
        guess = tokenizer.encode(f"Use {written} g").ids
        hidden = torch.zeros(1, len(guess), 3000)
        for position, token in enumerate(guess[1:]):
            hidden[0, position, token] = 200.0
        given = {"objective": NUMERIC, "marks": marks, "digits": vocabulary}
        costs.append(composite_loss(hidden, head, ids, **given).loss.item())
    assert costs[0] == 0
    assert 0 < costs[1] < costs[2]
