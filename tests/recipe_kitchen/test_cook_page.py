"""The local page in a real browser."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from attacks import ATTACKS
from browser import PROGRAM, Browser
from scripted_backend import ScriptedBackend

from recipe_base.errors import TopochefError
from recipe_kitchen.asking import Decoder
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.kitchen import Kitchen
from recipe_kitchen.cooking.ready import ReadyRecipe
from recipe_kitchen.cooking.server import Server

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine"),
]

EVIL = "<img src=x onerror='window.owned=true'><script>window.owned=true</script></textarea>"


@pytest.fixture(scope="module")
def backend() -> ScriptedBackend:
    """A model that tries to take the page over."""
    return ScriptedBackend.cooking(
        [f"200 g rice {EVIL}", "2 eggs, beaten", "30 g butter"],
        [f"Boil the rice for 12 minutes. {EVIL}", "Bake with the eggs at 180 °C. <|im_end|>"],
    )


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Where the page keeps what it cooks."""
    return History(tmp_path_factory.mktemp("kept") / "history.sqlite")


@pytest.fixture(scope="module")
def server(backend: ScriptedBackend, history: History) -> Iterator[Server]:
    """The page of that model, and of one more that writes soup."""
    soup = ScriptedBackend.cooking(["1 l stock"], ["Heat the stock for 5 minutes."])
    kitchen = Kitchen(backend, "scripted", Decoder(99), history, {"soup": lambda: soup})
    with Server(kitchen, port=0) as started:
        thread = threading.Thread(target=started.serve_forever, daemon=True)
        thread.start()
        yield started
        started.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    """A browser that tells of every fault of the page."""
    with Browser() as started:
        started.send("Runtime.enable")
        grants = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        started.send("Browser.grantPermissions", permissions=grants, origin=server.url)
        yield started


@pytest.fixture
def page(
    browser: Browser, server: Server, history: History, backend: ScriptedBackend
) -> Iterator[Browser]:
    """The page as it is opened first, with nothing in the history; the model is left as it was."""
    with suppress(TopochefError):
        history.clear()
    browser.send("Emulation.setEmulatedMedia", media="", features=[])
    browser.resize(1280, 800)
    browser.open("about:blank")
    browser.open(f"{server.url}/")
    browser.wait_for("!document.getElementById('nav').hidden")
    text = backend.text
    yield browser
    backend.text, backend.before_piece = text, lambda: None


def order(page: Browser, **fields: str) -> None:
    page.run("document.getElementById('order').reset()")
    for name, value in fields.items():
        page.run(f"document.getElementById('order').elements.{name}.value = {value!r}")
    page.run("document.getElementById('order').requestSubmit()")


def text(page: Browser, selector: str) -> str:
    return str(page.run(f"document.querySelector({selector!r}).innerText"))


def finished(page: Browser) -> None:
    page.wait_for("document.getElementById('stop').hidden")


def cooked(page: Browser, **fields: str) -> None:
    """Order a recipe and wait for it."""
    order(page, **fields)
    finished(page)


def click(page: Browser, selector: str) -> None:
    page.run(f"document.querySelector({selector!r}).click()")


def entries(page: Browser) -> list[str]:
    """Return the titles of the list, once it has been asked for anew."""
    page.run("import('/history.js').then((module) => module.list())")
    found: list[str] = page.run("[...document.querySelectorAll('.name')].map(e => e.innerText)")
    return found


def opened(page: Browser, number: int = 0) -> None:
    """Open the entry of the list at this place."""
    page.run(f"document.querySelectorAll('.entry')[{number}].click()")
    page.wait_for("document.activeElement.id === 'title'")
    assert page.run("document.getElementById('history').hidden")


def back(page: Browser) -> None:
    """Go back to the list."""
    page.run("history.back()")
    page.wait_for("document.activeElement.id === 'history-heading'")


AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
SIZES = {"phone": (390, 844, True), "desktop": (1280, 800, False)}


def test_a_recipe_is_shown_as_text_whatever_a_model_writes(page: Browser, tmp_path: Path) -> None:
    order(page, title="rice pie", servings="2", have="rice, eggs", avoid="milk")
    finished(page)
    assert text(page, "#title") == "Rice Pie"
    assert "onerror='window.owned=true'" in text(page, "#steps li")
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
    page.wait_for("document.getElementById('said').innerText === 'Stopped.'")
    assert page.run("document.getElementById('dish').hidden")
    go_on.set()
    backend.before_piece = lambda: None
    order(page, title="rice pie")
    finished(page)
    assert not page.run("document.getElementById('tools').hidden")


