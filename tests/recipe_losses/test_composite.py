"""The composite loss: which tokens each term moves, and that it moves no other."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from recipe_losses.codes import code
from recipe_losses.losses import (
    CLOUD_TERMS,
    MEASURES,
    TERMS,
    TOKEN_TERMS,
    Marks,
    Objective,
    TaskMix,
    Topological,
    composite_loss,
    count_items,
    embedding_scale,
    gradient_squares,
    reference_loss,
)

INGREDIENT, QUANTITY = code("ingredient"), code("quantity")
V, D = 23, 6
TOKEN_NAMES, CLOUD_NAMES = (tuple(t.name for t in kind) for kind in (TOKEN_TERMS, CLOUD_TERMS))
EVERYTHING = {term: (place + 1) / 10 for place, term in enumerate((*TOKEN_NAMES, *CLOUD_NAMES))}
"""Every registered term but the numeric one: these examples have no numbers."""
MIXES = [*({term: 1.0} for term in EVERYTHING), EVERYTHING]
by_mix = pytest.mark.parametrize("mix", MIXES, ids="+".join)


def weights_of(**weights):
    return tuple(weights.get(term, 0.0) for term in TERMS)


def objective(spans=None, order_weight=0.0, points="token", span_weights=None, **weights):
    transport = {Topological: {"blur": 0.2, "order_weight": order_weight}}
    return Objective(
        mixes=(TaskMix(None, weights_of(**weights)),),
        spans=spans or dict.fromkeys(CLOUD_NAMES, (INGREDIENT,)),
        settings=tuple(term(points=points, **transport.get(term, {})) for term in CLOUD_TERMS),
        span_weights=span_weights or {},
    )


class Batch:
    """Two examples of nine tokens: a prompt, an answer with ingredient tokens, padding."""

    def __init__(self, seed=0, dtype=torch.float64):
        torch.manual_seed(seed)
        self.hidden = torch.randn(2, 9, D, dtype=dtype, requires_grad=True)
        self.head = torch.randn(V, D, dtype=dtype)
        self.embedding = torch.randn(V, 5, dtype=dtype)
        self.labels = torch.randint(V, (2, 9))
        self.labels[0, :3] = self.labels[1, :2] = self.labels[1, 7:] = -100
        self.kind = torch.zeros(2, 9, dtype=torch.long)
        self.kind[0, 4:7] = self.kind[1, 3] = INGREDIENT
        self.kind[0, 3] = QUANTITY
        self.task = torch.zeros(2, 9, dtype=torch.long)
        self.example = torch.arange(2)[:, None].expand(2, 9)
        self.group = torch.zeros(2, 9, dtype=torch.long)
        self.credit = torch.ones(2, 9)

    def marks(self, pick=lambda tensor: tensor):
        columns = map(pick, (self.kind, self.task, self.example, self.group))
        return Marks(*columns, credit=pick(self.credit))

    def given(self):
        names = ("hidden", "head", "labels", "embedding")
        given = {name: getattr(self, name) for name in names}
        return {**given, "scale": embedding_scale(self.embedding), "marks": self.marks()}

    def loss(self, objective):
        return composite_loss(objective=objective, **self.given())

    def moved(self, objective):
        """Positions whose hidden state gets a gradient."""
        self.hidden.grad = None
        self.loss(objective).loss.backward()
        return {tuple(p) for p in (self.hidden.grad != 0).any(-1).nonzero().tolist()}


ANSWER = {(0, t) for t in range(2, 8)} | {(1, t) for t in range(1, 6)}
INGREDIENTS = {(0, 3), (0, 4), (0, 5), (1, 2)}


@pytest.mark.parametrize("term", TOKEN_NAMES)
def test_a_token_term_moves_exactly_what_predicts_the_answer(term):
    assert Batch().moved(objective(**{term: 1.0})) == ANSWER


@pytest.mark.parametrize("term", CLOUD_NAMES)
@pytest.mark.parametrize("points", ["token", "group"])
def test_a_cloud_term_moves_exactly_what_predicts_ingredients(term, points):
    assert Batch().moved(objective(points=points, **{term: 1.0})) == INGREDIENTS


@pytest.mark.parametrize("term", TOKEN_NAMES)
def test_a_restricted_term_moves_its_spans_only(term):
    spans = {term: (QUANTITY,)}
    assert Batch().moved(objective(spans=spans, **{term: 1.0})) == {(0, 2)}


def test_cross_entropy_is_torchs_own_of_shifted_labels():
    batch = Batch()
    logits = batch.hidden @ batch.head.T
    expected = F.cross_entropy(logits[:, :-1].flatten(0, 1), batch.labels[:, 1:].flatten())
    result = batch.loss(objective(cross_entropy=1.0))
    torch.testing.assert_close(result.loss, expected)
    (ours,) = torch.autograd.grad(result.loss, batch.hidden)
    (theirs,) = torch.autograd.grad(expected, batch.hidden)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("term", TOKEN_TERMS, ids=lambda term: term.name)
def test_a_token_term_is_the_mean_of_its_definition_over_the_answer(term):
    batch = Batch()
    logits, labels = (batch.hidden @ batch.head.T)[:, :-1], batch.labels[:, 1:]
    seen = labels != -100
    expected = term().definition(logits[seen], labels[seen]).mean()
    torch.testing.assert_close(batch.loss(objective(**{term.name: 1.0})).loss, expected)


def test_loss_is_the_weighted_sum_of_its_parts():
    mixed = objective(**EVERYTHING)
    result = Batch().loss(mixed)
    weights = torch.tensor(mixed.mixes[0].weights, dtype=torch.float64)
    torch.testing.assert_close(result.loss, (weights * result.parts[:-1]).sum())
    assert (result.parts[: len(EVERYTHING)] > 0).all()


def test_gradient_squares_are_those_of_each_term_alone():
    mixed = objective(**EVERYTHING)
    batch = Batch()
    (whole,) = torch.autograd.grad(batch.loss(mixed).loss, batch.hidden)
    pulls = [
        torch.autograd.grad(batch.loss(mixed.only(term)).loss, batch.hidden)[0] for term in TERMS
    ]
    torch.testing.assert_close(sum(pulls), whole)
    squares = gradient_squares(
        batch.hidden,
        batch.head,
        batch.labels,
        objective=mixed,
        embedding=batch.embedding,
        scale=embedding_scale(batch.embedding),
        marks=batch.marks(),
    )
    torch.testing.assert_close(squares, torch.stack([pull.square().sum() for pull in pulls]))
    assert squares[-1] == 0
    assert batch.hidden.grad is None


def test_span_weights_reweigh_the_mean_of_cross_entropy():
    batch = Batch()
    logits, labels = (batch.hidden @ batch.head.T)[:, :-1], batch.labels[:, 1:]
    nll = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    share = torch.where(batch.kind[:, 1:] == INGREDIENT, 3.0, 1.0) * (labels != -100)
    weighted = objective(span_weights={INGREDIENT: 3.0}, cross_entropy=1.0)
    torch.testing.assert_close(batch.loss(weighted).loss, (share * nll).sum() / share.sum())


@by_mix
def test_what_is_masked_changes_nothing(mix):
    mixed, batch = objective(**mix), Batch()
    value = batch.loss(mixed).loss
    with torch.no_grad():
        batch.hidden[1, 6:] = 1e3
        batch.hidden[0, :2] = -1e3
    torch.testing.assert_close(batch.loss(mixed).loss, value)


def test_items_are_counted_for_the_terms_in_use():
    batch = Batch()
    mixed = objective(cross_entropy=0.5, dice=0.2, topological=0.3)
    counts = count_items(batch.labels, objective=mixed, marks=batch.marks())
    items = {"cross_entropy": 11, "dice": 11, "topological": 2, "tail_mass": 4}
    assert counts.tolist() == [items.get(measure, 0) for measure in MEASURES]


@by_mix
def test_batches_add_up_when_items_are_counted_over_all_of_them(mix):
    mixed, batch = objective(**mix), Batch()
    whole = batch.loss(mixed).loss
    counts = count_items(batch.labels, objective=mixed, marks=batch.marks())
    halves = 0.0
    for row in range(2):
        one = slice(row, row + 1)
        halves += composite_loss(
            batch.hidden[one],
            batch.head,
            batch.labels[one],
            objective=mixed,
            embedding=batch.embedding,
            scale=embedding_scale(batch.embedding),
            item_counts=counts,
            marks=batch.marks(lambda tensor, one=one: tensor[one]),
        ).loss
    torch.testing.assert_close(halves, whole)


@by_mix
def test_packed_examples_equal_padded_ones(mix):
    mixed, batch = objective(**mix), Batch()
    padded = batch.loss(mixed).loss
    # One row: all of the first example, then the second without its padding.
    keep = [(0, t) for t in range(9)] + [(1, t) for t in range(7)]
    rows, columns = map(list, zip(*keep, strict=True))
    pick = lambda tensor: tensor[rows, columns][None]  # noqa: E731
    packed = composite_loss(
        pick(batch.hidden),
        batch.head,
        pick(batch.labels),
        objective=mixed,
        embedding=batch.embedding,
        scale=embedding_scale(batch.embedding),
        marks=batch.marks(pick),
    ).loss
    torch.testing.assert_close(packed, padded)


def test_without_ingredients_the_topological_term_is_a_zero_that_keeps_the_graph():
    batch = Batch()
    batch.kind[:] = 0
    result = batch.loss(objective(topological=1.0))
    assert result.loss.item() == 0
    result.loss.backward()
    assert (batch.hidden.grad == 0).all()


def test_nothing_to_train_on_is_a_zero_that_keeps_the_graph():
    batch = Batch()
    batch.labels[:] = -100
    result = batch.loss(objective(cross_entropy=0.6, topological=0.4))
    result.loss.backward()
    assert result.loss.item() == 0
    assert (batch.hidden.grad == 0).all()


def test_tasks_have_mixes_of_their_own():
    scaling = code("scaling")
    by_task = Objective(
        mixes=(
            TaskMix(None, weights_of(cross_entropy=1.0)),
            TaskMix(scaling, weights_of(focal=1.0)),
        )
    )
    batch = Batch()
    batch.task[1] = scaling
    result = batch.loss(by_task)
    logits = (batch.hidden @ batch.head.T)[:, :-1]
    labels = batch.labels[:, 1:]
    ce = F.cross_entropy(logits[0], labels[0])
    nll = F.cross_entropy(logits[1], labels[1], reduction="none")[labels[1] != -100]
    torch.testing.assert_close(result.loss, ce + ((1 - (-nll).exp()) ** 2 * nll).mean())


def test_order_decides_between_permuted_ingredients():
    """A prediction of the gold tokens in another order costs something only if order counts."""
    batch = Batch()
    batch.head = torch.eye(V, dtype=torch.float64)
    hidden = torch.full((2, 9, V), -40.0, dtype=torch.float64)
    batch.labels[0, 4:7] = torch.tensor([3, 5, 8])
    for position, predicted in ((3, 8), (4, 3), (5, 5)):
        hidden[0, position, predicted] = 40.0
    hidden[1, 2, batch.labels[1, 3]] = 40.0
    batch.hidden = hidden.requires_grad_()
    assert batch.loss(objective(topological=1.0)).loss.abs().item() < 1e-4
    assert batch.loss(objective(order_weight=10.0, topological=1.0)).loss.item() > 0.1


@by_mix
def test_bfloat16_errs_no_more_than_honest_bfloat16(mix):
    """Of the value; honest is the definition on the same inputs, autograd's whole logits."""
    mixed, ours, honest = objective(**mix), 0.0, 0.0
    for seed in range(20):
        batch = Batch(seed)
        exact = batch.loss(mixed).loss.item()
        batch.hidden, batch.head = batch.hidden.detach().bfloat16(), batch.head.bfloat16()
        given = {**batch.given(), "objective": mixed}
        ours += abs(composite_loss(**given).loss.item() - exact)
        honest += abs(reference_loss(**given).item() - exact)
    assert 0 < ours <= 1.2 * honest
