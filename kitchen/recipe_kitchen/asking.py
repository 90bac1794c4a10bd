"""Ask for many texts: a failed answer is asked for again, then recorded, and never dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal, NamedTuple, TypeVar

from recipe_base.files import fingerprint
from recipe_data.endpoints import NoTextError
from recipe_data.repeats import NO_REPEATS, RULE, repeated_foods, repeated_steps
from recipe_data.sampling import DEFAULT, Sampler
from recipe_data.schema import SCHEMAS, WHOLE, Part
from recipe_kitchen.answers import AnswerError, as_recipe, read_answer
from recipe_kitchen.backends import Backend, Completion, Engine, Job, write
from recipe_kitchen.choosing import FIRST, Choose, Draw, doubts
from recipe_kitchen.request import Request, Shape

CUT_OFF = "cut off"

Listen = Callable[[], Callable[[str], None] | None]
"""Returns what hears the pieces of one text."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Decoder(NamedTuple):
    """How tokens are chosen, and how often."""

    max_tokens: int = 512
    sampler: Sampler = DEFAULT
    seed: int = 0
    tries: int = 3
    choose: Choose = FIRST
    part: Part = WHOLE
    """Of recipes, what is written of them."""

    def inputs(self) -> dict[str, Any]:
        """Return plain JSON values, the rule against repeats among them, for manifests."""
        limits = {"max_tokens": self.max_tokens, "seed": self.seed, "tries": self.tries}
        chosen = {} if self.choose == FIRST else {"choose": str(self.choose)}
        part = {} if self.part == WHOLE else {"part": self.part}
        return {**limits, **self.sampler.to_dict(), "rule": RULE, **chosen, **part}

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
    """That of the attempt that is kept."""
    attempts: int
    error: str | None
    """Why this is no recipe, or no such answer; None where it is one that obeys the schema."""
    rewinds: int = 0
    """How often a repeated food or step was taken back while it was written."""
    repeated: tuple[str, ...] = ()
    """Lines and steps that it says twice all the same: a server's, which cannot take back."""


