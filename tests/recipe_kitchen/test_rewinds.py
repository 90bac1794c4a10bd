"""What a veto refuses is taken back: on scripted models, and on weights that are random."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_engine import ScriptedEngine

from recipe_data.prompts import recipe_messages
from recipe_data.repeats import NO_REPEATS, repeated_foods, repeated_steps
from recipe_data.sampling import DEFAULT, GREEDY, Sampler
from recipe_data.schema import ANSWER_SCHEMA, MAX_INGREDIENTS
from recipe_kitchen.answers import read_answer, read_beginning
from recipe_kitchen.backends import Completion, Job, Veto
from recipe_kitchen.backends.decoding.strings import Strings
from recipe_kitchen.backends.decoding.writing import TRIES
from recipe_kitchen.backends.llamacpp import LlamaCpp

OPEN, NEXT, TURN, CLOSE = '{"ingredients":["', '","', '"],"instructions":["', '"]}'
HOT = Sampler(1.5, top_p=1.0, min_p=0.0)


def listing(foods: Mapping[str, float], amount: str = "120 ml", ends: float = -1.0) -> Any:
    """Return a model that lists what it likes best, whatever it has listed; then one step."""

    def wants(text: str) -> dict[str, float]:
        if TURN in text:
            return {CLOSE: 0.0} if text.endswith("Serve.") else {"Serve.": 0.0}
        if text.endswith(tuple(foods)):
            return {NEXT: 0.0, TURN: ends}
        if text.endswith(amount):
            return dict(foods)
        return {OPEN: 0.0, amount: 0.0}

    return wants


def at_most(lines: int) -> dict[str, Any]:
    """Return the schema of answers with so many ingredients."""
    lists = ANSWER_SCHEMA["properties"]
    short = {**lists["ingredients"], "maxItems": lines}
    return {**ANSWER_SCHEMA, "properties": {**lists, "ingredients": short}}


def engine(foods: Mapping[str, float], *more: str, **how: Any) -> ScriptedEngine:
    words = [OPEN, NEXT, TURN, CLOSE, "Serve.", how.get("amount", "120 ml"), *foods, *more]
    return ScriptedEngine(words, listing(foods, **how))


def write(
    backend: Any, sampler: Sampler = GREEDY, veto: Veto | None = NO_REPEATS, **how: Any
) -> Completion:
    schema = how.pop("schema", ANSWER_SCHEMA)
    job = Job([], schema, how.pop("max_tokens", 1000), sampler, veto=veto, **how)
    (completion,) = backend.complete_all([job])
    assert isinstance(completion, Completion)
    return completion


LIKED = {" water": 1.5, " milk": 1.0, " oil": 0.5, " stock": 0.0}


def test_without_a_veto_the_same_line_fills_the_list_up_to_the_bound_of_the_schema() -> None:
    completion = write(engine(LIKED), veto=None)
    assert read_answer(completion.text).ingredients == ("120 ml water",) * MAX_INGREDIENTS
    assert completion.rewinds == 0


def test_a_food_that_is_listed_is_taken_back_and_the_next_best_is_named() -> None:
    """Once for the second line, twice for the third, thrice for the fourth."""
    model = engine(LIKED)
    completion = write(model, schema=at_most(4))
    lines = tuple(f"120 ml{food}" for food in LIKED)
    assert read_answer(completion.text) == (lines, ("Serve.",))
    assert (completion.finish_reason, completion.rewinds) == ("stop", 1 + 2 + 3)
    # each costs the step that names the food, the one that ends the line, and none besides
    assert model.steps == completion.completion_tokens + 2 * completion.rewinds


def test_names_that_mean_the_same_food_are_refused_and_others_are_not() -> None:
    foods = {" onion": 2.5, " onions": 2.0, " Onion, diced": 1.5, " green bell pepper": 1.0,
             " red bell pepper": 0.5}  # fmt: skip
    answer = read_answer(write(engine(foods, amount="2"), schema=at_most(3)).text)
    assert answer.ingredients == ("2 onion", "2 green bell pepper", "2 red bell pepper")


def test_after_some_wordings_the_list_is_closed_before_the_line() -> None:
    same = {f" {word}": 9.0 - i / 10 for i, word in enumerate(
        ("water", "Water", "warm water", "cold water", "waters", "boiling water", "lukewarm water",
         "fresh water", "milk"))}  # fmt: skip
    completion = write(engine(same, amount="1"))
    assert read_answer(completion.text).ingredients == ("1 water",)
    assert completion.rewinds == TRIES + 1


def test_where_nothing_else_is_likely_the_list_ends_instead_of_naming_what_is_not() -> None:
    """Behind the amount stock is a hundredth as likely as water; no line begins otherwise."""
    foods = {" water": 4.6, " milk": 4.0, " stock": 0.0}
    completion = write(engine(foods))
    assert read_answer(completion.text).ingredients == ("120 ml water", "120 ml milk")
    assert completion.rewinds == 1 + 2 + 1 + 1  # water; water, milk, the line, the list


def test_where_no_other_name_is_likely_the_line_begins_anew() -> None:
    def wants(text: str) -> dict[str, float]:
        if TURN in text:
            return listing({})(text)
        if text.endswith("120 ml"):
            return {" water": 9.0}
        if text.endswith((" water", "salt", "pepper")):
            return {NEXT: 1.0, TURN: 0.0}
        return {OPEN: 9.0, "120 ml": 3.0, "salt": 1.0, "pepper": 0.5}

    words = [OPEN, NEXT, TURN, CLOSE, "Serve.", "120 ml", " water", "salt", "pepper"]
    answer = read_answer(write(ScriptedEngine(words, wants)).text)
    assert answer.ingredients == ("120 ml water", "salt", "pepper")


def test_where_lines_begin_with_the_name_another_food_begins_the_line() -> None:
    foods = {"water": 1.5, "boiling water": 1.2, "milk": 1.0, "oil": 0.5}

    def wants(text: str) -> dict[str, float]:
        if TURN in text:
            return listing({})(text)
        if text.endswith(tuple(foods)):
            return {", 120 ml": 0.0}
        if text.endswith(", 120 ml"):
            return {NEXT: 0.0, TURN: -1.0}
        return {OPEN: 9.0, **foods}

    words = [OPEN, NEXT, TURN, CLOSE, "Serve.", ", 120 ml", *foods]
    completion = write(ScriptedEngine(words, wants), schema=at_most(3))
    lines = ("water, 120 ml", "milk, 120 ml", "oil, 120 ml")
    assert read_answer(completion.text) == (lines, ("Serve.",))
    assert (completion.finish_reason, completion.rewinds) == ("stop", 2 + 3)


class Refusing:
    """Refuses every string of a list, from its beginning."""

    lists: Collection[str] = ("ingredients",)

    def refuses(self, key: str, former: Sequence[str], text: str) -> int | None:
        return 0


def test_a_line_that_the_schema_needs_stands_whatever_the_veto_says() -> None:
    completion = write(engine(LIKED, ends=1.0), veto=Refusing())
    assert len(read_answer(completion.text).ingredients) == 1


def test_a_list_may_end_as_soon_as_the_schema_lets_it() -> None:
    """The second line is refused each time; the first one has to stand."""
    completion = write(engine(LIKED), veto=Refusing())
    assert len(read_answer(completion.text).ingredients) == 1
    assert read_answer(completion.text).instructions == ("Serve.",)


def test_a_step_that_was_written_is_not_written_again() -> None:
    def wants(text: str) -> dict[str, float]:
        if TURN not in text:
            return {TURN: 0.0} if text.endswith("salt") else {OPEN: 0.0, "salt": 0.0}
        if text.endswith("."):
            return {NEXT: 0.0, CLOSE: -1.0}
        return {"Stir": 3.0, "Boil": 2.0} if text[-1] == '"' else {" well.": 1.0}

    model = ScriptedEngine([OPEN, NEXT, TURN, CLOSE, "salt", "Stir", "Boil", " well."], wants)
    steps = read_answer(write(model).text).instructions
    assert steps == ("Stir well.", "Boil well.")


@pytest.mark.parametrize("glue", ['salt","', '","120 ml', 'water","120 ml', 'r","'])
def test_tokens_that_hold_parts_of_two_lines_are_taken_back_whole(glue: str) -> None:
    def wants(text: str) -> dict[str, float]:
        return {**listing(LIKED)(text), glue: 9.0} if TURN not in text else listing(LIKED)(text)

    words = [OPEN, NEXT, TURN, CLOSE, "Serve.", "120 ml", "r", glue, *LIKED]
    for veto in (NO_REPEATS, Refusing()):
        answer = read_answer(write(ScriptedEngine(words, wants), veto=veto).text)
        assert answer.instructions == ("Serve.",)
        if veto is NO_REPEATS:
            assert not repeated_foods(answer.ingredients)


class Once:
    """Refuses what stands in the list already, from its bar on."""

    lists: Collection[str] = ("ingredients",)

    def refuses(self, key: str, former: Sequence[str], text: str) -> int | None:
        return text.index("|") if text in former else None


def test_escapes_and_letters_of_several_bytes_are_counted_right() -> None:
    foods = {"|crème": 1.5, r"|café \"noir\"": 1.0, "|豆腐": 0.5, r"|\\ lime": 0.0}
    model = engine(foods, amount=r"\"½ 🍚\" ")
    completion = write(model, veto=Once(), schema=at_most(4))
    names = ("|crème", '|café "noir"', "|豆腐", "|\\ lime")
    assert read_answer(completion.text).ingredients == tuple(f'"½ 🍚" {name}' for name in names)
    assert completion.rewinds == 1 + 2 + 3


def test_offsets_are_those_of_the_bytes_that_write_a_character() -> None:
    strings = Strings()
    text = r'{"a":{"b":["x"]},"c":["é\n\"½","\ud83c\udf5a\u00e9\ud83c!"],"d":"e"}'.encode()
    first, second, third = strings.feed(text)
    assert (first.key, first.former, first.text) == ("b", (), "x")
    assert [second.offset(i) - second.start for i in range(5)] == [0, 2, 4, 6, 8]
    assert [third.offset(i) - third.start for i in range(4)] == [0, 12, 18, 24]
    assert third.former == (second.text,) == ('é\n"½',)
    assert text[third.before : third.start] == b',"'
    assert text[third.start :].startswith(third.raw)
    assert (first.before, second.before, strings.key) == (0, 0, None)


def test_only_the_text_that_goes_back_pays_for_it() -> None:
    model = engine(LIKED, ends=-1.0)
    jobs = [Job([], ANSWER_SCHEMA, 1000, GREEDY, veto=veto) for veto in (NO_REPEATS, None)]
    together = model.complete_all(jobs)
    assert [one.text for one in together] == [
        write(engine(LIKED)).text, write(engine(LIKED), veto=None).text
    ]  # fmt: skip
    assert together[1].rewinds == 0


def test_what_is_handed_on_is_never_taken_back() -> None:
    """Each piece is heard while later ones are not there yet, and all of them are the text."""
    heard: list[str] = []
    model = engine(LIKED)
    completion = write(model, on_text=heard.append)
    assert completion.rewinds
    assert "".join(heard) == completion.text
    assert len(heard) > 1 + len(LIKED)  # the first line in pieces, each other one as a whole
    so_far = ""
    for piece in heard:
        so_far += piece
        assert completion.text.startswith(so_far)


def test_the_first_line_is_heard_as_it_is_written_and_the_others_when_they_are_kept() -> None:
    """Nothing stands before the first, so that it is never taken back."""
    heard: list[str] = []

    def listen(piece: str) -> None:
        heard.append(piece)

    completion = write(engine(LIKED), on_text=listen)
    lists = completion.text.partition(TURN)[0]
    ends = [len("".join(heard[: i + 1])) for i in range(len(heard))]
    written = read_answer(completion.text).ingredients
    first = completion.text.index(written[0]) + len(written[0])
    assert len([end for end in ends if end <= first]) > 2
    for end in ends:
        if first + 1 < end < len(lists):
            assert completion.text[:end].rpartition('"')[2] in ("", *written)


def test_a_budget_ends_a_text_in_the_middle_and_all_of_it_is_handed_on() -> None:
    for max_tokens in range(1, 14):
        heard: list[str] = []
        completion = write(engine(LIKED), max_tokens=max_tokens, on_text=heard.append)
        assert completion.completion_tokens <= max_tokens
        assert "".join(heard) == completion.text


@pytest.mark.parametrize("veto", [None, NO_REPEATS])
def test_a_list_never_grows_beyond_the_bound_of_its_schema(veto: Veto | None) -> None:
    """The model would go on for ever, with a new food in every line."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    foods = {f" {one}{other}berry": 0.0 for one in "abc" for other in letters}

    def wants(text: str) -> dict[str, float]:
        lines = text.count("120 ml")
        if TURN not in text and text.endswith("120 ml"):
            return {list(foods)[lines - 1]: 0.0}
        return {str(word): logit for word, logit in listing(foods, ends=-15.0)(text).items()}

    words = [OPEN, NEXT, TURN, CLOSE, "Serve.", "120 ml", *foods]
    answer = read_answer(write(ScriptedEngine(words, wants), veto=veto).text)
    assert len(answer.ingredients) == MAX_INGREDIENTS
    assert not repeated_foods(answer.ingredients)


