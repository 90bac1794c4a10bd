"""The questions of the thesis, each as contrasts that were chosen before anything was run."""

from __future__ import annotations

from typing import NamedTuple


class Asked(NamedTuple):
    """One configuration against another on one metric."""

    ours: str
    theirs: str
    metric: str


class Question(NamedTuple):
    """A question and the contrasts that answer it."""

    text: str
    claim: str
    """What was published, or what is expected, in a few words."""
    contrasts: tuple[Asked, ...]


def _on(ours: str, theirs: str, *metrics: str) -> tuple[Asked, ...]:
    return tuple(Asked(ours, theirs, metric) for metric in metrics)


QUESTIONS = (
    Question(
        "Does the topological mix beat cross-entropy?",
        "published: recall and quantities rise",
        _on("topo", "ce", "ingredient_recall", "quantity_precision"),
    ),
    Question(
        "Does Dice win times and temperatures?",
        "published: highest on both",
        (
            *_on("dice", "ce", "time_precision", "temperature_precision"),
            *_on("dice", "topo", "time_precision", "temperature_precision"),
        ),
    ),
    Question(
        "Is the mixed loss a compromise?",
        "published: near topological in recall, near Dice in times",
        (
            *_on("mixed", "topo", "ingredient_recall", "time_precision"),
            *_on("mixed", "dice", "ingredient_recall", "time_precision"),
        ),
    ),
    Question(
        "Does focal help?",
        "published: called unhelpful, while its numbers are above cross-entropy's",
        _on("focal", "ce", "ingredient_recall", "quantity_precision"),
    ),
    Question(
        "What does order-aware transport add?",
        "expected: its gradient does not oppose cross-entropy's where a list is permuted",
        (
            *_on("topo-ordered", "ce", "ingredient_recall"),
            *_on("topo-ordered", "topo", "ingredient_recall", "step_edit_distance"),
        ),
    ),
    Question(
        "Is it the transport, or only that embeddings are matched?",
        "control: squared distance of embeddings position by position",
        (*_on("aligned", "ce", "ingredient_recall"), *_on("topo", "aligned", "ingredient_recall")),
    ),
    Question(
        "Is it only that ingredient tokens get more gradient?",
        "control: cross-entropy that counts ingredient tokens twice",
        (
            *_on("weighted", "ce", "ingredient_recall"),
            *_on("topo", "weighted", "ingredient_recall"),
        ),
    ),
)


def asked_of(configurations: set[str]) -> list[tuple[Question, list[Asked]]]:
    """Return the questions that these configurations can answer, with the contrasts they can."""
    answerable = (
        (question, [one for one in question.contrasts if {one.ours, one.theirs} <= configurations])
        for question in QUESTIONS
    )
    return [(question, asked) for question, asked in answerable if asked]
