"""The demo corpus: RecipeNLG's form, repeatable bytes, correct gold, sensible cooking."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from demo_terms import MEAT

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl
from recipe_data.demo.compose import HEADER, compose_rows, write_corpus
from recipe_data.demo.dirt import DIRT, Draft
from recipe_data.demo.faults import FAULTS
from recipe_data.demo.knowledge import dishes


class Corpus(NamedTuple):
    csv_path: Path
    gold_path: Path
    facts: dict[str, Any]
    cells: list[list[str]]
    gold: list[dict[str, Any]]

    @property
    def kept(self) -> list[tuple[list[str], dict[str, Any]]]:
        pairs = zip(self.cells, self.gold, strict=True)
        return [(cells, gold) for cells, gold in pairs if gold["expected"] == "kept"]

    @property
    def of_dishes(self) -> list[dict[str, Any]]:
        """Gold of the kept rows whose dish stands in the knowledge base."""
        return [gold for _, gold in self.kept if gold["pattern"] is None]


def read_cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.reader(f))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("demo")
    csv_path, gold_path = folder / "corpus.csv", folder / "corpus.gold.jsonl"
    known = write_corpus(csv_path, gold_path)
    gold = list(read_jsonl(gold_path, "recipe-data demo-corpus"))
    return Corpus(csv_path, gold_path, known, read_cells(csv_path)[1:], gold)


def test_the_csv_has_recipenlg_form(corpus: Corpus) -> None:
    header, *rows = read_cells(corpus.csv_path)
    assert tuple(header) == HEADER
    assert corpus.csv_path.read_bytes().startswith(
        b",title,ingredients,directions,link,source,NER\n"
    )
    assert [row[0] for row in rows] == [str(i) for i in range(2400)]
    assert {len(row) for row in rows} == {7}
    for cells, _ in corpus.kept:
        for column in (2, 3, 6):
            values = json.loads(cells[column])
            assert values
            assert all(isinstance(value, str) and value for value in values)
            assert cells[column].isascii()


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> bytes:
        paths = tmp_path / f"{name}.csv", tmp_path / f"{name}.jsonl"
        write_corpus(*paths, rows=150, seed=seed)
        return b"\0".join(path.read_bytes() for path in paths)

    assert written("a", seed=3) == written("b", seed=3)
    assert written("a", seed=3) != written("c", seed=4)


def test_every_dish_has_rows_under_many_titles(corpus: Corpus) -> None:
    titles = defaultdict(list)
    for gold in corpus.of_dishes:
        titles[gold["dish"]].append(gold["title"].lower())
    assert len(titles) == len(dishes())
    fewest, most = (f(map(len, titles.values())) for f in (min, max))
    assert fewest >= 1
    assert most - fewest <= 4
    distinct = [len(set(of_dish)) / len(of_dish) for of_dish in titles.values()]
    assert sum(distinct) / len(distinct) > 0.75


def test_no_two_kept_rows_are_the_same_recipe(corpus: Corpus) -> None:
    contents = [
        (gold["title"].lower(), *((i["name"], i["quantity"]) for i in gold["ingredients"]))
        for _, gold in corpus.kept
    ]
    assert len(set(contents)) == len(contents)


def test_gold_is_aligned_with_the_rows(corpus: Corpus) -> None:
    assert [gold["row"] for gold in corpus.gold] == list(range(1, 2401))
    for cells, gold in corpus.kept:
        lines = json.loads(cells[2])
        headers = "section_header" in gold["dirt"]
        assert [i["line"] for i in gold["ingredients"]] == lines[headers:]
        if not gold["dirt"]:
            assert cells[1] == gold["title"]
            directions = json.loads(cells[3])
            steps = [step["text"] for step in gold["steps"]]
            assert directions[: len(steps)] == steps
            assert len(directions) - len(steps) in (0, 1)


def test_faults_are_what_gold_says(corpus: Corpus) -> None:
    expected = corpus.facts["expected"]
    assert set(expected) == {"kept", "duplicate", *FAULTS}
    assert 0.015 < 1 - expected["kept"] / 2400 < 0.025
    for cells, gold in zip(corpus.cells, corpus.gold, strict=True):
        if gold["expected"] == "broken JSON":
            with pytest.raises(json.JSONDecodeError):
                json.loads(cells[2])
        elif gold["expected"] == "no title":
            assert cells[1] == ""
        elif gold["expected"] in ("no ingredients", "no directions"):
            assert "[]" in cells[2:4]
        elif gold["expected"] == "duplicate":
            assert sum(cells[1:] == others[1:] for others in corpus.cells) >= 2


def test_dirt_is_frequent_and_most_rows_are_clean(corpus: Corpus) -> None:
    dirt = corpus.facts["dirt"]
    assert {name for name, _, _ in DIRT} <= set(dirt)
    assert {"range", "dual_measure", "vulgar_fraction", "hyphenated_fraction"} <= set(dirt)
    assert 0.5 < dirt["none"] / 2400 < 0.75
    assert any("<|" in cells[1] for cells, _ in corpus.kept)


@pytest.mark.parametrize(("name", "apply"), [(name, apply) for name, _, apply in DIRT])
def test_each_dirt_changes_text_but_loses_no_line(name: str, apply: Any) -> None:
    draft = Draft(
        title="Nonna's Mac and Cheese",
        lines=("1/2 c. butter", "2 cups whole milk", "1 c. long-grain rice"),
        directions=("Bake at 350°F for 10-12 minutes.", "Serve."),
    )
    changed = apply(draft, Random(1))
    assert changed != draft, name
    assert len(changed.lines) == 3
    assert all(changed.lines)


def test_recipes_are_short_enough_for_a_small_model(corpus: Corpus) -> None:
    for _, gold in corpus.kept:
        assert 4 <= len(gold["ingredients"]) <= 10, gold["title"]
        assert 3 <= len(gold["steps"]) <= 7, gold["title"]
        longest = max((step["text"] for step in gold["steps"]), key=len)
        assert len(longest) <= 112, longest


def test_times_and_temperatures_of_gold_are_the_printed_ones(corpus: Corpus) -> None:
    for _, gold in corpus.kept:
        for step in gold["steps"]:
            heat = re.search(r"(\d{3})(?:°| degrees)", step["text"])
            assert (step["celsius"] is None) == (heat is None)
            if heat:
                assert step["celsius"] == pytest.approx((int(heat[1]) - 32) / 1.8, abs=0.01)
            minutes = re.search(r"(\d+)(?: to |-)?(\d+)? min", step["text"])
            if minutes:
                assert step["minutes"] == int(minutes[1])
                assert step["minutes_max"] == (int(minutes[2]) if minutes[2] else None)


def test_servings_are_stated_where_gold_says_so(corpus: Corpus) -> None:
    words = {2: "Two", 3: "Three", 4: "Four", 6: "Six", 8: "Eight"}
    stated = 0
    for cells, gold in corpus.kept:
        served = gold["servings"]
        last = json.loads(cells[3])[-1].replace("\u00a0", " ")
        says = re.search(rf"(?:Serves {served}|: {served} serv\w+|Makes {served} serv\w+)\.$", last)
        says = says or re.search(rf"for {words[served]}|\(Serves {served}\)", gold["title"])
        assert bool(says) == gold["servings_stated"]
        stated += gold["servings_stated"]
    assert stated / len(corpus.kept) > 0.8


def test_a_meatless_title_keeps_its_promise(corpus: Corpus) -> None:
    promised = 0
    for _, gold in corpus.kept:
        if re.search(r"\b(?:Vegetarian|Meatless|Veggie)\b", gold["title"]):
            promised += 1
            for ingredient in gold["ingredients"]:
                name = ingredient["name"]
                assert not MEAT.search(name) or re.match(r"plant-based|meatless|vegetar", name), (
                    name
                )
    assert promised > 50


def test_a_title_names_an_extra_only_if_it_was_chosen(corpus: Corpus) -> None:
    extras = {dish.name: {i.key: i.name for i in dish.items if i.optional} for dish in dishes()}
    base = {dish.name: dish.titles for dish in dishes()}
    named = 0
    for gold in corpus.of_dishes:
        title = gold["title"]
        for written in sorted(base[gold["dish"]], key=len, reverse=True):
            title = title.replace(written, "")
        for key, name in extras[gold["dish"]].items():
            if re.search(rf"(?:with|and) {key.replace('_', ' ')}\b", title, re.IGNORECASE):
                named += 1
                assert any(i["name"].startswith(name[:-2]) for i in gold["ingredients"]), title
    assert named > 100


def test_an_empty_corpus_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match="at least 1"):
        write_corpus(tmp_path / "corpus.csv", tmp_path / "gold.jsonl", rows=0)
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        yield next(compose_rows(1, seed=1))
        raise KeyboardInterrupt

    monkeypatch.setattr("recipe_data.demo.compose.compose_rows", fails)
    with pytest.raises(KeyboardInterrupt):
        write_corpus(tmp_path / "corpus.csv", tmp_path / "gold.jsonl")
    assert list(tmp_path.iterdir()) == []