MANY = {f" {food}": 0.0 for food in ("salt", "salts", "rice", "water", "warm water", "onion",
                                     "red onion", "onions", "oil", "olive oil")}  # fmt: skip


@pytest.mark.heavy
@given(st.integers(0, 2**32 - 1), st.sampled_from([GREEDY, DEFAULT, HOT, Sampler(3.0, 0.9, 0.0)]))
@settings(max_examples=60)
def test_no_list_of_random_logits_names_a_food_twice(seed: int, sampler: Sampler) -> None:
    """The logits are a function of text and seed: a model that knows nothing and repeats much."""

    def wants(text: str) -> dict[str, float]:
        random = np.random.default_rng([seed, zlib.crc32(text.encode())])
        pieces = [NEXT, TURN, CLOSE, "Stir.", "Boil.", "2", "5 ml", " ", "s", '"', *MANY]
        return dict(zip(pieces, random.normal(0, 3, len(pieces)).tolist(), strict=True))

    words = [OPEN, NEXT, TURN, CLOSE, "Stir.", "Boil.", "2", "5 ml", *MANY]
    heard: list[str] = []
    completion = write(
        ScriptedEngine(words, wants), sampler, seed=seed, on_text=heard.append, max_tokens=3000
    )
    assert "".join(heard) == completion.text
    if completion.finish_reason == "stop":
        answer = read_beginning(completion.text)  # which does not mind that a line is blank
        assert not repeated_foods(answer.ingredients)
        assert not repeated_steps(answer.instructions)
    again = write(ScriptedEngine(words, wants), sampler, seed=seed, max_tokens=3000)
    assert (again.text, again.rewinds) == (completion.text, completion.rewinds)


