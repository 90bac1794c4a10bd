"""What only Ollama has: its Modelfile, its own commands, two protocols."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from checks import Asked, Found, program
from engines import MODEL, Ollama
from gguf import GGUFReader

from recipe_data.prompts import recipe_messages

DISH = "Mushroom risotto"
OTHER = "cook-by-its-own-converter"


def parity(asked: Asked) -> Found:
    """The Modelfile's prompts, token by token, and 20 recipes."""
    said = asked.ran(program("recipe-export"), "ollama-check", asked.run.folder)
    return Found(True, said.strip().splitlines()[-1])


def run(asked: Asked) -> Found:
    """What a user types; the answer is not held to the schema."""
    wording = recipe_messages(DISH, servings=2)[-1]["content"]
    said = _ollama(asked).ask(asked.server, "run", MODEL, wording)
    try:
        keys = list(json.loads(said))
    except ValueError:
        return Found(bool(said.strip()), f"no whole JSON: {said.strip()[:60]!r}")
    return Found(keys == ["ingredients", "instructions"], f"JSON with {', '.join(keys)}")


def openai(asked: Asked) -> Found:
    """Its second protocol."""
    answers = asked.folder("second-protocol")
    spec = f"openai:{MODEL}@{asked.server.host}/v1"
    asked.ran(*asked.generate(answers, spec, "--limit", "8"))
    facts = answers.manifest["generate"]
    valid = facts["rows"] - sum(facts["failures"].values())
    return Found(valid + facts["failures"].get("cut off", 0) == 8, f"{valid} of 8 valid")


def card(asked: Asked) -> Found:
    """A recipe for the kitchen."""
    start = time.perf_counter()
    said = asked.ran(program("recipe-cook"), DISH, "--servings", "2", "--ollama", MODEL)
    return Found(
        DISH in said, f"{len(said.splitlines())} lines in {time.perf_counter() - start:.1f} s"
    )


def converter(asked: Asked) -> Found:
    """The merged folder converted by Ollama's own code, beside our F16 file, bit by bit."""
    modelfile = asked.run.folder / "Folder.Modelfile"
    modelfile.write_text(f"FROM {asked.run.merged.resolve()}\n")
    _ollama(asked).ask(asked.server, "create", OTHER, "-f", str(modelfile))
    models = Path(asked.environment["OLLAMA_MODELS"])
    (manifest,) = models.glob(f"manifests/*/*/{OTHER}/latest")
    (digest,) = (
        layer["digest"]
        for layer in json.loads(manifest.read_text())["layers"]
        if layer["mediaType"].endswith(".model")
    )
    theirs = _tensors(models / "blobs" / digest.replace(":", "-"))
    ours = _tensors(asked.run.the_gguf("F16"))
    _ollama(asked).ask(asked.server, "rm", OTHER)
    equal = sum(
        name in theirs
        and theirs[name].tensor_type == one.tensor_type
        and np.array_equal(theirs[name].data, one.data)
        for name, one in ours.items()
    )
    fine = equal == len(ours) == len(theirs)
    return Found(fine, f"{equal} of {len(ours)} tensors equal to ours, bit for bit")


def _tensors(path: Path) -> dict[str, Any]:
    return {tensor.name: tensor for tensor in GGUFReader(path).tensors}


def deleted(asked: Asked) -> Found:
    """Nothing of it stays on the server."""
    _ollama(asked).ask(asked.server, "rm", MODEL)
    left = _ollama(asked).ask(asked.server, "list").splitlines()[1:]
    return Found(not left, "no model left" if not left else f"left: {left}")


def _ollama(asked: Asked) -> Ollama:
    engine = asked.server.engine
    assert isinstance(engine, Ollama)
    return engine


OLLAMA_CHECKS: dict[str, Callable[[Asked], Found]] = {
    "recipe-export ollama-check": parity,
    "ollama run": run,
    "/v1": openai,
    "recipe-cook --ollama": card,
    "its own converter": converter,
    "deleted": deleted,
}
