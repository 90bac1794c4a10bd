"""What the modules of a package declare is found: a file each, in the order of names."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_base.discovery import declared


def test_a_file_is_all_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "shelf"
    (package / "inside").mkdir(parents=True)
    for name, text in {
        "__init__": "",
        "b": "THING = 2.5",
        "a": "from shelf.b import THING\nOTHER, WORD = 1.5, 'no'",
        "inside/__init__": "THING = 9.5\nraise RuntimeError",
    }.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert declared("shelf", float) == [2.5, 1.5]
    (package / "c.py").write_text("THING = 3.5", encoding="utf-8")
    assert declared("shelf", float) == [2.5, 1.5, 3.5]
