"""Steps of a recipe: what is done, for how long, how hot."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from recipe_data.language.actions import Action, find_actions
from recipe_data.language.durations import Reading, find_temperatures, find_times
from recipe_data.language.keeping import is_keeping
from recipe_data.language.steps import MAX_CHARS, split_steps
from recipe_data.language.verbs import lemma
from recipe_data.metric import convert_instruction
from recipe_data.schema import Instruction

__all__ = [
    "Located", "convert_instruction", "locate", "parse_instruction", "places", "split_steps",
]  # fmt: skip

# `chill 4 hours, or overnight`, `and up to a day`: the step takes four hours at least.
_ALTERNATIVE = re.compile(
    r"\b(?:(?:or|best|preferably|better)(?: \w+)?|(?:and|or) up to)\s?$", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Located(NamedTuple):
    """What a stretch of an instruction says: `text[start:end]`."""

    start: int
    end: int
    kind: Literal["action", "time", "temperature", "keeping"]
    """`keeping` is a time that the step does not take: how long food keeps, a deadline."""
    value: float | None = None
    """Minutes or °C; None for actions and for vague times (`a few minutes`)."""
    value_max: float | None = None
    """Upper end of a range, else None."""
    unit: Literal["min", "celsius"] | None = None
    lemma: str | None = None
    """The cooking verb of an action; of `bring to a boil`, what it leads to."""


@lru_cache(maxsize=1 << 11)
def locate(text: str) -> tuple[Located, ...]:
    """Read a step: its actions, times and temperatures, in order and without overlap.

    >>> for found in locate("Bake at 180 °C for 20-25 minutes."):
    ...     print(found.kind, found.value, found.value_max, found.unit)
    action None None None
    temperature 180.0 None celsius
    time 20.0 25.0 min
    """
    text = text[:MAX_CHARS]
    actions = find_actions(text)
    numbers = [
        *(_number(reading, "temperature") for reading in find_temperatures(text)),
        *(
            _number(reading, "keeping" if is_keeping(text, reading, actions) else "time")
            for reading in find_times(text)
        ),
    ]
    taken = {offset for number in numbers for offset in range(number.start, number.end)}
    free = (_action(a) for a in actions if taken.isdisjoint(range(a.start, a.end)))
    return tuple(sorted([*numbers, *free], key=_start))


def _start(found: Located) -> int:
    return found.start


def _action(action: Action) -> Located:
    return Located(action.start, action.end, "action", lemma=action.lemma)


def _number(reading: Reading, kind: Literal["time", "temperature", "keeping"]) -> Located:
    unit: Literal["min", "celsius"] = "celsius" if kind == "temperature" else "min"
    return Located(reading.start, reading.end, kind, reading.value, reading.value_max, unit)


def parse_instruction(text: str) -> Instruction:
    """Read one step: its actions in order, its main duration, its temperature.

    All of it follows from `locate`. The main duration is the longest one, because a step takes at
    least that long. The temperature is the first one. Never raises.

    >>> step = parse_instruction("Boil 1 minute, then simmer 20 to 25 minutes.")
    >>> step.actions, step.minutes, step.minutes_max
    (('boil', 'simmer'), 20.0, 25.0)
    """
    found = locate(text)
    times = [f for f in found if f.kind == "time" and f.value is not None]
    needed = [t for t in times if not _ALTERNATIVE.search(text, 0, t.start)] or times
    longest = max(needed, key=lambda t: t.value or 0.0, default=None)
    return Instruction(
        text=text,
        actions=tuple(f.lemma for f in found if f.lemma is not None),
        minutes=longest.value if longest else None,
        minutes_max=longest.value_max if longest else None,
        celsius=next((f.value for f in found if f.kind == "temperature"), None),
    )


def places(step: Instruction) -> tuple[Located, ...]:
    """Return where the text of a step says what was read in it, whoever read it.

    What the rules read, or nobody yet, stands in `locate`. Of another reading, the actions are
    those that it names; times and temperatures are there only if it has any, its own among them.

    >>> read = Instruction("Plump for 5 minutes, then bake.", ("plump",), 5.0)
    >>> [(f.kind, f.start, f.end) for f in places(read)]
    [('action', 0, 5), ('time', 10, 19)]
    """
    found = locate(step.text)
    if step in (parse_instruction(step.text), Instruction(step.text)):
        return found
    named = [f for f in found if f.kind == "action"]
    for word in _WORD.finditer(step.text, 0, MAX_CHARS):
        said = word.group().lower()
        named += [Located(*word.span(), "action", lemma=form) for form in {said, lemma(said)}]
    kept = [f for f in found if f.kind == "temperature" and step.celsius is not None]
    for time in (f for f in found if f.unit == "min"):
        if step.minutes is None:
            kept.append(time._replace(kind="keeping"))
        else:
            kept.append(time._replace(kind="time") if time.value == step.minutes else time)
    taken = {offset for one in kept for offset in range(one.start, one.end)}
    for action in step.actions:
        free = (f for f in named if f.lemma == action and taken.isdisjoint(range(f.start, f.end)))
        if place := next(free, None):
            kept.append(place)
            taken.update(range(place.start, place.end))
    return tuple(sorted(kept, key=_start))
