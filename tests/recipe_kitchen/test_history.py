"""What was cooked is kept: by the commands, beside other writers, and on disks that fail."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from scripted_backend import ScriptedBackend

from recipe_base.errors import TopochefError
from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.sources import read_source
from recipe_data.schema import RawRecipe
from recipe_kitchen import cook
from recipe_kitchen.answers import Answer
from recipe_kitchen.cook import main
from recipe_kitchen.cooking.card import card
from recipe_kitchen.cooking.keeping import file as keeping_file
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.keeping.place import default_file
from recipe_kitchen.cooking.keeping.record import to_record
from recipe_kitchen.cooking.order import take_order
from recipe_kitchen.cooking.ready import ReadyRecipe, plate
from recipe_kitchen.cooking.texts import as_json, as_markdown

STEW = Answer(("500 g pumpkin", "1 onion", "30 g butter"), ("Braise the pumpkin for 40 minutes.",))
TART = Answer(("200 g flour", "100 g crème fraîche"), ("Bake the dough at 190 °C.",))
PANCAKES = Answer(("200 g flour", "3 eggs"), ("Fry the batter in a hot pan.",))


def dish(title: str, answer: Answer, **order: object) -> ReadyRecipe:
    return plate(take_order(title, **order), answer, "scripted")  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history that is not there yet, in a folder that is not there yet."""
    return tmp_path / "kept" / "history.sqlite"


@pytest.fixture
def history(path: Path) -> History:
    """Three recipes: 1 a stew, 2 a tart, 3 pancakes."""
    made = History(path, lambda: datetime(2031, 5, 6, 17, 30, tzinfo=UTC))
    made.keep(dish("pumpkin stew", STEW, servings=4, have="onion", avoid="milk", diet="veg"))
    made.keep(dish("alsatian tart", TART))
    made.keep(dish("pancakes", PANCAKES, servings=2))
    return made