class Asker:
    """Asks one backend; several threads may share it if they may share the backend."""

    def __init__(
        self,
        backend: Backend,
        decoder: Decoder,
        listen: Listen | None = None,
        survives: tuple[type[Exception], ...] = (NoTextError,),
    ) -> None:
        """Remember whom to ask, and how.

        `listen` is called for every text that is begun. What it `survives` becomes an outcome
        without a text. Anything else is raised: an engine that fails is no model that fails.
        """
        self._backend = backend
        self._decoder = decoder
        self._listen = listen
        self._survives = survives

    def ask(self, group: Sequence[Request]) -> list[Outcome]:
        """Ask for the texts of a group; return the one of each that is kept; see `drafts`."""
        return [best for best, *_ in self.drafts(group)]

    def drafts(self, group: Sequence[Request]) -> list[list[Outcome]]:
        """Ask for the texts of a group, and again, with new seeds, as long as one may be better.

        That is where one has a fault, which is what is not as was asked, or a recipe that says
        something twice, and where `Decoder.choose` has too few to choose from. Greedily the same
        text would come again, so it is asked for once. Returns all texts of each request, the one
        that is kept first. Raises `EndpointError` or `RuntimeError` where the engine fails, also
        if it had answered before: the row is not done.
        """
        choose, tries = self._decoder.choose, self._decoder.tries
        outcomes: dict[str, list[Outcome]] = {request.id: [] for request in group}
        draws: dict[str, list[Draw]] = {request.id: [] for request in group}
        open_requests = list(group)
        drawn, most = 0, max(tries, choose.draws)
        while open_requests and drawn < most:
            attempts = range(
                drawn, drawn + (1 if drawn else begun_together(self._backend, self._decoder))
            )
            asked = [(request, attempt) for attempt in attempts for request in open_requests]
            jobs = [self._job(*one, heard=one[1] == drawn) for one in asked]
            for (request, attempt), result in zip(asked, self._written(jobs), strict=True):
                seed = self._decoder.seed_of(request.id, attempt)
                outcome = _outcome(result, seed, attempt + 1, request.shape, self._decoder.part)
                outcomes[request.id].append(outcome)
                draws[request.id].append(_draw(request, outcome, self._decoder))
            drawn = attempts.stop
            if self._decoder.sampler.greedy:
                break
            open_requests = [
                one for one in open_requests if choose.wants_more(draws[one.id], tries)
            ]
        return [self._ranked(outcomes[one.id], draws[one.id]) for one in group]

    def _ranked(self, outcomes: Sequence[Outcome], draws: Sequence[Draw]) -> list[Outcome]:
        order = self._decoder.choose.ranked(draws)
        return [outcomes[i]._replace(attempts=len(draws)) for i in order]

    def _job(self, request: Request, attempt: int, heard: bool) -> Job:
        return Job(
            request.messages,
            request.shape.schema if request.shape else SCHEMAS[self._decoder.part],
            self._decoder.max_tokens,
            self._decoder.sampler,
            self._decoder.seed_of(request.id, attempt),
            on_text=self._listen() if self._listen and heard else None,
            veto=None if request.shape else NO_REPEATS,
        )

    def _written(self, jobs: Sequence[Job]) -> Iterator[Completion | Exception]:
        """Yield a text, or why there is none, for each job; an engine gets what it has room for."""
        room = self._backend.parallel if isinstance(self._backend, Engine) else len(jobs)
        for start in range(0, len(jobs), room):
            yield from self._write(jobs[start : start + room])

    def _write(self, jobs: Sequence[Job]) -> list[Completion | Exception]:
        """Return a text, or why there is none, for each job."""
        try:
            if isinstance(self._backend, Engine) and len(jobs) > 1:
                return list(self._backend.complete_all(jobs))
            return [write(self._backend, job) for job in jobs]
        except Exception as error:
            survived = isinstance(error, self._survives)
            if len(jobs) > 1 and (survived or isinstance(error, RuntimeError)):
                return [result for job in jobs for result in self._write([job])]
            if survived:
                return [error]
            raise


def begun_together(backend: Backend, decoder: Decoder) -> int:
    """Return how many texts of one request are begun before any is looked at."""
    together = isinstance(backend, Engine) and not decoder.sampler.greedy
    return decoder.choose.side_by_side if together else 1


def _outcome(
    result: Completion | Exception, seed: int, attempts: int, shape: Shape | None, part: Part
) -> Outcome:
    if isinstance(result, Exception):
        return Outcome("", "error", 0, 0, seed, attempts, str(result))
    cut_off = result.finish_reason == "length"
    error, repeated = (CUT_OFF, ()) if cut_off else _read(result.text, shape, part)
    return Outcome(
        *result[:4],
        seed=seed,
        attempts=attempts,
        error=error,
        rewinds=result.rewinds,
        repeated=repeated,
    )


def _draw(request: Request, outcome: Outcome, decoder: Decoder) -> Draw:
    """Read what was written, as far as the choice asks for it."""
    choose = decoder.choose
    if outcome.error or request.shape or choose.rule == "first":
        return Draw(bool(outcome.error), len(outcome.repeated))
    recipe = as_recipe(request.title, request.servings, read_answer(outcome.text, decoder.part))
    found = doubts(recipe, request.avoid, request.diet) if choose.checks else ()
    return Draw(False, len(outcome.repeated), len(found), recipe)


def _read(text: str, shape: Shape | None, part: Part) -> tuple[str | None, tuple[str, ...]]:
    """Return why a text is not what was asked for, or None, and what a recipe says twice."""
    if shape:
        return shape.fault(text), ()
    try:
        answer = read_answer(text, part)
    except AnswerError as error:
        return str(error), ()
    twice = (*repeated_foods(answer.ingredients), *repeated_steps(answer.instructions))
    return None, twice


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
