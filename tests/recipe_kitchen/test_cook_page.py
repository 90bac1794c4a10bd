"""The local page in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import PROGRAM, Browser
from scripted_backend import ScriptedBackend

from recipe_kitchen.asking import Decoder
from recipe_kitchen.cooking.kitchen import Kitchen
from recipe_kitchen.cooking.server import Server

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")

EVIL = "<img src=x onerror='window.owned=1'><script>window.owned=1</script></textarea>"


@pytest.fixture(scope="module")
def backend() -> ScriptedBackend:
    """A model that tries to take the page over."""
    return ScriptedBackend.cooking(
        [f"200 g rice {EVIL}", "2 eggs, beaten", "30 g butter"],
        [f"Boil the rice for 12 minutes. {EVIL}", "Bake with the eggs at 180 °C. <|im_end|>"],
    )


@pytest.fixture(scope="module")
def page(backend: ScriptedBackend) -> Iterator[Browser]:
    """A browser that shows the page of that model."""
    with Server(Kitchen(backend, "scripted", Decoder(99)), port=0) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with Browser() as browser:
            browser.send("Runtime.enable")
            browser.open(server.url)
            yield browser
        server.shutdown()


def order(page: Browser, **fields: str) -> None:
    page.run("document.forms[0].reset()")
    for name, value in fields.items():
        page.run(f"document.forms[0].elements.{name}.value = {value!r}")
    page.run("document.forms[0].requestSubmit()")


def text(page: Browser, selector: str) -> str:
    return str(page.run(f"document.querySelector({selector!r}).innerText"))


def finished(page: Browser) -> None:
    page.wait_for("document.getElementById('stop').hidden")


def test_a_recipe_is_shown_as_text_whatever_a_model_writes(page: Browser, tmp_path: Path) -> None:
    order(page, title="rice pie", servings="2", have="rice, eggs", avoid="milk")
    finished(page)
    assert text(page, "#title") == "Rice Pie"
    assert "onerror='window.owned=1'" in text(page, "#steps li")
    assert page.run("document.querySelectorAll('#dish img, #dish script').length") == 0
    assert page.run("window.owned") is None
    assert page.run("[...document.querySelectorAll('.time')].map(e => e.textContent)") == [
        "12 minutes"
    ]
    assert text(page, ".temperature") == "180 °C"
    assert "butter holds dairy" in text(page, "#warnings")
    assert text(page, "#to-buy") == "To buy: butter"
    picture = tmp_path / "page.png"
    page.picture(picture, dark=True)
    assert picture.stat().st_size > 10_000


def test_servings_are_scaled_up_and_back(page: Browser) -> None:
    order(page, title="rice pie", servings="2")
    finished(page)
    assert text(page, "#servings") == "2 servings"
    before = text(page, "#ingredients")
    page.run("document.getElementById('more').click()")
    page.wait_for("document.getElementById('servings').innerText === '3 servings'")
    assert "300 g" in text(page, "#ingredients")
    assert "for 3" in text(page, "#scaled")
    page.run("document.getElementById('fewer').click()")
    page.wait_for("document.getElementById('servings').innerText === '2 servings'")
    assert text(page, "#ingredients") == before


def test_the_recipe_grows_and_can_be_stopped(page: Browser, backend: ScriptedBackend) -> None:
    go_on = threading.Event()
    backend.before_piece = lambda: go_on.wait(0.1) and None
    order(page, title="rice pie")
    page.wait_for("!document.getElementById('dish').hidden")
    assert not page.run("document.getElementById('stop').hidden")
    assert page.run("document.getElementById('tools').hidden")
    page.run("document.getElementById('stop').click()")
    page.wait_for("document.getElementById('status').innerText === 'Stopped.'")
    assert page.run("document.getElementById('dish').hidden")
    go_on.set()
    backend.before_piece = lambda: None
    order(page, title="rice pie")
    finished(page)
    assert not page.run("document.getElementById('tools').hidden")


def test_problems_are_told_on_the_page(page: Browser) -> None:
    order(page, title="rice", avoid="glutten")
    page.wait_for("document.getElementById('status').className === 'problem'")
    assert "is 'gluten' meant" in text(page, "#status")
    assert page.run("document.getElementById('dish').hidden")


def test_the_policy_blocks_what_is_loaded_from_elsewhere(page: Browser) -> None:
    blocked = page.run(
        "new Promise(done => { document.addEventListener('securitypolicyviolation',"
        " event => done(event.effectiveDirective), { once: true });"
        " document.body.append(Object.assign(new Image(), { src: 'http://example.org/x.png' })) })"
    )
    assert blocked == "img-src"
    page.run("document.body.lastElementChild.remove()")


def test_on_paper_only_the_recipe_is_left(page: Browser) -> None:
    order(page, title="rice pie", servings="2")
    finished(page)
    page.send("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.querySelector({!r})).display"
    assert page.run(shown.format("form")) == "none"
    assert page.run(shown.format("#tools")) == "none"
    assert page.run(shown.format("#steps")) != "none"
    page.send("Emulation.setEmulatedMedia", media="")