def test_what_is_awaited_is_said(page: Browser, backend: ScriptedBackend) -> None:
    go_on = threading.Event()
    backend.before_piece = lambda: go_on.wait(20) and None
    order(page, title="rice pie")
    page.wait_for("document.getElementById('said').innerText === 'The model reads the order…'")
    page.wait_for("document.getElementById('elapsed').innerText === '1 s'")
    assert page.run("document.getElementById('elapsed').ariaHidden") == "true"
    assert page.run("document.getElementById('dish').getAttribute('aria-busy')") == "true"
    go_on.set()
    backend.before_piece = lambda: None
    finished(page)
    assert text(page, "#said").startswith("Rice Pie is ready after ")
    assert text(page, "#elapsed") == ""
    assert page.run("document.getElementById('dish').getAttribute('aria-busy')") == "false"


def test_a_model_is_chosen_from_the_menu_and_named(page: Browser) -> None:
    assert page.run("[...document.querySelectorAll('#models option')].map(o => o.value)") == [
        "scripted",
        "soup",
    ]
    cooked(page, title="soup of the day", model="soup")
    assert "stock" in text(page, "#ingredients")
    assert "(soup)" in text(page, "#origin")
    cooked(page, title="rice pie", model="scripted")
    assert "rice" in text(page, "#ingredients")


def asked(page: Browser, question: str) -> None:
    """Ask in the cook's own words and wait for all of the answer."""
    page.run(f"document.getElementById('question').elements.words.value = {question!r}")
    page.run("document.getElementById('question').requestSubmit()")
    answered(page)


def answered(page: Browser) -> None:
    """Wait for all of an answer."""
    page.wait_for(
        "!document.getElementById('answer').hidden"
        " && !document.getElementById('wait').firstElementChild.textContent"
    )


def test_rule_and_model_stand_beside_each_other(page: Browser, backend: ScriptedBackend) -> None:
    cooked(page, title="rice pie", servings="2")
    backend.text = '{"ingredients":["500 g rice","2 eggs","30 g butter"]}'
    click(page, "[aria-controls=people]")
    assert page.run("document.activeElement.name") == "count"
    page.run("document.getElementById('people').elements.count.value = 6")
    page.run("document.getElementById('people').requestSubmit()")
    answered(page)
    shown = text(page, "#answer")
    assert "By rule\n600 g rice" in shown
    assert "scripted says\n500 g rice" in shown
    assert "600 g rice" in shown
    backend.text = '{"answer":"12 min"}'
    asked(page, "How long do I boil the rice?")
    assert "12 min" in text(page, ".said")
    assert "scripted agrees" in text(page, "#answer")
    assert page.run("document.querySelectorAll('#answer .said').length") == 1
    page.run("document.getElementById('question').elements.words.value = 'Who are you?'")
    page.run("document.getElementById('question').requestSubmit()")
    page.wait_for("document.getElementById('wait').className === 'problem'")
    assert page.run("document.querySelector('#wait.problem').innerText").startswith("that is no")


def test_what_the_rules_know_waits_for_no_model(page: Browser, backend: ScriptedBackend) -> None:
    cooked(page, title="rice pie", servings="2")
    go_on = threading.Event()
    backend.text = '{"ingredients":["30 g margarine"]}'
    backend.before_piece = lambda: go_on.wait(20) and None
    click(page, "[aria-controls=foods]")
    foods = page.run("[...document.querySelectorAll('#foods button')].map(e => e.innerText)")
    assert foods[-1] == "butter"
    page.run("[...document.querySelectorAll('#foods button')].pop().click()")
    page.wait_for("document.getElementById('wait').innerText.startsWith('scripted is asked…')")
    assert "By rule" in text(page, "#answer")
    assert "margarine" not in text(page, "#answer")
    go_on.set()
    backend.before_piece = lambda: None
    answered(page)
    assert "margarine" in text(page, "#answer")


def test_other_drafts_are_shown_and_kept(page: Browser, history: History) -> None:
    page.run(
        "window.fetched = window.fetch; window.fetch = (path, sent) => path !== '/another' ?"
        " window.fetched(path, sent) : Promise.resolve(new Response(JSON.stringify({"
        " ...window.dish, others: 0, request: 1, number: 7 })))"
    )
    cooked(page, title="rice pie")
    assert page.run("document.getElementById('another').hidden")
    page.run(
        "import('/dish.js').then((module) => { window.dish = { dish: { title: 'Draft', servings: 2,"
        " lines: ['1 egg'], ingredients: [{ amount: '1', name: 'egg', note: '' }],"
        " steps: [[{ text: 'Fry.', kind: 'plain' }]], warnings: [], notes: [], avoid: '', diet: ''"
        " }, linked: {} }; module.showWhole({ ...window.dish, others: 2, request: 1 }) })"
    )
    assert text(page, "#another") == "Another draft (2)"
    click(page, "#another")
    page.wait_for("document.getElementById('said').innerText.includes('the last one')")
    assert page.run("document.getElementById('another').hidden")
    assert page.run("document.activeElement.id") == "title"


