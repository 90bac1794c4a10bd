"""The two models of a run that are compared: what was tuned, and what it was tuned from."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import MANIFEST, read_object
from recipe_base.files import sha256 as hash_file
from recipe_base.hub import MODEL_FILES, find_base
from recipe_base.runs import Run


class Model(NamedTuple):
    """A full-precision model in Hugging Face's form."""

    name: str
    """As the run names it: a folder, or a hub id."""
    folder: Path
    content: str
    """Hash of weights, configuration, tokenizer and chat template."""


class Sides(NamedTuple):
    """Before and after."""

    base: Model
    tuned: Model


def models_of(run: Path, base: str | None = None) -> Sides:
    """Return the run's merged model and the model it was made from.

    `base` overrules what the run says. Raises `TopochefError` if the run has no merged model,
    names no base, if the base cannot be found, or if either is quantized.
    """
    merged = Run(run).merged
    if not (merged / "config.json").is_file():
        raise TopochefError(f"{merged} is no model: run `recipe-export merge {run}` first")
    name = base or _base_of(run)
    return Sides(_model(name, find_base(name)), _model(str(merged), merged))


def _base_of(run: Path) -> str:
    """Return what `recipe-export merge` merged into, or what the adapter was trained on."""
    if name := Run(run).manifest.get("merge", {}).get("base"):
        return str(name)
    config = Run(run).adapter / "adapter_config.json"
    name = _read(config).get("base_model_name_or_path") if config.is_file() else None
    if not name:
        raise TopochefError(
            f"{run} does not say what its model was tuned from: name it with --base FOLDER"
        )
    return str(name)


def _model(name: str, folder: Path) -> Model:
    config = folder / "config.json"
    if not config.is_file():
        raise TopochefError(f"{config} not found: {name} is not a complete model")
    quantized = _read(config).get("quantization_config")
    if quantized is not None:
        raise TopochefError(
            f"{config}: quantization_config ({quantized.get('quant_method', 'unknown')}): what "
            "quantization loses is not what tuning loses: name the full-precision model with --base"
        )
    digest = sha256()
    for file in sorted(path for pattern in MODEL_FILES for path in folder.glob(pattern)):
        if file.name != MANIFEST:
            digest.update(f"{file.name}\0{hash_file(file)}\n".encode())
    return Model(name, folder, digest.hexdigest())


def _read(config: Path) -> dict[str, Any]:
    return read_object(config, "copy or train it again")
