"""Time and memory of splitting N recipes without leaks, all in memory at once: `splitting.py N`.

The keys are drawn from words as rare and as common as those of recipes (Zipf's law); every tenth
has one word more in its title and lacks some ingredients of the one before it.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator

from machine import machine

from recipe_data.building.compact import Hashes, Texts
from recipe_data.building.keys import Keys, SplitKey
from recipe_data.building.leaks import largest_similarity, sets_of_words
from recipe_data.building.split import assign_splits, group_alike

VOCABULARY = 30_000
TITLE_WORDS, NAMES = 5, 9


def main() -> None:
    count = int(sys.argv[1])
    with tempfile.TemporaryFile() as marks:
        keys, titles, seen = Keys(marks), Texts(), Hashes()
        for number, key in enumerate(drawn_keys(count)):
            keys.append(key.hashed())
            titles.append(f"{key.title} {number}")
            seen.add(number)
        start = time.process_time()
        leaders = group_alike(keys)
    splits = assign_splits(leaders, keys.titles, seed=7)
    similarities = [
        largest_similarity(sets, titles, splits).similarity
        for sets in (sets_of_words(keys.titles), keys.words)
    ]
    seconds = time.process_time() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "megabytes": megabytes, "similarities": similarities}
    print(json.dumps({**found, "machine": machine(threads=1)}))


def drawn_keys(count: int) -> Iterator[SplitKey]:
    rng = random.Random(7)
    title, names = _words(rng, TITLE_WORDS), _words(rng, NAMES)
    for number in range(count):
        if number % 10:
            title, names = _words(rng, TITLE_WORDS), _words(rng, NAMES)
        else:
            title, names = [*title, *_words(rng, 1)], names[rng.randrange(1, 4) :]
        words = {*title, *(f"+{name}" for name in names)}
        yield SplitKey(" ".join(sorted({*title})), f"{number}", tuple(sorted(words)))


def _words(rng: random.Random, count: int) -> list[str]:
    return [f"w{int(VOCABULARY ** rng.random())}" for _ in range(count)]


if __name__ == "__main__":
    main()