def test_a_history_is_listed_searched_starred_and_deleted(page: Browser, history: History) -> None:
    click(page, "a[href='#history']")
    page.wait_for("!document.getElementById('nothing').hidden")
    assert text(page, "#nothing") == "Nothing was cooked yet."
    click(page, "a[href='#cook']")
    for title in ("rice pie", "plum tart"):
        cooked(page, title=title, servings="2")
    assert page.run("document.getElementById('star').ariaPressed") == "false"
    click(page, "#star")
    page.wait_for("document.getElementById('star').ariaPressed === 'true'")
    assert [entry.favourite for entry in history.entries()] == [True, False]
    click(page, "a[href='#history']")
    page.wait_for("document.querySelectorAll('.entry').length === 2")
    assert page.run("document.activeElement.id") == "history-heading"
    assert page.run("document.querySelector('[aria-current]').innerText") == "History"
    assert page.run("document.getElementById('dish').hidden")
    assert "favourite" in text(page, ".entry")
    page.run("document.getElementById('search').elements.words.value = 'pies'")
    assert entries(page) == ["Rice Pie"]
    page.run("document.getElementById('search').elements.words.value = 'lasagne'")
    assert entries(page) == []
    assert text(page, "#nothing") == "No recipe holds all of these words."
    page.run("document.getElementById('search').reset()")
    page.run("document.getElementById('search').elements.favourites.checked = true")
    assert entries(page) == ["Plum Tart"]
    page.run("document.getElementById('search').reset()")
    assert entries(page) == ["Plum Tart", "Rice Pie"]
    opened(page, 1)
    assert text(page, "#title") == "Rice Pie"
    assert text(page, "#servings") == "2 servings"
    click(page, "#delete")
    assert text(page, "#delete") == "Delete it for good?"
    page.run("document.getElementById('delete').dispatchEvent(new Event('blur'))")
    assert text(page, "#delete") == "Delete"
    assert len(history.entries()) == 2
    click(page, "#delete")
    click(page, "#delete")
    page.wait_for("document.activeElement.id === 'history-heading'")
    assert page.run("document.getElementById('dish').hidden")
    assert page.run("location.hash") == "#history"
    assert entries(page) == ["Plum Tart"]
    assert text(page, "#said") == "Rice Pie is deleted."


def test_a_recipe_that_cannot_be_kept_is_shown_and_the_reason_told(
    page: Browser, history: History
) -> None:
    good = history.path.read_bytes()
    history.path.write_text("spoilt " * 500)
    cooked(page, title="rice pie")
    history.path.write_bytes(good)
    assert not page.run("document.getElementById('tools').hidden")
    assert str(history.path) in text(page, "#said")
    assert page.run("document.getElementById('star').hidden")


def test_it_is_shared_as_text_that_follows_the_servings(page: Browser) -> None:
    cooked(page, title="rice pie", servings="2", avoid="egg")
    page.run("document.getElementById('more').click()")
    page.wait_for("document.getElementById('servings').innerText === '3 servings'")
    page.send("Page.bringToFront")
    click(page, "#copy")
    page.wait_for("document.getElementById('said').innerText === 'Copied.'")
    lines = page.run("navigator.clipboard.readText()").splitlines()
    assert lines[:2] == ["Rice Pie", "3 servings"]
    assert "- 3 eggs, beaten" in lines
    assert "- 45 g butter" in lines
    assert lines.index("Ingredients") < lines.index("Method") < lines.index("Check before cooking")
    assert any(line.startswith("2. Bake with the eggs at 180 °C.") for line in lines)
    assert any("are for 2" in line for line in lines)


