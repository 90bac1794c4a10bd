"""Powers of e as powers of two: faster on CPUs, above all where they underflow."""

from __future__ import annotations

import math

from torch import Tensor

LOG2_E = math.log2(math.e)


def exp_(x: Tensor) -> Tensor:
    """Return eˣ in the place of x."""
    return x.mul_(LOG2_E).exp2_()
