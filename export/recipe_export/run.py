"""A run folder: where its parts lie, which are finished, and which files make up a model."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import is_done
from recipe_base.runs import full_model
from recipe_export.weights import Checkpoint

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


@dataclass(frozen=True)
class Run:
    """The folder of one run, and the names of what is exported into it."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Return the run; refuse a folder that is not there, or whose name no file can carry."""
        run = cls(folder)
        if not folder.is_dir():
            raise TopochefError(f"{folder} is not a folder: name a run such as runs/tiny-topo")
        if not run.name.isprintable() or not run.name:
            raise TopochefError(f"{folder!s}: rename the run without control characters")
        return run

    @property
    def name(self) -> str:
        """The run's name, which its GGUF files carry."""
        return self.folder.resolve().name

    @property
    def adapter(self) -> Path:
        """What Axolotl trained."""
        return self.folder / "adapter"

    @property
    def merged(self) -> Path:
        """The model with the adapter in its weights."""
        return full_model(self.folder)

    @property
    def modelfile(self) -> Path:
        """What `ollama create -f` reads."""
        return self.folder / "Modelfile"

    def gguf(self, kind: str) -> Path:
        """The GGUF file of one type, such as `Q4_K_M`."""
        return self.folder / "gguf" / f"{self.name}-{kind}.gguf"

    def finished(self, stage: str, output: Path, inputs: dict[str, Any]) -> bool:
        """Tell whether `output` is there, made from these inputs.

        A stage records itself before its output takes its name: a record without its output is
        of a killed process and counts for nothing. Raises `TopochefError` where the output is
        of other inputs.
        """
        if not output.exists():
            return False
        try:
            return is_done(self.folder, stage, inputs)
        except TopochefError as error:
            raise TopochefError(
                f"{output} was made from other inputs: delete it to make it again ({error})"
            ) from error


def sweep(folder: Path) -> None:
    """Delete the half-written files of processes that no longer live."""
    for part in folder.glob(".*.part"):
        pid = part.name.split(".")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            part.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that belongs to a model."""
    if not path.is_file():
        raise TopochefError(f"{path} not found: {path.parent} is not a complete model")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TopochefError(f"{path} is not JSON ({error}): copy or train it again") from error
    if not isinstance(value, dict):
        raise TopochefError(f"{path} must hold a JSON object")
    return value


def chat_template(folder: Path) -> str | None:
    """Return the chat template that transformers would use, or None."""
    jinja = folder / "chat_template.jinja"
    if jinja.is_file():
        return jinja.read_text(encoding="utf-8")
    config = folder / "tokenizer_config.json"
    template = read_json(config).get("chat_template") if config.is_file() else None
    if isinstance(template, list):
        template = {entry["name"]: entry["template"] for entry in template}.get("default")
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


def _alive(pid: int) -> bool:
    """Tell whether a process lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
