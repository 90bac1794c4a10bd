"""Reading sources: every row is used or rejected with a reason, whatever is wrong with the file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_data.building.sources import CSV_HEADER, MAX_ROW_BYTES, read_source
from recipe_data.schema import RawRecipe, Rejection

HEADER = ",".join(CSV_HEADER).encode() + b"\n"


def row(title: str = "Pea Risotto", index: int = 0, **cells: str) -> bytes:
    values = {
        "ingredients": json.dumps(["1 c. rice", "2 c. peas"]),
        "directions": json.dumps(["Boil the rice.", "Add the peas."]),
        "link": "www.example.com/1",
        "source": "Gathered",
        "NER": json.dumps(["rice", "peas"]),
        **cells,
    }
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([index, title, *values.values()])
    return text.getvalue().encode()


def read(path: Path, data: bytes) -> list[RawRecipe | Rejection]:
    path.write_bytes(data)
    return list(read_source(path))


def outcomes(path: Path, data: bytes) -> list[str]:
    """Return the title of every row that is used and the reason of every other."""
    return [r.title if isinstance(r, RawRecipe) else r.reason for r in read(path, data)]


@pytest.fixture
def csv_path(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def test_a_row_becomes_a_raw_recipe_verbatim(csv_path: Path) -> None:
    assert read(csv_path, HEADER + row("Crème Br\u00fbl\u00e9e  ")) == [
        RawRecipe(
            row=1,
            title="Crème Brûlée  ",
            ingredients=("1 c. rice", "2 c. peas"),
            directions=("Boil the rice.", "Add the peas."),
            source="www.example.com/1",
            ner=("rice", "peas"),
        )
    ]


def test_json_lines_have_the_same_rows_plain_or_zipped(tmp_path: Path) -> None:
    recipe = {
        "title": "Pea Risotto",
        "ingredients": ["1 c. rice"],
        "directions": ["Boil."],
        "source_repo": "someone/recipes",
        "url": "",
    }
    data = (json.dumps(recipe) + "\n\n" + json.dumps({**recipe, "title": None}) + "\n").encode()
    plain = read(tmp_path / "rows.jsonl", data)
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(data))
    assert plain == list(read_source(tmp_path / "rows.jsonl.gz"))
    assert plain[0] == RawRecipe(1, "Pea Risotto", ("1 c. rice",), ("Boil.",), "someone/recipes")
    assert isinstance(plain[1], RawRecipe)
    assert plain[1].title == ""


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("rows.csv", b"id,name\n1,x\n", r"the header is 'id,name', expected ,title,ingredients"),
        ("rows.csv", b"", "is empty"),
        ("rows.xlsx", b"", "unknown kind of source"),
        ("rows.csv.gz", gzip.compress(HEADER + row() * 50)[:-40], "damaged or cut off"),
        ("rows.jsonl.gz", b"no gzip at all", "damaged or cut off"),
    ],
)
def test_an_unusable_file_is_named_with_a_remedy(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    with pytest.raises(TopochefError, match=message) as caught:
        read(tmp_path / name, data)
    assert str(tmp_path / name) in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(TopochefError, match=r"none\.csv does not exist"):
        list(read_source(tmp_path / "none.csv"))
    with pytest.raises(TopochefError, match=r"folder\.csv cannot be read"):
        list(read_source(tmp_path / "folder.csv"))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (row(ingredients='["1 c. rice", "2 c'), "broken JSON"),
        (row(directions="[" * 50_000), "broken JSON"),
        (row(directions='{"heat": 9}'), "not a list of strings"),
        (row(directions="[4]"), "not a list of strings"),
        (row(ingredients='["rice", 5]'), "not a list of strings"),
        (row("Caf@").replace(b"@", "é".encode() + b"\xe9"), "invalid UTF-8"),
        (row("Soup@").replace(b"@", b"\0"), "NUL bytes"),
        (b"1,Title,[]\n", "wrong number of columns"),
        (row(ingredients=json.dumps(["x" * 10_000_000])), "row too long"),
        (b'1,"An open quote,"[""a""]","[""b""]",l,s,"[]"\n', "wrong number of columns"),
    ],
)
def test_a_bad_row_is_rejected_and_its_neighbours_are_read(
    csv_path: Path, fault: bytes, reason: str
) -> None:
    found = outcomes(csv_path, HEADER + row("First") + fault + row("Last", 2))
    assert found == ["First", reason, "Last"]


@pytest.mark.parametrize("key", ["title", "ingredients"])
def test_bad_json_lines_are_rejected_one_by_one(tmp_path: Path, key: str) -> None:
    good = {"title": "Good", "ingredients": ["rice"], "directions": ["Boil."]}
    lines = [json.dumps(good), "{", "[1]", json.dumps({**good, key: {"a": True}}), json.dumps(good)]
    reason = "title is not a string" if key == "title" else "not a list of strings"
    assert outcomes(tmp_path / "rows.jsonl", "\n".join(lines).encode()) == [
        "Good",
        "broken JSON",
        "not an object",
        reason,
        "Good",
    ]


def test_every_row_with_an_open_quote_is_counted(csv_path: Path) -> None:
    broken = b'1,"Open,"[""a""]","[""b""]",l,s,"[]"\n'
    reasons = ["wrong number of columns"]
    assert outcomes(csv_path, HEADER + broken + broken + row("Last", 2)) == [*reasons * 2, "Last"]
    assert outcomes(csv_path, HEADER + broken * 3 + row("Last", 2)) == [*reasons * 3, "Last"]
    assert outcomes(csv_path, HEADER + row("First") + broken) == ["First", *reasons]


def test_a_cell_may_hold_line_breaks_and_quotes(csv_path: Path) -> None:
    pretty = json.dumps(["1 c. rice", '2 c. "peas"'], indent=1)
    assert "\n" in pretty
    rows = read(csv_path, HEADER + row("Two\nlines", ingredients=pretty) + row("Last", 1))
    assert [r.title for r in rows if isinstance(r, RawRecipe)] == ["Two\nlines", "Last"]
    assert isinstance(rows[0], RawRecipe)
    assert rows[0].ingredients == ("1 c. rice", '2 c. "peas"')


def test_an_inch_mark_outside_quotes_is_text(csv_path: Path) -> None:
    inch = row("Six inch Sub").replace(b"Six inch", b'6"')
    assert outcomes(csv_path, HEADER + inch + row("Last", 1)) == ['6" Sub', "Last"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(csv_path: Path) -> None:
    data = (b"\xef\xbb\xbf" + HEADER + row("A") + b"\n" + row("B")).replace(b"\n", b"\r\n")
    assert outcomes(csv_path, data) == ["A", "B"]


def test_a_bad_entity_column_costs_no_recipe(csv_path: Path) -> None:
    rows = read(csv_path, HEADER + row("A", NER="[nan]"))
    assert isinstance(rows[0], RawRecipe)
    assert rows[0].ner == ()


def test_only_chosen_rows_are_decoded_and_all_are_counted(csv_path: Path) -> None:
    faults = row("BLT", ingredients="[") + b"1,Title,[]\n" + row("Rice", directions="[")
    csv_path.write_bytes(HEADER + row("Rice") + faults + row("Rice", 4))
    chosen = read_source(csv_path, choose=lambda title: None if title == "Rice" else "not rice")
    assert [r.title if isinstance(r, RawRecipe) else (r.reason, r.detail) for r in chosen] == [
        "Rice",
        ("not rice", "BLT"),
        ("wrong number of columns", "1,Title,[]"),
        ("broken JSON", "["),
        "Rice",
    ]


def test_memory_stays_flat_on_huge_rows(csv_path: Path) -> None:
    one_line = row(ingredients=json.dumps(["x" * 10_000_000]))
    many_lines = row(ingredients=json.dumps(["x" * 50] * 20_000, indent=0))
    csv_path.write_bytes(HEADER + one_line + many_lines + row("Last"))
    del one_line, many_lines
    tracemalloc.start()
    found = list(read_source(csv_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [r.title if isinstance(r, RawRecipe) else r.reason for r in found] == [
        "row too long",
        "row too long",
        "Last",
    ]
    assert peak < 30 * MAX_ROW_BYTES


def test_rejections_can_always_be_written(csv_path: Path) -> None:
    (rejection,) = read(csv_path, HEADER + row("\u00e9" * 500, directions='["\\ud800", 1]'))
    assert isinstance(rejection, Rejection)
    assert len(rejection.detail) < 200
    assert rejection.detail.encode("utf-8")


def test_progress_ends_at_the_size_of_the_file(csv_path: Path) -> None:
    csv_path.write_bytes(HEADER + row() * 600)
    seen: list[int] = []
    assert len(list(read_source(csv_path, seen.append))) == 600
    assert seen == sorted(seen)
    assert seen[-1] == csv_path.stat().st_size


@given(garbage=st.one_of(st.binary(max_size=300), st.text('0,"[]\n\\é', max_size=80)))
def test_no_garbage_hides_the_row_behind_it(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes | str
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.csv"
    data = garbage.encode() if isinstance(garbage, str) else garbage
    found = read(path, HEADER + data + b"\n" + row("Last", 7))
    assert [r.row for r in found] == list(range(1, len(found) + 1))
    assert isinstance(found[-1], RawRecipe)
    assert found[-1].title == "Last"
