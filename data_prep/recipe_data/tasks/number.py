"""Tasks whose answer is one number with its unit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.answers import NumberUnit, number_answer
from recipe_data.instructions import locate
from recipe_data.tasks.task import Answer, Question, QuestionTask, one_key

ONE_NUMBER = 'You are an expert chef. Answer with one JSON object that has one string, "answer":'
DIGITS = "[0-9]{1,5}([.][0-9]{1,3})?"


def number(pattern: str) -> dict[str, Any]:
    """Return the schema of an answer that is one number with its unit.

    A pattern bounds the digits, which `"type": "number"` does not. It is written without
    backslashes, because llama.cpp's own grammar dies of them.
    """
    return one_key("answer", {"type": "string", "pattern": f"^{pattern}$", "maxLength": 16})


class Amount(NamedTuple):
    """A number and what it counts."""

    value: float
    unit: NumberUnit


class NumberTask(QuestionTask):
    """A task whose answer is one number: `{"answer":"9 min"}`; without unit it is a count."""

    listed = False
    tolerance: ClassVar[float]
    """Share of the gold number by which an answer may err."""

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

    def likeness(self, answer: str, gold: str) -> float:
        """Return 1 where |answer − gold| ≤ `tolerance` · gold in one unit, else 0."""
        found, wanted = self.amount(answer), self.amount(gold)
        if found is None or wanted is None or found.unit != wanted.unit:
            return 0.0
        return float(abs(found.value - wanted.value) <= self.tolerance * wanted.value)


def located_amount(written: str, kind: str) -> Amount | None:
    """Read a text that states one time or temperature, as the steps of recipes are read."""
    found = locate(written)
    if len(found) != 1 or found[0].kind != kind or found[0].value is None:
        return None
    return Amount(found[0].value, "celsius" if kind == "temperature" else "min")
