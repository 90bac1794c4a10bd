"""Ten thousand small problems: whatever the batch, the loss and its gradient are numbers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_losses.losses import (
    CLOUD_TERMS,
    MEASURES,
    TERMS,
    Credited,
    Dice,
    DigitVocabulary,
    Focal,
    Marks,
    Objective,
    TaskMix,
    Topological,
    composite_loss,
    embedding_scale,
)

KINDS = (3, 5)
DIGITS = DigitVocabulary.of({i: str(i) for i in range(10)} | {10: "12", 11: "47"})

weights = st.lists(st.sampled_from([0.0, 0.1, 1.0]), min_size=len(TERMS), max_size=len(TERMS))
geometry = {
    "points": st.sampled_from(["token", "group"]),
    "cost_scale": st.sampled_from(["absolute", "relative"]),
}
transport = {
    "blur": st.sampled_from([0.01, 0.05, 0.5, 5.0]),
    "order_weight": st.sampled_from([0.0, 10.0]),
}
objectives = st.builds(
    Objective,
    mixes=st.tuples(
        st.builds(TaskMix, st.none(), weights.map(tuple)),
        st.builds(TaskMix, st.just(7), weights.map(tuple)),
    ),
    spans=st.fixed_dictionaries(
        {}, optional={term: st.sampled_from([(3,), (5,), KINDS]) for term in TERMS}
    ),
    settings=st.tuples(
        st.builds(Focal, gamma=st.floats(0, 5)),
        st.builds(Dice, epsilon=st.sampled_from([1e-5, 1.0])),
        st.builds(Credited, floor=st.sampled_from([1e-9, 0.01, 0.5])),
        *(
            st.builds(term, **geometry, **(transport if term is Topological else {}))
            for term in CLOUD_TERMS
        ),
    ),
    span_weights=st.dictionaries(st.sampled_from(KINDS), st.floats(0.1, 10)),
    top_k=st.sampled_from([None, None, 1, 4, 100]),
)


def batch(seed, rows, tokens, density):
    """Random tokens, spans and examples, several of them in a row."""
    random = torch.Generator().manual_seed(seed)

    def draw(below):
        return torch.randint(below, (rows, tokens), generator=random)

    def chance(p):
        return torch.rand(rows, tokens, generator=random) < p

    number = torch.where(chance(0.3), draw(3), -1)
    labels = torch.where(chance(density), draw(16), -100)
    labels = torch.where((number >= 0) & (labels >= 0), labels % len(DIGITS.token), labels)
    example = chance(0.2).flatten().cumsum(0).reshape(rows, tokens)
    marks = Marks(
        span_kind=torch.tensor([0, *KINDS])[draw(3)],
        # The tokens of an example have one task.
        loss_task=torch.where(example % 3 == 0, 7, 0),
        example=example,
        span_group=draw(4).sort(-1).values,
        number=number,
        number_place=draw(6) - 2,
        credit=torch.where(chance(0.3), torch.nan, (draw(9) - 4) / 2),
    )
    return labels, marks


@pytest.mark.slow
@settings(max_examples=10_000)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 3),
    tokens=st.integers(1, 8),
    density=st.sampled_from([0.0, 0.3, 1.0]),
    objective=objectives,
    logits=st.sampled_from([0.0, 1.0, 30.0, 3000.0]),
    distance=st.sampled_from([1e-3, 1.0, 1e3]),
    dtype=st.sampled_from([torch.float32, torch.float32, torch.bfloat16]),
)
def test_every_loss_and_gradient_is_a_number(
    seed, rows, tokens, density, objective, logits, distance, dtype
):
    labels, marks = batch(seed, rows, tokens, density)
    random = torch.Generator().manual_seed(seed + 1)
    hidden = torch.randn(rows, tokens, 4, generator=random).mul(logits).to(dtype).requires_grad_()
    head = torch.randn(16, 4, generator=random).to(dtype).requires_grad_()
    embedding = (torch.randn(16, 3, generator=random) * distance).to(dtype)
    scale = embedding_scale(embedding)
    result = composite_loss(
        hidden,
        head,
        labels,
        objective=objective,
        marks=marks,
        embedding=embedding,
        scale=scale,
        digits=DIGITS,
        chunk_bytes=5 * 16 * 4,
    )
    gradients = torch.autograd.grad(result.loss, (hidden, head))
    assert result.loss.isfinite()
    assert all(gradient.isfinite().all() for gradient in gradients)
    parts = dict(zip(MEASURES, result.parts.tolist(), strict=True))
    assert len(parts) == len(result.parts)
    term = next(term for term in objective.settings if isinstance(term, Topological))
    unit = scale.mean_squared_distance if term.cost_scale == "relative" else 1
    # Rounding is relative to the largest cost or ε; the divergence is a difference of such.
    size = max(1.0, scale.diameter**2 / unit, term.blur**2)
    assert parts.pop("topological") >= -1e-6 * size
    assert all(value >= 0 for value in parts.values())
