"""The local page's server: who may ask, and what comes back."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from scripted_backend import ScriptedBackend

from recipe_base.errors import TopochefError
from recipe_kitchen import cooking
from recipe_kitchen.asking import Decoder
from recipe_kitchen.choosing import Choose
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.kitchen import Kitchen
from recipe_kitchen.cooking.server import MAX_BODY_BYTES, Server, serve

SCRIPT = "<script>alert(1)</script>"
HOSTILE = ScriptedBackend.cooking(
    [f"200 g rice {SCRIPT}", "1 egg</textarea>\x1b[2J\u202e"],
    [f"Boil {SCRIPT} 5 minutes.", "<|im_start|>system"],
)


@contextmanager
def serving(backend: ScriptedBackend, **more: Any) -> Iterator[Server]:
    with Server(Kitchen(backend, "scripted", Decoder(max_tokens=99), **more), port=0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server whose model writes hostile text."""
    with serving(HOSTILE) as started:
        yield started


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]


def ask(server: Server, method: str, path: str, body: Any = None, **changes: str | None) -> Answer:
    """Send a request as the page itself does; `changes` replace headers, None takes one away."""
    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Origin": server.url,
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    if method == "POST":
        headers.setdefault("Content-Length", str(len(data)))
    for name, value in headers.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(data)
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def test_it_listens_on_this_machine_only(server: Server) -> None:
    # A server on every interface would answer here too, whether the machine has a network or not.
    with pytest.raises(OSError, match=r"refused|timed out"):
        socket.create_connection(("127.0.0.2", server.port), timeout=2)


def test_the_page_needs_nothing_from_elsewhere(server: Server) -> None:
    parts = [f"/{path.name}" for path in (files(cooking) / "page").iterdir()]
    assert len(parts) > 5
    for path in ("/", *parts):
        answer = ask(server, "GET", path)
        assert answer.status == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "https://" not in answer.body
        assert "innerHTML" not in answer.body
    page = ask(server, "GET", "/").body
    assert " style=" not in page
    assert " on" + "click=" not in page


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_only_resolves_to_this_machine_is_refused(
    server: Server, host: str | None
) -> None:
    assert ask(server, "GET", "/", Host=host).status == 421
    assert ask(server, "POST", "/cook", {"title": "Rice"}, Host=host).status == 421


def test_localhost_is_this_machine_too(server: Server) -> None:
    host = f"localhost:{server.port}"
    assert ask(server, "GET", "/", Host=host).status == 200
    body = {"title": "Rice"}
    assert ask(server, "POST", "/cook", body, Host=host, Origin=f"http://{host}").status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_other_pages_may_not_ask(server: Server, changes: dict[str, str | None]) -> None:
    asked = len(HOSTILE.asked)
    assert ask(server, "POST", "/cook", {"title": "Rice"}, **changes).status == 403
    assert len(HOSTILE.asked) == asked


@pytest.mark.parametrize(
    ("path", "body", "changes", "status"),
    [
        ("/cook", {"title": "Rice"}, {"Content_Type": "text/plain"}, 415),
        ("/cook", b"{", {}, 400),
        ("/cook", b"[" * 5_000, {}, 400),
        ("/cook", b"[1]", {}, 400),
        ("/cook", b"0\r\n\r\n", {"Content_Length": None, "Transfer_Encoding": "chunked"}, 411),
        ("/cook", b"", {"Content_Length": str(MAX_BODY_BYTES + 1)}, 413),
        ("/other", {"title": "Rice"}, {}, 405),
        ("/", {"title": "Rice"}, {}, 405),
        ("/scale", {"lines": ["1 egg"], "from": 0, "to": 2}, {}, 422),
        ("/scale", {"lines": "1 egg", "from": 1, "to": 2}, {}, 422),
        ("/scale", {"lines": ["x" * 999], "from": 1, "to": 2}, {}, 422),
        ("/scale", {"lines": ["1 egg"], "from": True, "to": 2}, {}, 422),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    server: Server, path: str, body: Any, changes: dict[str, str], status: int
) -> None:
    answer = ask(server, "POST", path, body, **changes)
    assert answer.status == status
    assert answer.events[0]["error"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"title": ""}, "say what to cook"),
        ({"title": 5}, "texts"),
        ({"title": "Rice", "servings": "4"}, "whole number"),
        ({"title": "Rice", "servings": 1e3}, "whole number"),
        ({"title": "Rice", "diet": "paleo"}, "vegetarian"),
        ({"title": "Rice", "avoid": "glutten"}, "gluten"),
    ],
)
def test_an_order_that_makes_no_sense_is_the_last_line(
    server: Server, body: dict[str, Any], reason: str
) -> None:
    (event,) = ask(server, "POST", "/cook", body).events
    assert reason in event["error"]


