"""A language model as converter: asked text by text, checked against the rules, never trusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from recipe_data.converters import Check, Disagreement, Parsed
from recipe_data.converters.plausible import ingredient_fault, instruction_fault, same_value
from recipe_data.converters.prompts import PROMPT_VERSION, SCHEMAS, TextKind, messages
from recipe_data.endpoints import Endpoint, NoTextError
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.language.verbs import lemma
from recipe_data.pantry.densities import grams_per_ml
from recipe_data.sampling import GREEDY
from recipe_data.schema import Ingredient, Instruction

MAX_TOKENS = 400
_Item = TypeVar("_Item", Ingredient, Instruction)


class _NoReadingError(Exception):
    """The answer holds no reading; the message is why, in a phrase that many answers share."""


class LanguageModel:
    """A `Converter` over an endpoint.

    Where the model's amount, duration or temperature is that of the rules but for rounding, the
    rules' is taken. What it cannot have read in the text is not: the rules' reading takes its
    place. Either way the disagreement is recorded.
    """

    waits = True

    def __init__(self, endpoint: Endpoint) -> None:
        """Use an endpoint, best one that remembers its answers."""
        self._endpoint = endpoint

    def facts(self) -> dict[str, Any]:
        """Return model and prompt version; where the server stands changes no result."""
        facts = self._endpoint.facts()
        return {
            "converter": "llm",
            "model": f"{facts['engine']}:{facts['model']}",
            "prompt": PROMPT_VERSION,
        }

    def parse(self, lines: Sequence[str], steps: Sequence[str]) -> Parsed:
        """Read every line and step; raises `EndpointError` if the server does not answer."""
        checking = _Checking()
        ingredients = tuple(self._ingredient(line, checking) for line in lines)
        instructions = tuple(self._instruction(step, checking) for step in steps)
        return Parsed(ingredients, instructions, checking.result(len(lines) + len(steps)))

    def _ingredient(self, line: str, checking: _Checking) -> Ingredient:
        rules = parse_ingredient(line)

        def read() -> tuple[Ingredient, str | None]:
            ingredient = _aligned(_weighed(_ingredient(self._ask("ingredient", line))), rules)
            return ingredient, ingredient_fault(ingredient, line, rules)

        return checking.decide(line, rules, read)

    def _instruction(self, step: str, checking: _Checking) -> Instruction:
        rules = parse_instruction(step)

        def read() -> tuple[Instruction, str | None]:
            instruction = _instruction(self._ask("instruction", step), rules)
            return instruction, instruction_fault(instruction, rules)

        return checking.decide(step, rules, read)

    def _ask(self, kind: TextKind, text: str) -> dict[str, Any]:
        try:
            reply = self._endpoint.complete(
                messages(kind, text), schema=SCHEMAS[kind], max_tokens=MAX_TOKENS, sampler=GREEDY
            )
        except NoTextError as error:
            raise _NoReadingError("no answer") from error
        if reply.finish_reason == "length":
            raise _NoReadingError("cut off")
        try:
            answer = json.loads(reply.text)
        except (ValueError, RecursionError) as error:
            raise _NoReadingError("not JSON") from error
        if not isinstance(answer, dict) or set(answer) != set(SCHEMAS[kind]["required"]):
            raise _NoReadingError("not of the schema")
        return answer


class _Checking:
    """Decides between two readings of each text of a recipe, and remembers how."""

    def __init__(self) -> None:
        self._disagreements: list[Disagreement] = []
        self._fallbacks: list[str] = []

    def decide(
        self, text: str, rules: _Item, read: Callable[[], tuple[_Item, str | None]]
    ) -> _Item:
        """Return the model's reading if it can be one of the text, else the rules'."""
        try:
            llm, fault = read()
        except _NoReadingError as error:
            self._disagreements.append(Disagreement(text, "answer", None, None, str(error)))
            self._fallbacks.append(str(error))
            return rules
        for field in fields(rules):
            mine, theirs = getattr(rules, field.name), getattr(llm, field.name)
            if mine != theirs:
                self._disagreements.append(Disagreement(text, field.name, mine, theirs, fault))
        if fault:
            self._fallbacks.append(fault)
        return rules if fault else llm

    def result(self, texts: int) -> Check:
        return Check(texts, tuple(self._disagreements), tuple(self._fallbacks))


def _ingredient(answer: dict[str, Any]) -> Ingredient:
    unit, preparation = answer["unit"], answer["preparation"]
    if unit not in ("g", "ml", "unit", None):
        raise _NoReadingError("unknown unit")
    return Ingredient(
        quantity=_number(answer["quantity"]),
        quantity_max=_number(answer["quantity_max"]),
        unit=unit,
        name=_text(answer["name"]),
        preparation=_text(preparation) or None if preparation is not None else None,
    )


def _weighed(read: Ingredient) -> Ingredient:
    """Turn a volume of a solid into its mass, as `parse_ingredient` does."""
    density = grams_per_ml(read.name, read.preparation) if read.unit == "ml" else None
    if density is None or read.quantity is None:
        return read
    high = read.quantity_max * density if read.quantity_max is not None else None
    return replace(read, quantity=read.quantity * density, quantity_max=high, unit="g")


def _aligned(read: Ingredient, rules: Ingredient) -> Ingredient:
    if read.unit != rules.unit:
        return read
    return replace(
        read,
        quantity=_exact(read.quantity, rules.quantity),
        quantity_max=_exact(read.quantity_max, rules.quantity_max),
    )


def _instruction(answer: dict[str, Any], rules: Instruction) -> Instruction:
    actions = answer["actions"]
    if not isinstance(actions, list):
        raise _NoReadingError("not of the schema")
    return Instruction(
        text=rules.text,
        actions=tuple(lemma(_text(action)) for action in actions),
        minutes=_exact(_number(answer["minutes"]), rules.minutes),
        minutes_max=_exact(_number(answer["minutes_max"]), rules.minutes_max),
        celsius=_exact(_number(answer["celsius"]), rules.celsius),
    )


def _exact(read: float | None, rules: float | None) -> float | None:
    """Return the rules' number where both mean the same, else the model's."""
    return rules if same_value(read, rules) else read


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _NoReadingError("not of the schema")
    try:
        return float(value)
    except OverflowError as error:
        raise _NoReadingError("not of the schema") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _NoReadingError("not of the schema")
    return " ".join(value.split())
