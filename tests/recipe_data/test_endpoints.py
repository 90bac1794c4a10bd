"""Clients of language-model servers, against stand-ins that follow each server's API."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from ollama_stand_in import OllamaStandIn
from openai_stand_in import OpenAIStandIn
from scripted_server import ScriptedServer, Trouble

from recipe_base.errors import TopochefError
from recipe_data.endpoints import (
    Endpoint,
    EndpointError,
    NoTextError,
    Patience,
    Reply,
    endpoint,
)
from recipe_data.endpoints.lengths import Counted
from recipe_data.sampling import GREEDY, Sampler

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
SAMPLER = Sampler(0.5, top_p=0.9, min_p=0.1, repeat_penalty=1.2)
QUICK = Patience(timeout_seconds=0.3, tries=3, wait_seconds=0.01)
ASKED = [{"role": "user", "content": "Name a grain."}]
TEXT = '{"name":"basmati rice from the crème de la crème"}'


@pytest.fixture(params=["ollama", "openai"])
def server(request: pytest.FixtureRequest) -> ScriptedServer:
    """Each server in turn."""
    stand_in: ScriptedServer = request.getfixturevalue(f"{request.param}_server")
    stand_in.answer = lambda body: TEXT
    return stand_in


def spec(server: ScriptedServer, model: str = "cook") -> str:
    if isinstance(server, OpenAIStandIn):
        return f"openai:{model}@{server.address}"
    return f"ollama:{model}"


def ask(server: ScriptedServer, model: str = "cook", **more: Any) -> Reply:
    asked = endpoint(spec(server, model), patience=QUICK)
    return asked.complete(ASKED, schema=SCHEMA, max_tokens=64, **more)


def test_an_answer_arrives_in_pieces_and_whole(server: ScriptedServer) -> None:
    heard: list[str] = []
    reply = ask(server, on_text=heard.append)
    assert reply.text == TEXT == "".join(heard)
    assert len(heard) > 1
    assert reply[1:4] == ("stop", 4, len(heard))
    assert 0 < reply.seconds < 5


def test_ollama_is_asked_with_schema_limits_and_without_thinking(
    ollama_server: OllamaStandIn,
) -> None:
    asked = endpoint("ollama:cook", context_tokens=2048, patience=QUICK)
    asked.complete(ASKED, schema=SCHEMA, max_tokens=64, sampler=SAMPLER, seed=3)
    (body,) = ollama_server.bodies
    assert body["format"] == SCHEMA
    assert body["think"] is False
    assert body["messages"] == ASKED
    assert body["options"] == {
        "num_predict": 64, "num_ctx": 2048, "seed": 3, "repeat_last_n": 64,
        "temperature": 0.5, "top_p": 0.9, "min_p": 0.1, "repeat_penalty": 1.2, "top_k": 0,
    }  # fmt: skip


def test_openai_is_asked_with_a_strict_schema_and_limits(openai_server: OpenAIStandIn) -> None:
    ask(openai_server, sampler=SAMPLER, seed=3)
    (body,) = openai_server.bodies
    form = {"name": "answer", "schema": SCHEMA, "strict": True}
    assert body["response_format"] == {"type": "json_schema", "json_schema": form}
    assert (body["max_tokens"], body["seed"]) == (64, 3)
    assert (body["temperature"], body["top_p"], body["min_p"], body["top_k"]) == (0.5, 0.9, 0.1, 0)
    assert body["repetition_penalty"] == body["repeat_penalty"] == 1.2
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert body["messages"] == ASKED


def test_without_a_schema_none_is_sent(server: ScriptedServer) -> None:
    endpoint(spec(server)).complete(ASKED, schema=None, max_tokens=64)
    (body,) = server.bodies
    assert "format" not in body
    assert "response_format" not in body


def test_a_service_that_knows_no_templates_is_asked_without(openai_server: OpenAIStandIn) -> None:
    openai_server.answer = lambda body: TEXT
    openai_server.unknown = {"chat_template_kwargs"}
    asked = endpoint(spec(openai_server), patience=QUICK)
    for _ in range(2):
        assert asked.complete(ASKED, schema=SCHEMA, max_tokens=64).text == TEXT
    sent = ["chat_template_kwargs" in body for body in openai_server.bodies]
    assert sent == [True, False, False]


def test_a_service_that_takes_no_more_than_openai_is_asked_for_that_alone(
    openai_server: OpenAIStandIn,
) -> None:
    """It names one field at a time; temperature and top_p are named in every request."""
    openai_server.answer = lambda body: TEXT
    openai_server.unknown = {"min_p", "top_k", "repetition_penalty", "repeat_penalty"}
    openai_server.names_all = False
    asked = endpoint(spec(openai_server), patience=QUICK)
    assert "refused_fields" not in asked.facts()
    for _ in range(2):
        assert asked.complete(ASKED, schema=SCHEMA, max_tokens=64, sampler=SAMPLER).text == TEXT
    assert len(openai_server.bodies) == 4 + 2
    for body in openai_server.bodies:
        assert (body["temperature"], body["top_p"]) == (0.5, 0.9)
    assert not openai_server.unknown & set(openai_server.bodies[-1])
    assert asked.facts()["refused_fields"] == sorted(openai_server.unknown)


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_knows_json_alone_is_given_the_schema_beside_it(
    openai_server: OpenAIStandIn, status: int
) -> None:
    """As the server of llama-cpp-python refuses what it does not know: by status 500."""
    openai_server.answer = lambda body: TEXT
    openai_server.refuse = lambda body: (
        (status, "1 validation error: ('body', 'response_format', 'type') 'text' or 'json_object'")
        if body["response_format"]["type"] == "json_schema"
        else None
    )
    asked = endpoint(spec(openai_server), patience=QUICK)
    for _ in range(2):
        assert asked.complete(ASKED, schema=SCHEMA, max_tokens=64).text == TEXT
    forms = [body["response_format"] for body in openai_server.bodies]
    assert [form["type"] for form in forms] == ["json_schema", "json_object", "json_object"]
    assert forms[-1]["schema"] == SCHEMA
    assert asked.facts()["refused_fields"] == ["json_schema"]


def test_a_refusal_that_names_no_field_of_ours_is_told(openai_server: OpenAIStandIn) -> None:
    openai_server.unknown = {"response_format"}
    with pytest.raises(EndpointError, match="unknown fields: response_format"):
        ask(openai_server)
    assert len(openai_server.bodies) == 1


def test_a_greedy_sampler_asks_for_the_likeliest_token_alone(server: ScriptedServer) -> None:
    ask(server, sampler=GREEDY)
    (body,) = server.bodies
    asked = body.get("options", body)
    assert (asked["temperature"], asked["top_p"], asked["min_p"]) == (0.0, 1.0, 0.0)


def test_a_server_that_counts_no_tokens_is_said_to_have_counted_none(
    openai_server: OpenAIStandIn,
) -> None:
    openai_server.counts = False
    assert ask(openai_server)[2:4] == (0, 0)


@pytest.mark.parametrize(
    "trouble",
    ["busy", "broken", "page", "garbage", "hang up", "hang", "drop", "complain", "empty"],
)
def test_after_trouble_it_is_asked_again(server: ScriptedServer, trouble: Trouble) -> None:
    server.script.extend([trouble, trouble])
    heard: list[str] = []
    assert ask(server, on_text=heard.append).text == TEXT == "".join(heard)
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("busy", "HTTP 429: the server is busy|HTTP 429: .*busy"),
        ("broken", "HTTP 500: .*broken"),
        ("page", "sent what no|broke off in the middle"),
        ("garbage", r"sent what no \w+ server sends"),
        ("hang up", "broke off"),
        ("hang", r"nothing came for 0\.3 s"),
        ("drop", "broke off in the middle of an answer"),
        ("complain", "has gone"),
        ("empty", "answered with an empty text"),
    ],
)
def test_lasting_trouble_is_told_with_server_model_and_remedy(
    server: ScriptedServer, trouble: Trouble, told: str
) -> None:
    server.script.extend([trouble] * 9)
    kind = NoTextError if trouble == "empty" else EndpointError
    with pytest.raises(kind, match=told) as caught:
        ask(server)
    assert server.host in str(caught.value)
    assert "model cook" in str(caught.value)
    assert "(3 tries): " in str(caught.value)
    assert len(server.bodies) == 3


def test_a_cut_off_answer_is_an_answer(server: ScriptedServer) -> None:
    server.script.append("cut off")
    reply = ask(server)
    assert (reply.text, reply.finish_reason) == (TEXT[: len(TEXT) // 2], "length")
    assert len(server.bodies) == 1


def test_an_unknown_model_is_told_at_once(server: ScriptedServer) -> None:
    remedy = "models are served" if isinstance(server, OpenAIStandIn) else "`ollama pull baker`"
    with pytest.raises(EndpointError, match=remedy):
        ask(server, model="baker")
    assert len(server.bodies) == 1


def test_a_wrong_path_is_told_at_once(openai_server: OpenAIStandIn) -> None:
    with pytest.raises(EndpointError, match="no such path"):
        endpoint(f"openai:cook@{openai_server.host}").complete(ASKED, schema=None, max_tokens=9)
    assert len(openai_server.bodies) == 1


def test_a_server_that_is_not_there(server: ScriptedServer) -> None:
    server.stop()
    with pytest.raises(EndpointError, match=r"no server answers there \(3 tries\): start"):
        ask(server)
    assert server.bodies == []


def test_half_a_character_does_no_harm(server: ScriptedServer) -> None:
    server.answer = lambda body: "rice \ud83c\udf5a and \ud83c"
    assert ask(server).text == "rice 🍚 and \ufffd"


def test_an_error_of_the_listener_is_its_own(server: ScriptedServer) -> None:
    def fail(piece: str) -> None:
        raise ValueError("the screen is full")

    with pytest.raises(ValueError, match="the screen is full"):
        ask(server, on_text=fail)
    assert len(server.bodies) == 1


def test_credentials_go_to_the_server_and_nowhere_else(
    openai_server: OpenAIStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with_password = openai_server.address.replace("://", "://cook:hidden@")
    sent = {openai_server.address: "Bearer sk-secret", with_password: "Basic Y29vazpoaWRkZW4="}
    for address, authorization in sent.items():
        asked = endpoint(f"openai:cook@{address}", patience=QUICK)
        openai_server.script.append("refuse the key")
        with pytest.raises(EndpointError, match=r"refused the credentials .*401") as caught:
            asked.complete(ASKED, schema=None, max_tokens=9)
        assert openai_server.headers[-1]["Authorization"] == authorization
        for text in (json.dumps(asked.facts()), str(caught.value)):
            assert not re.search("secret|hidden|Y29v", text)
            assert openai_server.address in text


def test_facts_name_engine_model_client_and_server(server: ScriptedServer) -> None:
    facts = endpoint(spec(server)).facts()
    assert set(facts) == {"engine", "model", "client", "server"}
    assert facts["model"] == "cook"
    assert facts["client"].startswith(f"{facts['engine']} ")
    assert facts["server"].startswith(server.host)


def test_threads_share_an_endpoint(server: ScriptedServer) -> None:
    server.answer = lambda body: f"grain {body['messages'][0]['content']}"
    shared: Endpoint = endpoint(spec(server), patience=QUICK)
    heard: dict[str, str] = {}

    def work(name: str) -> None:
        messages = [{"role": "user", "content": name}]
        heard[name] = shared.complete(messages, schema=None, max_tokens=9).text

    threads = [threading.Thread(target=work, args=[f"{i:03}"]) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {f"{i:03}": f"grain {i:03}" for i in range(12)}


@pytest.mark.parametrize(
    "wrong", ["cook", "ollama:", "openai:cook", "openai:@http://x/v1", "openai:cook@host:1/v1"]
)
def test_other_specs_are_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(TopochefError, match=r"write ollama:NAME, as in"):
        endpoint(wrong)


def test_names_keep_their_tag_and_slashes(openai_server: OpenAIStandIn) -> None:
    assert endpoint("ollama:qwen3:4b").facts()["model"] == "qwen3:4b"
    asked = endpoint(f"openai:maker/model@2@{openai_server.address}")
    assert asked.facts()["model"] == "maker/model@2"


@pytest.mark.parametrize("library", ["ollama", "openai"])
def test_a_missing_library_names_the_extra(
    library: str, monkeypatch: pytest.MonkeyPatch, openai_server: OpenAIStandIn
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    name = "ollama:cook" if library == "ollama" else spec(openai_server)
    with pytest.raises(TopochefError, match=r"pip install 'topochef\[local\]'"):
        endpoint(name)


@pytest.mark.heavy
def test_torch_is_never_imported() -> None:
    code = (
        "import sys; from recipe_data.endpoints import endpoint; early = {*sys.modules};"
        "endpoint('ollama:cook'); endpoint('openai:cook@http://127.0.0.1:9/v1');"
        "print('torch' in sys.modules, early & {'ollama', 'openai', 'httpx'})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.home()
    )
    assert ran.stdout == "False set()\n"


def test_a_prompt_that_was_cut_is_an_error_with_its_remedy(server: ScriptedServer) -> None:
    """A server that keeps the end of what is too long for it, and says nothing of it."""
    server.reads = lambda body: 40
    long = [{"role": "user", "content": "grain " * 41}]
    asked = endpoint(spec(server), context_tokens=100, patience=QUICK)
    with pytest.raises(EndpointError, match=r"cut the prompt: it read 40 tokens of 41 words") as no:
        asked.complete(long, schema=None, max_tokens=9)
    assert "--max-model-len" in str(no.value)
    assert "OLLAMA_CONTEXT_LENGTH" in str(no.value)
    assert len(server.bodies) == 1
    server.reads = lambda body: 41
    assert asked.complete(long, schema=None, max_tokens=9).prompt_tokens == 41


def test_ollama_has_no_room_where_a_prompt_fills_what_was_asked_for(
    ollama_server: OllamaStandIn,
) -> None:
    ollama_server.answer = lambda body: TEXT
    ollama_server.reads = lambda body: 50
    with pytest.raises(EndpointError, match="fills all of its 50 tokens, or was cut"):
        endpoint("ollama:cook", context_tokens=50).complete(ASKED, schema=None, max_tokens=9)
    fits = endpoint("ollama:cook", context_tokens=51).complete(ASKED, schema=None, max_tokens=9)
    assert fits.prompt_tokens == 50


@pytest.mark.parametrize(("read", "told"), [(12, "it cut the prompt"), (17, "chat template")])
def test_a_prompt_of_another_length_than_the_models_is_an_error(
    server: ScriptedServer, read: int, told: str
) -> None:
    server.reads = lambda body: read
    counted = Counted(endpoint(spec(server)), lambda messages: {14, 15}, "cook-F16.gguf")
    with pytest.raises(EndpointError, match=told) as caught:
        counted.complete(ASKED, schema=None, max_tokens=9)
    assert f"read a prompt of {read} tokens, which has 14 by cook-F16.gguf" in str(caught.value)
    assert ("cut" in str(caught.value)) == (read < 14)
    for right in (14, 15):
        server.reads = lambda body, right=right: right  # type: ignore[misc]
        assert counted.complete(ASKED, schema=None, max_tokens=9).prompt_tokens == right
    assert counted.facts()["prompts_as_of"] == "cook-F16.gguf"


def test_where_a_server_counts_nothing_nothing_is_compared(openai_server: OpenAIStandIn) -> None:
    openai_server.answer = lambda body: TEXT
    openai_server.counts = False
    counted = Counted(endpoint(spec(openai_server)), lambda messages: {14}, "cook-F16.gguf")
    assert counted.complete(ASKED, schema=None, max_tokens=9).text == TEXT


@pytest.mark.parametrize("reason", ["content_filter", "tool_calls"])
def test_what_a_service_withholds_is_no_text_of_its_model(
    openai_server: OpenAIStandIn, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(
        openai_server, "_choice", lambda delta, _=None: _choice_ended(delta, reason)
    )
    with pytest.raises(NoTextError, match=reason):
        ask(openai_server)


def test_an_engine_that_breaks_off_is_no_answer(
    openai_server: OpenAIStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """vLLM ends what it was writing with `abort` when it is stopped."""
    monkeypatch.setattr(
        openai_server, "_choice", lambda delta, _=None: _choice_ended(delta, "abort")
    )
    with pytest.raises(EndpointError, match=r"broke off .*abort"):
        ask(openai_server)
    assert len(openai_server.bodies) == QUICK.tries


def _choice_ended(delta: dict[str, Any], reason: str) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None if delta else reason}
