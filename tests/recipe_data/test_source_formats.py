"""JSON, parquet and datasets: the same rows as CSV and JSON lines give."""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_data.building.build import Options, build
from recipe_data.building.sources import elements, identity, read_source, source_size
from recipe_data.demo.compose import write_corpus
from recipe_data.schema import RawRecipe, Rejection

RISOTTO = {"title": "Pea Risotto", "ingredients": ["1 c. rice"], "directions": ["Boil.", "Stir."]}


def read(path: Path, content: Any) -> list[RawRecipe | Rejection]:
    data = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_source(path))


def outcomes(rows: list[RawRecipe | Rejection]) -> list[str]:
    """Return the title of every row that is used and the reason of every other."""
    return [r.title if isinstance(r, RawRecipe) else r.reason for r in rows]


def titles(count: int) -> list[dict[str, Any]]:
    return [{**RISOTTO, "title": f"Risotto {number}"} for number in range(count)]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"recipes": rows},
        lambda rows: {"version": [1, {"a": "]"}], "recipes": rows, "more": None},
    ],
)
def test_a_json_file_has_the_rows_of_json_lines(tmp_path: Path, wrap: Any) -> None:
    rows = [*titles(3), 5, {**RISOTTO, "title": 7}, {**RISOTTO, "ingredients": "rice"}, RISOTTO]
    lines = "\n".join(json.dumps(row) for row in rows)
    expected = read(tmp_path / "rows.jsonl", lines)
    found = read(tmp_path / "rows.json", wrap(rows))
    assert outcomes(found) == outcomes(expected)
    assert [row.row for row in found] == list(range(1, 8))
    assert [r for r in found if isinstance(r, RawRecipe)] == [
        r for r in expected if isinstance(r, RawRecipe)
    ]


def test_one_object_is_one_row(tmp_path: Path) -> None:
    assert outcomes(read(tmp_path / "one.json", RISOTTO)) == ["Pea Risotto"]
    assert outcomes(read(tmp_path / "none.json", [])) == ["no recipe in the document"]


