"""Which files make up a model, and their content."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import read_object
from recipe_export.models.weights import Checkpoint

MODEL_FILES = ("config.json", "generation_config.json")
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that belongs to a model."""
    return read_object(path, f"{path.parent} is not a complete model: copy or train it again")


def chat_template(folder: Path) -> str | None:
    """Return the chat template that transformers would use, or None."""
    jinja = folder / "chat_template.jinja"
    if jinja.is_file():
        try:
            return jinja.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TopochefError(f"{jinja} is not UTF-8 ({error}): save it as UTF-8") from error
    config = folder / "tokenizer_config.json"
    template = read_json(config).get("chat_template") if config.is_file() else None
    if isinstance(template, list):
        named = {e.get("name"): e.get("template") for e in template if isinstance(e, dict)}
        template = named.get("default")
    return template if isinstance(template, str) else None


def present(folder: Path, names: Sequence[str]) -> list[Path]:
    """Return those of the named files that are there."""
    return [folder / name for name in names if (folder / name).is_file()]


def hash_files(files: Sequence[Path]) -> str:
    """Hash the names and contents of some files of one folder."""
    digest = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as f:
            digest.update(f"{file.name}\0{hashlib.file_digest(f, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def model_hash(folder: Path) -> str:
    """Hash what makes a full model: configuration, weights, tokenizer and chat template."""
    names = (*MODEL_FILES, *TOKENIZER_FILES)
    return hash_files([*Checkpoint.open(folder).files, *present(folder, names)])


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of some packages, for the manifest."""
    return {package: metadata.version(package) for package in packages}


def copy_into(files: Sequence[Path], folder: Path) -> None:
    """Copy files, contents only."""
    for file in files:
        shutil.copyfile(file, folder / file.name)
