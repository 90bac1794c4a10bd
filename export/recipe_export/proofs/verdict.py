"""What a check measured, what was allowed, and what happens when it fails."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError


class Verdict(NamedTuple):
    """The outcome of one check."""

    check: str  # what was compared with what
    measured: dict[str, float]  # every number that was looked at
    limits: dict[str, tuple[float | None, float | None]]  # lowest and highest that pass
    remedy: str  # what to do when it fails

    @property
    def failures(self) -> list[str]:
        """Each measured number that lies outside its limits (NaN always does), in words."""
        found = []
        for name, (low, high) in self.limits.items():
            value = self.measured[name]
            if low is not None and not value >= low:
                found.append(f"{name} is {value:.3g}, at least {low:.3g} is required")
            if high is not None and not value <= high:
                found.append(f"{name} is {value:.3g}, at most {high:.3g} is allowed")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values for the manifest."""
        return {"check": self.check, "measured": self.measured, "limits": self.limits}


def first(found: Iterable[str]) -> str:
    """Name the first of what failed, for a check's message; "" where nothing did.

    >>> first(["a", "b"]), first([])
    (' (first: a)', '')
    """
    return next((f" (first: {one})" for one in found), "")


def require(*verdicts: Verdict) -> list[dict[str, Any]]:
    """Return the verdicts for the manifest; raise `TopochefError` if one of them failed."""
    for verdict in verdicts:
        if verdict.failures:
            raise TopochefError(
                f"{verdict.check}: {'; '.join(verdict.failures)}. Nothing was written: "
                f"{verdict.remedy}"
            )
    return [verdict.to_dict() for verdict in verdicts]