FEW: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ingredients": {
            "type": "array",
            "items": {"enum": ["egg", "eggs", "salt", "rice", "2 egg", "2 salt", "2 rice"]},
            "minItems": 3,
            "maxItems": 12,
        }
    },
    "required": ["ingredients"],
    "additionalProperties": False,
}
"""Foods that a model of random weights is bound to repeat."""


def jobs_of(sampler: Sampler, count: int = 4) -> list[Job]:
    titles = ("Rice", "Soup", "Toast", "Pie")
    return [
        Job(recipe_messages(titles[i % 4]), FEW, 300, sampler, seed=i, veto=NO_REPEATS)
        for i in range(count)
    ]


@pytest.mark.parametrize("sampler", [GREEDY, HOT])
def test_the_lanes_of_llama_cpp_go_back_on_their_own(tiny_gguf: Path, sampler: Sampler) -> None:
    together = LlamaCpp(tiny_gguf, threads=1, parallel=4)
    jobs = jobs_of(sampler)
    first = together.complete_all(jobs)
    again = together.complete_all(jobs)
    assert [c[:4] for c in first] == [c[:4] for c in again]
    assert sum(completion.rewinds for completion in first) > 0
    for completion in first:
        lines = json.loads(completion.text)["ingredients"]
        assert completion.finish_reason == "stop"
        assert not repeated_foods(lines)
    alone = [together.complete_all([job])[0].text for job in jobs]
    assert sum(a == b.text for a, b in zip(alone, first, strict=True)) >= 3


