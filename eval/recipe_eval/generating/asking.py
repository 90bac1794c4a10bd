"""Ask for many recipes: a failed answer is asked for again, then recorded, and never dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, NamedTuple, TypeVar

from recipe_data.endpoints import EndpointError
from recipe_data.errors import TopochefError
from recipe_data.files import fingerprint
from recipe_data.schema import ANSWER_SCHEMA
from recipe_eval.backends import Backend, Batching, Completion, Job
from recipe_eval.generating.requests import Request
from recipe_eval.scoring.answers import AnswerError, read_answer

GIVE_UP_AFTER = 5
"""So many rows in a row without any answer end a session: the server is gone, not the row odd."""

CUT_OFF = "cut off"

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Decoder(NamedTuple):
    """How tokens are chosen, and how often."""

    max_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0
    tries: int = 3

    def seed_of(self, row_id: str, attempt: int = 0) -> int:
        """Give every row and attempt a seed of its own, wherever the row stands."""
        parts = [self.seed, row_id, attempt] if attempt else [self.seed, row_id]
        return int(fingerprint(parts)[:8], 16)


class Outcome(NamedTuple):
    """What became of one request."""

    text: str
    finish_reason: Literal["stop", "length", "error"]
    """`error`: no text came at all."""
    prompt_tokens: int
    completion_tokens: int
    seed: int
    """That of the last attempt."""
    attempts: int
    error: str | None
    """Why this is no recipe; None where it is one that obeys the schema."""


class Asker:
    """Asks one backend; several threads may share it if they may share the backend."""

    def __init__(self, backend: Backend, decoder: Decoder) -> None:
        """Remember whom to ask, and how."""
        self._backend = backend
        self._decoder = decoder

    def ask(self, group: Sequence[Request]) -> list[Outcome]:
        """Ask for the recipes of a group, and again for those that failed, with new seeds.

        At temperature 0 the same text would come again, so it is asked for once. A server that
        does not answer was asked several times by its client, and is not asked more.
        """
        outcomes: dict[str, Outcome] = {}
        open_requests = list(group)
        for attempt in range(self._decoder.tries):
            results = self._write([self._job(request, attempt) for request in open_requests])
            for request, result in zip(open_requests, results, strict=True):
                seed = self._decoder.seed_of(request.id, attempt)
                outcomes[request.id] = _outcome(result, seed, attempt + 1)
            open_requests = [
                request
                for request, result in zip(open_requests, results, strict=True)
                if outcomes[request.id].error and not isinstance(result, EndpointError)
            ]
            if not open_requests or self._decoder.temperature == 0:
                break
        return [outcomes[request.id] for request in group]

    def _job(self, request: Request, attempt: int) -> Job:
        decoder = self._decoder
        seed = decoder.seed_of(request.id, attempt)
        return Job(request.messages, ANSWER_SCHEMA, decoder.max_tokens, decoder.temperature, seed)

    def _write(self, jobs: Sequence[Job]) -> list[Completion | Exception]:
        """Return a text, or why there is none, for each job."""
        try:
            if isinstance(self._backend, Batching) and len(jobs) > 1:
                return list(self._backend.complete_all(jobs))
            return [self._backend.complete(**job._asdict()) for job in jobs]
        except (EndpointError, RuntimeError) as error:
            if len(jobs) == 1:
                return [error]
            return [result for job in jobs for result in self._write([job])]


def _outcome(result: Completion | Exception, seed: int, attempts: int) -> Outcome:
    if isinstance(result, Exception):
        return Outcome("", "error", 0, 0, seed, attempts, str(result))
    error = CUT_OFF if result.finish_reason == "length" else _defect(result.text)
    return Outcome(*result[:4], seed=seed, attempts=attempts, error=error)


def _defect(text: str) -> str | None:
    """Return why a text is no recipe; None for one that obeys the schema."""
    try:
        read_answer(text)
    except AnswerError as error:
        return str(error)
    return None


def held_back(
    groups: Iterable[Sequence[Outcome]], give_up_after: int
) -> Iterator[list[Sequence[Outcome]]]:
    """Yield groups that may be recorded; those without any answer wait for one that has some.

    Raises `TopochefError` if `give_up_after` rows in a row are without: those are not recorded,
    so that they are asked for again by the next session.
    """
    waiting: list[Sequence[Outcome]] = []
    silent = 0
    for group in groups:
        waiting.append(group)
        for outcome in group:
            silent = silent + 1 if outcome.finish_reason == "error" else 0
            if silent >= give_up_after:
                raise TopochefError(
                    f"{silent} recipes in a row without an answer, the last: {outcome.error}. "
                    "Then run the same command again to go on"
                )
        if not silent:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def in_order(
    function: Callable[[_Item], _Result], items: Iterable[_Item], at_once: int
) -> Generator[_Result]:
    """Yield `function(item)` in the order of the items, at most `at_once` of them under way.

    >>> list(in_order(abs, [-3, 2, -1], at_once=2))
    [3, 2, 1]
    """
    if at_once == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(at_once)
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * at_once:  # a slow one at the head does not stop the others
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
