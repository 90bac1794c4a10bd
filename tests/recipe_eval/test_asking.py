"""Failures of every kind: asked again with a new seed, recorded, never dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from recipe_data.endpoints import EndpointError, NoTextError
from recipe_data.repeats import NO_REPEATS
from recipe_data.sampling import GREEDY, Sampler
from recipe_eval.generating.requests import read_requests
from recipe_kitchen.asking import Asker, Decoder, in_order
from recipe_kitchen.backends import Completion, Engine, Job
from recipe_kitchen.request import Request

VALID = '{"ingredients":["200 g rice"],"instructions":["Boil."]}'
WARM = Decoder(sampler=Sampler(1.0))
COLD = Decoder(sampler=GREEDY)


def reply(text: str = VALID, finish_reason: Any = "stop") -> Completion:
    return Completion(text, finish_reason, 7, 5, 0.01)


class Scripted:
    """Does what the script says, call by call; then writes valid answers."""

    def __init__(self, *script: Completion | Exception) -> None:
        self.script = list(script)
        self.seeds: list[int] = []

    def facts(self) -> dict[str, Any]:
        return {}

    def complete(self, **job: Any) -> Completion:
        self.seeds.append(job["seed"])
        result = self.script.pop(0) if self.script else reply()
        if isinstance(result, Exception):
            raise result
        return result


class Batched(Scripted):
    """Writes a group in one go."""

    parallel = 9

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        return [self.complete(**job._asdict()) for job in jobs]


@pytest.fixture
def requests(data: Path) -> list[Request]:
    return read_requests(data)


FAILED: list[tuple[Completion | Exception, str]] = [
    (reply(VALID[:20], "length"), "cut off"),
    (reply(""), "empty"),
    (reply("I am sorry"), "not JSON"),
    (reply('{"ingredients":[],"instructions":["Boil."]}'), "ingredients is out of bounds"),
    (NoTextError("llguidance: lexer too complex"), "llguidance: lexer too complex"),
]


@pytest.mark.parametrize(("failure", "reason"), FAILED)
def test_a_failed_answer_is_asked_for_again_with_a_new_seed(
    requests: list[Request], failure: Completion | Exception, reason: str
) -> None:
    backend = Scripted(failure)
    (outcome,) = Asker(backend, WARM).ask(requests[:1])
    name = requests[0].id
    assert backend.seeds == [WARM.seed_of(name), WARM.seed_of(name, 1)]
    assert len(set(backend.seeds)) == 2
    assert outcome == (VALID, "stop", 7, 5, WARM.seed_of(name, 1), 2, None, 0, ())


@pytest.mark.parametrize(("failure", "reason"), FAILED)
def test_what_fails_every_time_is_recorded(
    requests: list[Request], failure: Completion | Exception, reason: str
) -> None:
    backend = Scripted(*[failure] * 3)
    (outcome,) = Asker(backend, WARM).ask(requests[:1])
    assert (len(backend.seeds), outcome.attempts, outcome.error) == (3, 3, reason)
    assert (outcome.finish_reason == "error") == isinstance(failure, Exception)


def test_the_same_text_is_not_asked_for_twice(requests: list[Request]) -> None:
    backend = Scripted(reply("I am", "length"))
    (outcome,) = Asker(backend, COLD).ask(requests[:1])
    assert (len(backend.seeds), outcome.error, outcome.text) == (1, "cut off", "I am")


TWICE = '{"ingredients":["200 g rice","5 g rice"],"instructions":["Boil.","Boil!"]}'


def test_what_says_a_thing_twice_is_asked_for_again(requests: list[Request]) -> None:
    backend = Scripted(reply(TWICE))
    (outcome,) = Asker(backend, WARM).ask(requests[:1])
    assert (outcome.text, outcome.attempts, outcome.repeated) == (VALID, 2, ())
    assert backend.seeds == [WARM.seed_of(requests[0].id, i) for i in (0, 1)]


def test_what_says_a_thing_twice_each_time_is_kept_and_marked(requests: list[Request]) -> None:
    once = '{"ingredients":["200 g rice","5 g rice"],"instructions":["Boil."]}'
    backend = Scripted(reply(TWICE), reply(once), reply("sorry"))
    (outcome,) = Asker(backend, WARM).ask(requests[:1])
    assert (outcome.text, outcome.attempts, outcome.error) == (once, 3, None)
    assert outcome.repeated == ("5 g rice",)
    assert outcome.seed == WARM.seed_of(requests[0].id, 1)
    (greedily,) = Asker(Scripted(reply(TWICE)), COLD).ask(requests[:1])
    assert (greedily.attempts, greedily.repeated) == (1, ("5 g rice", "Boil!"))


def test_no_server_hears_of_a_veto_and_an_engine_obeys_it(requests: list[Request]) -> None:
    class Server(Scripted):
        def complete(self, **job: Any) -> Completion:
            assert "veto" not in job
            return super().complete(**job)

    class Machine(Scripted):
        parallel = 9

        def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
            assert all(job.veto is NO_REPEATS for job in jobs)
            return [reply()._replace(rewinds=4) for _ in jobs]

    (served,) = Asker(Server(), WARM).ask(requests[:1])
    written = Asker(Machine(), WARM).ask(requests)
    assert served.rewinds == 0
    assert [outcome.rewinds for outcome in written] == [4, 4, 4]


def test_what_an_asker_does_not_survive_is_raised(requests: list[Request]) -> None:
    with pytest.raises(RuntimeError, match="boom"):
        Asker(Scripted(RuntimeError("boom")), WARM, survives=()).ask(requests[:1])


@pytest.mark.parametrize("before", [[], [reply(TWICE)], [reply(VALID[:20], "length")]])
@pytest.mark.parametrize("failure", [EndpointError("nobody there"), RuntimeError("no memory")])
def test_an_engine_that_fails_is_no_answer_whatever_it_said_before(
    requests: list[Request], before: list[Completion], failure: Exception
) -> None:
    """With the engine, the row may have become a recipe: it is not recorded."""
    backend = Scripted(*before, failure)
    with pytest.raises(type(failure), match=str(failure)):
        Asker(backend, WARM).ask(requests[:1])
    assert len(backend.seeds) == len(before) + 1


def test_of_a_group_only_those_that_failed_are_asked_again(requests: list[Request]) -> None:
    backend = Batched(reply(), reply("no"), reply())
    assert isinstance(backend, Engine)
    outcomes = Asker(backend, WARM).ask(requests)
    assert [outcome.attempts for outcome in outcomes] == [1, 2, 1]
    assert backend.seeds[3:] == [WARM.seed_of(requests[1].id, 1)]


def test_an_engine_that_breaks_over_a_group_is_asked_one_by_one(requests: list[Request]) -> None:
    backend = Batched(RuntimeError("of the group"), reply(), NoTextError("of one"), reply())
    outcomes = Asker(backend, COLD).ask(requests)
    assert [outcome.error for outcome in outcomes] == [None, "of one", None]


def test_results_keep_their_order_and_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def slow_first(number: int) -> int:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05 if number == 0 else 0.001)
        with lock:
            under_way -= 1
        return number

    assert list(in_order(slow_first, range(30), at_once=3)) == list(range(30))
    assert most == 3


@pytest.mark.parametrize("at_once", [1, 3])
def test_what_is_raised_arrives_and_the_rest_is_not_begun(at_once: int) -> None:
    begun: list[int] = []

    def fail_at_two(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise ValueError("two")
        return number

    results: Callable[[], list[int]] = lambda: list(in_order(fail_at_two, range(100), at_once))  # noqa: E731
    with pytest.raises(ValueError, match="two"):
        results()
    assert len(begun) < 20