@pytest.mark.heavy
def test_elements_are_read_across_chunks_and_memory_stays_flat(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    long = [{**row, "directions": ["é" * 3000]} for row in titles(5000)]
    path.write_text("\ufeff" + json.dumps(long, ensure_ascii=False, indent=1), encoding="utf-8")
    size = path.stat().st_size
    del long
    tracemalloc.start()
    found = sum(isinstance(row, RawRecipe) for row in read_source(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 5000
    assert peak < size / 5


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@example(rows=[0.0, -1.5e-07, 1e300, 12], chunk=1, indent=None, ascii_only=True, cut=1)
@given(
    rows=st.lists(VALUES, max_size=6),
    chunk=st.integers(1, 9),
    indent=st.none() | st.integers(0, 2),
    ascii_only=st.booleans(),
    cut=st.integers(1, 40),
)
def test_every_list_is_read_whole_and_no_part_of_one(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Any],
    chunk: int,
    indent: int | None,
    ascii_only: bool,
    cut: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "chunks.json"
    document = json.dumps(rows, indent=indent, ensure_ascii=ascii_only)
    path.write_bytes(document.encode("utf-8", "replace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "_CHUNK_BYTES", chunk)
        with path.open("rb") as stream:
            found = [value for _, value in elements.Elements(path, stream)]
        assert found == json.loads(path.read_text(encoding="utf-8"))
        path.write_bytes(path.read_bytes()[:-cut])
        with pytest.raises(TopochefError, match="damaged or cut off"):
            list(read_source(path))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'[{"title": "Rice"}, {"title": ', "damaged or cut off at character"),
        (b'[{"title": "Rice"} {"title": "Rice"}]', r"expected , or \]"),
        (b'{"recipes": [] "a"}', "expected , or }"),
        (b"[1] x", "something follows the end"),
        (b"title,ingredients", "expected a list or an object"),
        (b"", "expected a list or an object"),
        (b'["' + b"x" * 17_000_000, "damaged or cut off"),
    ],
)
def test_a_damaged_json_file_is_named(tmp_path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(TopochefError, match=problem) as caught:
        read(tmp_path / "bad.json", data)
    assert str(tmp_path / "bad.json") in str(caught.value)
    assert "fetch it again" in str(caught.value)


def test_one_bad_element_costs_one_row(tmp_path: Path) -> None:
    latin = json.dumps({**RISOTTO, "title": "Caf@"}).encode().replace(b"@", b"\xe9\xc3\xa9")
    long = json.dumps({**RISOTTO, "ingredients": ["x" * 200_000]}).encode()
    good = json.dumps(RISOTTO).encode()
    data = b"[" + b",".join([good, latin, long, good]) + b"]"
    assert outcomes(read(tmp_path / "rows.json", data)) == [
        "Pea Risotto",
        "invalid UTF-8",
        "row too long",
        "Pea Risotto",
    ]


def test_a_folder_without_pages_and_an_unknown_ending_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"holds no recipes: give a folder with \.csv"):
        list(read_source(tmp_path))
    with pytest.raises(TopochefError, match=r"unknown kind of source: give \.csv"):
        list(read_source(tmp_path / "a.parquet.gz"))


def write_parquet(path: Path, rows: list[dict[str, Any]], **settings: Any) -> Path:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `data` is not installed")
    table = sys.modules["pyarrow"].Table.from_pylist(rows)
    parquet.write_table(table, path, **settings)
    return path


def test_parquet_has_lists_or_the_json_of_recipenlg(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "lists.parquet", [{**RISOTTO, "url": "a.b", "extra": 1}] * 300)
    found = list(read_source(path))
    assert found[-1] == RawRecipe(300, "Pea Risotto", ("1 c. rice",), ("Boil.", "Stir."), "a.b")
    nlg = {
        "title": "Pea Risotto",
        "ingredients": '["1 c. rice"]',
        "directions": '["Boil.", "Stir."]',
        "link": "c.d",
        "source": "Gathered",
    }
    broken = [
        {**nlg, "directions": "[Boil"},
        {**nlg, "title": None},
        {**nlg, "directions": "Boil."},
    ]
    long = {**nlg, "directions": json.dumps(["x" * 200_000])}
    rows = list(read_source(write_parquet(tmp_path / "nlg.parquet", [nlg, *broken, long])))
    assert rows[0] == RawRecipe(1, "Pea Risotto", ("1 c. rice",), ("Boil.", "Stir."), "c.d")
    assert outcomes(rows)[1:] == ["broken JSON", "", "Pea Risotto", "row too long"]


def test_only_chosen_cells_of_parquet_are_decoded(tmp_path: Path) -> None:
    rows = [{**RISOTTO, "directions": "{"}, {**RISOTTO, "title": "BLT", "directions": "[]"}]
    path = write_parquet(tmp_path / "rows.parquet", rows)
    found = read_source(path, choose=lambda title: None if title == "BLT" else "not wanted")
    assert outcomes(list(found)) == ["not wanted", "BLT"]


def test_parquet_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "rows.parquet", titles(1000), row_group_size=100)
    seen: list[int] = []
    assert len(list(read_source(path, seen.append))) == 1000
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


def test_an_unusable_parquet_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "cut.parquet", titles(50))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TopochefError, match=r"cut\.parquet is damaged or no parquet .*fetch it"):
        list(read_source(path))
    path = write_parquet(tmp_path / "other.parquet", [{"name": "a", "title": "b"}])
    message = r"other\.parquet has no column ingredients, directions .it has name, title.: rename"
    with pytest.raises(TopochefError, match=message):
        list(read_source(path))
    with pytest.raises(TopochefError, match="does not exist: give the path"):
        list(read_source(tmp_path / "none.parquet"))


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that `datasets` loads as it loads a repository of the hub."""
    datasets = pytest.importorskip("datasets", reason="the extra `data` is not installed")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "recipes"
    folder.mkdir()
    write_parquet(folder / "train-00000.parquet", titles(300))
    write_parquet(folder / "test-00000.parquet", [RISOTTO, {**RISOTTO, "title": "BLT"}])
    return folder


def test_a_dataset_is_streamed_by_split(dataset: Path) -> None:
    found = list(read_source(f"hf:{dataset}"))
    assert outcomes(found) == [f"Risotto {number}" for number in range(300)]
    assert [row.row for row in found] == list(range(1, 301))
    assert outcomes(list(read_source(f"hf:{dataset}:test"))) == ["Pea Risotto", "BLT"]
    assert source_size(f"hf:{dataset}") is None
    facts = identity(f"hf:{dataset}:test")
    assert facts["source"] == f"hf:{dataset}:test"
    assert facts["revision"]


def test_a_dataset_is_built_like_its_file(dataset: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus.csv", tmp_path / "gold.jsonl", rows=120, seed=3)
    rows = [vars(row) for row in read_source(tmp_path / "corpus.csv") if isinstance(row, RawRecipe)]
    columns = ("title", "ingredients", "directions", "source")
    for part in dataset.iterdir():
        part.unlink()
    write_parquet(dataset / "train.parquet", [{key: row[key] for key in columns} for row in rows])
    options = Options(title="rice|pasta|sandwich|soup|salad|risotto|spaghetti")
    streamed = build(f"hf:{dataset}", tmp_path / "streamed", options)
    local = build(dataset / "train.parquet", tmp_path / "local", options)
    assert streamed["inputs"]["title"] == options.title
    assert streamed["rows"]["read"] == len(rows)
    assert streamed["rows"]["rejected"]["title does not match"] > 0
    assert streamed["sha256"] == local["sha256"]


def test_what_is_wrong_with_a_dataset_is_told(dataset: Path, tmp_path: Path) -> None:
    for source in (f"hf:{dataset}:dev", f"hf:{tmp_path / 'nothing'}"):
        with pytest.raises(TopochefError, match=r"cannot be read .*check the name, the split"):
            list(read_source(source))
    with pytest.raises(TopochefError, match="no dataset named: give hf:owner/name"):
        list(read_source("hf:"))


@pytest.mark.parametrize("source", ["rows.parquet", "hf:owner/recipes"])
def test_a_missing_library_is_named_with_its_extra(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyarrow", "pyarrow.parquet", "datasets"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(TopochefError, match=r"run `pip install 'topochef\[data\]'`"):
        list(read_source(source))
