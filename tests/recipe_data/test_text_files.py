"""Encodings, tables and JSON that is not quite JSON: read, or refused with the remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_data.building.build import Options, build
from recipe_data.building.sources import read_source
from recipe_data.building.sources.encoding import decoded
from recipe_data.building.sources.fields import UnusableError
from recipe_data.schema import RawRecipe, Rejection

ROW = {"title": "Rösti", "ingredients": ["½ kg potatoes"], "directions": ["Grate – then fry."]}
TABLE = 'title;ingredients;directions\r\nRösti;"½ kg potatoes";"Grate – then fry."\r\n'
EXPECTED = ("Rösti", ("½ kg potatoes",), ("Grate – then fry.",))
PAGE = (
    '<html><head>{head}<script type="application/ld+json">{script}</script></head><p>x</p></html>'
)
LINKED = {
    "@type": "Recipe",
    "name": "Rösti",
    "recipeIngredient": ROW["ingredients"],
    "recipeInstructions": ROW["directions"],
}


def read(path: Path, data: bytes | str) -> list[RawRecipe | Rejection]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_source(path))


def outcomes(rows: list[RawRecipe | Rejection]) -> list[str]:
    """Return the title of every row that is used and the reason of every other."""
    return [r.title if isinstance(r, RawRecipe) else r.reason for r in rows]


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", TABLE),
        ("a.tsv", TABLE.replace(";", "\t")),
        ("a.json", dumped([ROW])),
        ("a.json", dumped(ROW)),
        ("a.jsonl", dumped(ROW) + "\r\n"),
        ("a.jsonld", dumped(LINKED)),
        ("a.html", PAGE.format(head="", script=dumped(LINKED))),
    ],
)
def test_a_file_may_have_another_encoding(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    (row,) = read(tmp_path / name, text.encode(encoding))
    assert isinstance(row, RawRecipe), row
    assert (row.title, row.ingredients, row.directions) == EXPECTED


def test_utf16_without_a_mark_and_a_declared_page_are_read(tmp_path: Path) -> None:
    assert outcomes(read(tmp_path / "a.json", dumped([ROW]).encode("utf-16-le"))) == ["Rösti"]
    head = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">'
    zurek = {**LINKED, "name": "Żurek", "recipeIngredient": "1 kg rye"}
    page = PAGE.format(head=head, script=dumped(zurek))
    assert outcomes(read(tmp_path / "a.html", page.encode("cp1250"))) == ["Żurek"]


@pytest.mark.parametrize(
    "data",
    [
        "Пирог с рыбой".encode("cp1251"),
        "Żurek z kiełbasą".encode("cp1250"),
        "Crème brûlée".encode("mac-roman"),
        "Purée ".encode() + "Purée".encode("cp1252"),
        "照り焼き".encode("shift-jis"),
    ],
)
def test_what_is_no_western_text_is_refused_with_the_remedy(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnusableError) as caught:
        decoded(data)
    assert "save the file as UTF-8" in caught.value.detail
    found = read(tmp_path / "a.csv", b"title,ingredients,directions\n" + data + b",1 egg,Boil.\n")
    assert outcomes(found) == ["invalid UTF-8"]


@given(text=st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), max_size=40))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    assert decoded(text.encode()) == text


def table(header: str, *rows: str, end: str = "\n") -> str:
    return end.join((header, *rows, ""))


@pytest.mark.parametrize(
    "text",
    [
        table("title,ingredients,directions", 'Slaw,"1 cabbage\n2 figs","Shred.\nToss."'),
        table(
            "id,name,minutes,steps,ingredients",
            "7,Slaw,5,\"['Shred.', 'Toss.']\",\"['1 cabbage', '2 figs']\"",
        ),
        table("Title;Method;Ingredients", 'Slaw;"Shred.\nToss.";1 cabbage|2 figs', end="\r\n"),
        table("sep=;", "title;ingredients;directions", 'Slaw;"1 cabbage\n2 figs";"Shred.\nToss."'),
        table(
            ",title,ingredients,directions,link,site",
            '0,Slaw,"[""1 cabbage"",""2 figs""]","[""Shred."",""Toss.""]",,x',
        ),
        table(
            "name,ingredients,instructions",
            'Slaw,"c(""1 cabbage"", ""2 figs"")","c(""Shred."", ""Toss."")"',
        ),
        table(
            "name,ingredient1,quantity1,ingredient2,quantity2,step1,step2",
            "Slaw,cabbage,1,figs,2,Shred.,Toss.",
        ),
        table("name,ingredients,directions", r"Slaw,1 cabbage\n2 figs,Shred.\nToss."),
    ],
)
def test_a_table_may_have_a_header_of_its_own(tmp_path: Path, text: str) -> None:
    (row,) = read(tmp_path / "a.csv", text)
    assert isinstance(row, RawRecipe), row
    assert row.title == "Slaw"
    assert row.ingredients == ("1 cabbage", "2 figs")
    assert row.directions == ("Shred.", "Toss.")


def test_rows_behind_a_broken_one_are_read_without_numbers_too(tmp_path: Path) -> None:
    rows = ("A,1 fig,Cut.", 'B,"1 fig,Cut.', 'C,"1 fig\n2 figs",Cut.', "D,1 fig", "E,,Cut.")
    found = read(tmp_path / "a.csv", table("title,ingredients,directions", *rows, "F,1 fig,Cut."))
    wrong = "wrong number of columns"
    assert outcomes(found) == ["A", wrong, "C", wrong, "E", "F"]
    assert [row.row for row in found] == list(range(1, 7))


@given(rows=st.lists(st.text('ab,"\n;', max_size=12), max_size=6))
def test_no_row_of_a_table_hides_the_last(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    found = read(path, table("title,ingredients,directions", *rows, "Last,1 fig,Cut."))
    assert [row.row for row in found] == list(range(1, len(found) + 1))
    assert outcomes(found)[-1] == "Last"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", "Name,IngredientParts,Steps\n", r"no column ingredients .it has Name"),
        ("a.csv", "title,ingredients,directions\n", "has a header and no rows"),
        ("a.csv", "title,ingredients,title,directions\nA,b,c,d\n", "two columns of one name"),
        ("a.csv", "title,ingredients,directions\rA,1 fig,Cut.\r", "as old Macs did: save it with"),
        ("a.jsonl", "", "is empty: expected a JSON object a line"),
        ("a.json", " ", "is empty, so damaged or cut off"),
        ("a.json", dumped([ROW, ROW])[:-30], r"damaged or cut off at character \d+, in row 2"),
    ],
)  # fmt: skip
def test_a_file_without_rows_is_told_with_the_remedy(
    tmp_path: Path, name: str, data: str, message: str
) -> None:
    with pytest.raises(TopochefError, match=message) as caught:
        read(tmp_path / name, data)
    assert str(tmp_path / name) in str(caught.value)


ONE = '{"title": "Slaw", "ingredients": ["1 fig"], "directions": ["Cut."]}'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", f"[{ONE}, {ONE},\n]", ["Slaw", "Slaw"]),
        ("a.json", ONE.replace("]", ",]").replace("}", ", }"), ["Slaw"]),
        ("a.json", f"[{ONE.replace('Slaw', chr(92) + chr(39) + 'Slaw')}]", ["'Slaw"]),
        ("a.json", f"{ONE}\n{ONE}\n{{broken\n{ONE}", ["Slaw", "Slaw", "broken JSON", "Slaw"]),
        ("a.json", json.dumps(json.loads(ONE), indent=1) * 2, ["Slaw", "Slaw"]),
        ("a.json", f'{{"data": {{"recipes": [{ONE}, {{}}]}}}}', ["Slaw", "no title"]),
        ("a.json", f'{{"x1": {ONE}, "x2": {{}}, "x3": {ONE}}}', ["Slaw", "no title", "Slaw"]),
        ("a.json", f'{{"recipe": {ONE}}}', ["Slaw"]),
        ("a.json", f'[{ONE[:-1]}, "n": {"9" * 5000}}}]', ["Slaw"]),
        ("a.jsonl", f"[{ONE},\n{ONE}]", ["Slaw", "Slaw"]),
        ("a.jsonl", json.dumps([json.loads(ONE)], indent=1), ["Slaw"]),
        ("a.jsonl", f"{ONE},\n{ONE};\n\nnull\n", ["Slaw", "Slaw", "not an object"]),
        ("a.jsonl", f"{json.loads(ONE)}\n{{'title': \n", ["Slaw", "broken JSON"]),
        ("a.ndjson", dumped({"@graph": [LINKED, LINKED]}) + "\n" + ONE, ["Rösti", "Rösti", "Slaw"]),
    ],
)
def test_json_may_be_written_by_hand(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    found = read(tmp_path / name, text)
    assert outcomes(found) == expected
    assert [row.row for row in found] == list(range(1, len(found) + 1))


def test_a_build_that_keeps_nothing_shows_a_row_and_the_remedy(tmp_path: Path) -> None:
    rows = [{**ROW, "ingredients": [4]}, {"title": "Slaw", "stuff": 1}]
    (tmp_path / "a.json").write_text(dumped(rows), encoding="utf-8")
    message = r"row 1: not a list of strings: ingredients: 4: write a .*row 2: no directions: no fi"
    with pytest.raises(TopochefError, match=message):
        build(tmp_path / "a.json", tmp_path / "data", Options())
