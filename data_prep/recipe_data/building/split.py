"""Train, validation and test without leaks: recipes that are alike stay on one side."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, get_args

from recipe_data.answers import render_ingredient
from recipe_data.errors import TopochefError
from recipe_data.language.densities import singular
from recipe_data.schema import Recipe

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

HELD_OUT_SHARE = 0.05
"""Share of the rows that goes to validation, and to test."""
MIN_TEST_ROWS = 20

_NUMERAL = re.compile(r"\b(?:\d+|[ivx]+)$")
_WORD = re.compile(r"[^\W_]+")
_JOINERS = frozenset(
    ["a", "al", "alla", "and", "de", "for", "in", "la", "of", "on", "or", "the", "to", "with"]
)


class SplitKey(NamedTuple):
    """What decides which recipes stay together: two that share a part are alike."""

    title: str  # the words of the title, whatever their order
    ingredients: str  # the ingredients with their amounts, whatever their order


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
    return SplitKey(" ".join(sorted(title_words(recipe.title))), "|".join(lines))


def group_alike(keys: Sequence[SplitKey]) -> list[str]:
    """Return the name of each recipe's group: members share keys, directly or in a chain.

    A group is named by its first title in the alphabet, whatever the order of the rows.
    """
    parents = list(range(len(keys)))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    first_with: dict[tuple[str, str], int] = {}
    for node, key in enumerate(keys):
        for part in key._asdict().items():
            parents[root(node)] = root(first_with.setdefault(part, node))
    names: dict[int, str] = {}
    for node, key in enumerate(keys):
        names[root(node)] = min(key.title, names.get(root(node), key.title))
    return [names[root(node)] for node in range(len(keys))]


def assign_splits(groups: Sequence[str], seed: int, test_rows: int | None = None) -> list[Split]:
    """Assign whole groups to the splits by a hash of their names and `seed`.

    Test receives `test_rows` rows (default: a twentieth, at least 20 where there are four times as
    many), validation a twentieth; a group that no longer fits goes to train. The result depends
    neither on the order of rows nor on the machine. Raises `TopochefError` where a split would
    stay empty.
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
    for group in sorted(sizes, key=lambda name: hashlib.sha256(f"{seed}|{name}".encode()).digest()):
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
