"""What a text says that its foods do not hold: `dairy-free`, `vegan`, `eggless`, a substitute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipe_data.language.text import words
from recipe_data.pantry.mentions import ENDS, Mention
from recipe_data.pantry.table import FLESH, NAMES_OF_SUBSTANCES, OF_ANIMALS

_VEGETARIAN = words("vegetarian veggie meatless")
_VEGAN = words("vegan nondairy imitation mock faux")
_PLANT = (("plant", "based"), ("non", "dairy"))
# Without lactose it is milk still; a flour that is named as absent is one of wheat.
_OTHER_WORDS = {
    "lactose": ("lactose",), "flesh": ("meat",), "grain": ("gluten",), "flour": ("gluten",),
}  # fmt: skip
_STAND_INS = words("substitute replacement alternative replacer")


def without_denied(named: Sequence[Mention], tokens: list[str]) -> tuple[Mention, ...]:
    """Return the foods as a text says them; `gluten` in `gluten-free` is none of them."""
    told = list(_negations(tokens, named))
    if not told:
        return tuple(named)
    kept = [m for m in named if not any(s <= m.start and m.end <= e for s, e, _ in told)]
    return tuple(_freed(mention, kept, tokens, told) for mention in kept)


def _negations(
    tokens: list[str], named: Sequence[Mention]
) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Yield first and last token of what takes substances out: `dairy-free`, `vegan`, `eggless`."""
    inside = {i for mention in named for i in range(mention.start, mention.end)}
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        if after == "free" and token.isalpha():
            yield i, i + 2, _substances(token, tokens[i - 1] if i else "")
        elif token.endswith("less") and (free := _substances(token.removesuffix("less"), "")):
            yield i, i + 1, free
        elif i in inside:
            continue
        elif token in _VEGETARIAN:
            yield i, i + 1, FLESH
        elif token in _VEGAN or (token, after) in _PLANT or token in _STAND_INS:
            yield i, i + 1, OF_ANIMALS


def _substances(word: str, before: str) -> frozenset[str]:
    name = "tree nut" if (before, word) == ("tree", "nut") else word
    return frozenset(_OTHER_WORDS.get(name) or NAMES_OF_SUBSTANCES.get(name, (name,)))


def _freed(
    mention: Mention,
    named: Sequence[Mention],
    tokens: list[str],
    told: list[tuple[int, int, frozenset[str]]],
) -> Mention:
    """Return a food without what is said of it: what stands before it, or behind the last one."""
    free = mention.free
    for start, end, substances in told:
        ahead = end <= mention.start and ENDS.isdisjoint(tokens[end : mention.start])
        inside = mention.start <= start < mention.end
        behind = mention.end <= start and "or" not in tokens[mention.end : start]
        behind = behind and not any(_follows(other, end, tokens) for other in named)
        if ahead or inside or behind:
            free |= substances
    return mention._replace(free=free)


def _follows(mention: Mention, end: int, tokens: list[str]) -> bool:
    return mention.start >= end and ENDS.isdisjoint(tokens[end : mention.start])
