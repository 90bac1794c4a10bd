"""What a task is: its prompt, the form of its answers, its rows, its faults and its score."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.answers import about
from recipe_data.prompts import question_messages
from recipe_data.schema import ChatRow, Recipe, Span, closed
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.measures import Measure

Answer = tuple[str, tuple[Span, ...]]
"""An answer's JSON and its spans, as `recipe_data.answers` writes them."""


Wordings = dict[str, tuple[str, ...]]
"""Ways to ask each kind of a task's questions, with fields that `Task.words` fills."""


_UNREADABLE = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
_FIELD = re.compile(r"\{(\w+)\}")


class Question(NamedTuple):
    """A question that a cook asks, and its answer as it is written by hand."""

    task: str
    text: str
    answer: str | tuple[str, ...]
    """A number with its unit, or lines of ingredients."""

    @property
    def identity(self) -> str:
        """Name a question by its content, wherever it stands in the file."""
        digest = hashlib.sha256(f"{self.task}|{self.text}".encode()).hexdigest()
        return f"curated-{digest[:12]}"


class Task(ABC):
    """What a model is asked about a recipe; each module of this package declares its own."""

    name: ClassVar[str]
    """What its rows call it."""
    order: ClassVar[int] = 100
    """Its place among the rows of a recipe; among equals the names of the modules decide."""
    system: ClassVar[str]
    """The system prompt."""
    schema: ClassVar[dict[str, Any]]
    """What its answers look like: made by `one_key`, or by `closed`."""
    wordings: ClassVar[Wordings]

    @property
    def choice(self) -> str:
        """What `--tasks` calls it: its name."""
        return self.name

    @abstractmethod
    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Yield what can be asked about a recipe; every choice is `draw`'s."""

    def words(self, draw: Draw, kind: str, purpose: str = "", **fields: Any) -> str:
        """Fill one of the wordings of a kind."""
        return draw.pick(f"{kind}|{purpose}", self.wordings[kind]).format(**fields)

    def asked(self, kind: str, **fields: Any) -> str:
        """Fill the first wording of a kind: what a question of a cook is put into."""
        return self.wordings[kind][0].format(**fields)


class QuestionTask(Task):
    """A task of short answers, which people and language models can ask by hand too."""

    wanted: ClassVar[str]
    """Tells a language model what a `question` asks and how the `reply` to it is written."""
    example: ClassVar[Question]
    listed: ClassVar[bool]
    """Whether an answer by hand is a list of lines, else one text."""

    @abstractmethod
    def read(self, question: Question) -> Answer:
        """Write the answer of a question by hand as every answer is; the parsers find its spans.

        Raises `TopochefError` where it does not come back as it was written.
        """

    @abstractmethod
    def fault(self, question: Question) -> str | None:
        """Say why the answer of a question by hand cannot be taught; None if it can."""

    measures: ClassVar[tuple[Measure, ...]]
    """What is measured of its answers; the first is its `score`, from 0 to 1."""

    @abstractmethod
    def meaning(self, value: Any) -> Any:
        """Return what the value of an answer's one key means; None, or an error, if nothing."""

    @property
    def key(self) -> str:
        """The one key of its answers."""
        (key,) = self.schema["required"]
        return str(key)

    def read_text(self, text: str) -> Any:
        """Return what an answer means; None where it is no answer."""
        try:
            return self.meaning(json.loads(text)[self.key])
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ):
            return None

    def text_fault(self, text: str) -> str | None:
        """Say in words that many texts share why one does not obey the schema; None if it does."""
        if not text.strip():
            return "empty"
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return "not JSON"
        if not isinstance(value, dict) or set(value) != {self.key}:
            return f"not an object with {self.key} alone"
        return _value_fault(self.key, value[self.key], self.schema["properties"][self.key])

    def measure(self, text: str | None, gold: str) -> dict[str, float | None]:
        """Return every measure of an answer beside the gold one; see `Measure.compare`."""
        answer = None if text is None else self.read_text(text)
        wanted = self.read_gold(gold)
        return {one.name: one.compare(answer, wanted) for one in self.measures}

    def score(self, text: str, gold: str) -> float:
        """Return how good an answer is beside the gold one, 0 to 1; what is no answer scores 0."""
        return self.measures[0].compare(self.read_text(text), self.read_gold(gold)) or 0.0

    def read_gold(self, text: str) -> Any:
        """Return what a gold answer means; raises `TopochefError` where it means nothing."""
        if (wanted := self.read_text(text)) is None:
            raise TopochefError(f"{text} answers no question of {self.name}: build the data again")
        return wanted

    def copied(self, question: str) -> str | None:
        """Return the answer that only repeats what the question says; None if the task has none.

        Empty where this question says nothing to repeat.
        """
        return None

    def kind_of(self, question: str) -> str:
        """Return which of its `wordings` a question has; empty where it has none of them."""
        return self.fields_of(question)[0]

    def fields_of(self, question: str) -> tuple[str, dict[str, str]]:
        """Return which of its `wordings` a question has, and what stands in the fields.

        Of several the one with the most words of its own; empty where it has none of them.
        """
        found = [
            (len(_FIELD.sub("", text)), kind, match.groupdict())
            for kind, texts in self.wordings.items()
            for text in texts
            if (match := _pattern(text).fullmatch(question))
        ]
        return max(found, key=lambda one: one[0])[1:] if found else ("", {})

    def row(self, recipe: Recipe, question: str, answer: Answer, number: int = 0) -> ChatRow:
        """Return the row that asks about a recipe; `number` tells its rows of this task apart."""
        text, spans = answer
        return ChatRow(
            id=f"{recipe.id}-{self.name}" + (f"-{number}" if number else ""),
            task=self.name,
            messages=self.messages(question, text),
            spans=spans,
            **about(recipe),
        )

    def messages(self, question: str, answer: str) -> tuple[dict[str, str], ...]:
        """Return the whole conversation."""
        asked = question_messages(self.system, question)
        return (*asked, {"role": "assistant", "content": answer})


def one_key(key: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with one key."""
    return closed({key: value})


def _value_fault(key: str, value: Any, schema: dict[str, Any]) -> str | None:
    """Say why a value does not obey the schema of a text, or of a list of texts."""
    if schema["type"] == "array":
        if not isinstance(value, list):
            return f"{key} is no list"
        if not schema["minItems"] <= len(value) <= schema["maxItems"]:
            return f"{key} is out of bounds"
        faults = (_value_fault(f"one of {key}", each, schema["items"]) for each in value)
        return next((fault for fault in faults if fault), None)
    if not isinstance(value, str):
        return f"{key} is no text"
    if not schema.get("minLength", 0) <= len(value) <= schema["maxLength"]:
        return f"{key} is out of bounds"
    pattern = schema.get("pattern")
    return f"{key} is not in its form" if pattern and not re.search(pattern, value) else None


@cache
def _pattern(wording: str) -> re.Pattern[str]:
    parts = _FIELD.split(wording)  # words, then a field and words in turn
    fields = zip(parts[1::2], parts[2::2], strict=True)
    named = (f"(?P<{field}>.*){re.escape(words)}" for field, words in fields)
    return re.compile(re.escape(parts[0]) + "".join(named), re.DOTALL)