@pytest.fixture
def cooking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `recipe-cook` ask a model that always writes the stew."""
    backend = ScriptedBackend.cooking(STEW.ingredients, STEW.instructions)
    monkeypatch.setattr(cook, "open_backend", lambda *_: (backend, "scripted"))


def rendered(dish: ReadyRecipe) -> str:
    console = Console(width=100, file=io.StringIO())
    console.print(card(dish))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


# Keeping


def test_a_dish_comes_back_as_it_was_shown(path: Path) -> None:
    cooked = dish(
        "pumpkin stew", STEW, servings=30, have="onion", avoid="milk, zorblax", diet="veg"
    )
    assert cooked.doubts
    assert len(cooked.notes) > 2
    history = History(path)
    again = history.one(history.keep(cooked)).dish
    assert rendered(again) == rendered(cooked)
    assert as_json(again) == as_json(cooked)
    assert as_markdown(again) == as_markdown(cooked)


def test_every_field_of_a_dish_is_kept() -> None:
    kept = set(json.loads(to_record(dish("stew", STEW))))
    assert kept == {field.name for field in fields(ReadyRecipe)} - {"read"}


def test_only_its_owner_may_read_it(history: History) -> None:
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700


def test_the_newest_is_listed_first_and_numbers_are_not_given_again(history: History) -> None:
    assert [(entry.id, entry.title, entry.servings) for entry in history.entries()] == [
        (3, "Pancakes", 2),
        (2, "Alsatian Tart", None),
        (1, "Pumpkin Stew", 4),
    ]
    assert history.entries(limit=1)[0].cooked_at == "2031-05-06T17:30:00+00:00"
    history.delete([3])
    assert history.keep(dish("pancakes", PANCAKES)) == 4


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("pumpkins", [1]),
        ("PUMPK", [1]),
        ("creme fraiche", [2]),
        ("flour", [3, 2]),
        ("flour egg", [3]),
        ("tart braise", []),
        ("braising", [1]),
        ('flour" OR "onion', []),
        ("NEAR(flour, eggs)", []),
        ("title:tart", []),
        ("-- ; *", []),
        ("½", []),
    ],
)
def test_a_search_is_for_words_and_nothing_but_words(
    history: History, words: str, found: list[int]
) -> None:
    assert [entry.id for entry in history.entries(words)] == found


def test_what_the_title_says_comes_before_what_a_line_says(history: History) -> None:
    history.keep(dish("flour soup", STEW))
    assert history.entries("flour")[0].id == 4


def test_favourites_are_starred_and_unstarred(history: History) -> None:
    history.star([1, 3])
    assert [entry.id for entry in history.entries(favourites=True)] == [3, 1]
    assert [entry.id for entry in history.entries("flour", favourites=True)] == [3]
    history.star([3], favourite=False)
    assert [kept.entry.id for kept in history.all(favourites=True)] == [1]


@pytest.mark.parametrize("absent", [0, 9, -1, 1 << 63, 1 << 80])
def test_what_is_not_there_is_told_and_nothing_else_changed(history: History, absent: int) -> None:
    for change in (history.star, history.delete):
        with pytest.raises(TopochefError, match=f"no recipe {absent} in .*history.sqlite"):
            change([2, absent])
    with pytest.raises(TopochefError, match="no recipe"):
        history.one(absent)
    assert len(history.entries()) == 3
    assert not history.entries(favourites=True)


def test_what_is_deleted_leaves_no_trace_in_the_file(history: History) -> None:
    assert b"pumpkin" in history.path.read_bytes().lower()
    history.delete([1])
    assert b"pumpkin" not in history.path.read_bytes().lower()
    assert not history.entries("pumpkin")
    assert history.clear() == 2
    assert not history.entries()
    assert b"flour" not in history.path.read_bytes().lower()


def test_it_lies_where_the_platform_keeps_such_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_file() == tmp_path / "topochef" / "history.sqlite"
    monkeypatch.setenv("HOME", "/home/someone")
    for unset in ("", "relative/folder"):
        monkeypatch.setenv("XDG_DATA_HOME", unset)
        monkeypatch.setattr(sys, "platform", "linux")
        assert str(default_file()) == "/home/someone/.local/share/topochef/history.sqlite"
        monkeypatch.setattr(sys, "platform", "darwin")
        assert "/home/someone/Library/Application Support/topochef" in str(default_file())


# The commands


@pytest.mark.usefixtures("cooking")
def test_cooking_keeps_and_the_commands_find_it_again(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--history", str(path)]
    assert main(["history", *where]) == 0
    assert "nothing was cooked yet" in capsys.readouterr().out
    assert not path.exists()
    assert main(["pumpkin stew", "--json", *where]) == 0
    assert main(["pumpkin pie", "--avoid", "milk", *where]) == 0
    cooked = capsys.readouterr().out
    assert main(["history", *where]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split()[0] == "2"
    assert "Pumpkin Pie" in first
    assert "Pumpkin Stew" in second
    assert main(["history", "show", "2", *where]) == 0
    assert cooked.endswith(capsys.readouterr().out)
    assert main(["history", *where, "show", "1", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Pumpkin Stew\n")
    assert main(["history", "star", "1", *where]) == 0
    assert main(["history", "list", "--favourites", *where]) == 0
    assert "★" in capsys.readouterr().out
    assert main(["history", "search", "pie", *where]) == 0
    assert "Pumpkin Pie" in capsys.readouterr().out
    assert main(["history", "search", "lasagne", *where]) == 0
    assert "no recipe holds" in capsys.readouterr().out
    assert main(["history", "unstar", "1", *where]) == 0
    assert main(["history", "delete", "1", *where]) == 0
    assert main(["history", "show", "1", *where]) == 1
    assert "no recipe 1" in capsys.readouterr().err
    assert main(["history", "delete", *where]) == 1
    assert "--all" in capsys.readouterr().err
    assert main(["history", "delete", "--all", *where]) == 0
    assert capsys.readouterr().out == "1 deleted\n"


@pytest.mark.usefixtures("cooking")
def test_no_history_means_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["stew", "--json", "--no-history"]) == 0
    assert not list(tmp_path.iterdir())
    assert main(["stew", "--json"]) == 0
    assert [file.name for file in tmp_path.rglob("*.*")] == ["history.sqlite"]
    with pytest.raises(SystemExit):
        main(["stew", "--no-history", "--history", "x"])


@pytest.mark.parametrize("favourites", [False, True])
def test_an_export_is_a_cookbook_that_the_data_stage_reads(
    history: History, tmp_path: Path, favourites: bool
) -> None:
    history.star([1, 2])
    output = tmp_path / "out" / "mine.jsonld"
    command = ["history", "export", "--history", str(history.path), "--output", str(output)]
    assert main([*command, *(["--favourites"] if favourites else [])]) == 0
    document = json.loads(output.read_text(encoding="utf-8"))
    assert {recipe["dateCreated"] for recipe in document["@graph"]} == {"2031-05-06T17:30:00+00:00"}
    rows = list(read_source(output))
    kept = [each.dish for each in history.all(favourites)]
    assert len(rows) == len(kept) == (2 if favourites else 3)
    for row, cooked in zip(rows, kept, strict=True):
        assert isinstance(row, RawRecipe)
        cleaned = clean_recipe(row)
        assert isinstance(cleaned, Cleaned), cleaned
        assert cleaned.recipe.title == cooked.title
        assert cleaned.recipe.servings == cooked.servings
        assert row.ingredients == cooked.ingredients
        assert tuple(step.text for step in cleaned.recipe.instructions) == cooked.steps


def test_recipe_data_builds_rows_from_favourites(history: History, tmp_path: Path) -> None:
    from recipe_data.cli import main as data

    history.star([1, 2, 3])
    book = tmp_path / "favourites.jsonld"
    command = ["history", "export", "--favourites", "--history", str(history.path)]
    assert main([*command, "--output", str(book)]) == 0
    built = tmp_path / "built"
    assert data(["build", str(book), "--output", str(built)]) == 0
    rows = [
        json.loads(line)
        for split in ("train", "validation", "test")
        if (built / f"{split}.jsonl").is_file()
        for line in (built / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked = {row["messages"][-2]["content"] for row in rows}
    assert any("Pumpkin Stew" in question for question in asked)
    assert any("Pancakes" in question for question in asked)


def test_there_must_be_something_to_export(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "book.jsonld"
    command = ["history", "export", "--history", str(path), "--output", str(output)]
    assert main(command) == 1
    assert "nothing to export" in capsys.readouterr().err
    assert not output.exists()


# Several writers, and what is wrong with a file


@pytest.mark.heavy
def test_several_processes_write_at_once(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path;"
        "from recipe_kitchen.answers import Answer;"
        "from recipe_kitchen.cooking.keeping.history import History;"
        "from recipe_kitchen.cooking.order import take_order;"
        "from recipe_kitchen.cooking.ready import plate;"
        "history = History(Path(sys.argv[1]));"
        "dish = plate(take_order(f'rice {sys.argv[2]}'), Answer(('200 g rice',), ('Boil.',)));"
        "[history.keep(dish) for _ in range(15)]"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name], stderr=subprocess.PIPE)
        for name in ("a", "b", "c")
    ]
    assert [process.communicate()[1] for process in processes] == [b"", b"", b""]
    entries = History(path).entries()
    assert sorted(entry.id for entry in entries) == list(range(1, 46))
    assert len(History(path).entries("rice")) == 45


def test_a_killed_writer_leaves_what_was_kept_before(history: History) -> None:
    for _ in range(40):  # more than the writer's cache holds, so that the file itself is changed
        history.keep(dish("long", STEW._replace(instructions=("Stir the pot again. " * 200,))))
    script = (
        "import os, sys; from pathlib import Path;"
        "from recipe_kitchen.cooking.keeping.file import writing\n"
        "with writing(Path(sys.argv[1])) as rows:\n"
        "    rows.execute('PRAGMA cache_size = 5')\n"
        "    rows.execute('DELETE FROM dishes')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(history.path)], check=False)
    assert done.returncode == -9
    assert history.path.with_name(f"{history.path.name}-journal").stat().st_size
    assert len(history.entries()) == 43
    assert history.keep(dish("stew", STEW)) == 44


Break = Callable[[Path], None]


def newer(path: Path) -> None:
    with sqlite3.connect(path) as rows:
        rows.execute("PRAGMA user_version = 7")


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def no_database(path: Path) -> None:
    path.write_text("Dear diary, today I cooked a stew. " * 30)


def another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as rows:
        rows.execute("CREATE TABLE bookmarks (address TEXT)")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def below_a_file(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("no folder")


@pytest.mark.usefixtures("cooking")
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (newer, "a newer recipe-cook (its tables are of version 7, this one knows 2): update"),
        (truncated, "move it away, and a new one is begun"),
        (no_database, "move it away, and a new one is begun"),
        (another_program, "belongs to another program: name another file with --history"),
        (a_folder, "name another file with --history"),
        (below_a_file, "name another file with --history"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_cooking_goes_on(
    history: History, spoil: Break, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(history.path)
    before = history.path.read_bytes() if history.path.is_file() else None
    assert main(["stew", "--json", "--history", str(history.path)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["title"] == "Stew"
    (line,) = shown.err.splitlines()
    assert line.startswith("warning: the recipe was not kept: ")
    assert str(history.path) in line
    assert reason in line
    if before is not None:
        assert history.path.read_bytes() == before
        assert main(["history", "show", "2", "--history", str(history.path)]) == 1
        assert str(history.path) in capsys.readouterr().err


def as_somebody_else(work: Callable[[], str]) -> str:
    """Run something as a user who may not write everywhere; return what it returns."""
    reading, answering = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            os.write(answering, work().encode())
        except BaseException as error:
            os.write(answering, repr(error).encode())
        os._exit(0)
    os.close(answering)
    with open(reading, encoding="utf-8") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return told


def test_a_read_only_folder_can_be_read_and_not_written() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not below pytest's, which others cannot enter
        history = History(Path(folder) / "history.sqlite")
        history.keep(dish("pancakes", PANCAKES))
        history.path.chmod(0o444)
        Path(folder).chmod(0o555)

        def keep() -> str:
            with pytest.raises(TopochefError) as told:
                history.keep(dish("stew", STEW))
            return str(told.value)

        assert as_somebody_else(lambda: history.one(1).dish.title) == "Pancakes"
        told = as_somebody_else(keep)
        assert told.startswith(f"{history.path}: you may not write here: change its permissions")
        Path(folder).chmod(0o755)
        history.path.chmod(0o666)
        Path(folder).chmod(0o555)  # the file may be written, but no journal beside it
        assert "change its permissions" in as_somebody_else(keep)
        assert len(history.entries()) == 1
        Path(folder).chmod(0o755)


def test_a_disk_that_is_full_keeps_what_it_had(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def small(*given: object, **named: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)  # type: ignore[call-overload]
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    long = Answer(STEW.ingredients, tuple(f"Stir {word * 30}." for word in "abcdefghijklmnop"))

    def fill() -> None:
        for _ in range(50):
            history.keep(dish("stew", long))

    with pytest.raises(TopochefError, match="the disk is full: free some space"):
        fill()
    monkeypatch.undo()
    (found,) = connect(history.path).execute("PRAGMA integrity_check").fetchone()
    assert found == "ok"
    assert len(history.entries("stew")) == len(history.entries()) - 2


def test_a_disk_that_takes_no_more_bytes_is_told(history: History) -> None:
    script = (
        "import resource, sys;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({history.path.stat().st_size},) * 2);"
        "from recipe_kitchen.cooking.keeping.history import History, keep_or_warn;"
        "from recipe_kitchen.cooking.ready import ReadyRecipe; from pathlib import Path;"
        "big = ReadyRecipe('Rice', 2, ('200 g rice',) * 900, ('Boil it.',) * 900);"
        "keep_or_warn(big, (), History(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(history.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.startswith(f"warning: the recipe was not kept: {history.path}: the disk ")
    assert len(history.entries()) == 3


def test_one_who_writes_for_ever_is_not_waited_for(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_file, "BUSY_SECONDS", 0.05)
    with (
        keeping_file.writing(history.path),
        pytest.raises(TopochefError, match=r"another process has written to it .*: try again"),
    ):
        history.keep(dish("stew", STEW))
    assert len(history.entries()) == 3


def test_a_recipe_that_is_damaged_is_named_and_can_be_deleted(history: History) -> None:
    for damage in ('{"title"', "[]", '{"title": 1}', "[" * 9000):
        with sqlite3.connect(history.path) as rows:
            rows.execute("UPDATE dishes SET dish = ? WHERE id = 2", (damage,))
        with pytest.raises(TopochefError, match=r"recipe 2 of .*: `recipe-cook history delete 2`"):
            history.one(2)
    history.delete([2])
    assert [kept.entry.id for kept in history.all()] == [1, 3]


def test_a_user_without_a_home_cooks_all_the_same(
    monkeypatch: pytest.MonkeyPatch, cooking: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert main(["stew", "--json"]) == 0
    assert "name a file with --history" in capsys.readouterr().err
