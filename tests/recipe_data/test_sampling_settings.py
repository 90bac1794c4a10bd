"""A sampler's record: ranges, and its ways to the command line and to manifests."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_data.sampling import DEFAULT, GREEDY, Sampler
from recipe_data.sampling_arguments import add_sampler, options_of, sampler_of


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": -0.1}, "--temperature -0.1: give 0 or a number above"),
        ({"temperature": float("nan")}, "--temperature nan"),
        ({"top_p": 0.0}, "--top-p 0.0: give a number above 0, at most 1"),
        ({"top_p": 1.1}, "--top-p 1.1"),
        ({"min_p": 1.0}, "--min-p 1.0: give 0 or a number below 1"),
        ({"repeat_penalty": 0.9}, "--repeat-penalty 0.9: give a number from 1 to 2"),
        ({"top_k": -1}, "--top-k -1: give a whole number"),
        ({"top_k": 1.5}, "--top-k 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_option(
    wrong: dict[str, float], message: str
) -> None:
    with pytest.raises(TopochefError, match=message):
        Sampler(**wrong)  # type: ignore[arg-type]


def parsed(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_sampler(parser)
    return parser.parse_args(options)


def test_the_options_of_every_command_are_those_of_the_record() -> None:
    assert sampler_of(parsed()) == DEFAULT
    assert parsed().seed == 0
    chosen = Sampler(0.3, top_p=0.5, min_p=0.2, repeat_penalty=1.3, top_k=40)
    assert sampler_of(parsed(*options_of(chosen))) == chosen
    assert sampler_of(parsed(*options_of(GREEDY))) == GREEDY


def test_what_a_search_chose_is_taken_where_no_option_says_otherwise(tmp_path: Path) -> None:
    chosen = Sampler(0.3, top_p=0.5, min_p=0.2, repeat_penalty=1.3, top_k=50)
    file = tmp_path / "sampler.json"
    file.write_text(json.dumps({"chosen": chosen.to_dict(), "rows": []}))
    assert sampler_of(parsed("--sampler", str(file))) == chosen
    warmer = sampler_of(parsed("--sampler", str(file), "--temperature", "0.9"))
    assert warmer == Sampler(0.9, top_p=0.5, min_p=0.2, repeat_penalty=1.3, top_k=50)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"chosen": 3}', None])
def test_a_file_that_is_no_search_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "sampler.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(TopochefError, match="recipe-eval tune-sampler"):
        sampler_of(parsed("--sampler", str(file)))


@pytest.mark.parametrize("option", ["--temperature=hot", "--top-p=0", "--min-p=1", "--min-p=nan",
                                    "--repeat-penalty=3", "--top-k=1.5"])  # fmt: skip
def test_a_wrong_option_is_refused_before_anything_loads(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(option)
    assert ended.value.code == 2
    assert option.partition("=")[0] in capsys.readouterr().err


def test_a_manifest_holds_all_of_it_and_gives_it_back() -> None:
    chosen = Sampler(1, top_p=1, min_p=0, repeat_penalty=1, top_k=40)
    stored = json.loads(json.dumps(chosen.to_dict()))
    assert list(stored) == ["temperature", "top_p", "min_p", "repeat_penalty", "top_k"]
    assert Sampler.from_dict({**stored, "seed": 4}) == chosen
    assert json.dumps(chosen.to_dict()) == json.dumps(Sampler(1.0, 1.0, 0.0, 1.0, 40).to_dict())


def test_what_an_old_manifest_does_not_say_was_off() -> None:
    assert Sampler.from_dict({"temperature": 0.6}) == Sampler(0.6, top_p=1.0, min_p=0.0)


@pytest.mark.parametrize(
    ("sampler", "word"),
    [
        (GREEDY, "greedy"),
        (Sampler(0.0, 1.0, 0.0, 1.2), "greedy-r1.2"),
        (Sampler(1.0, 1.0, 0.0), "T1"),
        (Sampler(0.7, 0.9, 0.1, 1.1, 40), "T0.7-p0.9-m0.1-k40-r1.1"),
    ],
)
def test_a_signature_names_what_is_on(sampler: Sampler, word: str) -> None:
    assert str(sampler) == word