def test_transformers_goes_back_as_llama_cpp_does(tiny_gguf: Path) -> None:
    from recipe_kitchen.backends.transformers import Transformers

    reference = Transformers(tiny_gguf.parent / "model", 1024)
    exported = LlamaCpp(tiny_gguf, threads=1)
    rewinds = 0
    for job in jobs_of(HOT):
        one, other = (backend.complete_all([job])[0] for backend in (reference, exported))
        assert not repeated_foods(json.loads(one.text)["ingredients"])
        assert one.text == other.text
        rewinds += one.rewinds
    assert rewinds > 0


def test_after_going_back_the_logits_are_those_of_the_text_that_is_left(tiny_gguf: Path) -> None:
    """A text that went back goes on like one that never did: the memory holds nothing of it."""
    backend = LlamaCpp(tiny_gguf, threads=1)
    (job,) = jobs_of(GREEDY, 1)
    lanes = backend._lanes
    prompt = backend.prompt_tokens(job.messages)
    lanes.clear()
    from recipe_kitchen.backends.decoding.lanes import Step

    next(lanes.prompts({0: prompt}))
    straight = lanes.step([Step(0, len(prompt), 65)])[0].copy()
    for i, token in enumerate((66, 67, 68)):
        lanes.step([Step(0, len(prompt) + 1 + i, token)])
    back = lanes.step([Step(0, len(prompt), 65)])[0].copy()
    np.testing.assert_allclose(back, straight, atol=1e-4)
    lanes.step([Step(0, len(prompt), 70)])
    assert not np.allclose(lanes.step([Step(0, len(prompt) + 1, 66)])[0], straight, atol=1e-4)
