"""For how many a recipe is, where its title or a step says so."""

from __future__ import annotations

import re
from typing import Any

from recipe_data.language.letters import lower, plain

MAX_SERVINGS = 100

_NUMBER_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_N = rf"(\d{{1,3}}|{'|'.join(_NUMBER_WORDS)})"
_RANGE = rf"{_N}(?:\s*(?:-|to|or)\s*{_N})?"
_ABOUT = r"(?:(?:about|approximately|approx\.?|around|up to|at least)\s+)?"
_SIZE = r"(?:(?:generous|large|small|hearty|main[- ]dish|side)\s+)?"
_EATERS = rf"{_SIZE}(?:serving(?:\(?s\)?)?|people|persons?|portions?)"
_SERVINGS = (
    rf"(?:(?:recipe |this )?(?:serves|feeds)\s*:?\s*{_ABOUT}{_RANGE}(?:\s+{_EATERS})?"
    rf"|(?:(?:recipe )?(?:makes|yields?)\s*:?\s*)?{_ABOUT}{_RANGE}\s+(?:\([^()]*\)\s+)?{_EATERS}"
    rf"|(?:number of )?servings\s*:\s*{_ABOUT}{_RANGE})"
)
_YIELD = rf"(?:recipe |this )?(?:makes|yields?)\s*:?\s*{_ABOUT}[\d½][\d½/ -]*(?: [a-z\d-]+){{0,5}}"
_LAST_SENTENCE = re.compile(
    rf"(?:^|(?<=[.!?;)]\s)|(?<=[!?;)])|(?<=\D\.))\(?(?:{_SERVINGS}|{_YIELD})(?:\s*\([^()]*\))?\s*[.!)]*$",
    re.IGNORECASE,
)
_TITLE_NOTE = re.compile(
    rf"\s?(?:[(\[]\s*{_SERVINGS}\s*[)\]]|[-,:]\s*{_SERVINGS})\s*$", re.IGNORECASE
)
_STATED = re.compile(
    rf"(?:yields?\s*:?\s*)?(?:{_SERVINGS}(?:\s*(?:[,(;/]|of\b).*)?"
    rf"|(?:for |servings? )?{_ABOUT}{_RANGE}"
    rf"|(?:serves|feeds)\s*:?\s*{_ABOUT}{_RANGE}\s+(?!dozen)[a-z].*)",
    re.IGNORECASE,
)
_BESIDE = re.compile(rf"(?:\(|[,;/]\s)\s*{_SERVINGS}", re.I)  # 1 loaf (12 servings)
_MARKS_BEHIND = re.compile(r"[^\w)]+$")
_NO_DECIMALS = re.compile(r"(?<=\d)[.,]0+(?!\d)")
_FOR_SO_MANY = re.compile(rf"\bfor {_N}(?:\s+(?:people|persons))?\s*$", re.IGNORECASE)


def take_from_steps(steps: list[str]) -> tuple[list[str], int | None]:
    """Take out what only says how much the recipe yields: a step, or the last sentence of all.

    Returns the servings too, where it counts in those; a range gives its lower end, like every
    range of a recipe.

    >>> take_from_steps(["Stir well. Yields 6 to 8 servings."])
    (['Stir well.'], 6)
    >>> take_from_steps(["Serve at once.", "Serves four.", "Keeps well."])
    (['Serve at once.', 'Keeps well.'], 4)
    >>> take_from_steps(["Divide among 4 servings.", "Makes about 3 dozen cookies."])
    (['Divide among 4 servings.'], None)
    """
    kept: list[str] = []
    servings: int | None = None
    for number, step in enumerate(steps, 1):
        match = _LAST_SENTENCE.search(step)
        if match and (match.start() == 0 or number == len(steps)):
            servings = _count(match) or servings
            kept.append(step[: match.start()].strip())
        else:
            kept.append(step)
    return [step for step in kept if step], servings


def servings_of(value: Any) -> int | None:
    """Return the servings that a yield states: a number, a text, a list of both, a quantity.

    A number alone counts servings, unless another text says what it counts; what counts pieces or
    cups, and a part of a serving, is none.

    >>> [servings_of(value) for value in ("4 servings", 6, "Serves 4-6", ["2", "2 people"])]
    [4, 6, 4, 2]
    >>> [servings_of(value) for value in ("1 loaf", "2.5 servings", ["12", "12 pieces"], None, 0)]
    [None, None, None, None, None]
    >>> servings_of({"@type": "QuantitativeValue", "value": 4, "unitText": "servings"})
    4
    """
    parts = value if isinstance(value, list) else [value]
    said = [text for part in parts for text in _said(part)]
    worded = [text for text in said if any(character.isalpha() for character in text)]
    matches = (_STATED.fullmatch(text) or _BESIDE.search(text) for text in worded or said)
    return next((count for match in matches if match and (count := _count(match))), None)


def _said(value: Any) -> list[str]:
    if isinstance(value, dict):
        keys = list(value) if len(value) == 1 else ["value", "@value", "minValue", "amount"]
        number = next((value[key] for key in keys if value.get(key)), "")
        unit = value.get("unitText") or value.get("unit") or ""
        return [f"{text} {unit}".strip() for text in _said(number)]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    text = _MARKS_BEHIND.sub("", " ".join(str(value).split()))
    return [_NO_DECIMALS.sub("", plain(text))] if text else []


def take_from_title(title: str) -> tuple[str, int | None]:
    """Take a note on servings off a title; `for Two` stays, since it also says what to cook.

    >>> take_from_title("Clam Chowder (Serves 6)"), take_from_title("Mushroom Risotto for Two")
    (('Clam Chowder', 6), ('Mushroom Risotto for Two', 2))
    """
    if match := _TITLE_NOTE.search(title):
        return title[: match.start()].strip(), _count(match)
    match = _FOR_SO_MANY.search(title)
    return title, _count(match) if match else None


def without_servings(title: str) -> tuple[str, int | None]:
    """Take all that says for how many off a title, `for Two` too.

    >>> without_servings("Rice for 2 people"), without_servings("Food for Thought (Serves 6)")
    (('Rice', 2), ('Food for Thought', 6))
    """
    named, servings = take_from_title(title)
    return _FOR_SO_MANY.sub("", named).strip(" ,"), servings


def _count(match: re.Match[str]) -> int | None:
    word = next((group for group in match.groups() if group), "0")
    number = int(word) if word.isdecimal() else _NUMBER_WORDS.index(lower(word)) + 1
    return number if 0 < number <= MAX_SERVINGS else None
