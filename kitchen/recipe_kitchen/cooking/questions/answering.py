"""One question answered: by the rules where they know, by a model, and where the two differ.

Scaling is arithmetic, so the rule answers; so it does where the recipe, the curated list or a table
of what is safe says it. Else the model does, and what the rules doubt is said.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.endpoints import EndpointError
from recipe_data.prompts import Diet, question_messages
from recipe_data.schema import Recipe
from recipe_kitchen.asking import Asker, Decoder
from recipe_kitchen.backends import Backend
from recipe_kitchen.cooking.order import printable
from recipe_kitchen.cooking.questions.asked import About, Asked
from recipe_kitchen.cooking.questions.freely import written
from recipe_kitchen.cooking.questions.routing import kind_of, located, read_question
from recipe_kitchen.request import Request, Shape

MAX_TOKENS = 768


class Model(NamedTuple):
    """Who is asked."""

    backend: Backend
    author: str
    """What it is called."""
    decoder: Decoder = Decoder(MAX_TOKENS)


class Answer(NamedTuple):
    """What is shown; all of it is safe to print."""

    task: str
    asked: str
    """The question as the task words it: what a model is asked, with or without one."""
    lines: tuple[str, ...]
    by: Literal["rule", "model"]
    because: str
    """By what the rule knows it, or which model wrote it."""
    model: tuple[str, ...] | None = None
    """What the model answered; None where none did."""
    author: str = ""
    differs: tuple[str, ...] = ()
    """Where rule and model disagree."""
    doubts: tuple[str, ...] = ()
    """What the rules have against the model's answer."""
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return self._asdict()


class Posed(NamedTuple):
    """A question whose task is found; what the rules know of it waits for no model."""

    asked: Asked
    notes: tuple[str, ...]

    def by_rule(self) -> Answer | None:
        """Return what the rules answer; None where they know nothing."""
        return self._answer(None, None, "") if self.asked.rule else None

    def by(self, model: Model | None) -> Answer:
        """Answer; raises `TopochefError` where neither the rules nor the model can."""
        meaning, trouble = _ask(self.asked, model) if model else (None, "")
        if self.asked.rule is None and meaning is None:
            raise TopochefError(trouble or _unknown(self.asked, self.notes))
        return self._answer(meaning, model, trouble)

    def _answer(self, meaning: Any, model: Model | None, trouble: str) -> Answer:
        asked, rule = self.asked, self.asked.rule
        lines = None if meaning is None else tuple(map(printable, written(meaning)))
        author = model.author if model else ""
        differs = rule.differs(meaning) if rule and lines is not None else ()
        return Answer(
            task=asked.task.name,
            asked=asked.prompt,
            lines=tuple(map(printable, rule.lines)) if rule else lines or (),
            by="rule" if rule else "model",
            because=printable(rule.because if rule else author),
            model=lines,
            author=author,
            differs=tuple(map(printable, differs)),
            doubts=() if lines is None else tuple(map(printable, asked.doubts(meaning))),
            notes=tuple(map(printable, (*self.notes, *([trouble] if trouble else [])))),
        )


def pose(
    question: str,
    recipe: Recipe | None,
    *,
    have: tuple[str, ...] = (),
    avoid: tuple[str, ...] = (),
    diet: Diet | None = None,
) -> Posed:
    """Find what a question about a recipe asks, or about cooking where there is none.

    Raises `TopochefError` where it is none of a trained task, or does not say what it asks.
    """
    asked_text = read_question(question)
    kind = kind_of(asked_text)
    about, told = located(asked_text, About(recipe, "", have, avoid, diet))
    asked = kind.ask(asked_text, about)
    return Posed(asked, (*told, *asked.notes))


def _ask(asked: Asked, model: Model) -> tuple[Any, str]:
    """Return what the model means, or None and why it has no answer."""
    task = asked.task
    request = Request(
        id=asked.prompt,
        title="",
        messages=question_messages(task.system, asked.prompt),
        gold="",
        shape=Shape(task.schema, task.text_fault),
    )
    try:
        outcome = Asker(model.backend, model.decoder).ask([request])[0]
    except EndpointError as error:  # the rules may know without it
        return None, f"{model.author} gave no answer: {error}"
    if outcome.error:
        return None, f"{model.author} gave no answer: {outcome.error}"
    meaning = task.read_text(outcome.text)
    if meaning is None:
        said = json.loads(outcome.text)[task.key]
        return None, f"{model.author} gave no answer that can be read: {said}"
    return meaning, ""


def _unknown(asked: Asked, notes: tuple[str, ...]) -> str:
    told = f" ({'; '.join(notes)})" if notes else ""
    return (
        f"no rule answers this question of {asked.task.name.replace('_', ' ')}{told}: "
        "name a model with --model, --ollama or --openai"
    )
