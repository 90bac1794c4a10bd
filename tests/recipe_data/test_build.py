"""`recipe-data build` as a whole: nothing lost, nothing half-written, the same bytes every time."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256
from recipe_data.building import build as build_module
from recipe_data.building import converting
from recipe_data.building.build import OUTPUTS, Options, build
from recipe_data.building.keys import normalise_title
from recipe_data.building.selection import dish_family
from recipe_data.demo.compose import write_corpus
from recipe_data.schema import ANSWER_SCHEMA

ROWS = 160


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.csv"
    write_corpus(path, path.with_suffix(".gold.jsonl"), rows=ROWS, seed=3)
    return path


@pytest.fixture(scope="module")
def built(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("built") / "data"
    build(corpus, output, Options())
    return output


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file, hidden ones too."""
    return {path.name: sha256(path) for path in folder.iterdir()}


def test_every_row_is_used_or_rejected_with_a_reason(corpus: Path, built: Path) -> None:
    recipes, rejected = rows(built / "recipes.jsonl"), rows(built / "rejected.jsonl")
    gold = rows(corpus.with_suffix(".gold.jsonl"))
    expected = {g["row"]: g["expected"] for g in gold if g["expected"] != "kept"}
    assert {r["row"]: r["reason"] for r in rejected} == expected
    assert len(recipes) + len(rejected) == ROWS
    facts = read_manifest(built)["build"]
    assert facts["rows"]["read"] == ROWS
    assert facts["rows"]["rejected"] == Counter(expected.values())
    assert facts["sha256"] == {name: sha256(built / name) for name in OUTPUTS}


def test_splits_hold_every_recipe_once_and_no_title_twice(built: Path) -> None:
    recipes = rows(built / "recipes.jsonl")
    sides: dict[str, set[str]] = {}
    for recipe in recipes:
        sides.setdefault(normalise_title(recipe["title"]), set()).add(recipe["split"])
    assert all(len(side) == 1 for side in sides.values())
    for split in ("train", "validation", "test"):
        ids = [f"{r['id']}-recipe" for r in recipes if r["split"] == split]
        assert [row["id"] for row in rows(built / f"{split}.jsonl")] == ids != []
    assert len({recipe["id"] for recipe in recipes}) == len(recipes)


def test_chat_rows_are_valid_and_pretraining_sees_the_train_split_only(built: Path) -> None:
    for split in ("train", "validation", "test"):
        for row in rows(built / f"{split}.jsonl"):
            text = row["messages"][-1]["content"]
            jsonschema.validate(json.loads(text), ANSWER_SCHEMA)
            assert {span["kind"] for span in row["spans"]} >= {"ingredient", "quantity", "action"}
            assert all(text[s["start"] : s["end"]].strip() for s in row["spans"])
    train = [r for r in rows(built / "recipes.jsonl") if r["split"] == "train"]
    texts = [row["text"] for row in rows(built / "pretrain.jsonl")]
    for text, recipe in zip(texts, train, strict=True):
        prose = not text.startswith('{"title":')
        assert (text.split("\n")[0] if prose else json.loads(text)["title"]) == recipe["title"]
    assert 0.3 < sum(text.startswith("{") for text in texts) / len(texts) < 0.7
    assert any(" c. " in text or " cup" in text for text in texts)


