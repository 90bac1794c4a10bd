"""Entities from a language model, as the thesis had them, and how far the rules agree with it."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from recipe_data.converters import Disagreement
from recipe_data.converters.llm import LanguageModel
from recipe_data.endpoints import Endpoint, endpoint
from recipe_data.endpoints.cache import Cached
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_eval.reading.entities import Asked, Entities, assemble
from recipe_eval.reading.names import same_name
from recipe_kitchen.answers import Answer

FIELDS = {
    "name": "name",
    "amount": "quantity",
    "unit": "unit",
    "action": "actions",
    "minutes": "minutes",
    "celsius": "celsius",
}
"""What is compared, and the field of an ingredient or a step that holds it."""


class Tally(NamedTuple):
    """How often a field was read alike, by the rules and by the model."""

    both: int
    rules: int
    model: int

    @property
    def f1(self) -> float | None:
        """2 both / (rules + model); None where neither read anything.

        >>> Tally(both=3, rules=4, model=4).f1
        0.75
        """
        read = self.rules + self.model
        return 2 * self.both / read if read else None


class ModelExtractor:
    """An `Extractor` that asks a language model line by line and step by step.

    What the model cannot have read in a text (an amount that is not there) is replaced by the
    rules' reading, and still counts as a disagreement. Answers are kept in `cache`, so gold is
    read once for all runs, and a killed command goes on where it stopped.
    """

    waits = True

    def __init__(self, model: Endpoint, cache: Path) -> None:
        self._converter = LanguageModel(Cached(model, cache))
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def name(self) -> str:
        """`llm-`, engine, model and the version of the prompt."""
        facts = self._converter.facts()
        return f"llm-{facts['model']}-prompt{facts['prompt']}"

    def extract(self, answer: Answer, asked: Asked) -> Entities:
        """Return what the model reads; raises `TopochefError` if it does not answer."""
        parsed = self._converter.parse(answer.ingredients, answer.instructions)
        counts = _compare(answer, parsed.check.disagreements if parsed.check else ())
        with self._lock:
            self._counts.update(counts)
        return assemble(answer.ingredients, parsed.ingredients, parsed.instructions, asked)

    def agreement(self) -> dict[str, float | None]:
        """Return the F1 of each field between the rules and all that the model read so far."""
        tallies = {
            field: Tally(*(self._counts[field, who] for who in Tally._fields)) for field in FIELDS
        }
        return {field: tally.f1 for field, tally in tallies.items()}


def model_extractor(spec: str, cache: Path) -> ModelExtractor:
    """Return the extractor over the endpoint that a spec names; see `recipe_data.endpoints`."""
    return ModelExtractor(endpoint(spec), cache)


def _compare(answer: Answer, disagreements: tuple[Disagreement, ...]) -> Counter[tuple[str, str]]:
    """Count what each read: where nothing is recorded, the model read what the rules did."""
    differ = {(one.text, one.field): one for one in disagreements}
    counts: Counter[tuple[str, str]] = Counter()
    texts = [(line, parse_ingredient(line)) for line in answer.ingredients]
    steps = [(text, parse_instruction(text)) for text in answer.instructions]
    for text, read in [*texts, *steps]:
        silent = (text, "answer") in differ
        for field, attribute in FIELDS.items():
            if not hasattr(read, attribute):
                continue
            rules = getattr(read, attribute)
            found = differ.get((text, attribute))
            model = None if silent else found.llm if found else rules
            counts.update(_count(field, _values(rules), _values(model)))
    return counts


def _values(value: Any) -> Counter[Any]:
    if value is None or value == "":
        return Counter()
    return Counter(value if isinstance(value, tuple) else [value])


def _count(field: str, rules: Counter[Any], model: Counter[Any]) -> Counter[tuple[str, str]]:
    both = sum((rules & model).values())
    if field == "name" and rules and model:
        both = int(same_name(*rules, *model))
    counts = {"both": both, "rules": rules.total(), "model": model.total()}
    return Counter({(field, who): count for who, count in counts.items()})
