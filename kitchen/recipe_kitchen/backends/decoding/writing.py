"""One text while it is being written, whichever engine computes its logits."""

from __future__ import annotations

import codecs
import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recipe_kitchen.backends import Completion, Job
from recipe_kitchen.backends.decoding.grammar import Grammars
from recipe_kitchen.backends.decoding.sampling import best, choose, without
from recipe_kitchen.backends.decoding.strings import Item, Strings

TRIES = 6
"""So many wordings of one string are refused before its list is closed without it."""
PLAUSIBLE = 0.05
"""A token may stand for a refused one if it is at least so likely, as a share of the likeliest."""


class Writing:
    """Takes logits, chooses tokens, takes back what the job's veto refuses, hands on the rest.

    A refused string is taken back to where the refused part begins; the token that stood there is
    forbidden, and another one chosen. Where none is `PLAUSIBLE` the whole string is taken back in
    the same way, and where none is at its beginning, or after `TRIES` strings, the list is closed
    without it, if the schema lets it; else the string stands. What comes before is kept to the
    letter, also where a token reached from there into what is taken back.
    """

    def __init__(
        self,
        job: Job,
        prompt: Sequence[int],
        grammars: Grammars,
        context_tokens: int,
    ) -> None:
        """Begin behind a prompt; it and the answer together fit into `context_tokens`.

        Raises `TopochefError` if the schema cannot be enforced.
        """
        self.prompt = prompt
        self._job = job
        self._rule = grammars.start(job.schema)
        self._grammars = grammars
        self._budget = min(job.max_tokens, context_tokens - len(prompt))
        self._random = np.random.default_rng(job.seed)
        self._tokens: list[int] = []
        self._starts: list[int] = []
        """Where in `_text` each token begins."""
        self._text = bytearray()
        self._strings = Strings()
        self._forbidden: dict[int, set[int]] = {}
        """Tokens, by the place where they were refused."""
        self._forced = b""
        """What has to be written next: kept text that went with a token."""
        self._refused: Item | None = None
        """The last string that was taken back."""
        self._kept: tuple[str, int] = "", 0
        """The list that is being written, and how many of its strings are kept for good."""
        self._failures = 0
        """Strings taken back since the last one was kept."""
        self._rewinds = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._told = 0

    @property
    def unfinished(self) -> bool:
        """Whether there is more to write, and room for it."""
        return len(self._tokens) < self._budget and not self._rule.finished

    @property
    def last(self) -> tuple[int, int]:
        """The last token after its position; what the engine knows from there on is void."""
        token = self._tokens[-1] if self._tokens else self.prompt[-1]
        return len(self.prompt) + len(self._tokens) - 1, token

    def go_on(self, logits: NDArray[np.float32]) -> None:
        """Choose the next token by the logits after what is written, or go back."""
        mask = self._rule.mask()
        if mask is not None and self._forced:
            mask = mask & self._grammars.beginning(self._forced)
        if self._refused and (forbidden := self._forbidden.get(len(self._tokens))):
            less = without(mask, forbidden, len(logits))
            if best(logits, less) < best(logits, mask) + math.log(PLAUSIBLE):
                self._retreat(self._refused)
                return
            mask = less
        token = choose(logits, mask, self._job.sampler, self._random, self._tokens)
        is_text = self._rule.take(token)
        piece = self._grammars.bytes_of(token) if is_text else b""
        self._forced = self._forced[len(piece) :]
        self._tokens.append(token)
        self._starts.append(len(self._text))
        self._text += piece
        if self._job.veto and self._job.schema:
            self._judge(self._strings.feed(piece))
        self._tell()

    def completion(self, seconds: float) -> Completion:
        """Return what is written."""
        return Completion(
            text=self._text.decode("utf-8", "replace"),
            finish_reason="stop" if self._rule.finished else "length",
            prompt_tokens=len(self.prompt),
            completion_tokens=len(self._tokens),
            seconds=seconds,
            rewinds=self._rewinds,
        )

    def _judge(self, items: Sequence[Item]) -> None:
        """Keep the finished strings, up to one that is refused."""
        veto = self._job.veto
        for item in items:
            key, kept = self._kept
            if not veto or item.key not in veto.lists:
                continue
            if item.key == key and len(item.former) < kept:
                continue  # it is written again after a token that had reached into it
            former = item.former
            refused_from = veto.refuses(item.key, former, item.text) if former else None
            if refused_from is not None and self._take_back(item, refused_from):
                return
            self._kept = item.key, len(item.former) + 1
            self._failures = 0
            self._forbidden.clear()

    def _take_back(self, item: Item, refused_from: int) -> bool:
        """Go back to where the refused part of a string begins; tell whether that is possible."""
        if self._failures >= TRIES:
            return self._close(item)
        self._failures += 1
        self._refused = item
        self._forbid(item.offset(refused_from))
        return True

    def _retreat(self, item: Item) -> None:
        """Where nothing else can stand: take back all of a string, or do without it."""
        if item.start < len(self._text) and self._failures < TRIES:
            self._failures += 1
            self._forbid(item.start)
        elif not self._close(item):  # it has to stand
            self._failures = TRIES
            self._forbidden.clear()

    def _forbid(self, offset: int) -> None:
        """Go back to an offset, and forbid the token that held it."""
        token = self._tokens[self._token_at(offset)]
        place = self._rewind(offset)
        self._forbidden.setdefault(place, set()).add(token)

    def _close(self, item: Item) -> bool:
        """Go back to before a string, and let its list have no more than those before it."""
        written = self._tokens[: self._token_at(item.before)]
        rule = self._rule.capped(item.key, len(item.former), written)
        if rule is None:
            return False
        self._rewind(item.before)
        self._rule = rule
        self._refused, self._failures = None, 0
        self._forbidden.clear()
        return True

    def _token_at(self, offset: int) -> int:
        """Return the place of the token that holds a byte of the text, or that of the next one."""
        if offset >= len(self._text):
            return len(self._tokens)
        return bisect_right(self._starts, offset) - 1

    def _rewind(self, offset: int) -> int:
        """Forget the text from an offset on; return the place of the first token that went."""
        if offset >= len(self._text):  # in what is to be written again
            self._forced = self._forced[: offset - len(self._text)]
            return len(self._tokens)
        place = self._token_at(offset)
        start = self._starts[place]
        self._rule.back(len(self._tokens) - place)
        self._forced = bytes(self._text[start:offset])
        del self._text[start:], self._tokens[place:], self._starts[place:]
        self._forbidden = {at: ids for at, ids in self._forbidden.items() if at <= place}
        self._strings = Strings()
        self._strings.feed(bytes(self._text))
        self._rewinds += 1
        return place

    def _tell(self) -> None:
        """Hand on what can no longer be taken back."""
        if not self._job.on_text:
            return
        end = len(self._text)
        veto = self._job.veto
        strings = self._strings
        if self.unfinished and veto and strings.key in veto.lists and not strings.is_first:
            end = self._starts[self._token_at(strings.anchor)]
        piece = self._decoder.decode(bytes(self._text[self._told : end]), not self.unfinished)
        self._told = max(end, self._told)
        if piece:
            self._job.on_text(piece)
