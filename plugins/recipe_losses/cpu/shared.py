"""A batch of rows laid end to end without padding, and what they all begin with only once.

Chat rows of one task begin with the same system message. Under causal attention the hidden states
of a common beginning are the same in every row, so they are computed once, and their gradients
add up.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

LAYOUT = "shared_rows"
"""Under this name a layout goes through the model to its attention."""
WORTH = 0.95
"""A layout that leaves more than this share of the tokens costs more than it saves."""
TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-3, torch.bfloat16: 0.1}
"""How far hidden states may lie from those of padded rows, relative, or a model is left alone."""


class Layout(NamedTuple):
    """Rows of a batch in one: what they share, then the rest of each."""

    shared: int
    """Tokens that all rows begin with."""
    lengths: tuple[int, ...]
    """Of the rest of each row."""
    taken: Tensor
    """(N,) where each token lies in the flattened batch."""
    back: Tensor
    """(B·T,) where each position of the batch finds its token; for padding the first."""
    positions: Tensor
    """(1, N) of each token in its row."""

    @property
    def rows(self) -> int:
        """B."""
        return len(self.lengths)

    def padded(self, x: Tensor) -> Tensor:
        """Copy (N, …) into rows (B, T, …), with 0 for padding."""
        rows = x.index_select(0, self.back).view(self.rows, -1, *x.shape[1:])
        for row, length in zip(rows, self.lengths, strict=True):
            row[self.shared + length :] = 0
        return rows

    def spread(self, x: Tensor) -> Tensor:
        """Turn (1, heads, N, d) into the rows (B, heads, T, d) of the batch."""
        apply: Any = Spread.apply
        rows: Tensor = apply(x[0].transpose(0, 1), self)
        return rows.transpose(1, 2)

    def gathered(self, rows: Tensor) -> Tensor:
        """Turn the rows (B, T, heads, d) into (1, N, heads, d)."""
        apply: Any = Gather.apply
        x: Tensor = apply(rows, self)
        return x[None]

    def seen(self) -> Tensor:
        """Return (1, 1, N, N): true where a token sees another, itself among them."""
        row = torch.repeat_interleave(
            torch.arange(self.rows + 1), torch.tensor([self.shared, *self.lengths])
        )
        own = (row[:, None] == row) | (row == 0)
        return (own & (self.positions[0][:, None] >= self.positions[0]))[None, None]


class Spread(torch.autograd.Function):
    """(N, …) as rows (B, T, …), padding 0; the gradients of what the rows share add up."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layout: Layout) -> Tensor:
        """Copy each token to where it belongs; padding is 0."""
        ctx.layout = layout
        return layout.padded(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Add up."""
        layout = ctx.layout
        dx = gradient.flatten(0, 1).index_select(0, layout.taken)
        if layout.shared:
            torch.sum(gradient[:, : layout.shared], 0, out=dx[: layout.shared])
        return dx, None


class Gather(torch.autograd.Function):
    """Rows (B, T, …) as (N, …): of what they share the first row's."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, layout: Layout) -> Tensor:
        """Copy."""
        ctx.layout = layout
        return rows.flatten(0, 1).index_select(0, layout.taken)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Copy back; what was not taken has no gradient."""
        layout = ctx.layout
        rows = layout.padded(gradient)
        rows[1:, : layout.shared] = 0
        return rows, None


def layout_of(tokens: Tensor, mask: Tensor | None) -> Layout | None:
    """Lay out a batch (B, T) whose padding is on the right; None where nothing is saved."""
    rows, width = tokens.shape
    seen = torch.ones_like(tokens, dtype=torch.bool) if mask is None else mask.bool()
    if bool((seen[:, 1:] > seen[:, :-1]).any()) or not bool(seen[:, 0].all()):
        return None
    lengths = seen.sum(1)
    shared = 0
    if rows > 1:
        same = (tokens == tokens[:1]).all(0) & seen.all(0)
        shared = int(same.long().cumprod(0).sum())
    rest = lengths - shared
    if shared + int(rest.sum()) > WORTH * rows * width:
        return None
    own = seen.clone()
    own[1:, :shared] = False
    taken = own.flatten().nonzero()[:, 0]
    back = torch.zeros(rows * width, dtype=torch.long)
    back[taken] = torch.arange(len(taken))
    back = back.view(rows, width)
    back[:, :shared] = torch.arange(shared)
    positions = torch.arange(width).repeat(rows)[taken][None]
    return Layout(shared, tuple(rest.tolist()), taken, back.flatten(), positions)


def share_beginnings(model: Any) -> bool:
    """Let a causal model compute batches by their layout; tell whether it does.

    Only a model whose every layer attends to all that came before, and which gives the same
    hidden states on a small example.
    """
    trunk = getattr(model, model.base_model_prefix)
    if not attends_fully(model.config) or not takes(trunk, "use_cache"):
        return False
    original = trunk.forward
    if not _same_on_an_example(original, model):
        return False

    def forward(
        input_ids: Tensor | None = None, attention_mask: Tensor | None = None, **kwargs: Any
    ) -> Any:
        others = {k: v for k, v in kwargs.items() if v is not None}
        plain = others == {"use_cache": False}
        plain = plain and (attention_mask is None or attention_mask.ndim == 2)
        if plain and input_ids is not None:
            layout = layout_of(input_ids, attention_mask)
            if layout is not None:
                return _laid_out(original, input_ids, layout)
        return original(input_ids=input_ids, attention_mask=attention_mask, **kwargs)

    forward.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    trunk.forward = forward
    return True


def attends_fully(config: Any) -> bool:
    """Tell whether no layer of a model looks back less far than to the beginning."""
    windows = ("sliding_window", "attention_chunk_size")
    kinds = getattr(config, "layer_types", None) or []
    return not any(getattr(config, x, None) for x in windows) and set(kinds) <= {"full_attention"}


def takes(module: Any, name: str) -> bool:
    """Tell whether a module's forward has a parameter of a name."""
    return name in inspect.signature(module.forward).parameters


def _laid_out(trunk: Any, tokens: Tensor, layout: Layout) -> Any:
    """Run the trunk on one row, and put every hidden state where the batch expects it."""
    output = trunk(
        input_ids=tokens.flatten()[layout.taken][None],
        attention_mask=layout.seen(),
        position_ids=layout.positions,
        use_cache=False,
        **{LAYOUT: layout},
    )
    apply: Any = Spread.apply
    output.last_hidden_state = apply(output.last_hidden_state[0], layout)
    return output


def _same_on_an_example(trunk: Any, model: Any) -> bool:
    """Compare both ways on three short rows that begin alike."""
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 5, 4, 0, 0], [1, 2, 3, 6, 5, 4, 0]])
    tokens = tokens % model.config.vocab_size
    mask = torch.tensor([[1] * 7, [1] * 5 + [0] * 2, [1] * 6 + [0]])
    layout = layout_of(tokens, mask)
    if layout is None:
        return False
    try:
        with torch.no_grad():
            padded = trunk(input_ids=tokens, attention_mask=mask, use_cache=False)
            found = _laid_out(trunk, tokens, layout).last_hidden_state[mask.bool()].double()
    except (TypeError, ValueError, RuntimeError):
        return False
    expected = padded.last_hidden_state[mask.bool()].double()
    tolerance = TOLERANCE.get(padded.last_hidden_state.dtype, 0.0)
    return bool((found - expected).norm() <= tolerance * expected.norm())
