"""Of several texts the first, the least doubtful or the typical one is kept."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

from recipe_data.endpoints import EndpointError
from recipe_data.sampling import GREEDY, Sampler
from recipe_kitchen import backends as engines
from recipe_kitchen.answers import Answer, as_recipe
from recipe_kitchen.asking import Asker, Decoder, Outcome
from recipe_kitchen.backends import Completion
from recipe_kitchen.choosing import FIRST, Choose, Content, agreement, agreements, read_choose
from recipe_kitchen.request import Request

SOUND = (["200 g rice", "1 onion"], ["Fry the onion for 5 minutes.", "Add the rice and simmer."])
UNUSED = (["200 g rice", "1 onion"], ["Simmer the rice for 15 minutes."])
UNUSED_TWICE = (["200 g rice", "1 onion", "2 carrots"], ["Simmer the rice for 15 minutes."])
SOUP = (["1 l stock", "3 leeks"], ["Boil the leeks in the stock for 20 minutes."])


def text(recipe: tuple[list[str], list[str]]) -> str:
    return json.dumps({"ingredients": recipe[0], "instructions": recipe[1]})


class Scripted:
    """Writes what the script says, one text after the other."""

    def __init__(self, *script: tuple[list[str], list[str]] | str | Exception) -> None:
        self.script = list(script)
        self.seeds: list[int] = []

    def facts(self) -> dict[str, Any]:
        return {}

    def complete(self, **job: Any) -> Completion:
        self.seeds.append(job["seed"])
        said = self.script.pop(0)
        if isinstance(said, Exception):
            raise said
        return Completion(said if isinstance(said, str) else text(said), "stop", 7, 5, 0.01)


def ask(backend: Scripted, choose: Choose, sampler: Sampler | None = None, **asked: Any) -> Outcome:
    decoder = Decoder(sampler=sampler or Sampler(1.0), choose=choose)
    request = Request("one", "Rice", [], "", 2, **asked)
    return Asker(backend, decoder).ask([request])[0]


def test_checked_draws_until_nothing_is_doubtful() -> None:
    backend = Scripted(UNUSED, SOUND, SOUP)
    outcome = ask(backend, Choose("checked", 8))
    assert (outcome.text, outcome.attempts) == (text(SOUND), 2)
    assert outcome.seed == backend.seeds[1] != backend.seeds[0]


def test_of_doubtful_ones_the_least_doubtful_is_kept_then_the_typical() -> None:
    other = (["500 g potatoes", "1 egg"], ["Boil the potatoes for 20 minutes."])
    backend = Scripted(UNUSED_TWICE, UNUSED, other)
    assert ask(backend, Choose("checked", 3)).text == text(UNUSED)
    backend = Scripted(other, UNUSED, UNUSED_TWICE)
    outcome = ask(backend, Choose("checked", 3))
    assert (outcome.text, outcome.attempts) == (text(UNUSED), 3)


def test_what_a_cook_avoids_is_a_doubt() -> None:
    backend = Scripted(SOUP, SOUND)
    assert ask(backend, Choose("checked", 2), avoid=("celery", "leeks")).text == text(SOUND)
    cheese = (["200 g rice", "50 g butter"], ["Simmer the rice with the butter."])
    assert ask(Scripted(cheese, SOUND), Choose("checked", 2), diet="vegan").text == text(SOUND)


def test_a_food_of_the_title_that_is_not_listed_is_a_doubt() -> None:
    decoder = Decoder(sampler=Sampler(1.0), choose=Choose("checked", 4))
    leeks = Request("one", "Rice with Leeks", [], "")
    bowl = (["200 g rice", "2 leeks"], ["Fry the leeks.", "Add the rice and simmer."])
    (outcome,) = Asker(Scripted(SOUND, UNUSED, bowl), decoder).ask([leeks])
    assert (outcome.text, outcome.attempts) == (text(bowl), 3)


class Engine(Scripted, engines.Engine):
    """Writes what the script says, as many texts in one go as there is room for."""

    parallel = 3

    def __init__(self, *script: Any) -> None:
        super().__init__(*script)
        self.groups: list[int] = []
        self.heard: list[bool] = []

    def complete_all(self, jobs: Any) -> list[Completion]:
        self.groups.append(len(jobs))
        self.heard += [job.on_text is not None for job in jobs]
        return [self.complete(**job._asdict()) for job in jobs]


def test_the_best_of_several_that_an_engine_writes_in_one_go() -> None:
    backend = Engine(UNUSED_TWICE, UNUSED, SOUND)
    outcome = ask(backend, Choose("best", 3))
    assert (outcome.text, outcome.attempts, backend.groups) == (text(SOUND), 3, [3])
    assert len(set(backend.seeds)) == 3


def test_the_other_drafts_are_there_the_better_first() -> None:
    backend = Engine(UNUSED_TWICE, "sorry", UNUSED, SOUND)
    decoder = Decoder(sampler=Sampler(1.0), choose=Choose("best", 4))
    (drafts,) = Asker(backend, decoder).drafts([Request("one", "Rice", [], "", 2)])
    wanted = [text(SOUND), text(UNUSED), text(UNUSED_TWICE), "sorry"]
    assert [draft.text for draft in drafts] == wanted
    assert backend.groups == [3, 1]  # of four, three fit side by side


def test_of_equals_the_typical_is_the_best() -> None:
    near = (["200 g rice", "1 onion"], ["Fry the onion for 6 minutes.", "Add rice and simmer."])
    assert ask(Engine(SOUP, SOUND, near), Choose("best", 3)).text in (text(SOUND), text(near))


def test_one_draft_is_heard_while_several_are_written() -> None:
    backend = Engine(SOUND, SOUND, SOUND)
    decoder = Decoder(sampler=Sampler(1.0), choose=Choose("best", 3))
    asker = Asker(backend, decoder, lambda: lambda piece: None)
    asker.ask([Request("one", "Rice", [], "", 2)])
    assert backend.heard == [True, False, False]


def test_a_server_writes_drafts_only_until_nothing_is_doubtful() -> None:
    backend = Scripted(UNUSED, SOUND, SOUP)
    assert ask(backend, Choose("best", 3)).attempts == 2


def test_mbr_draws_all_and_keeps_the_typical() -> None:
    near = (["200 g rice", "1 onion"], ["Fry the onion for 6 minutes.", "Add rice and simmer."])
    backend = Scripted(SOUP, SOUND, near)
    outcome = ask(backend, Choose("mbr", 3))
    assert outcome.text in (text(SOUND), text(near))
    assert (outcome.attempts, len(set(backend.seeds))) == (3, 3)


@pytest.mark.parametrize("rule", ["checked", "best", "mbr"])
def test_no_recipe_is_never_preferred(rule: Any) -> None:
    assert ask(Scripted("sorry", UNUSED, "I cannot"), Choose(rule, 3)).text == text(UNUSED)
    lost = ask(Scripted("sorry", "no", "I cannot"), Choose(rule, 3))
    assert (lost.error, lost.text, lost.attempts) == ("not JSON", "I cannot", 3)


@pytest.mark.parametrize("rule", ["checked", "best", "mbr"])
def test_two_draws_mend_a_failure_as_often_as_one_would(rule: Any) -> None:
    """A rule must not leave a title without a recipe that plain asking would have written."""
    backend = Scripted("sorry", "no", SOUND)
    assert ask(backend, Choose(rule, 2)).text == text(SOUND)


def test_a_first_text_is_not_checked() -> None:
    assert ask(Scripted(UNUSED), FIRST).attempts == 1


def test_greedily_there_is_one_text_to_choose_from() -> None:
    backend = Scripted(UNUSED)
    assert ask(backend, Choose("mbr", 8), GREEDY).text == text(UNUSED)


def test_a_silent_server_is_not_asked_for_more() -> None:
    backend = Scripted(UNUSED, EndpointError("nobody there"))
    with pytest.raises(EndpointError, match="nobody there"):  # fewer texts are another choice
        ask(backend, Choose("mbr", 8))
    assert len(backend.seeds) == 2


def test_each_draw_has_the_seed_that_plain_asking_gives_it() -> None:
    plain, chosen = Scripted(SOUND), Scripted(SOUND, SOUND)
    ask(plain, FIRST), ask(chosen, Choose("mbr", 2))
    assert chosen.seeds[0] == plain.seeds[0]


def content(recipe: tuple[list[str], list[str]]) -> Content:
    return Content.of(as_recipe("", None, Answer(*map(tuple, recipe))))


def test_agreement_is_a_mean_of_three_f1() -> None:
    one = (["200 g rice", "1 onion"], ["Boil the rice."])
    assert agreement(content(one), content(one)) == 1
    assert agreement(content(one), content(SOUP)) == pytest.approx((0 + 0 + 1) / 3)
    # One food of two and two, its amount a tenth off at most, the same action.
    near = (["215 g rice", "1 leek"], ["Boil the rice."])
    assert agreement(content(one), content(near)) == pytest.approx((0.5 + 0.5 + 1) / 3)
    far = (["300 g rice", "1 leek"], ["Boil the rice."])
    assert agreement(content(far), content(one)) == pytest.approx((0.5 + 0 + 1) / 3)
    assert agreements([]) == []
    assert agreements([as_recipe("", None, Answer((), ()))]) == [0]


def test_other_names_of_a_food_agree() -> None:
    one, other = (["2 courgettes"], ["Fry."]), (["2 zucchini"], ["Fry."])
    assert agreement(content(one), content(other)) == 1


@pytest.mark.parametrize("word", ["mbr", "mbr:1", "mbr:65", "checked:x", "first:2", "best:1", ""])
def test_nonsense_is_refused_with_what_there_is(word: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="first, checked:N, best:N and mbr:N"):
        read_choose(word)


def test_a_choice_is_recorded_where_there_is_one() -> None:
    assert "choose" not in Decoder().inputs()
    assert Decoder(choose=Choose("mbr", 8)).inputs()["choose"] == "mbr:8"
