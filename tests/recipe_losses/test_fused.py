"""The fused pass equals its definition: autograd over whole logits, and geomloss."""

from __future__ import annotations

import pytest
import torch
from geomloss import SamplesLoss
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_losses.losses import (
    TERMS,
    Objective,
    TaskMix,
    Topology,
    composite_loss,
    embedding_scale,
    reference_loss,
)

KIND = 5


def problem(seed, batch=3, tokens=11, vocab=29, dim=6, dtype=torch.float64):
    torch.manual_seed(seed)
    hidden = torch.randn(batch, tokens, dim, dtype=dtype).mul(1.5).requires_grad_()
    head = torch.randn(vocab, dim, dtype=dtype).requires_grad_()
    labels = torch.randint(vocab, (batch, tokens))
    labels[torch.rand(batch, tokens) < 0.3] = -100
    kind = (torch.rand(batch, tokens) < 0.5).long() * KIND
    embedding = torch.randn(vocab, 4, dtype=dtype)
    return (
        hidden,
        head,
        {
            "labels": labels,
            "kind": kind,
            "task": torch.zeros_like(labels),
            "example": torch.arange(batch)[:, None].expand(batch, tokens),
            "embedding": embedding,
            "scale": embedding_scale(embedding),
        },
    )


def objective(weights, blur=0.3, gamma=2.0):
    spans = {"topological": (KIND,)}
    topology = Topology(blur=blur)
    return Objective((TaskMix(None, weights),), spans, gamma, 1e-2, topology)


def oracle(marks, blur=0.3):
    diameter = marks["scale"].diameter
    return SamplesLoss("sinkhorn", p=2, blur=blur, diameter=diameter, scaling=0.5)


MIXES = [
    (1.0, 0.0, 0.0, 0.0),
    (0.6, 0.4, 0.0, 0.0),
    (0.6, 0.0, 0.4, 0.0),
    (0.6, 0.0, 0.0, 0.4),
    (0.0, 0.0, 0.0, 1.0),
    (0.6, 0.0, 0.2, 0.2),
    (0.4, 0.3, 0.2, 0.1),
]


@pytest.mark.parametrize("weights", MIXES, ids=str)
@pytest.mark.parametrize("chunk_rows", [1, 4, 1000])
def test_equals_autograd_and_geomloss(weights, chunk_rows):
    hidden, head, marks = problem(seed=3)
    mix = objective(weights)
    expected = reference_loss(hidden, head, objective=mix, divergence=oracle(marks), **marks)
    result = composite_loss(
        hidden, head, objective=mix, chunk_bytes=chunk_rows * head.shape[0] * 8, **marks
    )
    assert result.loss.item() == pytest.approx(expected.item(), abs=1e-10)
    ours = torch.autograd.grad(result.loss, (hidden, head))
    theirs = torch.autograd.grad(expected, (hidden, head))
    for gradient, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(gradient, reference, atol=1e-10, rtol=0)


def test_the_caller_may_scale_the_loss():
    hidden, head, marks = problem(seed=4)
    mix = objective((0.5, 0.1, 0.2, 0.2))
    (once,) = torch.autograd.grad(composite_loss(hidden, head, objective=mix, **marks).loss, hidden)
    scaled = -3 * composite_loss(hidden, head, objective=mix, **marks).loss
    torch.testing.assert_close(torch.autograd.grad(scaled, hidden)[0], -3 * once)


def test_a_frozen_head_gets_no_gradient_and_evaluation_forms_none():
    hidden, head, marks = problem(seed=5)
    mix = objective((0.5, 0.1, 0.2, 0.2))
    value = composite_loss(hidden, head.detach(), objective=mix, **marks).loss
    value.backward()
    assert head.grad is None
    assert hidden.grad is not None
    with torch.no_grad():
        silent = composite_loss(hidden, head, objective=mix, **marks).loss
    assert not silent.requires_grad
    torch.testing.assert_close(silent, value.detach())


def test_bfloat16_errs_at_most_a_fifth_more_than_bfloat16_autograd():
    mix = objective((0.4, 0.3, 0.2, 0.1))
    ours, honest = [], []
    for seed in range(20):
        hidden, head, marks = problem(seed=seed, batch=4, tokens=24, vocab=97, dim=16)
        exact = composite_loss(hidden, head, objective=mix, **marks).loss
        (reference,) = torch.autograd.grad(exact, hidden)
        low = [t.detach().bfloat16().requires_grad_() for t in (hidden, head)]
        for loss, errors in (
            (composite_loss(*low, objective=mix, **marks).loss, ours),
            (
                reference_loss(*low, objective=mix, divergence=oracle(marks), **marks),
                honest,
            ),
        ):
            (gradient,) = torch.autograd.grad(loss, low[0])
            errors.append((gradient.double() - reference).norm().item())
    assert sum(ours) <= 1.2 * sum(honest)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 4),
    st.integers(2, 9),
    st.integers(2, 12),
    st.sampled_from(MIXES),
    st.floats(0, 4),
    st.floats(1e-3, 1e3),
)
def test_small_random_problems_are_finite(seed, batch, tokens, vocab, weights, gamma, size):
    hidden, head, marks = problem(seed, batch, tokens, vocab, dtype=torch.float32)
    mix = objective(weights, gamma=gamma)
    result = composite_loss(hidden * size, head, objective=mix, **marks)
    gradients = torch.autograd.grad(result.loss, (hidden, head))
    assert result.loss.isfinite()
    assert result.loss.item() >= -1e-6 * marks["scale"].diameter ** 2
    assert all(g.isfinite().all() for g in gradients)
    assert len(result.parts) == len(TERMS)
