"""The drafts beside a recipe: kept at hand, shown without a model, forgotten with it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_kitchen import cook
from recipe_kitchen.answers import Answer
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends import Completion, Engine, Job
from recipe_kitchen.choosing import Choose
from recipe_kitchen.cook import main
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.keeping.record import to_record
from recipe_kitchen.cooking.kitchen import Kitchen
from recipe_kitchen.cooking.order import take_order
from recipe_kitchen.cooking.ready import ReadyRecipe, plate

GOOD = Answer(("200 g rice", "30 g butter"), ("Simmer the rice with the butter for 15 minutes.",))
UNUSED = Answer(("200 g rice", "2 eggs"), ("Simmer the rice for 15 minutes.",))
TWO_UNUSED = Answer(("200 g rice", "2 eggs", "1 leek"), ("Simmer the rice for 15 minutes.",))


class Drafting(Engine):
    """Writes these recipes side by side, the doubtful ones first."""

    parallel = 4

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers or (TWO_UNUSED, UNUSED, GOOD, UNUSED)
        self.asked = 0

    def facts(self) -> dict[str, Any]:
        return {}

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        self.asked += 1
        texts = [to_json(answer._asdict()) for answer in self.answers[: len(jobs)]]
        for job, text in zip(jobs, texts, strict=True):
            if job.on_text:
                job.on_text(text)
        return [Completion(text, "stop", 7, 5, 0.01) for text in texts]


def dish(answer: Answer, title: str = "rice") -> ReadyRecipe:
    return plate(take_order(title), answer, "scripted")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite")


@pytest.fixture
def cooking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Drafting:
    """Have `recipe-cook` ask a model that writes four drafts, two of them alike."""
    backend = Drafting()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(cook, "open_backend", lambda *_: (backend, "scripted"))
    return backend


def others_of(path: Path) -> list[str]:
    with sqlite3.connect(path) as rows:
        return [text for (text,) in rows.execute("SELECT dish FROM others ORDER BY id")]


def test_the_others_are_shown_one_after_the_other_and_kept(history: History) -> None:
    history.keep(dish(GOOD), [dish(UNUSED), dish(TWO_UNUSED)])
    kept, left = history.another()
    assert (kept.entry.id, kept.dish.ingredients, left) == (2, UNUSED.ingredients, 1)
    kept, left = history.another()
    assert (kept.entry.id, kept.dish.ingredients, left) == (3, TWO_UNUSED.ingredients, 0)
    with pytest.raises(TopochefError, match=r"no other draft .*: cook again"):
        history.another()
    assert [entry.id for entry in history.entries("leek")] == [3]
    assert len(history.entries()) == 3


def test_only_those_of_the_last_request_are_at_hand(history: History) -> None:
    history.keep(dish(GOOD), [dish(UNUSED)])
    history.keep(dish(GOOD, "rice soup"))
    with pytest.raises(TopochefError, match="no other draft"):
        history.another()


@pytest.mark.parametrize("forget", [lambda h: h.delete([1]), lambda h: h.clear()])
def test_who_deletes_a_recipe_deletes_its_drafts(history: History, forget: Any) -> None:
    history.keep(dish(GOOD), [dish(UNUSED._replace(ingredients=("1 g zorblax",)))])
    assert b"zorblax" in history.path.read_bytes()
    forget(history)
    assert others_of(history.path) == []
    assert b"zorblax" not in history.path.read_bytes()


def test_a_damaged_draft_is_told(history: History) -> None:
    history.keep(dish(GOOD), [dish(UNUSED)])
    with sqlite3.connect(history.path) as rows:
        rows.execute("UPDATE others SET dish = '{'")
    with pytest.raises(TopochefError, match=r"a draft in .* is damaged: cook again"):
        history.another()
    assert len(history.entries()) == 1


VERSION_1 = (
    "CREATE TABLE dishes (id INTEGER PRIMARY KEY AUTOINCREMENT, cooked_at TEXT NOT NULL,"
    " title TEXT NOT NULL, servings INTEGER, favourite INTEGER NOT NULL DEFAULT 0,"
    " dish TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE words USING fts5(title, ingredients, steps,"
    " tokenize = 'porter unicode61 remove_diacritics 2')",
    "PRAGMA user_version = 1",
    f"PRAGMA application_id = {int.from_bytes(b'Topo')}",
)


def test_a_history_of_the_first_version_goes_on(history: History) -> None:
    with sqlite3.connect(history.path) as rows:
        for statement in VERSION_1:
            rows.execute(statement)
        record = to_record(dish(GOOD))
        values = ("2026-01-01T10:00:00+00:00", "Rice", None, record)
        rows.execute(
            "INSERT INTO dishes (cooked_at, title, servings, dish) VALUES (?, ?, ?, ?)", values
        )
        rows.execute("INSERT INTO words (rowid, title) VALUES (1, 'Rice')")
    before = history.path.read_bytes()
    assert history.one(1).dish.ingredients == GOOD.ingredients
    assert history.path.read_bytes() == before  # whoever reads changes nothing
    with pytest.raises(TopochefError, match="no other draft"):
        history.another()
    history.keep(dish(UNUSED), [dish(TWO_UNUSED)])
    assert sorted(entry.id for entry in history.entries("rice")) == [1, 2]
    assert history.another()[0].entry.id == 3
    with sqlite3.connect(history.path) as rows:
        assert rows.execute("PRAGMA user_version").fetchone() == (2,)


def test_another_asks_no_model(cooking: Drafting, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rice"]) == 0
    told = capsys.readouterr()
    assert "butter" in told.out
    assert told.err == "2 other drafts: recipe-cook --another\n"  # two were alike
    assert main(["--another", "--json"]) == 0
    told = capsys.readouterr()
    assert (json.loads(told.out)["ingredients"], told.err) == (list(UNUSED.ingredients), "")
    assert main(["--another"]) == 0
    told = capsys.readouterr()
    assert "leek" in told.out
    assert not told.err
    assert main(["--another"]) == 1
    assert "cook again, with another --seed" in capsys.readouterr().err
    assert cooking.asked == 1


def test_without_a_history_nothing_is_at_hand(
    cooking: Drafting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rice", "--no-history"]) == 0
    assert "another" not in capsys.readouterr().err
    assert not (tmp_path / "topochef").exists()
    assert main(["--another", "--no-history"]) == 1
    assert "leave --no-history out" in capsys.readouterr().err
    assert main(["rice", "--another"]) == 1
    assert "leave them out" in capsys.readouterr().err


@pytest.mark.parametrize("keeps", [True, False])
def test_the_page_shows_them_with_and_without_a_history(history: History, keeps: bool) -> None:
    backend = Drafting()
    kept = history if keeps else None
    kitchen = Kitchen(backend, "scripted", Decoder(99, choose=Choose("best", 4)), kept)
    events: list[dict[str, Any]] = []
    kitchen.cook({"title": "rice"}, events.append)
    assert events[0] == {"draft": 1, "together": 4}
    done = events[-1]
    assert (done["dish"]["lines"], done["others"]) == (GOOD.ingredients, 2)
    second = kitchen.another({"request": done["request"]})
    assert (second["dish"]["lines"], second["others"]) == (UNUSED.ingredients, 1)
    third = kitchen.another({"request": done["request"]})
    assert (third["dish"]["lines"], third["others"]) == (TWO_UNUSED.ingredients, 0)
    numbers = [done.get("number"), second.get("number"), third.get("number")]
    assert numbers == ([1, 2, 3] if keeps else [None] * 3)
    with pytest.raises(TopochefError, match="cook it again"):
        kitchen.another({"request": done["request"]})
    kitchen.cook({"title": "rice soup"}, events.append)
    with pytest.raises(TopochefError, match="cook it again"):
        kitchen.another({"request": done["request"]})  # of another tab
    assert backend.asked == 2
