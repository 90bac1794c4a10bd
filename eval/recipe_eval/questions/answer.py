"""A run's answers to the questions of the test split, each constrained by its task's schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recipe_base.files import fingerprint
from recipe_base.runs import Run
from recipe_eval.generating.generate import inputs_of
from recipe_eval.generating.session import Session
from recipe_eval.questions.asked import read_questions
from recipe_kitchen.asking import Decoder

LABEL = "Answering the questions"


def answer(
    session: Session, run: Path, data: Path, decoder: Decoder, limit: int | None
) -> tuple[dict[str, Any], bool]:
    """Write the answers into the run's folder `questions`; go on where a killed process stopped.

    Returns the facts, and whether they are new. Raises `TopochefError` if the folder holds answers
    of other inputs, there are no questions, or nobody answers.
    """
    asked = read_questions(data, limit)
    schemas = {one.task.name: one.task.schema for one in asked}
    inputs = inputs_of(session.model, data, decoder, limit, session.batch)
    del inputs["rule"]  # repeats are no fault of an answer: a list may scale a food twice
    inputs["schema"] = fingerprint(schemas)[:12]
    requests = [one.request for one in asked]
    return session.write(Run(run).questions.folder, requests, decoder, inputs, LABEL)
