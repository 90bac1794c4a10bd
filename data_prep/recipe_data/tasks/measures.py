"""What is measured of an answer to a question, and how it is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Measure(NamedTuple):
    """One number about an answer, beside the gold one."""

    name: str
    """Key in every file, in one of its tasks: `log_error`."""
    title: str
    """Heading in tables: `Log error`."""
    rule: str
    """What makes the number this number; ends up in its signature."""
    compare: Callable[[Any, Any], float | None]
    """The value of (answer, gold), both as `QuestionTask.meaning` returns them.

    The answer is None where there was none that could be read, and gets the worst value that
    there is; the value is None where the measure does not apply to the question.
    """
    lower_is_better: bool = False
