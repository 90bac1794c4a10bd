"""Terms that compare the soft embeddings of an example's spans with the gold ones, as two clouds.

Which tokens are points, in which unit, and how gradients come back to the logits is the pass's.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from recipe_losses.losses.terms.base import Compared, Term, setting


@dataclass(frozen=True)
class CloudTerm(Term):
    """A term that looks at one pair of clouds at a time."""

    points: Literal["token", "group"] = setting(
        "token", "A point a token, or one, their mean, a group"
    )
    cost_scale: Literal["absolute", "relative"] = setting(
        "absolute", "`relative` divides costs by the embeddings' spread"
    )

    @abstractmethod
    def definition(self, x: Tensor, y: Tensor, diameter: float) -> Tensor:
        """Return the value, a scalar, of (n, D) soft and gold points, n > 0, in order.

        No two of them are further apart than `diameter`.
        """

    @abstractmethod
    def compare(self, x: Tensor, y: Tensor, mask: Tensor, diameter: float) -> Compared:
        """Return the values (B,) of many pairs of clouds, and their gradients in x (B, n, D).

        `mask` (B, n) is true at points that exist, at least one of each cloud, which come first; x
        and y (B, n, D) are 0 at the others, where the gradient must be 0 too.
        """
