"""What every term says of itself, whatever its items are.

A term is a frozen dataclass: its name, its settings, its value written as a definition in plain
torch, and the same value with its gradient in closed form. Of which items, the kind of term says:
`TokenTerm` of tokens, `CloudTerm` of point clouds, `Numeric` of numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

from torch import Tensor


@dataclass(frozen=True)
class Term(ABC):
    """A part of the loss; its fields made by `setting` are its settings in the YAML.

    `__post_init__` may raise ValueError for settings that contradict each other.
    """

    name: ClassVar[str]
    """What the YAML and the log call it."""

    @abstractmethod
    def definition(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the value, ≥ 0, in plain torch, for autograd: what the closed form must equal."""

    @classmethod
    def settings(cls) -> list[Any]:
        """Return the fields that the YAML may set."""
        return [f for f in fields(cls) if "description" in f.metadata]


class Compared(NamedTuple):
    """The values of items, and the gradient of their sum."""

    value: Tensor
    """(items,)."""
    gradient: Tensor
    """Of the form of what was compared."""


def setting(default: Any, description: str, **bounds: float) -> Any:
    """Declare a setting of a term; `bounds` are `ge`, `gt`, `le`, `lt`, refused beyond."""
    return field(default=default, metadata={"description": description, **bounds})
