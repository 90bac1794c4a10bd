"""One wording of a step: the small markup of the knowledge base, and the text it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from recipe_base.errors import TopochefError

_MARK = re.compile(
    r"\{(?P<minutes>\d+(?:\.\d+)?) (?P<clock>min|h)\}"
    r"|\{(?P<celsius>\d+) C\}"
    r"|\{(?P<key>[a-z_]+)\}"
    r"|(?<![a-z{_])_(?P<action>[A-Za-z-]+)(?:=(?P<lemma>[a-z]+))?_"
)
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_STRAY = re.compile(r"[{}\[\]_=]")


class Duration(NamedTuple):
    """A time as a step states it."""

    minutes: float
    minutes_max: float | None
    text: str
    """`10 to 12 minutes`"""


class Heat(NamedTuple):
    """A temperature as a step states it."""

    celsius: float
    """The exact value of what is printed."""
    text: str
    """`350°F`"""


class WrittenStep(NamedTuple):
    """A step as it is printed, and what it says."""

    text: str
    actions: tuple[str, ...]
    minutes: float | None
    minutes_max: float | None
    celsius: float | None


class Facts(NamedTuple):
    """What a wording talks about, whatever its words."""

    keys: frozenset[str]
    """Ingredients."""
    needed: frozenset[str]
    """Ingredients without which the step cannot be written: those outside `[...]`."""
    minutes: tuple[float, ...]
    celsius: tuple[float, ...]


class Words(NamedTuple):
    """How one recipe words ingredients, times and temperatures."""

    ingredients: Mapping[str, str]
    """Key of each chosen ingredient, and the word for it."""
    duration: Callable[[float], Duration]
    heat: Callable[[float], Heat]


def _minutes(mark: re.Match[str]) -> float:
    return float(mark["minutes"]) * (60 if mark["clock"] == "h" else 1)


def _keys(wording: str) -> Iterator[str]:
    return (mark["key"] for mark in _MARK.finditer(wording) if mark["key"])


@cache
def facts(wording: str) -> Facts:
    """Return what a wording states: all wordings of a step must agree in it.

    >>> found = facts("_Boil_ the {rice}[ with the {peas}] for {0.5 h}.")
    >>> sorted(found.keys), sorted(found.needed), found.minutes
    (['peas', 'rice'], ['rice'], (30.0,))
    """
    marks = list(_MARK.finditer(wording))
    return Facts(
        frozenset(_keys(wording)),
        frozenset(_keys(_OPTION.sub("", wording))),
        tuple(_minutes(mark) for mark in marks if mark["minutes"]),
        tuple(float(mark["celsius"]) for mark in marks if mark["celsius"]),
    )


def check(wording: str, where: str) -> None:
    """Raise `TopochefError` naming `where` if a wording has markup that means nothing.

    >>> check("_Boil_ the {rice for {9 min}.", "Rice Pilaf")
    Traceback (most recent call last):
    ...
    recipe_base.errors.TopochefError: Rice Pilaf: stray '{' in '_Boil_ the {rice for {9 min}.': ...
    """
    stray = _STRAY.search(_MARK.sub("", _OPTION.sub(r"\1", wording)))
    if stray:
        raise TopochefError(
            f"{where}: stray {stray[0]!r} in {wording!r}: close the mark or drop it"
        )
    if not any(mark["action"] for mark in _MARK.finditer(wording)):
        raise TopochefError(f"{where}: no action in {wording!r}: mark a verb as _Stir_")
    found = facts(wording)
    if len(found.minutes) > 1 or len(found.celsius) > 1:
        raise TopochefError(f"{where}: {wording!r} states two times: make two steps of it")


def write_step(wording: str, words: Words) -> WrittenStep:
    """Fill a wording with the ingredients, times and temperatures of one recipe.

    Raises `KeyError` if an ingredient outside `[...]` was not chosen: see `Facts.needed`.
    """
    actions: list[str] = []
    duration: Duration | None = None
    heat: Heat | None = None

    def keep_option(option: re.Match[str]) -> str:
        return option[1] if all(key in words.ingredients for key in _keys(option[1])) else ""

    def fill(mark: re.Match[str]) -> str:
        nonlocal duration, heat
        if mark["action"]:
            actions.append(mark["lemma"] or mark["action"].lower())
            return mark["action"]
        if mark["minutes"]:
            duration = words.duration(_minutes(mark))
            return duration.text
        if mark["celsius"]:
            heat = words.heat(float(mark["celsius"]))
            return heat.text
        return words.ingredients[mark["key"]]

    text = _MARK.sub(fill, _OPTION.sub(keep_option, wording))
    return WrittenStep(
        text=text.replace("..", "."),  # where `5 min.` ends a sentence
        actions=tuple(actions),
        minutes=duration.minutes if duration else None,
        minutes_max=duration.minutes_max if duration else None,
        celsius=heat.celsius if heat else None,
    )
