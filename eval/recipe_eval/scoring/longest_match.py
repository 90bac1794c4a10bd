"""The longest run of words that texts share with a large corpus, in one pass over the corpus."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Run(NamedTuple):
    """An unbroken run of words that stands in a document of the corpus too."""

    words: int
    source: str | None
    """A document that has it; None where no word is common."""


_NONE = Run(0, None)


class Passages(Generic[Key]):
    """Texts made searchable: a suffix automaton over all of them (Blumer et al. 1985).

    Building it and streaming a corpus through it take time linear in their words, whatever the
    texts say. State 0 is the empty run; every state stands for runs that end at the same places.
    """

    def __init__(self, texts: Mapping[Key, Sequence[str]]) -> None:
        self._texts = texts
        self._next: list[dict[str, int]] = [{}]
        self._link = [-1]
        self._length = [0]
        for words in texts.values():
            state = 0
            for word in words:
                state = self._extend(state, word)

    def longest_in(self, corpus: Iterable[tuple[str, Iterable[str]]]) -> dict[Key, Run]:
        """Return the longest run of each text that a document (id, words) of the corpus has.

        >>> texts = {"mine": "boil the rice then serve".split()}
        >>> Passages(texts).longest_in([("yours", "drain and boil the rice".split())])["mine"]
        Run(words=3, source='yours')
        """
        found = self._match(corpus)
        self._spread(found)
        runs = {}
        for key, words in self._texts.items():
            state, best = 0, _NONE
            for word in words:
                state = self._next[state][word]
                best = max(best, found[state], key=lambda run: run.words)
            runs[key] = best
        return runs

    def _match(self, corpus: Iterable[tuple[str, Iterable[str]]]) -> list[Run]:
        """Return for each state the longest of its runs that the corpus has."""
        found = [_NONE] * len(self._next)
        for name, words in corpus:
            state = length = 0
            for word in words:
                while state and word not in self._next[state]:
                    state = self._link[state]
                    length = self._length[state]
                if word in self._next[state]:
                    state = self._next[state][word]
                    length += 1
                    if length > found[state].words:
                        found[state] = Run(length, name)
        return found

    def _spread(self, found: list[Run]) -> None:
        """Tell each state what is known of its suffixes, which are the states it links to."""
        by_length = sorted(range(1, len(found)), key=self._length.__getitem__)
        for state in reversed(by_length):
            suffix = self._link[state]
            if found[state].words and found[suffix].words < self._length[suffix]:
                found[suffix] = Run(self._length[suffix], found[state].source)
        for state in by_length:
            found[state] = max(found[state], found[self._link[state]], key=lambda run: run.words)

    def _extend(self, last: int, word: str) -> int:
        """Add a word behind the run of state `last`; return the state of the longer run."""
        if word in self._next[last]:
            return self._existing(last, word)
        new = self._add({}, self._length[last] + 1, 0)
        state = last
        while state >= 0 and word not in self._next[state]:
            self._next[state][word] = new
            state = self._link[state]
        if state >= 0:
            self._link[new] = self._existing(state, word)
        return new

    def _existing(self, state: int, word: str) -> int:
        """Return the state one word on, split off if it also stands for longer runs."""
        target = self._next[state][word]
        if self._length[target] == self._length[state] + 1:
            return target
        clone = self._add(dict(self._next[target]), self._length[state] + 1, self._link[target])
        self._link[target] = clone
        while state >= 0 and self._next[state].get(word) == target:
            self._next[state][word] = clone
            state = self._link[state]
        return clone

    def _add(self, following: dict[str, int], length: int, link: int) -> int:
        self._next.append(following)
        self._link.append(link)
        self._length.append(length)
        return len(self._next) - 1
