"""Times in a step that are no duration of it: how long food keeps, deadlines, points of time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recipe_data.language.actions import Action
from recipe_data.language.readings import Reading
from recipe_data.language.text import words
from recipe_data.language.verbs import FORMS

_DAY_MINUTES = 1440.0
_MAX_CLAUSE_CHARS = 120
_CLAUSE = re.compile(r"[^.;:!?()]*$")
_DEADLINE = re.compile(r"\b(?:within|every|by)(?: the)?(?: next)?(?: about)?\s?$", re.IGNORECASE)
_UP_TO = re.compile(r"\bup to(?: about)?\s?$", re.IGNORECASE)
_MAY_KEEP = re.compile(
    r"\b(?:stor(?:e|ing)|keep|freez(?:e|ing)|frozen|refrigerated?|chill(?:ed)?|hold|can|may|will)\b",
    re.IGNORECASE,
)
_STORED = re.compile(
    r"\b(?:keeps|kept|stored|held|lasts|(?:will|can|should) last)\b", re.IGNORECASE
)
_STORES = re.compile(r"\b(?:stor(?:e|ing)|keep|freez(?:e|ing)|frozen)\b", re.IGNORECASE)
_NO_DURATION_BEHIND = re.compile(
    r"[\s-](?:ahead|in advance|old|(?:dry-)?aged|earl(?:y|ier)|sooner|less|fewer"
    r"|(?:more|longer) than|(?:short|shy) of)\b",
    re.IGNORECASE,
)
# `10-minute rice`, not `a 10-minute rest` and `30-second bursts`.
_KIND = re.compile(r"\d-(?:minute|hour)$", re.IGNORECASE)
_KIND_OF = re.compile(r"\s(?P<thing>[^\W\d_]+)")
_LASTING_THINGS = words(
    "interval intervals burst bursts increment increments period mark timer nap"
)
_BEFORE = re.compile(r"\s(?:before|prior to)\b", re.IGNORECASE)
_LASTING = re.compile(r"\bfor(?: \w+){0,3}\s?$", re.IGNORECASE)
# Done in a moment: `remove from the refrigerator 30 minutes before using`.
_MOMENTARY = words(
    "add arrange assemble begin bring make mix place pour prepare pull put remove slice sprinkle"
    " start take toss transfer turn unwrap"
)


def is_keeping(text: str, time: Reading, actions: Sequence[Action]) -> bool:
    """Tell whether a step does not last for a time that it states.

    >>> from recipe_data.language.actions import find_actions
    >>> from recipe_data.language.durations import find_times
    >>> def keeping(text: str) -> list[bool]:
    ...     return [is_keeping(text, time, find_actions(text)) for time in find_times(text)]
    >>> keeping("Store for 5 days."), keeping("Freeze 15 minutes."), keeping("Use within 2 hours.")
    ([True], [False], [True])
    >>> [keeping(f"{said} before serving.") for said in ("Chill 2 hours", "Remove 10 minutes")]
    [[False], [True]]
    """
    minutes = time.value or 0.0
    opening = max(0, time.start - _MAX_CLAUSE_CHARS)
    clause = _CLAUSE.search(text, opening, time.start)
    said = clause.group() if clause else ""
    if _NO_DURATION_BEHIND.match(text, time.end) or _DEADLINE.search(said) or _STORED.search(said):
        return True
    if _KIND.search(text, time.start, time.end) and (kind := _KIND_OF.match(text, time.end)):
        thing = kind["thing"].lower()
        if thing not in _LASTING_THINGS and thing not in FORMS and not thing.endswith("ing"):
            return True
    if _UP_TO.search(said):
        return minutes >= _DAY_MINUTES or bool(_MAY_KEEP.search(said))
    if minutes >= _DAY_MINUTES and _STORES.search(said):
        return True
    if not _BEFORE.match(text, time.end) or _LASTING.search(said):
        return False
    done = [a.lemma for a in actions if time.start - len(said) <= a.start < time.start]
    return not done or done[-1] in _MOMENTARY