@pytest.mark.heavy
def test_same_source_same_bytes_and_a_second_run_does_nothing(
    corpus: Path, built: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    facts = build(corpus, again, Options())
    assert contents(again) == contents(built)
    before = {path: path.stat().st_mtime_ns for path in again.iterdir()}
    assert build(corpus, again, Options()) == facts
    assert {path: path.stat().st_mtime_ns for path in again.iterdir()} == before
    (again / "test.jsonl").unlink()
    build(corpus, again, Options())
    assert contents(again) == contents(built)


def test_an_output_with_another_build_or_foreign_files_is_refused(
    corpus: Path, built: Path, tmp_path: Path
) -> None:
    with pytest.raises(TopochefError, match=r"already holds another run \(build: seed differ\)"):
        build(corpus, built, Options(seed=8))
    (tmp_path / "train.jsonl").write_text("mine")
    with pytest.raises(TopochefError, match=r"holds train\.jsonl, which no recorded build wrote"):
        build(corpus, tmp_path, Options())
    assert (tmp_path / "train.jsonl").read_text() == "mine"
    with pytest.raises(TopochefError, match="is a file: give a folder"):
        build(corpus, tmp_path / "train.jsonl", Options())


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    output = tmp_path / "data"
    with pytest.raises(TopochefError, match=r"none\.csv does not exist"):
        build(tmp_path / "none.csv", output, Options())
    source = tmp_path / "few.jsonl"
    recipe = {"title": "Rice", "ingredients": ["rice"], "directions": ["Boil."]}
    source.write_text(json.dumps(recipe))
    with pytest.raises(TopochefError, match="leave train and validation empty"):
        build(source, output, Options())
    source.write_text("{")
    with pytest.raises(TopochefError, match=r"no recipe could be kept.*broken JSON"):
        build(source, output, Options())
    assert not output.exists()


def test_files_that_were_there_stay(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "data"
    output.mkdir()
    shutil.copy(corpus, output / "corpus.csv")
    (output / "manifest.json").write_text('{"demo-corpus": {"rows": 160}}')
    build(output / "corpus.csv", output, Options())
    assert set(contents(output)) == {"corpus.csv", "manifest.json", *OUTPUTS}
    assert set(read_manifest(output)) == {"demo-corpus", "build"}
    assert sha256(output / "corpus.csv") == sha256(corpus)


def test_dishes_select_and_the_rest_is_counted(corpus: Path, tmp_path: Path) -> None:
    facts = build(corpus, tmp_path / "data", Options(dishes=frozenset({"rice"})))
    recipes = rows(tmp_path / "data" / "recipes.jsonl")
    assert {dish_family(recipe["title"]) for recipe in recipes} == {"rice"}
    assert facts["rows"]["rejected"]["not a chosen dish"] > ROWS / 3
    assert facts["rows"]["kept"] + sum(facts["rows"]["rejected"].values()) == ROWS


def test_titles_and_dishes_select_together(corpus: Path, tmp_path: Path) -> None:
    facts = build(corpus, tmp_path / "title", Options(title="RICE|risotto|pilaf"))
    assert all(
        any(word in recipe["title"].lower() for word in ("rice", "risotto", "pilaf"))
        for recipe in rows(tmp_path / "title" / "recipes.jsonl")
    )
    assert facts["inputs"]["title"] == "RICE|risotto|pilaf"
    both = Options(dishes=frozenset({"rice"}), title="RICE|risotto|pilaf")
    rejected = build(corpus, tmp_path / "both", both)["rows"]["rejected"]
    assert rejected["not a chosen dish"] > 0
    assert sum(facts["rows"]["rejected"].values()) <= sum(rejected.values())
    with pytest.raises(TopochefError, match=r"already holds another run \(build: title differ\)"):
        build(corpus, tmp_path / "title", Options())


def test_limit_draws_the_same_recipes_from_any_order_of_rows(corpus: Path, tmp_path: Path) -> None:
    with corpus.open(encoding="utf-8", newline="") as file:
        header, *body = csv.reader(file)
    reversed_path = tmp_path / "reversed.csv"
    with reversed_path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *reversed(body)])
    facts = build(corpus, tmp_path / "one", Options(limit=60))
    build(reversed_path, tmp_path / "two", Options(limit=60))
    build(corpus, tmp_path / "three", Options(limit=60, seed=8))
    drawn = [
        {(r["id"], r["split"]) for r in rows(tmp_path / name / "recipes.jsonl")}
        for name in ("one", "two", "three")
    ]
    assert drawn[0] == drawn[1]
    assert {i for i, _ in drawn[0]} != {i for i, _ in drawn[2]}
    assert 50 <= len(drawn[0]) <= 60
    assert facts["rows"]["read"] == ROWS
    assert facts["rows"]["rejected"]["not drawn"] >= ROWS - 60 - 20


def test_test_rows_are_as_asked(corpus: Path, tmp_path: Path) -> None:
    assert build(corpus, tmp_path / "data", Options(test_rows=40))["splits"]["test"] == 40


