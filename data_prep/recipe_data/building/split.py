"""Train, validation and test without leaks: recipes that are alike stay on one side."""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from recipe_data.answers import render_ingredient
from recipe_data.building.near import NEAR_DUPLICATE, Groups, join_near_duplicates
from recipe_data.errors import TopochefError
from recipe_data.language.densities import singular
from recipe_data.schema import Recipe

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

HELD_OUT_SHARE = 0.05
"""Share of the rows that goes to validation, and to test."""
MIN_TEST_ROWS = 20
_LARGE_GROUP = 0.125
"""Share of a held-out split above which a group is taken last: few dishes would say little."""

_NUMERAL = re.compile(r"\b(?:\d+|[ivx]+)$")
_WORD = re.compile(r"[^\W_]+")
_JOINERS = frozenset(
    ["a", "al", "alla", "and", "de", "for", "in", "la", "of", "on", "or", "the", "to", "with"]
)


class SplitKey(NamedTuple):
    """What decides which recipes stay together.

    Alike are two that share the title, or the ingredients, or most of the words.
    """

    title: str  # the words of the title, whatever their order
    ingredients: str  # the ingredients with their amounts, whatever their order
    words: tuple[str, ...] = ()  # of the title, and the names of the ingredients behind a `+`

    def interned(self) -> SplitKey:
        """Return the same key with words that share their memory with those of other keys."""
        return self._replace(words=tuple(map(sys.intern, self.words)))


def normalise_title(title: str) -> str:
    """Reduce a title to what tells dishes apart: no case, accents, marks or final numerals.

    >>> normalise_title("Rigatoni alla Vodka, II"), normalise_title("Crème Brûlée!")
    ('rigatoni alla vodka', 'creme brulee')
    """
    decomposed = unicodedata.normalize("NFKD", title.replace("'", "").casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = " ".join(_WORD.findall(plain))
    return _NUMERAL.sub("", words).strip() or words


def title_words(title: str) -> frozenset[str]:
    """Return the content words of a title, in the singular.

    >>> sorted(title_words("Beans and Rice")) == sorted(title_words("Rice with Bean II"))
    True
    """
    words = frozenset(map(singular, normalise_title(title).split()))
    return words - _JOINERS or words


def split_key(recipe: Recipe) -> SplitKey:
    """Return what decides with which other recipes this one stays together."""
    lines = sorted(render_ingredient(ingredient).casefold() for ingredient in recipe.ingredients)
    title = title_words(recipe.title)
    names = {_name_word(ingredient.name) for ingredient in recipe.ingredients}
    return SplitKey(" ".join(sorted(title)), "|".join(lines), tuple(sorted(title | names)))


@lru_cache(1 << 16)
def _name_word(name: str) -> str:
    return f"+{' '.join(sorted(title_words(name)))}"


def group_alike(
    keys: Sequence[SplitKey], progress: Callable[[int], None] = lambda position: None
) -> list[str]:
    """Return the name of each recipe's group: members are alike, directly or in a chain.

    Most of the words are shared from a Jaccard similarity of `NEAR_DUPLICATE` on. A group is named
    by its first title in the alphabet, whatever the order of the rows. `progress` hears how many
    keys are done.
    """
    groups = Groups(len(keys))
    first_with: dict[tuple[str, str], int] = {}
    for node, key in enumerate(keys):
        for part in (("title", key.title), ("ingredients", key.ingredients)):
            groups.join(node, first_with.setdefault(part, node))
    join_near_duplicates(groups, [key.words for key in keys], NEAR_DUPLICATE, progress)
    roots = [groups.root(node) for node in range(len(keys))]
    names: dict[int, str] = {}
    for root, key in zip(roots, keys, strict=True):
        names[root] = min(key.title, names.get(root, key.title))
    return [names[root] for root in roots]


def assign_splits(groups: Sequence[str], seed: int, test_rows: int | None = None) -> list[Split]:
    """Assign whole groups to the splits by a hash of their names and `seed`.

    Test receives `test_rows` rows (default: a twentieth, at least 20 where there are four times as
    many), validation a twentieth; large groups come last, and one that does not fit goes to train.
    The result depends neither on the order of rows nor on the machine. Raises
    `TopochefError` where a split would stay empty.
    """
    sizes = Counter(groups)
    total = len(groups)
    share = max(1, round(HELD_OUT_SHARE * total))
    wanted = {
        "test": test_rows or max(share, min(MIN_TEST_ROWS, total // 4)),
        "validation": share,
    }
    if test_rows and test_rows * 2 > total:
        raise TopochefError(
            f"{total} recipes cannot give {test_rows} test rows: "
            "take at most half of them (--test), or a larger source"
        )
    chosen: dict[str, Split] = {}
    filled: Counter[str] = Counter()
    large = max(1, round(_LARGE_GROUP * share))

    def turn(name: str) -> tuple[bool, bytes]:
        return sizes[name] > large, hashlib.sha256(f"{seed}|{name}".encode()).digest()

    for group in sorted(sizes, key=turn):
        split = _first_with_room(filled, wanted, sizes[group])
        chosen[group] = split
        filled[split] += sizes[group]
    if empty := [split for split in SPLITS if not filled[split]]:
        raise TopochefError(
            f"{total} recipes in {len(sizes)} groups leave {' and '.join(empty)} empty: "
            "give a larger source, or choose more dishes"
        )
    return [chosen[group] for group in groups]


def _first_with_room(filled: Counter[str], wanted: dict[str, int], size: int) -> Split:
    if filled["test"] + size <= wanted["test"]:
        return "test"
    if filled["validation"] + size <= wanted["validation"]:
        return "validation"
    return "train"


class Overlap(NamedTuple):
    """The two titles that are most alike across the split."""

    similarity: float  # shared words / all words, 0-1
    test_title: str
    train_title: str


def largest_overlap(train_titles: Iterable[str], test_titles: Iterable[str]) -> Overlap:
    """Return the pair of a test and a train title with the highest Jaccard similarity of words.

    >>> largest_overlap(["Pea Risotto", "BLT"], ["Mushroom Risotto"]).train_title
    'Pea Risotto'
    """
    train = {title_words(title): title for title in sorted(train_titles, reverse=True)}
    containing: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for words in train:
        for word in words:
            containing[word].append(words)
    best = Overlap(0.0, "", "")
    for title in sorted(set(test_titles)):
        mine = title_words(title)
        shared = Counter(words for word in sorted(mine) for words in containing.get(word, ()))
        for words, count in shared.items():
            similarity = count / len(mine | words)
            if similarity > best.similarity:
                best = Overlap(similarity, title, train[words])
    return best
