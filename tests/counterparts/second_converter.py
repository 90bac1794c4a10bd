"""Ollama's own converter, in Go, beside ours: every value of every architecture that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from checks import Asked, Found
from engines import MissingError
from gguf import GGUFReader

from recipe_export.converting.convert import write_gguf

OTHER = "cook-by-its-own-converter"
CONVERTED = ("qwen2", "qwen2-tied", "llama", "llama3")
"""Models of random weights that both convert."""
LOADED = ("qwen3", "smollm3")
"""Those whose folders it refuses, so that our file of them is given to it."""


def converter(asked: Asked) -> Found:
    """The merged folder converted by Ollama's own code, beside our F16 file, bit by bit."""
    with _converted(asked, asked.run.merged) as theirs:
        ours = GGUFReader(asked.run.the_gguf("F16"))
        equal, of = _equal(theirs, ours)
        words = f"{equal} of {of} tensors equal to ours, bit for bit{_lost(theirs, ours)}"
        return Found(equal == of, words)


def others(asked: Asked) -> Found:
    """The same of models of random weights, one for each architecture and way of its head."""
    found = {}
    for name, folder, ours in _grown(asked, CONVERTED):
        with _converted(asked, folder) as theirs:
            found[name] = _equal(theirs, ours)
    words = ", ".join(f"{name} {equal} of {of}" for name, (equal, of) in found.items())
    return Found(all(equal == of for equal, of in found.values()), f"{words} tensors equal")


def loads(asked: Asked) -> Found:
    """Architectures that it does not convert: it refuses the folder, and answers by our file."""
    found = []
    for name, folder, _ in _grown(asked, LOADED):
        if not _refused(asked, folder):
            return Found(False, f"{name}: it converts this folder now: compare the values")
        with _created(asked, folder.with_suffix(".gguf")):
            said = asked.ollama.ask(asked.server, "run", OTHER, "Rice")
        found.append(f"{name} {'answers' if said.strip() else 'is silent'}")
    return Found(all("answers" in one for one in found), ", ".join(found))


def _refused(asked: Asked, folder: Path) -> bool:
    try:
        with _converted(asked, folder):
            return False
    except MissingError as error:
        return "unsupported architecture" in str(error)


def _grown(asked: Asked, names: tuple[str, ...]) -> Iterator[tuple[str, Path, GGUFReader]]:
    """Yield models of random weights: their folder, as a hub has it, and our file of them."""
    from random_models import MODELS, draw_biases, grow

    from recipe_data.tiny import grow_tiny_model
    from recipe_export.proofs.probes import RECIPES

    work = asked.run.folder.parent / "random"
    if not (words := work / "words").is_dir():
        grow_tiny_model([*RECIPES, *RECIPES.values()], words, vocab_size=600, layers=2)
    for name in names:
        kind, config = MODELS[name]
        folder = work / name
        grow(kind, folder, words, **config)
        draw_biases(folder)
        file = folder.with_suffix(".gguf")
        write_gguf(folder, file, "F16", name)
        _as_published(folder / "config.json")
        yield name, folder, GGUFReader(file)


def _as_published(config: Path) -> None:
    """Write the rope where published models have it, which is where this converter looks."""
    settings = json.loads(config.read_text())
    rope = settings.pop("rope_parameters", {})
    settings["rope_theta"] = rope.pop("rope_theta", 10_000.0)
    if rope.get("rope_type", "default") != "default":
        settings["rope_scaling"] = rope
    config.write_text(json.dumps(settings))


@contextmanager
def _converted(asked: Asked, folder: Path) -> Iterator[GGUFReader]:
    """Have a folder converted; give the file that comes of it."""
    with _created(asked, folder):
        models = Path(asked.environment["OLLAMA_MODELS"])
        (manifest,) = models.glob(f"manifests/*/*/{OTHER}/latest")
        (digest,) = (
            layer["digest"]
            for layer in json.loads(manifest.read_text())["layers"]
            if layer["mediaType"].endswith(".model")
        )
        yield GGUFReader(models / "blobs" / digest.replace(":", "-"))


@contextmanager
def _created(asked: Asked, model: Path) -> Iterator[None]:
    modelfile = asked.run.folder / "Other.Modelfile"
    modelfile.write_text(f"FROM {model.resolve()}\n")
    asked.ollama.ask(asked.server, "create", OTHER, "-f", str(modelfile))
    try:
        yield
    finally:
        asked.ollama.ask(asked.server, "rm", OTHER)


def _equal(theirs: GGUFReader, ours: GGUFReader) -> tuple[int, int]:
    """Return how many tensors are equal in name, type and every bit, and how many there are."""
    one, other = _tensors(theirs), _tensors(ours)
    equal = sum(
        one[name].tensor_type == other[name].tensor_type
        and np.array_equal(one[name].data, other[name].data)
        for name in one.keys() & other.keys()
    )
    return equal, len(one.keys() | other.keys())


def _tensors(file: GGUFReader) -> dict[str, Any]:
    return {tensor.name: tensor for tensor in file.tensors}


def _lost(theirs: GGUFReader, ours: GGUFReader) -> str:
    """Say what stands in our file beside the tensors, and is missing or another in theirs."""
    keys = ("rope.freq_base", "tokenizer.ggml.pre", "tokenizer.chat_template")
    lost = [
        f"{key.split('.')[-1]} {_value(theirs, key)}"
        for key in keys
        if _value(theirs, key) != _value(ours, key)
    ]
    return f"; its file has {', '.join(lost)}" if lost else ""


def _value(file: GGUFReader, key: str) -> Any:
    found = next((field for name, field in file.fields.items() if name.endswith(key)), None)
    return found.contents() if found else None
