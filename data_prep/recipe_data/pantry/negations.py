"""What a text says that its foods do not hold: `dairy-free`, `vegan`, `eggless`, a substitute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.pantry.mentions import ENDS, Mention
from recipe_data.pantry.substance_names import MEAT, NAMES_OF_SUBSTANCES
from recipe_data.pantry.table import FLESH, OF_ANIMALS

_VEGETARIAN = words("vegetarian veggie meatless")
_VEGAN = words("vegan nondairy")
_PLANT = (("plant", "based"), ("non", "dairy"))
_IMITATED = words("imitation mock faux fake")
_DENIES = words("not nor")
_SHORT = {"gf": ("gluten",), "df": ("dairy",)}
_NO_ALCOHOL = (("non", "alcoholic"), ("alcohol", "removed"))
# Without wheat it may be rye; a flour that is absent is one of wheat; rennet makes milk cheese.
_OTHER_WORDS = {
    "wheat": ("wheat",), "grain": ("gluten",), "flour": ("gluten",), "gelatin": MEAT,
    "gelatine": MEAT, "rennet": ("animal rennet",), "dairy": ("dairy", "animal rennet"),
}  # fmt: skip
_STAND_INS = words("substitute replacement alternative replacer analogue analog")
# These are said of a food and are none: `gluten and dairy free`.
_LISTED = words("gluten dairy lactose wheat casein allergen")
_ABSENT = words("without no")
_NOT_OF_FREE = words("range run flow flowing roam roaming from of")
_CONDITIONS = words("or / if use")
_JOINS = frozenset({",", "and", "&", "/"})


class _Negation(NamedTuple):
    """Words of a text that take substances out of foods."""

    start: int
    end: int
    free: frozenset[str]
    stands_in: bool = False
    """Whether it takes the place of the food right before it: `a milk alternative`."""


def without_denied(named: Sequence[Mention], tokens: list[str]) -> tuple[Mention, ...]:
    """Return the foods as a text says them; `gluten` in `gluten-free` is none of them."""
    told = list(_chained(list(_negations(tokens, named)), tokens))
    if not told:
        return tuple(named)
    kept = [m for m in named if not any(n.start <= m.start and m.end <= n.end for n in told)]
    return tuple(_freed(mention, kept, tokens, told) for mention in kept)


def _negations(tokens: list[str], named: Sequence[Mention]) -> Iterator[_Negation]:
    """Yield what takes substances out: `dairy-free`, `free from nuts`, `vegan`, `eggless`."""
    inside = {i for mention in named for i in range(mention.start, mention.end)}
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        behind = tokens[i + 2] if i + 2 < len(tokens) else ""
        if after == "free" and token.isalpha() and behind not in _NOT_OF_FREE:
            yield from _all_free(tokens, i)
        elif token.endswith(("less", "free")) and len(token) > 4 and i not in inside:
            yield _Negation(i, i + 1, _substances(token[:-4], ""))
        elif token in _SHORT:
            yield _Negation(i, i + 1, frozenset(_SHORT[token]))
        elif (token == "free" and after in ("from", "of") and behind) or _is_absent(tokens, i):
            last = i + 2 if token == "free" else i + 1
            last += tokens[last] == "tree" and last + 1 < len(tokens)
            yield _Negation(i, last + 1, _substances(tokens[last], tokens[last - 1]))
        elif i and tokens[i - 1] in _DENIES:  # `milk (not vegan)`
            continue
        elif token in _VEGETARIAN:
            yield _Negation(i, i + 1, FLESH)
        elif token in _VEGAN or (token, after) in _PLANT:
            yield _Negation(i, i + 1, OF_ANIMALS)
        elif i in inside:
            continue
        elif token in _IMITATED or _is_plant(i, token, inside):
            yield _Negation(i, i + 1, OF_ANIMALS)
        elif token in _STAND_INS:
            yield _Negation(i, i + 1, OF_ANIMALS, stands_in=True)
        elif (token, after) in _NO_ALCOHOL:
            yield _Negation(i, i + 2, frozenset({"alcohol"}))


def _chained(told: list[_Negation], tokens: list[str]) -> Iterator[_Negation]:
    """Yield negations, each as long as what is said with it: `gluten-free, dairy-free`."""
    end = start = len(tokens) + 1
    for negation in sorted(told, key=lambda n: (n.start, n.end), reverse=True):
        if negation.end < start and _JOINS.issuperset(tokens[negation.end : start]):
            negation = negation._replace(end=end)
        start, end = negation.start, negation.end
        yield negation


def _all_free(tokens: list[str], last: int) -> Iterator[_Negation]:
    """Yield what stands before `free`, and what is listed before that."""
    before, end = tokens[last - 1] if last else "", last + 2
    yield _Negation(last, end, _substances(tokens[last], before))
    while last >= 2 and tokens[last - 1] in _JOINS and tokens[last - 2] in _LISTED:
        last -= 2
        yield _Negation(last, end, _substances(tokens[last], ""))


def _is_absent(tokens: list[str], i: int) -> bool:
    """Tell whether what comes next is not in it; `with or without` leaves it open."""
    return tokens[i] in _ABSENT and i + 1 < len(tokens) and "or" not in tokens[i - 1 : i]


def _is_plant(i: int, token: str, inside: set[int]) -> bool:
    """Tell `plant butter` from `milk of a plant`."""
    return token == "plant" and i + 1 in inside and i - 1 not in inside


def _substances(word: str, before: str) -> frozenset[str]:
    name = "tree nut" if (before, word) == ("tree", "nut") else word
    return frozenset(_OTHER_WORDS.get(name) or NAMES_OF_SUBSTANCES.get(name, (name,)))


def _freed(
    mention: Mention, named: Sequence[Mention], tokens: list[str], told: list[_Negation]
) -> Mention:
    """Return a food without what is said of it: what stands before it, or behind the last one."""
    free = mention.free
    for negation in told:
        start, end = negation.start, negation.end
        if negation.stands_in:
            said = mention.end == start
        elif _is_second(negation, tokens, named):
            said = False
        else:
            ahead = end <= mention.start and ENDS.isdisjoint(tokens[end : mention.start])
            inside = (
                mention.start <= start < mention.end or start <= mention.start < end < mention.end
            )
            said = ahead or inside or _is_behind(mention, negation, named, tokens)
        if said:
            free |= negation.free
    return mention._replace(free=free)


def _is_behind(
    mention: Mention, negation: _Negation, named: Sequence[Mention], tokens: list[str]
) -> bool:
    """Tell whether a food is what a negation behind it is about: `bread (gluten-free)`."""
    start, end = negation.start, negation.end
    if mention.end > start or not _CONDITIONS.isdisjoint(tokens[mention.end : start]):
        return False
    if tokens[end : end + 1] in (["if"], ["for"], ["or"]):
        return False
    return not any(m.start >= end and ENDS.isdisjoint(tokens[end : m.start]) for m in named)


def _is_second(negation: _Negation, tokens: list[str], named: Sequence[Mention]) -> bool:
    """Tell whether it is the second way of one noun: `plain or gluten-free flour`."""
    start = negation.start
    if start < 2 or tokens[start - 1] not in ("or", "/"):
        return False
    return tokens[start - 2].isalpha() and not any(m.end == start - 1 for m in named)
