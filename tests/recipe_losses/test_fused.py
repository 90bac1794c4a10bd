"""The fused pass equals its definition: autograd over whole logits, and geomloss."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from recipe_losses.losses import (
    CLOUD_TERMS,
    TERMS,
    Dice,
    DigitVocabulary,
    Marks,
    Objective,
    TaskMix,
    Topological,
    blocks,
    composite_loss,
    embedding_scale,
    reference_loss,
)
from recipe_losses.losses.clouds import whole_examples

KIND = 5


def problem(seed, batch=3, tokens=11, vocab=29, dim=6, dtype=torch.float64):
    torch.manual_seed(seed)
    hidden = torch.randn(batch, tokens, dim, dtype=dtype).mul(1.5).requires_grad_()
    head = torch.randn(vocab, dim, dtype=dtype).requires_grad_()
    labels = torch.randint(vocab, (batch, tokens))
    labels[torch.rand(batch, tokens) < 0.3] = -100
    kind = (torch.rand(batch, tokens) < 0.5).long() * KIND
    embedding = torch.randn(vocab, 4, dtype=dtype)
    number = torch.where(torch.rand(batch, tokens) < 0.4, torch.randint(3, (batch, tokens)), -1)
    # The first tokens are digits; numbers must predict one of them.
    labels = torch.where((number >= 0) & (labels >= 0), labels % len(DIGITS.token), labels)
    marks = Marks(
        kind,
        torch.zeros_like(labels),
        torch.arange(batch)[:, None].expand(batch, tokens),
        torch.randint(2, (batch, tokens)),
        number,
        torch.randint(-1, 3, (batch, tokens)),
        torch.where(torch.rand(batch, tokens) < 0.3, torch.nan, torch.randn(batch, tokens)),
    )
    rest = {"labels": labels, "marks": marks, "embedding": embedding, "digits": DIGITS}
    return hidden, head, {**rest, "scale": embedding_scale(embedding)}


DIGITS = DigitVocabulary.of({i: str(i) for i in range(10)} | {10: "12", 11: "47", 12: "rice"})


BLUR = {Topological: {"blur": 0.3}}


def objective(weights, points="token", top_k=None):
    clouds = (term(points=points, **BLUR.get(term, {})) for term in CLOUD_TERMS)
    return Objective(
        mixes=(TaskMix(None, tuple(weights.get(term, 0.0) for term in TERMS)),),
        spans={term.name: (KIND,) for term in CLOUD_TERMS},
        settings=(Dice(epsilon=1e-2), *clouds),
        span_weights={KIND: 2.5},
        top_k=top_k,
    )


EVERYTHING = {term: (column + 1) / 10 for column, term in enumerate(TERMS)}
"""Every registered term at once, none with the weight of another."""
NO_NUMBERS = {term: weight for term, weight in EVERYTHING.items() if term != "numeric"}
MIXES = [
    *({term: 1.0} for term in TERMS),
    *({"cross_entropy": 0.6, term: 0.4} for term in TERMS if term != "cross_entropy"),
    {"cross_entropy": 0.6, "dice": 0.2, "topological": 0.2},
    NO_NUMBERS,
    EVERYTHING,
]


@pytest.mark.parametrize("weights", MIXES, ids="+".join)
@pytest.mark.parametrize("chunk_rows", [1, 4, 1000])
@pytest.mark.parametrize(("points", "top_k"), [("token", None), ("group", None), ("token", 5)])
@pytest.mark.parametrize("columns", [7, 1000])
def test_equals_autograd_and_geomloss(weights, chunk_rows, points, top_k, columns, monkeypatch):
    monkeypatch.setattr(blocks, "CACHE", blocks.Tile(5, columns))
    hidden, head, marks = problem(seed=3)
    if points == "group":
        ordered = marks["marks"].span_group.sort(-1).values
        marks["marks"] = marks["marks"]._replace(span_group=ordered)
    mix = objective(weights, points=points, top_k=top_k)
    expected = reference_loss(hidden, head, objective=mix, **marks)
    result = composite_loss(
        hidden, head, objective=mix, chunk_bytes=chunk_rows * head.shape[0] * 8, **marks
    )
    assert result.loss.item() == pytest.approx(expected.item(), abs=1e-10)
    ours = torch.autograd.grad(result.loss, (hidden, head))
    theirs = torch.autograd.grad(expected, (hidden, head))
    for gradient, expected_gradient in zip(ours, theirs, strict=True):
        torch.testing.assert_close(gradient, expected_gradient, atol=1e-10, rtol=0)


def test_the_caller_may_scale_the_loss():
    hidden, head, marks = problem(seed=4)
    mix = objective(NO_NUMBERS)
    (once,) = torch.autograd.grad(composite_loss(hidden, head, objective=mix, **marks).loss, hidden)
    scaled = -3 * composite_loss(hidden, head, objective=mix, **marks).loss
    torch.testing.assert_close(torch.autograd.grad(scaled, hidden)[0], -3 * once)


def test_a_frozen_head_gets_no_gradient_and_evaluation_forms_none():
    hidden, head, marks = problem(seed=5)
    mix = objective(NO_NUMBERS)
    value = composite_loss(hidden, head.detach(), objective=mix, **marks).loss
    value.backward()
    assert head.grad is None
    assert hidden.grad is not None
    with torch.no_grad():
        silent = composite_loss(hidden, head, objective=mix, **marks).loss
    assert not silent.requires_grad
    torch.testing.assert_close(silent, value.detach())


def test_a_certain_token_has_the_gradient_that_autograd_gives_it_in_float64():
    hidden, head, marks = problem(seed=2, dtype=torch.float32, vocab=40)
    gold = head[marks["labels"][:, 1:].clamp_min(0)]
    hidden = torch.cat([gold * 3, hidden[:, :1]], 1).detach().requires_grad_()
    mix = objective({"cross_entropy": 1.0})
    loss = composite_loss(hidden, head.detach(), objective=mix, **marks).loss
    (ours,) = torch.autograd.grad(loss, hidden)
    exact = hidden.detach().double().requires_grad_()
    reference = reference_loss(exact, head.detach().double(), objective=mix, **marks)
    (truth,) = torch.autograd.grad(reference, exact)
    torch.testing.assert_close(ours.double(), truth, rtol=1e-4, atol=1e-9)


def test_examples_stay_whole_where_they_fit():
    runs = whole_examples([0, 0, 1, 3, 3, 3, 3, 3, 7], 4)
    assert runs == [slice(0, 3), slice(3, 8), slice(8, 9)]
    assert whole_examples([], 4) == []


def test_the_whole_vocabulary_as_top_k_is_exact():
    hidden, head, marks = problem(seed=8)
    exact, top = (objective(NO_NUMBERS, top_k=k) for k in (None, 1000))
    results = [composite_loss(hidden, head, objective=mix, **marks) for mix in (exact, top)]
    torch.testing.assert_close(results[0].parts, results[1].parts)
    ours, theirs = (torch.autograd.grad(result.loss, hidden)[0] for result in results)
    torch.testing.assert_close(ours, theirs)


def test_the_tail_mass_is_what_top_k_leaves_out():
    hidden, head, marks = problem(seed=9)
    mix = objective({"topological": 1.0}, top_k=3)
    result = composite_loss(hidden, head, objective=mix, **marks)
    p = (hidden @ head.T)[:, :-1].softmax(-1)
    tail = 1 - p.topk(3, -1).values.sum(-1)
    point = (marks["marks"].span_kind[:, 1:] == KIND) & (marks["labels"][:, 1:] != -100)
    torch.testing.assert_close(result.parts[-1], tail[point].mean())


@pytest.mark.parametrize(
    ("weights", "top_k"),
    [*(({term: 1.0}, None) for term in TERMS), (NO_NUMBERS, None), (NO_NUMBERS, 8)],
    ids=str,
)
@pytest.mark.parametrize("columns", [20, 1000])
def test_bfloat16_errs_at_most_a_fifth_more_than_bfloat16_autograd(
    weights, top_k, columns, monkeypatch
):
    monkeypatch.setattr(blocks, "CACHE", blocks.Tile(50, columns))
    mix = objective(weights, top_k=top_k)
    ours, honest = [], []
    for seed in range(20):
        hidden, head, marks = problem(seed=seed, batch=4, tokens=24, vocab=97, dim=16)
        exact = composite_loss(hidden, head, objective=mix, **marks).loss
        (truth,) = torch.autograd.grad(exact, hidden)
        low = [t.detach().bfloat16().requires_grad_() for t in (hidden, head)]
        for loss, errors in (
            (composite_loss(*low, objective=mix, **marks).loss, ours),
            (reference_loss(*low, objective=mix, **marks), honest),
        ):
            (gradient,) = torch.autograd.grad(loss, low[0])
            errors.append((gradient.double() - truth).norm().item())
    assert sum(ours) <= 1.2 * sum(honest)


def test_the_numeric_term_is_zero_on_the_gold_digits_and_moves_only_them():
    hidden, head, marks = problem(seed=6)
    mix = objective({"numeric": 1.0})
    composite_loss(hidden, head, objective=mix, **marks).loss.backward()
    moved = (hidden.grad != 0).any(-1)[:, :-1]
    labels, number = marks["labels"][:, 1:], marks["marks"].number[:, 1:]
    assert (moved <= ((number >= 0) & (labels != -100))).all()
    assert moved.any()
    certain = torch.zeros(*labels.shape[:1], labels.shape[1] + 1, head.shape[0], dtype=head.dtype)
    certain[:, :-1].scatter_(-1, labels.clamp_min(0)[..., None], 60.0)
    identity = torch.eye(head.shape[0], dtype=head.dtype)
    assert composite_loss(certain, identity, objective=mix, **marks).loss.item() == 0


def test_autocast_changes_nothing():
    hidden, head, marks = problem(seed=7, dtype=torch.float32)
    mix = objective(NO_NUMBERS)
    plain = composite_loss(hidden, head, objective=mix, **marks).loss
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = composite_loss(hidden, head, objective=mix, **marks).loss
        low = composite_loss(hidden.bfloat16(), head, objective=mix, **marks).loss
    assert inside.item() == plain.item()
    assert low.item() == pytest.approx(plain.item(), rel=0.02)
    low.backward()
    assert hidden.grad is not None


class Recorder(TorchDispatchMode):
    """Notes the largest tensor that is made, and how often the host waits for the device."""

    def __init__(self):
        super().__init__()
        self.largest = self.waits = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        outputs = result if isinstance(result, tuple | list) else (result,)
        sizes = [output.numel() for output in outputs if isinstance(output, torch.Tensor)]
        self.largest = max([self.largest, *sizes])
        self.waits += function.overloadpacket in WAITS
        return result


WAITS = (torch.ops.aten._local_scalar_dense, torch.ops.aten.nonzero, torch.ops.aten._unique2)


@pytest.mark.parametrize("top_k", [None, 8])
def test_no_chunk_waits_for_the_device_and_logits_never_exist_as_a_whole(top_k):
    vocab = 500
    hidden, head, marks = problem(seed=1, batch=4, tokens=40, vocab=vocab, dim=4)
    mix = objective(NO_NUMBERS, top_k=top_k)
    waits = []
    for chunk_rows in (2, 16):
        with Recorder() as recorder:
            given = {**marks, "chunk_bytes": chunk_rows * vocab * 8}
            composite_loss(hidden, head.detach(), objective=mix, **given).loss.backward()
        assert recorder.largest <= max(chunk_rows, 16) * vocab
        waits.append(recorder.waits)
    rows = int((marks["labels"][:, 1:] != -100).sum())
    assert rows > 5 * 16
    assert waits[0] == waits[1] > 0