def test_a_recipe_comes_piece_by_piece_and_as_plain_text(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipe_kitchen.cooking.live.SECONDS_PER_FRAME", 0.0)
    order = {"title": "rice", "servings": 2, "avoid": "egg", "have": "rice", "diet": "vegan"}
    answer = ask(server, "POST", "/cook", order)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    first, *growing, last = answer.events
    assert first == {"draft": 1, "together": 1}
    lengths = [len(json.dumps(event["dish"]["lines"])) for event in growing]
    assert len(lengths) > 5
    assert lengths[0] < lengths[-1]
    dish = last["dish"]
    assert last["done"]
    assert dish["title"] == "Rice"
    assert SCRIPT in dish["lines"][0]
    assert SCRIPT in dish["steps"][0][0]["text"]
    assert {"text": "5 minutes", "kind": "time"} in dish["steps"][0]
    assert dish["lines"][1] == "1 egg</textarea>[2J"
    assert any("holds egg" in warning for warning in dish["warnings"])
    assert any("not vegan" in warning for warning in dish["warnings"])
    assert last["linked"]["@type"] == "Recipe"


def test_an_unfinished_recipe_and_a_broken_model_are_told(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serving(ScriptedBackend('{"ingr', finish_reason="length")) as server:
        assert "--max-tokens" in ask(server, "POST", "/cook", {"title": "Rice"}).events[-1]["error"]
    with serving(ScriptedBackend("", trouble=RuntimeError("boom"))) as server:
        told = ask(server, "POST", "/cook", {"title": "Rice"}).events[-1]["error"]
        assert "boom" not in told
        assert "see the terminal" in told
    assert "RuntimeError: boom" in capfd.readouterr().err


def test_a_browser_that_goes_stops_the_model_and_the_next_one_is_served() -> None:
    foods = [f"200 g {letter}berries" for letter in "abcdefghijklmnopqrstuvwxyz"]
    backend = ScriptedBackend.cooking(foods, [f"Boil {i}. " * 40 for i in range(30)])
    backend.before_piece = lambda: time.sleep(0.1)  # longer than a frame
    pieces = len(backend.text) // 9
    with serving(backend) as server:
        connection = socket.create_connection(("127.0.0.1", server.port))
        body = json.dumps({"title": "Rice"})
        connection.sendall(
            f"POST /cook HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Origin: {server.url}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        assert connection.recv(100)
        connection.close()
        backend.before_piece = lambda: time.sleep(0.1) if len(backend.asked) == 1 else None
        assert ask(server, "POST", "/cook", {"title": "Soup"}).events[-1]["done"]
        assert len(backend.asked) == 2
        assert backend.written < 2 * pieces


def test_one_recipe_at_a_time() -> None:
    backend = ScriptedBackend.cooking(["200 g rice"], ["Boil."])
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(10)

    backend.before_piece = hold
    answers: list[Answer] = []
    with serving(backend) as server:
        threads = [
            threading.Thread(
                target=lambda: answers.append(ask(server, "POST", "/cook", {"title": "Rice"}))
            )
            for _ in range(2)
        ]
        threads[0].start()
        assert begun.wait(10)
        threads[1].start()
        time.sleep(0.2)
        assert len(backend.asked) == 1
        go_on.set()
        for thread in threads:
            thread.join(10)
    assert [answer.events[-1]["done"] for answer in answers] == [True, True]
    assert sum({"waiting": True} in answer.events for answer in answers) == 1


def test_amounts_are_scaled_by_the_projects_rule(server: Server) -> None:
    body = {"lines": ["320 g spaghetti", "3 eggs", "5 ml salt"], "from": 2, "to": 3}
    (answer,) = ask(server, "POST", "/scale", body).events
    assert [line["amount"] for line in answer["ingredients"]] == ["480 g", "5", "8.2 g"]
    same = ask(server, "POST", "/scale", {**body, "to": 2}).events[0]["ingredients"]
    assert [line["amount"] for line in same] == ["320 g", "3", "6 g"]


def test_what_is_cooked_is_kept_found_starred_and_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = ScriptedBackend.cooking(["200 g rice"], ["Boil it."])
    history = History(tmp_path / "history.sqlite")
    with serving(backend, history=history) as server:

        def question(name: str, **body: Any) -> dict[str, Any]:
            (answer,) = ask(server, "POST", f"/{name}", body or {"all": 1}).events
            return answer

        assert question("menu") == {"models": ["scripted"], "model": "scripted", "keeps": True}
        assert question("history") == {"entries": [], "more": False}
        done = ask(server, "POST", "/cook", {"title": "rice pie"}).events[-1]
        assert done["number"] == 1
        ask(server, "POST", "/cook", {"title": "rice soup"})
        assert [e["title"] for e in question("history")["entries"]] == ["Rice Soup", "Rice Pie"]
        assert [e["id"] for e in question("history", words="pies")["entries"]] == [1]
        assert question("star", number=1, favourite=True) == {"favourite": True}
        assert [e["id"] for e in question("history", favourites=True)["entries"]] == [1]
        again = question("recipe", number=1)
        assert again["favourite"]
        assert again["dish"] == done["dish"]
        assert again["linked"] == done["linked"]
        assert question("export", favourites=True)["count"] == 1
        assert json.loads(question("export")["document"])["@graph"][1]["name"] == "Rice Soup"
        monkeypatch.setattr("recipe_kitchen.cooking.shelf.MOST_LISTED", 1)
        newest = question("history")
        assert [e["id"] for e in newest["entries"]] == [2]
        assert newest["more"]
        assert question("delete", number=2) == {}
        assert [entry.id for entry in history.entries()] == [1]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("recipe", {"number": 7}),
        ("recipe", {"number": "1"}),
        ("recipe", {"number": True}),
        ("recipe", {"number": 1 << 70}),
        ("star", {"number": 1}),
        ("star", {"number": 1, "favourite": 1}),
        ("delete", {}),
        ("history", {"words": ["a"]}),
        ("history", {"favourites": "yes"}),
    ],
)
def test_a_history_refuses_nonsense(tmp_path: Path, name: str, body: dict[str, Any]) -> None:
    with serving(HOSTILE, history=History(tmp_path / "history.sqlite")) as server:
        answer = ask(server, "POST", f"/{name}", body or {"all": 1})
        assert answer.status == 422
        assert answer.events[0]["error"]


def test_without_a_history_nothing_is_kept_and_the_page_says_how_to(server: Server) -> None:
    assert not ask(server, "POST", "/menu", {"all": 1}).events[0]["keeps"]
    assert "number" not in ask(server, "POST", "/cook", {"title": "rice"}).events[-1]
    answer = ask(server, "POST", "/history", {"words": ""})
    assert answer.status == 422
    assert "--no-history" in answer.events[0]["error"]


def test_a_recipe_that_cannot_be_kept_is_shown_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.write_text("no history " * 99)
    with serving(HOSTILE, history=History(path)) as server:
        done = ask(server, "POST", "/cook", {"title": "rice"}).events[-1]
        assert done["done"]
        assert str(path) in done["unkept"]


def test_another_model_is_loaded_when_it_is_chosen() -> None:
    soup = ScriptedBackend.cooking(["1 l stock"], ["Heat the stock."])
    loaded: list[str] = []

    def load() -> ScriptedBackend:
        loaded.append("soup")
        return soup

    rice = ScriptedBackend.cooking(["200 g rice"], ["Boil it."])
    with serving(rice, others={"soup": load}) as server:
        menu = ask(server, "POST", "/menu", {"all": 1}).events[0]
        assert (menu["models"], menu["model"]) == (["scripted", "soup"], "scripted")
        assert not loaded
        first, *_, done = ask(server, "POST", "/cook", {"title": "x", "model": "soup"}).events
        assert first == {"loading": "soup"}
        assert done["dish"]["lines"] == ["1 l stock"]
        assert done["dish"]["author"] == "soup"
        assert "soup" in done["linked"]["description"]
        again = ask(server, "POST", "/cook", {"title": "x", "model": "soup"}).events
        assert {"loading": "soup"} not in again
        back = ask(server, "POST", "/cook", {"title": "x", "model": "scripted"}).events[-1]
        assert back["dish"]["lines"] == ["200 g rice"]
        assert loaded == ["soup"]
        gone = ask(server, "POST", "/cook", {"title": "x", "model": "gone"}).events[-1]
        assert "reload the page" in gone["error"]


def test_every_draft_is_told() -> None:
    butter = ScriptedBackend.cooking(["30 g butter"], ["Melt the butter."])
    decoder = Decoder(99, choose=Choose("checked", 3))
    with Server(Kitchen(butter, "scripted", decoder), port=0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        order = {"title": "rice", "diet": "vegan"}
        events = ask(server, "POST", "/cook", order).events
        server.shutdown()
        thread.join(10)
    assert [event["draft"] for event in events if "draft" in event] == [1, 2, 3]


def test_it_ends_while_a_recipe_is_being_written() -> None:
    backend = ScriptedBackend.cooking(["200 g rice"], ["Boil. " * 99])
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(20)

    backend.before_piece = hold
    with Server(Kitchen(backend, "scripted", Decoder(99)), port=0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def order() -> None:
            with suppress(OSError, http.client.HTTPException):  # it is cut off
                ask(server, "POST", "/cook", {"title": "Rice"})

        threading.Thread(target=order, daemon=True).start()
        assert begun.wait(10)
        server.shutdown()
        thread.join(5)
        assert not thread.is_alive()
    go_on.set()


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    for port in (server.port, 99_999):
        with pytest.raises(TopochefError, match="choose another --port"):
            serve(Kitchen(HOSTILE, "scripted", 99), port)
