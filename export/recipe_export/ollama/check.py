"""`recipe-export ollama-check`: create → the same prompts → twenty recipes → delete."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from recipe_data.errors import TopochefError
from recipe_data.files import sha256, update_manifest
from recipe_data.prompts import recipe_messages
from recipe_data.schema import ANSWER_SCHEMA
from recipe_export import local
from recipe_export.chat import Messages
from recipe_export.go.template import GoTemplate
from recipe_export.modelfile.syntax import Command, read
from recipe_export.modelfile.template import ollama_prompt
from recipe_export.ollama.server import connected, created
from recipe_export.parity_rows import built_in_rows
from recipe_export.probes import RECIPES
from recipe_export.run import Run, versions
from recipe_export.show import progress
from recipe_export.verdict import Verdict, require

if TYPE_CHECKING:
    from ollama import Client

STAGE = "ollama"
RECIPES_ASKED = 20
PROMPTS_ASKED = 20
DIALOGUES_ASKED = 4

T = TypeVar("T")


class Asked(NamedTuple):
    """A model on a server, and what it should have been asked."""

    client: Client
    model: str
    template: GoTemplate
    system: str
    vocabulary: Any


def check_on_server(run: Run) -> str:
    """Prove a run's Modelfile on the server at OLLAMA_HOST; return what was proven, in a line.

    Raises `TopochefError` if there is no Modelfile or no server, if the server writes other
    prompts, or if one of its recipes does not obey the schema. The model is deleted in any case.
    """
    if not run.modelfile.is_file():
        raise TopochefError(
            f"{run.modelfile} not found: run `recipe-export all {run.folder}` first"
        )
    commands = read(run.modelfile.read_text(encoding="utf-8"))
    values = dict(commands)
    with connected() as client, created(client, run, commands) as model:
        check_stored(client, model, commands)
        with local.vocabulary(run.folder / values["FROM"]) as vocabulary:
            template = GoTemplate(values["TEMPLATE"])
            asked = Asked(client, model, template, values["SYSTEM"], vocabulary)
            verdicts = require(check_prompts(asked), check_recipes(asked))
    facts = {
        "inputs": {"modelfile_sha256": sha256(run.modelfile)},
        "checks": verdicts,
        "versions": versions("llama-cpp-python", "ollama"),
    }
    update_manifest(run.folder, STAGE, facts)
    prompts, recipes = (verdict["measured"] for verdict in verdicts)
    return (
        f"token ids of {prompts['ids']} prompts and numbers of tokens of {prompts['counts']} "
        f"equal, {recipes['valid']}/{recipes['recipes']} recipes valid, deleted"
    )


def check_stored(client: Client, model: str, commands: Sequence[Command]) -> None:
    """Refuse a server that holds another template than the one it was given."""
    stored = client.show(model).template
    if stored != dict(commands)["TEMPLATE"]:
        raise TopochefError(
            f"the server holds another template than the Modelfile's: it begins {stored!r:.80}"
        )


def check_prompts(asked: Asked) -> Verdict:
    """Compare what the server made of conversations with what training saw of them.

    `/api/generate` returns token ids in `context`: those of the prompt, then of the answer. A
    server that leaves them out is asked for the number of tokens in the prompt, as `/api/chat`
    is: the model is unloaded after each, because what is cached is not counted everywhere.
    """
    different: list[str] = []
    ids = counts = 0
    for text in progress(_texts(), "prompts", PROMPTS_ASKED):
        conversation = [{"role": "user", "content": text}]
        found = _first_token(asked, text)
        if found.context:
            ids += 1
            same = list(found.context) in _expected(asked, conversation, found.response or "")
        else:
            counts += 1
            same = found.prompt_eval_count == len(_expected(asked, conversation)[1])
        different += [] if same else [text]
    for messages in progress(_dialogues(), "dialogues", DIALOGUES_ASKED):
        counts += 1
        if _prompt_tokens(asked, messages) != len(_expected(asked, messages)[1]):
            different.append(messages[-1]["content"])
    return Verdict(
        "prompts of the server against training's"
        + (f" (first: {different[0]!r})" if different else ""),
        {"ids": ids, "counts": counts, "different": len(different)},
        {"different": (None, 0)},
        "newer servers may prefer the chat template in the GGUF file: start the server with "
        "OLLAMA_GO_TEMPLATE=1; else compare `ollama show --template` with the Modelfile",
    )


def check_recipes(asked: Asked) -> Verdict:
    """Ask for recipes under the schema and validate them."""
    failures: list[str] = []
    requests = list(_requests())
    for messages in progress(requests, "recipes", len(requests)):
        answer = asked.client.chat(
            asked.model, messages=messages, format=ANSWER_SCHEMA, think=False, stream=False
        )
        failure = _failure(answer.message.content or "", answer.done_reason)
        failures += [failure] if failure else []
    return Verdict(
        "recipes of the server under the schema" + (f" (first: {failures[0]})" if failures else ""),
        {"recipes": len(requests), "valid": len(requests) - len(failures)},
        {"valid": (len(requests), None)},
        "a cut-off answer needs a longer num_predict; text outside the schema, a newer server",
    )


def _texts() -> Iterator[str]:
    """Yield questions of one turn, hard ones among them, without characters that no text keeps."""
    asked = [row[-2]["content"] for row in built_in_rows() if len(row) == 3]
    printable = [text for text in asked if text.isprintable()]
    yield from _spread(printable, PROMPTS_ASKED)


def _dialogues() -> Iterator[Messages]:
    """Yield conversations of several turns, with and without system, to be answered."""
    longer = [row[:-1] for row in built_in_rows() if len(row) > 3]
    yield from _spread(longer, DIALOGUES_ASKED)


def _spread(items: Sequence[T], count: int) -> Iterator[T]:
    return (items[i * len(items) // count] for i in range(count))


def _requests() -> Iterator[Messages]:
    titles = list(RECIPES)
    for i in range(RECIPES_ASKED):
        yield recipe_messages(titles[i % len(titles)], servings=2 + 2 * (i // len(titles)))


def _failure(text: str, reason: str | None) -> str | None:
    """Say what is wrong with an answer; None where it obeys the schema."""
    from jsonschema import ValidationError, validate

    if reason == "length":
        return f"cut off after {len(text)} characters"
    try:
        validate(json.loads(text), ANSWER_SCHEMA)
    except (ValueError, ValidationError) as error:
        return f"{str(error).splitlines()[0]}: {text[:80]!r}"
    return None


def _first_token(asked: Asked, text: str) -> Any:
    """Ask for the first token of an answer."""
    return asked.client.generate(
        asked.model,
        prompt=text,
        format=ANSWER_SCHEMA,
        think=False,
        stream=False,
        options={"num_predict": 1, "temperature": 0},
    )


def _prompt_tokens(asked: Asked, messages: Messages) -> int | None:
    """Return how many tokens the server counts in a prompt, with nothing cached."""
    asked.client.generate(asked.model, prompt="", keep_alive=0)
    answer = asked.client.chat(
        asked.model,
        messages=[dict(m) for m in messages],
        think=False,
        stream=False,
        options={"num_predict": 1, "temperature": 0},
    )
    return answer.prompt_eval_count


def _expected(asked: Asked, messages: Messages, answer: str = "") -> tuple[list[int], list[int]]:
    """Return the ids of prompt and answer, without and with the BOS that llama.cpp adds itself."""
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": asked.system}, *messages]
    text = ollama_prompt(asked.template, messages, think=False) + answer
    plain = local.token_ids(asked.vocabulary, text)
    return plain, local.token_ids(asked.vocabulary, text, add_bos=True)
