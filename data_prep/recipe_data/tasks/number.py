"""Tasks whose answer is one number with its unit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from recipe_base.errors import TopochefError
from recipe_data.answers import NumberUnit, number_answer
from recipe_data.instructions import locate
from recipe_data.tasks.number_measures import (
    LOG_ERROR,
    SHARES,
    Amount,
    absolute_error,
    within,
)
from recipe_data.tasks.task import Answer, Question, QuestionTask, one_key

__all__ = ["DIGITS", "ONE_NUMBER", "Amount", "NumberTask", "located_amount", "number"]

ONE_NUMBER = 'You are an expert chef. Answer with one JSON object that has one string, "answer":'
DIGITS = "[0-9]{1,5}([.][0-9]{1,3})?"


def number(pattern: str) -> dict[str, Any]:
    """Return the schema of an answer that is one number with its unit.

    A pattern bounds the digits, which `"type": "number"` does not. It is written without
    backslashes, because llama.cpp's own grammar dies of them.
    """
    return one_key("answer", {"type": "string", "pattern": f"^{pattern}$", "maxLength": 16})


class NumberTask(QuestionTask):
    """A task whose answer is one number: `{"answer":"9 min"}`; without unit it is a count."""

    listed = False
    tolerance: ClassVar[float]
    """Share of the gold number by which an answer may err."""
    units: ClassVar[tuple[NumberUnit, ...]] = ("unit",)
    """What its numbers can count."""

    @abstractmethod
    def amount(self, written: str) -> Amount | None:
        """Read a number with its unit; None if there is none of this task's."""

    def read(self, question: Question) -> Answer:
        """Write a number by hand as an answer, whose digits are its span."""
        written = str(question.answer)
        amount = self.amount(written)
        answer = number_answer(*amount) if amount else None
        if answer is None or answer[0] != f'{{"answer":"{written}"}}':
            raise TopochefError(
                f"{question.text!r} is answered by {written!r}, which does not read back: "
                "write `100 g`, `200 ml`, `4`, `10 min` or `180 °C`"
            )
        return answer

    def fault(self, question: Question) -> str | None:
        """Say that an answer does not read back."""
        try:
            self.read(question)
        except TopochefError as error:
            return str(error)
        return None

    def __init_subclass__(cls, **more: Any) -> None:
        """Give a task the measures that follow from its tolerance and units."""
        super().__init_subclass__(**more)
        if "tolerance" in vars(cls) and "measures" not in vars(cls):
            shares = dict.fromkeys((cls.tolerance, *SHARES))
            errors = (absolute_error(unit) for unit in cls.units)
            cls.measures = (*map(within, shares), LOG_ERROR, *errors)

    def meaning(self, value: str) -> Amount | None:
        """Read an answer as `amount` does; raises `TypeError` where it is no text."""
        if not isinstance(value, str):
            raise TypeError("no text")
        return self.amount(value)


def located_amount(written: str, kind: str) -> Amount | None:
    """Read a text that states one time or temperature, as the steps of recipes are read."""
    found = locate(written)
    if len(found) != 1 or found[0].kind != kind or found[0].value is None:
        return None
    return Amount(found[0].value, "celsius" if kind == "temperature" else "min")
