"""Times that are too long for what is done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_data.check.warning import Warning
from recipe_data.language.durations import find_temperatures, find_times
from recipe_data.pantry.identity import foods_in
from recipe_data.schema import Recipe

MAX_MINUTES = 14 * 24 * 60.0
_KEEPS = re.compile(
    r"\b(?:stor|keep|kept|freez|frozen|within|up to|age|mature|ferment|steep|infus|cure|stand|sit"
    r"|last|set|good for|brew|sealed|airtight|dark|best|minimum|at least|before|drying|dry)",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\)?\s(?:or more )?(?:ahead|in advance|before|beforehand|earlier|prior|old)\b", re.IGNORECASE
)
_OPENS = re.compile(r"\s*(?:for|over|during)\s(?:about\s)?", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:]|\b(?:and|then)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.;!])\s+")
# What is done: the last of these words before a time. Waiting may take as long as it likes.
_DONE = re.compile(
    r"\b(?:(?P<oven>bak(?:e|es|ed|ing)|roast(?:s|ed|ing)?|broil\w*)"
    r"|(?P<grill>grill(?:ed|ing)?|barbecue)"
    r"|(?P<boil>boil(?:s|ed|ing)?|steam(?:ed|ing)?)"
    r"|(?P<simmer>simmer\w*|stew(?:ed|ing)?|brais\w*|poach\w*)"
    r"|(?P<cook>cook(?:s|ed|ing)?)"
    r"|(?P<quick>blanch\w*|stir-fry|saut[eé]\w*|fry|toast|whisk|microwave|scramble|knead|beat|sear)"
    r"|(?P<wait>chill|refrigerat|freez|frozen|marinat|rest|stand|sit|soak|ferment|cur(?:e|ing)"
    r"|brin(?:e|ing)|proof|prov(?:e|ing)|rise|rising|dry|dried|dehydrat|steep|infus|age|aging|ageing"
    r"|stor|keep|cool|set|thaw|defrost|cultur|sprout|pickl|macerat|drain|hang|smok|leave|let|salt"
    r"|cover|press|turn (?:it )?off|warm|continue)\w*)\b",
    re.IGNORECASE,
)
_SLOWLY = re.compile(
    r"slow[- ]?cook|crock|sous[ -]?vide|immersion|water bath|dehydrat|overnight|(?:oven|heat) off"
    r"|lowest|very low|on low|low heat|smok|cellar|pilot light|thermomix|dried in",
    re.IGNORECASE,
)
_LONG_BOILED = re.compile(
    r"bones?\b|stock|broth|pudding|sap|consomm|demi|ham\b|trotter", re.IGNORECASE
)
_HOURS = {"oven": 14.0, "grill": 16.0, "boil": 8.0, "simmer": 16.0, "cook": 24.0, "quick": 1.67}
_LONG_BOILED_HOURS = 72.0
_COOL_OVEN_HOURS, _HOT_OVEN_HOURS = 24.0, 7.0
_HOT_OVEN_CELSIUS = 150.0
_TENDER_HOURS = 3.0
_TENDER = frozenset(["egg", "pasta", "noodle", "fish", "crustacean"])
"""Families of food that nobody heats for hours, where nothing tougher is with them."""
_BAKED = frozenset(["flour", "leavening"])
_TOUGH = frozenset(["meat", "poultry", "game poultry", "pulse", "cured meat", "offal", "mollusc"])


def implausible_times(recipe: Recipe) -> Iterator[Warning]:
    """Yield the steps that take too long for what they do; keeping and ageing may take months."""
    families = {mention.food.family for i in recipe.ingredients for mention in foods_in(i.name)}
    cake = bool(families & _BAKED) and not families & _TOUGH
    for number, step in enumerate(recipe.instructions, 1):
        problem = next(_problems(step.text, cake), None)
        if problem:
            yield Warning("implausible-time", problem, f"step {number}")


def _problems(text: str, cake: bool) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        for reading in find_times(sentence):
            minutes = reading.value_max or reading.value
            if minutes is None:
                continue
            before, behind = sentence[: reading.start], sentence[reading.end :]
            done = _DONE.search(behind) if _OPENS.fullmatch(before) else _last_done(before)
            if _AHEAD.match(sentence, reading.end):
                continue
            waits = done is None or done.lastgroup == "wait"
            if (
                done
                and not waits
                and minutes > 60 * _most_hours(done.lastgroup or "", sentence, cake)
            ):
                yield f"{_spoken(minutes)} is too long to {done.group().lower()}"
            elif minutes > MAX_MINUTES and not _KEEPS.search(text):
                yield f"{minutes / 1440:g} days is too long"


def _last_done(before: str) -> re.Match[str] | None:
    """Return the last thing done before a time; None if its clause speaks of waiting."""
    found = list(_DONE.finditer(before))
    clause = max((match.end() for match in _CLAUSE.finditer(before)), default=0)
    waits = any(match.lastgroup == "wait" and match.start() >= clause for match in found)
    return found[-1] if found and not waits else None


def _spoken(minutes: float) -> str:
    return f"{minutes:g} minutes" if minutes < 1000 else f"{minutes / 60:g} hours"


def _most_hours(done: str, sentence: str, cake: bool) -> float:
    """Return how long something may take that is done in a sentence."""
    if _SLOWLY.search(sentence):
        return MAX_MINUTES / 60
    if done in ("boil", "simmer", "cook") and _LONG_BOILED.search(sentence):
        return _LONG_BOILED_HOURS
    most = _HOURS[done]
    if done == "oven":
        heats = [reading.value or 0.0 for reading in find_temperatures(sentence)]
        if heats and max(heats) > 0:
            hot = max(heats) >= _HOT_OVEN_CELSIUS
            most = _HOT_OVEN_HOURS if hot else _COOL_OVEN_HOURS
            most = _TENDER_HOURS if hot and cake else most
    families = {mention.food.family for mention in foods_in(sentence)}
    tender = families & _TENDER and not families & _TOUGH
    return min(most, _TENDER_HOURS) if tender else most
