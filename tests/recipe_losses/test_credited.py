"""The term of credits: which tokens it moves, which way, how far, and that rows bring them."""

from __future__ import annotations

import math

import pytest
import torch
from datasets import Dataset

from recipe_losses.args import RecipeLossConfig
from recipe_losses.codes import NONE, code
from recipe_losses.collator import SpanCollator
from recipe_losses.credits import credits_left_out, refuse_absent_credits, rows_with_credits
from recipe_losses.errors import RecipeLossError
from recipe_losses.losses import (
    TERMS,
    Credited,
    Marks,
    Objective,
    TaskMix,
    composite_loss,
    count_items,
    reference_loss,
)
from recipe_losses.spans import align

V, D, FLOOR = 17, 5, 0.05
SAMPLE = code("own_sample")


def mix(**weights):
    return tuple(weights.get(term, 0.0) for term in TERMS)


def objective(floor=FLOOR, strength=1.0, **weights):
    settings = (Credited(floor=floor, strength=strength),)
    return Objective((TaskMix(None, mix(**(weights or {"credited": 1.0}))),), settings=settings)


ALONE = objective()


def row(size, *spans, task=NONE, seed=0):
    """An encoded row, a character a token, of which the last two thirds are trained."""
    tokens = torch.randint(1, V, (size,), generator=torch.Generator().manual_seed(seed)).tolist()
    spans = [{"start": s, "end": e, "kind": "line", "group": 0, "credit": c} for s, e, c in spans]
    begins, ends = list(range(size)), list(range(1, size + 1))
    labels = [-100 if i < size // 3 else token for i, token in enumerate(tokens)]
    columns = align(spans, 0, begins, ends, "x" * size, task)
    return {"input_ids": tokens, "labels": labels, **columns}


ROWS = [
    row(12, (4, 8, -1.5), (5, 7, None), (8, 11, 0.75), seed=1),
    row(9, seed=2),
    row(10, (3, 9, 2.0), (4, 6, -0.25), (7, 8, 0.0), seed=3),
]
"""With nested and missing credits, without any, with one that is zero."""


def inner(features):
    """Pad tokens and labels on the right, or lay packs end to end."""
    packs = [f if isinstance(f, list) else [f] for f in features]
    width = max(sum(len(e["input_ids"]) for e in pack) for pack in packs)
    batch = {}
    for name, value in (("input_ids", 0), ("labels", -100)):
        rows = [[x for e in pack for x in e[name]] for pack in packs]
        batch[name] = torch.tensor([r + [value] * (width - len(r)) for r in rows])
    return batch


def collate(rows, packed=False):
    collator = SpanCollator(inner, needs_spans=False, packed=packed)
    return collator([rows] if packed else rows)


class States:
    """Hidden states for the tokens of rows, the same wherever they stand in a batch."""

    def __init__(self, seed=0, dtype=torch.float64):
        torch.manual_seed(seed)
        self.table = (0.5 * torch.randn(len(ROWS) * 20, D, dtype=dtype)).requires_grad_()
        self.head = torch.randn(V, D, dtype=dtype, requires_grad=True)

    def of(self, batch):
        """Rows of the table by example and place in it."""
        example, place = batch["example"], torch.zeros_like(batch["example"])
        for r, own in enumerate(example):
            for i in range(1, len(own)):
                place[r, i] = place[r, i - 1] + 1 if own[i] == own[i - 1] else 0
        return self.table[example * 20 + place]

    def loss(self, batch, mixed=ALONE, compute=composite_loss, **given):
        marks = Marks.from_batch(batch)
        given = {"objective": mixed, "marks": marks, **given}
        return compute(self.of(batch), self.head, batch["labels"], **given)

    def gradients(self, loss):
        return torch.autograd.grad(loss, (self.table, self.head))


def naive(states, spans_of_rows, floor=FLOOR):
    """−Σ_spans c Σ_t log p_t over rows, tokens of negative spans only above the floor; a mean.

    `spans_of_rows` names the tokens of each span by hand.
    """
    batch = collate(ROWS)
    log_p = (states.of(batch) @ states.head.T).log_softmax(-1)
    total, tokens = 0.0, 0
    for number, spans in enumerate(spans_of_rows):
        for credit, places in spans:
            for place in places:
                own = log_p[number, place - 1, batch["labels"][number, place]]
                tokens += 1
                if credit >= 0 or own.exp() > floor:
                    total = total - credit * own
    return total / tokens


BY_HAND = [
    [(-1.5, [4, 5, 6, 7]), (0.75, [8, 9, 10])],
    [],
    [(2.0, [3, 6, 8]), (-0.25, [4, 5]), (0.0, [7])],
]


@pytest.mark.parametrize("floor", [1e-6, 0.05, 0.3])
def test_gradients_are_those_of_the_sum_over_spans(floor):
    states, mixed, batch = States(), objective(floor), collate(ROWS)
    expected = states.gradients(naive(states, BY_HAND, floor))
    for compute in (
        lambda *a, **k: composite_loss(*a, chunk_bytes=V * 8, **k).loss,
        reference_loss,
    ):
        ours = states.gradients(states.loss(batch, mixed, compute))
        for one, other in zip(ours, expected, strict=True):
            torch.testing.assert_close(one, other, atol=1e-10, rtol=0)


def test_the_value_is_the_sum_over_spans_but_for_a_constant():
    states, batch = States(), collate(ROWS)
    floor = 1e-9  # below every token
    shift = sum(c * len(p) for spans in BY_HAND for c, p in spans if c < 0) * math.log(floor)
    count = sum(len(places) for spans in BY_HAND for _, places in spans)
    value = states.loss(batch, objective(floor)).loss
    assert value.item() == pytest.approx(naive(states, BY_HAND, floor).item() + shift / count)


def test_values_by_hand():
    z = torch.tensor([[0.5, 0.3, 0.2]] * 4, dtype=torch.float64).log()
    credit = torch.tensor([2.0, -2.0, -2.0, 0.0], dtype=torch.float64)
    value = Credited(floor=0.25, strength=3.0).definition(z, torch.tensor([0, 1, 2, 0]), credit)
    expected = [-6 * math.log(0.5), 6 * math.log(0.3 / 0.25), 0, 0]
    torch.testing.assert_close(value, torch.tensor(expected, dtype=torch.float64))


def test_only_what_predicts_credited_tokens_is_moved():
    states, batch = States(), collate(ROWS)
    (table, _) = states.gradients(states.loss(batch, objective(floor=1e-9)).loss)
    moved = {divmod(i, 20) for i in (table != 0).any(-1).nonzero().flatten().tolist()}
    tokens = {(r, t) for r, spans in enumerate(BY_HAND) for c, p in spans if c for t in p}
    assert moved == {(r, t - 1) for r, t in tokens}


def test_at_or_below_the_floor_a_negative_credit_has_no_gradient_at_all():
    states, batch = States(), collate(ROWS)
    # Hidden state i predicts token i + 1, here as in the table of states.
    p = (states.of(batch) @ states.head.T).softmax(-1)[:, :-1]
    p = p.gather(-1, batch["labels"][:, 1:].clamp_min(0)[..., None]).squeeze(-1).detach()
    negative = batch["credit"][:, 1:] < 0
    inside = p[negative].sort().values
    floor = float(inside[2] * inside[3]) ** 0.5
    table, _ = states.gradients(states.loss(batch, objective(floor)).loss)
    found = {divmod(i, 20) for i in (table != 0).any(-1).nonzero().flatten().tolist()}
    below = {tuple(x) for x in (negative & (p <= floor)).nonzero().tolist()}
    above = {tuple(x) for x in (negative & (p > floor)).nonzero().tolist()}
    assert len(below) == len(above) == 3
    assert not found & below
    assert above <= found


def test_negatives_go_down_to_the_floor_and_stay():
    """Many steps leave a token just below the floor, whatever else is trained."""
    logits = torch.zeros(1, 3, V, dtype=torch.float64, requires_grad=True)
    batch = {name: torch.zeros(1, 3, dtype=torch.long) for name in ("span_kind", "loss_task")}
    batch |= {"example": batch["span_kind"], "credit": torch.tensor([[0.0, -5.0, 1.0]])}
    labels, head = torch.tensor([[-100, 3, 4]]), torch.eye(V, dtype=torch.float64)
    optimizer = torch.optim.SGD([logits], lr=0.03)
    for _ in range(300):
        optimizer.zero_grad()
        marks = Marks.from_batch(batch)
        composite_loss(logits, head, labels, objective=ALONE, marks=marks).loss.backward()
        optimizer.step()
    p = logits.detach().softmax(-1)
    assert FLOOR * 0.9 < p[0, 0, 3] <= FLOOR
    assert p[0, 1, 4] > 0.2


def test_items_are_the_tokens_with_a_credit_also_of_zero():
    batch = collate(ROWS)
    counts = count_items(batch["labels"], objective=ALONE, marks=Marks.from_batch(batch))
    assert counts[TERMS.index("credited")] == 13
    half = objective(cross_entropy=0.5, credited=0.5)
    counts = count_items(batch["labels"], objective=half, marks=Marks.from_batch(batch))
    assert counts[TERMS.index("cross_entropy")] == (batch["labels"][:, 1:] != -100).sum()


def test_zero_credits_are_a_loss_of_zero_with_a_gradient_of_zero():
    states = States()
    result = states.loss(collate([row(9, (4, 8, 0.0)), row(12, (4, 6, 0), (7, 9, -0.0))]))
    assert result.loss.item() == 0
    assert all((gradient == 0).all() for gradient in states.gradients(result.loss))


def test_rows_without_credits_bring_no_column_and_no_gradient():
    states, batch = States(), collate([ROWS[1], row(11, (4, 8, None))])
    assert "credit" not in batch
    result = states.loss(batch)
    assert result.loss.item() == 0
    assert all((gradient == 0).all() for gradient in states.gradients(result.loss))


@pytest.mark.parametrize("mixed", [ALONE, objective(cross_entropy=0.7, credited=0.3)])
def test_packing_and_accumulation_change_nothing(mixed):
    states = States()
    whole = states.loss(padded := collate(ROWS), mixed).loss
    expected = states.gradients(whole)
    marks = Marks.from_batch(padded)
    counts = count_items(padded["labels"], objective=mixed, marks=marks)
    packed = states.loss(collate(ROWS, packed=True), mixed).loss
    parts = []
    for number, one in enumerate(ROWS):
        batch = collate([one])
        batch["example"] = batch["example"] + number
        parts.append(states.loss(batch, mixed, item_counts=counts).loss)
    for other in (packed, sum(parts)):
        torch.testing.assert_close(other, whole)
        for a, b in zip(states.gradients(other), expected, strict=True):
            torch.testing.assert_close(a, b)


def test_gold_gets_cross_entropy_and_samples_get_credit_each_by_their_own_mean():
    gold, sample = row(12, seed=4), row(12, (5, 9, -1.0), (9, 11, 1.0), task=SAMPLE, seed=5)
    tasks = (TaskMix(None, mix(cross_entropy=1.0)), TaskMix(SAMPLE, mix(credited=1.0)))
    both = Objective(tasks, settings=ALONE.settings)
    states = States()
    together = states.loss(collate([gold, sample]), both)
    batch = collate([sample])
    batch["example"] = batch["example"] + 1
    apart = states.loss(collate([gold]), both).loss + states.loss(batch, both).loss
    torch.testing.assert_close(together.loss, apart)
    assert (together.parts[[TERMS.index("cross_entropy"), TERMS.index("credited")]] > 0).all()


def test_strength_is_a_factor_and_spans_restrict():
    batch, states = collate(ROWS), States()
    twice = states.loss(batch, objective(strength=2.0)).loss
    torch.testing.assert_close(twice, 2 * states.loss(batch).loss)
    elsewhere = Objective(ALONE.mixes, {"credited": (code("step"),)}, ALONE.settings)
    assert states.loss(batch, elsewhere).loss == 0


BLOCK = {
    "tasks": {"default": {"cross_entropy": 1.0}, "own_sample": {"credited": 1.0}},
    "credited": {"floor": 0.02},
}


def test_the_yaml_sets_it():
    built = RecipeLossConfig.model_validate(BLOCK).objective()
    assert Credited(floor=0.02) in built.settings
    assert built.weight("credited", SAMPLE) == 1
    assert built.weight("credited", code("recipe")) == 0
    for wrong in ({"floor": 0}, {"floor": 1}, {"floor": -0.1}, {"strength": 0}, {"flor": 0.1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            RecipeLossConfig.model_validate({**BLOCK, "credited": wrong})
    with pytest.raises(ValueError, match=r"recipe_loss\.credited: has settings but no weight"):
        RecipeLossConfig.model_validate({**BLOCK, "tasks": {"default": {"focal": 1.0}}})


@pytest.mark.parametrize("kind", [list, Dataset.from_list])
def test_a_weight_without_credits_is_refused_and_credits_without_a_weight_are_told(kind):
    built = RecipeLossConfig.model_validate(BLOCK).objective()
    gold, own = row(12), row(12, (5, 9, -1.0), task=SAMPLE)
    stray = row(12, (5, 9, 1.0), task=code("recipe"))
    assert rows_with_credits(kind([gold])) == {}
    assert rows_with_credits(kind([gold, own, own, stray])) == {SAMPLE: 2, code("recipe"): 1}
    with pytest.raises(RecipeLossError, match="`credited` a weight, but no training row has a cr"):
        refuse_absent_credits(built, rows_with_credits(kind([gold])))
    with pytest.raises(
        RecipeLossError, match=r"the rows with credits \(1\) are of tasks that do not"
    ):
        refuse_absent_credits(built, rows_with_credits(kind([gold, stray])))
    refuse_absent_credits(built, rows_with_credits(kind([gold, own])))
    assert credits_left_out(built, rows_with_credits(kind([gold, own]))) is None
    told = credits_left_out(built, rows_with_credits(kind([gold, own, stray])))
    assert told is not None
    assert told.startswith("1 training rows have credits that no term of their task looks at")
    plain = Dataset.from_list([{"input_ids": [1], "labels": [1]}])
    assert rows_with_credits(plain) == {}
