"""`recipe-export ollama-check`: create → the same prompts → twenty recipes → delete."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from recipe_base.console import progress
from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_data.prompts import recipe_messages
from recipe_data.schema import ANSWER_SCHEMA
from recipe_export import local
from recipe_export.chat import Messages
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.syntax import read
from recipe_export.modelfile.template import ollama_prompt
from recipe_export.models.files import versions
from recipe_export.ollama.server import connected, created
from recipe_export.proofs.conversations import built_in_rows
from recipe_export.proofs.probes import RECIPES
from recipe_export.proofs.verdict import Verdict, first, require

if TYPE_CHECKING:
    from ollama import Client

STAGE = "ollama"
RECIPES_ASKED = 20
PROMPTS_ASKED = 20
DIALOGUES_ASKED = 4
UNLOADINGS = 2

T = TypeVar("T")


class Asked(NamedTuple):
    """A model on a server, and what it should have been asked."""

    client: Client
    model: str
    template: GoTemplate
    system: str
    context: int  # the most tokens of prompt and answer together
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
        shown = client.show(model).template
        with local.vocabulary(run.folder / values["FROM"]) as vocabulary:
            template = GoTemplate(values["TEMPLATE"])
            context = int(values["num_ctx"])
            asked = Asked(client, model, template, values["SYSTEM"], context, vocabulary)
            verdicts = require(check_prompts(asked), check_recipes(asked))
    facts = {
        "inputs": {"modelfile_sha256": sha256(run.modelfile)},
        "shows_the_modelfiles_template": shown == values["TEMPLATE"],
        "checks": verdicts,
        "versions": versions("llama-cpp-python", "ollama"),
    }
    run.record(STAGE, facts)
    prompts, recipes = (verdict["measured"] for verdict in verdicts)
    return (
        f"token ids of {prompts['ids']} prompts and numbers of tokens of {prompts['counts']} "
        f"equal, {recipes['valid']}/{recipes['recipes']} recipes valid, deleted"
    )


def check_prompts(asked: Asked) -> Verdict:
    """Compare what the server made of conversations with what training saw of them.

    `/api/generate` returns token ids in `context`: those of the prompt, then of the answer. Where
    a server leaves them out, and for conversations of several turns, the number of tokens in the
    prompt is compared.
    """
    different: list[str] = []
    texts = list(_texts(asked))
    dialogues = list(_dialogues(asked))
    ids = 0
    for text in progress(texts, "prompts", len(texts)):
        conversation = [{"role": "user", "content": text}]
        found = _first_token(asked, text)
        if found.context:
            ids += 1
            same = list(found.context) in _expected(asked, conversation, found.response or "")
        else:
            same = _counts_agree(asked, conversation)
        different += [] if same else [text]
    for messages in progress(dialogues, "dialogues", len(dialogues)):
        different += [] if _counts_agree(asked, messages) else [messages[-1]["content"]]
    return Verdict(
        "prompts of the server against training's" + first(map(repr, different)),
        {
            "ids": ids,
            "counts": len(texts) + len(dialogues) - ids,
            "different": len(different),
        },
        {"counts": (1, None), "different": (None, 0)},
        "newer servers may prefer the chat template in the GGUF file: start the server with "
        "OLLAMA_GO_TEMPLATE=1; else compare `ollama show --template` with the Modelfile",
    )


def check_recipes(asked: Asked) -> Verdict:
    """Ask for recipes under the schema and validate them."""
    failures: list[str] = []
    requests = list(_requests())
    for seed, messages in enumerate(progress(requests, "recipes", len(requests))):
        answer = asked.client.chat(
            asked.model,
            messages=messages,
            format=ANSWER_SCHEMA,
            think=False,
            stream=False,
            options={"seed": seed},  # drawn as the Modelfile says, and each time the same
        )
        failure = _failure(answer.message.content or "", answer.done_reason)
        failures += [failure] if failure else []
    return Verdict(
        "recipes of the server under the schema" + first(failures),
        {"recipes": len(requests), "valid": len(requests) - len(failures)},
        {"valid": (len(requests), None)},
        "a cut-off answer needs a longer num_predict; text outside the schema, a newer server",
    )


def _texts(asked: Asked) -> Iterator[str]:
    """Yield questions of one turn, hard ones among them, without characters that no text keeps."""
    texts = [row[-2]["content"] for row in built_in_rows() if len(row) == 3]
    fitting = [
        text
        for text in texts
        if text.isprintable() and _fits(asked, [{"role": "user", "content": text}])
    ]
    yield from _spread(fitting, PROMPTS_ASKED)


def _dialogues(asked: Asked) -> Iterator[Messages]:
    """Yield conversations of two turns, with and without system, to be answered."""
    longer = [row[:-3] for row in built_in_rows() if len(row) > 3]
    yield from _spread([row for row in longer if _fits(asked, row)], DIALOGUES_ASKED)


def _fits(asked: Asked, messages: Messages) -> bool:
    """Tell whether a prompt leaves room for a token: a longer one is cut by the server."""
    return len(_expected(asked, messages)[1]) < asked.context


def _spread(items: Sequence[T], count: int) -> Iterator[T]:
    return (items[i * len(items) // count] for i in range(count if items else 0))


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
        options={"num_predict": 1, "temperature": 0, "top_p": 1},
    )


def _counts_agree(asked: Asked, messages: Messages) -> bool:
    """Compare the number of tokens in a prompt.

    Some servers leave out what is cached: the model is unloaded before, and again where that was
    too late.
    """
    expected = len(_expected(asked, messages)[1])
    return any(_prompt_tokens(asked, messages) == expected for _ in range(UNLOADINGS))


def _prompt_tokens(asked: Asked, messages: Messages) -> int | None:
    asked.client.generate(asked.model, prompt="", keep_alive=0)
    answer = asked.client.chat(
        asked.model,
        messages=[dict(m) for m in messages],
        think=False,
        stream=False,
        options={"num_predict": 1, "temperature": 0, "top_p": 1},
    )
    return answer.prompt_eval_count


def _expected(asked: Asked, messages: Messages, answer: str = "") -> tuple[list[int], list[int]]:
    """Return the ids of prompt and answer, without and with the BOS that llama.cpp adds itself."""
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": asked.system}, *messages]
    text = ollama_prompt(asked.template, messages, think=False) + answer
    plain = local.token_ids(asked.vocabulary, text)
    return plain, local.token_ids(asked.vocabulary, text, add_bos=True)