KILLED_AT = [
    ("converting.convert", 1),
    ("converting.convert", 100),
    ("largest_similarity", 1),
    ("update_manifest", 1),
    *(("os.replace", call) for call in range(1, 10)),
    ("shutil.rmtree", 2),
]


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "call"), KILLED_AT)
def test_a_killed_build_runs_again_to_the_same_bytes(
    corpus: Path, built: Path, tmp_path: Path, name: str, call: int
) -> None:
    output = tmp_path / "data"
    assert _killed(lambda: build(corpus, output, Options()), name, call)
    if "build" in read_manifest(output):
        assert all(sha256(output / f) == sha256(built / f) for f in OUTPUTS)
    build(corpus, output, Options())
    assert contents(output) == contents(built)


def _killed(command: Callable[[], object], name: str, call: int) -> bool:
    """Run `command` in a child that dies by SIGKILL at the given call; tell whether it did."""
    child = os.fork()
    if child == 0:
        target = (
            build_module
            if "." not in name
            else {"os": os, "shutil": shutil, "converting": converting}[name[: name.index(".")]]
        )
        attribute = name.rpartition(".")[2]
        original, calls = getattr(target, attribute), iter(range(1, 1000))

        def deadly(*args: Any, **kwargs: Any) -> Any:
            if next(calls) == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **kwargs)

        setattr(target, attribute, deadly)
        command()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def texts_by_title(folder: Path) -> dict[str, str]:
    """Return the text for pretraining of every title."""
    texts = [row["text"] for row in rows(folder / "pretrain.jsonl")]
    return {
        json.loads(text)["title"] if text.startswith('{"title":') else text.split("\n")[0]: text
        for text in texts
    }


@pytest.mark.heavy
def test_other_dishes_are_read_in_pretraining_alone(corpus: Path, tmp_path: Path) -> None:
    chosen = Options(dishes=frozenset({"rice"}))
    build(corpus, tmp_path / "without", chosen)
    facts = build(corpus, tmp_path / "with", chosen._replace(others=30), workers=2)
    before, after = (texts_by_title(tmp_path / name) for name in ("without", "with"))
    others = {title: text for title, text in after.items() if title not in before}
    families = {dish_family(title) for title in others}
    assert "rice" not in families
    assert len(families) > 1
    assert 20 <= len(others) <= facts["others"]["texts"] <= 30
    for name in ("recipes.jsonl", "rejected.jsonl", "train.jsonl", "validation.jsonl"):
        assert sha256(tmp_path / "with" / name) == sha256(tmp_path / "without" / name)
    with pytest.raises(TopochefError, match="all dishes leave no others"):
        build(corpus, tmp_path / "all", Options(others=30))


def test_another_dish_like_a_held_out_one_is_left_out(tmp_path: Path) -> None:
    """The same eleven ingredients under two titles, of which one names no rice."""

    def recipe(number: int, title: str) -> str:
        ingredients = [f"{n} g {food}{number}" for n, food in enumerate("abcdefghijk", 1)]
        directions = [f"Stir for {number + 1} minutes."]
        return json.dumps({"title": title, "ingredients": ingredients, "directions": directions})

    source = tmp_path / "twins.jsonl"
    names = [chr(97 + number // 26) + chr(97 + number % 26) for number in range(80)]
    twins = [
        recipe(n, f"{kind} {name}") for n, name in enumerate(names) for kind in ("Rice", "Pot")
    ]
    source.write_text("\n".join(twins))
    chosen = Options(dishes=frozenset({"rice"}), others=80)
    facts = build(source, tmp_path / "data", chosen)
    held_out = facts["splits"]["validation"] + facts["splits"]["test"]
    assert facts["others"] == {"texts": 80 - held_out, "alike_to_held_out": held_out}
    trained = {
        row["title"][5:]
        for row in rows(tmp_path / "data" / "recipes.jsonl")
        if row["split"] == "train"
    }
    assert {
        title[4:] for title in texts_by_title(tmp_path / "data") if title.startswith("Pot")
    } == trained
