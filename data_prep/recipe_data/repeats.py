"""What a recipe must not say twice: one food in two lines of its list, one step word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

from recipe_data.ingredients import parse_ingredient
from recipe_data.language.text import words
from recipe_data.pantry.identity import canonical
from recipe_data.pantry.words import food_words, singular

RULE = "no-repeats-2"
"""Signs what was written under this rule; counted up when the rule changes."""

EMPTY_WORDS = words("a an and for in of or the to with your")
DESCRIPTIONS = words("""
    all big boiling chilled cold cooked dried dry extra fine finely fresh freshly frozen good large
    lean lukewarm medium organic plain purpose quality quick raw ripe room rough roughly salted
    small soft softened table temperature thick thin uncooked unsalted virgin warm whole
    bunch clove cube head knob leaf leaves piece pinch slice sprig stalk stick strip
    chopped crumbled crushed cubed diced grated halved melted minced peeled rinsed sliced shredded
""")
"""Say how a food is sold, cut or handled, not which food it is."""
_IGNORED = EMPTY_WORDS | DESCRIPTIONS | frozenset(map(singular, DESCRIPTIONS))
_WORD = re.compile(r"\w+")
_AND = re.compile(r",? and |,? & |, ", re.IGNORECASE)
_SALT = frozenset(["salt"])


Food = frozenset[str]
"""The words that say which food it is."""


@lru_cache(maxsize=1 << 14)
def foods(line: str) -> frozenset[Food]:
    """Return the foods that a line of a list names, without amount and handling.

    Two lines repeat each other if they have one in common. All words of a name count, unlike in
    the metrics, which look at the last two: a list may hold green and red bell peppers.

    >>> foods("120 ml water") == foods("250 ml warm water"), foods("2 onions") == foods("1 onion")
    (True, True)
    >>> foods("1 green bell pepper") & foods("1 red bell pepper"), foods("butter") & foods("oil")
    (frozenset(), frozenset())
    >>> [sorted(food) for food in foods("salt and pepper") & foods("4 g salt")]
    [['salt']]
    """
    name = parse_ingredient(line).name
    parts = [_words(part) for part in _AND.split(name)]
    # other foods that are joined are one: half and half, bread and butter pickles
    joined = parts if _SALT in parts else [_words(name)]
    return frozenset(part or frozenset([" ".join(line.casefold().split())]) for part in joined)


def name_start(line: str) -> int:
    """Return the character at which the name of the food begins, behind amount and unit.

    >>> [name_start(line) for line in ("120 ml water", "2 cloves garlic, crushed", "salt")]
    [7, 9, 0]
    """
    first = parse_ingredient(line).name.split()[:1]
    found = re.search(rf"(?<!\w){re.escape(first[0])}", line) if first else None
    return found.start() if found else 0


def repeated_foods(lines: Sequence[str]) -> list[str]:
    """Return the lines whose food stands in a line before them.

    >>> repeated_foods(["200 g rice", "salt", "50 g rice, cooked"])
    ['50 g rice, cooked']
    """
    return _repeated(lines, foods)


def repeated_steps(steps: Sequence[str]) -> list[str]:
    """Return the steps that are a step before them, word for word.

    >>> repeated_steps(["Stir.", "Boil the rice.", "Boil  the rice!"])
    ['Boil  the rice!']
    """
    return _repeated(steps, _wording)


class NoRepeats:
    """Refuses the lines and steps of an answer that are repeated, while it is written."""

    lists = ("ingredients", "instructions")

    def refuses(self, key: str, former: Sequence[str], text: str) -> int | None:
        """Return where a repeated string is to be written anew; None for one that is not.

        A line keeps its amount, and another food is named behind it; a step begins anew.

        >>> NO_REPEATS.refuses("ingredients", ["salt", "120 ml water"], "250 ml water")
        7
        """
        if key == "ingredients" and _repeats(text, former, foods):
            return name_start(text)
        if key == "instructions" and _repeats(text, former, _wording):
            return 0
        return None


NO_REPEATS = NoRepeats()


_Meanings = Callable[[str], frozenset[Hashable]]


def _repeats(text: str, former: Sequence[str], meanings: _Meanings) -> bool:
    meant = meanings(text)
    return any(not meant.isdisjoint(meanings(other)) for other in former)


def _repeated(texts: Sequence[str], meanings: _Meanings) -> list[str]:
    return [text for i, text in enumerate(texts) if _repeats(text, texts[:i], meanings)]


def _wording(step: str) -> frozenset[tuple[str, ...]]:
    return frozenset([tuple(_WORD.findall(step.casefold()))])


def _words(name: str) -> Food:
    """Return what is left of a name without handling, accents and plurals."""
    named = [_folded(word) for word in food_words(canonical(name))]
    return frozenset([word for word in named if word not in _IGNORED] or named)


def _folded(word: str) -> str:
    """Drop accents."""
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