def test_all_can_be_done_with_a_keyboard(page: Browser, history: History) -> None:
    seen = []
    for _ in range(7):
        seen.append(page.run("document.activeElement.name || document.activeElement.textContent"))
        page.press("Tab")
    assert seen == ["title", "have", "servings", "diet", "avoid", "model", "Cook"]
    page.run("document.getElementById('order').elements.title.focus()")
    page.write("rice pie")
    page.press("Enter")
    page.wait_for("!document.getElementById('tools').hidden")
    page.run("document.getElementById('star').focus()")
    page.press(" ")
    page.wait_for("document.getElementById('star').ariaPressed === 'true'")
    page.run("document.querySelector('nav a:last-child').focus()")
    page.press("Enter")
    page.wait_for("document.querySelectorAll('.entry').length === 1")
    page.run("document.querySelector('.entry').focus()")
    page.press("Enter")
    page.wait_for("document.activeElement.id === 'title'")
    back(page)
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    page.run("document.getElementById('search').elements.words.focus()")
    page.press("Tab")
    assert page.run(outline) == "solid"


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off(page: Browser, size: str, tmp_path: Path) -> None:
    page.resize(*SIZES[size])
    width = SIZES[size][0]
    long = "Wholegrain-buckwheat-and-chestnut-dumplings-with-everything"
    cooked(page, title=long, servings="12", avoid="milk, nuts, egg", diet="vegan", have="rice")
    elements = "[...document.querySelectorAll('body *')]"
    wide = f"Math.max(...{elements}.map(e => e.getBoundingClientRect().right))"
    assert page.run(wide) <= width
    click(page, "a[href='#history']")
    page.wait_for("document.querySelectorAll('.entry').length === 1")
    opened(page)
    assert page.run(wide) <= width
    if size == "phone":
        touched = "e.matches('button, input, select, nav a') && e.offsetHeight"
        low = "e.offsetHeight < 40 && e.type !== 'checkbox'"
        small = f"{elements}.filter(e => {touched} && {low}).map(e => e.outerHTML)"
        assert page.run(small) == []


def test_it_is_dark_where_the_cook_likes_it_dark(page: Browser, tmp_path: Path) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    page.picture(tmp_path / "light.png", dark=False)
    light = page.run(colour)
    page.picture(tmp_path / "dark.png", dark=True)
    assert light == "rgb(251, 247, 241)"
    assert page.run(colour) == "rgb(28, 25, 23)"


@pytest.mark.skipif(
    not AXE.is_file(), reason="no axe-core: npm install axe-core, AXE_CORE=its file"
)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(page: Browser, size: str, dark: bool, tmp_path: Path) -> None:
    page.resize(*SIZES[size])
    page.picture(tmp_path / "page.png", dark=dark)
    page.run(AXE.read_text(encoding="utf-8") + ";0")
    check = (
        "axe.run().then(({violations}) => violations.map("
        "v => `${v.impact} ${v.id}: ${v.nodes.map(n => n.target).join(' ')}`))"
    )
    assert page.run(check) == []
    cooked(page, title="rice pie", servings="2", avoid="milk, zorblax", have="rice")
    click(page, "#star")
    page.wait_for("document.getElementById('star').ariaPressed === 'true'")
    assert page.run(check) == []
    click(page, "[aria-controls=foods]")
    asked(page, "For 6.")
    assert page.run(check) == []
    click(page, "[aria-controls=people]")
    asked(page, "How long?")
    assert page.run(check) == []
    click(page, "a[href='#history']")
    page.wait_for("document.querySelectorAll('.entry').length === 1")
    assert page.run(check) == []
    opened(page)
    assert page.run(check) == []
    order(page, title="rice", avoid="glutten")
    page.wait_for("document.getElementById('status').className === 'problem'")
    assert page.run(check) == []


def test_no_attack_in_the_history_becomes_part_of_the_page(page: Browser, history: History) -> None:
    for attack in ATTACKS.values():
        evil = attack.encode("utf-8", "replace").decode()
        history.keep(ReadyRecipe(evil, 2, (f"200 g {evil}",), (f"Boil {evil} for 5 minutes.",)))
    elements = "[...new Set([...document.querySelectorAll('main *')].map(e => e.localName))].sort()"
    click(page, "a[href='#history']")
    page.wait_for(f"document.querySelectorAll('.entry').length === {len(ATTACKS)}")
    page.run("window.alert = () => { window.owned = 7 }")
    before = page.run(elements)
    for number in range(len(ATTACKS)):
        opened(page, number)
        assert page.run(elements) == sorted({*before, "tr", "td"})
        back(page)
    assert page.run("window.owned") is None
    assert page.run("document.querySelectorAll('script').length") == 1


def test_problems_are_told_on_the_page(page: Browser) -> None:
    order(page, title="rice", avoid="glutten")
    page.wait_for("document.getElementById('status').className === 'problem'")
    assert "is 'gluten' meant" in text(page, "#said")
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
    assert page.run(shown.format("#cook")) == "none"
    assert page.run(shown.format("header")) == "none"
    assert page.run(shown.format("#tools")) == "none"
    assert page.run(shown.format("#asking")) == "none"
    assert page.run(shown.format("#steps")) != "none"
    page.send("Emulation.setEmulatedMedia", media="")
