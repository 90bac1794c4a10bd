"""What only Ollama has: its Modelfile, its own commands, two protocols."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from checks import Asked, Found, program
from engines import MODEL
from second_converter import converter, loads, others

from recipe_data.prompts import recipe_messages

DISH = "Mushroom risotto"


def parity(asked: Asked) -> Found:
    """The Modelfile's prompts, token by token, and 20 recipes."""
    said = asked.ran(program("recipe-export"), "ollama-check", asked.run.folder)
    return Found(True, said.strip().splitlines()[-1])


def run(asked: Asked) -> Found:
    """What a user types; the answer is not held to the schema."""
    wording = recipe_messages(DISH, servings=2)[-1]["content"]
    said = asked.ollama.ask(asked.server, "run", MODEL, wording)
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


def deleted(asked: Asked) -> Found:
    """Nothing of it stays on the server."""
    asked.ollama.ask(asked.server, "rm", MODEL)
    left = asked.ollama.ask(asked.server, "list").splitlines()[1:]
    return Found(not left, "no model left" if not left else f"left: {left}")


OLLAMA_CHECKS: dict[str, Callable[[Asked], Found]] = {
    "recipe-export ollama-check": parity,
    "ollama run": run,
    "/v1": openai,
    "recipe-cook --ollama": card,
    "its own converter": converter,
    "its own converter, other models": others,
    "files of models that it does not convert": loads,
    "deleted": deleted,
}
