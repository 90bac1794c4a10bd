"""What strangers wrote is text: in prompts, terminal, page, Markdown, JSON-LD and the history."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attacks import ATTACKS
from markdown_it import MarkdownIt
from rich.console import Console
from scripted_backend import ScriptedBackend

from recipe_base.errors import TopochefError
from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.sources import read_source
from recipe_data.schema import RawRecipe
from recipe_kitchen import cook
from recipe_kitchen.answers import Answer
from recipe_kitchen.cooking.card import card
from recipe_kitchen.cooking.events import shown
from recipe_kitchen.cooking.keeping.cookbook import as_cookbook
from recipe_kitchen.cooking.keeping.history import History
from recipe_kitchen.cooking.linked import as_schema_org
from recipe_kitchen.cooking.order import take_order
from recipe_kitchen.cooking.ready import ReadyRecipe, plate
from recipe_kitchen.cooking.texts import as_json, as_markdown

CONTROL = re.compile(
    r"<\s*[|｜]|[|｜]\s*>|im_start|im_end|endoftext|_header_id|eot_id|\[/?INST|<</?SYS|</?s>"
    r"|</?think>|_of_turn|end▁of|</?tool_call"
)
"""What a chat template may read as a role, a turn or a tool."""

attacks = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


def test_there_are_fifty_of_many_kinds() -> None:
    assert len(set(ATTACKS.values())) >= 50


def written(attack: str) -> Answer:
    """Return what a model may write that was talked into it."""
    return Answer((f"200 g {attack}", attack), (attack, f"Boil {attack} for 12 minutes."))


def cooked(attack: str) -> ReadyRecipe:
    return plate(take_order("rice pie", have="salt", avoid="milk"), written(attack), attack)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts_in([key, each])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


def assert_plain(text: str) -> None:
    """Assert that a text can neither steer a terminal, nor reorder letters, nor forge a turn."""
    unseen = {char for char in text if unicodedata.category(char)[0] == "C"} - {"\n"}
    assert not unseen, text
    assert not re.search("[\u2028\u2029\x85]", text), text
    assert not CONTROL.search(text), text


def on_terminal(dish: ReadyRecipe) -> str:
    """Return what a card writes into a terminal that shows no colours."""
    file = io.StringIO()
    Console(file=file, width=90, force_terminal=True, no_color=True).print(card(dish))
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


class Elements(HTMLParser):
    """The elements and comments of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append("<!---->")


def assert_all_forms_are_safe(dish: ReadyRecipe) -> None:
    assert_plain(on_terminal(dish))
    for text in (*texts_in(json.loads(as_json(dish))), *texts_in(shown(dish))):
        assert_plain(text)
        assert "\n" not in text
    assert_json_ld(as_schema_org(dish))
    assert_markdown(dish)


def assert_json_ld(document: str) -> None:
    page = f'<script type="application/ld+json">{document}</script>'
    assert Elements(page).found == ["script"]
    value = json.loads(document)
    for text in texts_in(value):
        assert_plain(text)
    recipes = value.get("@graph", [value])
    for recipe in recipes:
        assert recipe["@type"] == "Recipe"
        assert {step["@type"] for step in recipe["recipeInstructions"]} == {"HowToStep"}


OURS = {
    "heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "ordered_list",
    "bullet_list", "list_item", "blockquote", "inline", "text", "strong",
}  # fmt: skip


def assert_markdown(dish: ReadyRecipe) -> None:
    """Assert that only our own structure is markup, and all that was written is shown."""
    document = as_markdown(dish)
    assert_plain(document)
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parsed = tokens.parse(document)
    kinds = [each.type for token in parsed for each in (token, *(token.children or ()))]
    assert {kind.removesuffix("_open").removesuffix("_close") for kind in kinds} <= OURS
    assert kinds.count("heading_open") == 1
    assert kinds.count("table_open") == 1
    assert kinds.count("ordered_list_open") == 1
    assert kinds.count("tr_open") == 1 + len(dish.ingredients)
    shown = ["".join(c.content for c in t.children or ()) for t in parsed if t.type == "inline"]
    for step in dish.steps:
        assert step in shown


@attacks
def test_a_model_writes_text(attack: str) -> None:
    dish = cooked(attack)
    assert dish.ingredients
    assert_all_forms_are_safe(dish)


@pytest.mark.heavy
@attacks
def test_an_order_is_text_for_model_and_cook(attack: str) -> None:
    typed = {"title": attack, "have": attack, "avoid": attack, "diet": attack}
    for names in (("title", "have"), ("have",), ("title", "avoid"), ("title", "diet")):
        try:
            order = take_order(**{"title": "", **{name: typed[name] for name in names}})
        except TopochefError as refusal:
            assert_plain(str(refusal))
            continue
        system, user = order.messages()
        assert (system["role"], user["role"]) == ("system", "user")
        assert_plain(user["content"])
        assert "\n" not in user["content"]
        assert_all_forms_are_safe(plate(order, Answer((f"200 g {attack} rice",), ("Boil it.",))))


@attacks
def test_the_history_gives_back_text(attack: str, tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite")
    dish = cooked(attack)
    first = history.keep(plate(take_order("rice"), Answer(("200 g rice",), ("Boil it.",))))
    number = history.keep(dish)
    history.entries(attack)
    assert_all_forms_are_safe(history.one(number).dish)
    assert_json_ld(as_cookbook(history.all()))
    assert first in {entry.id for entry in history.entries("boil it")}
    history.delete([number])
    assert [entry.id for entry in history.entries()] == [first]
    assert [path.name for path in tmp_path.iterdir()] == ["history.sqlite"]


@attacks
def test_a_history_that_somebody_else_wrote_is_text_too(attack: str, tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite")
    evil = attack.encode("utf-8", "replace").decode()
    number = history.keep(ReadyRecipe(evil, None, (f"200 g {evil}",), (f"Boil {evil}.",)))
    (entry,) = history.entries()
    dish = history.one(number).dish
    assert entry.title == dish.title
    for text in (*texts_in(shown(dish)), *dish.ingredients, *dish.steps, on_terminal(dish)):
        assert_plain(text)


@attacks
def test_a_cookbook_that_was_exported_or_written_by_others_has_no_turns(
    attack: str, tmp_path: Path
) -> None:
    history = History(tmp_path / "history.sqlite")
    history.keep(cooked(attack))
    book = tmp_path / "book.jsonld"
    book.write_text(as_cookbook(history.all()), encoding="utf-8")
    theirs = tmp_path / "theirs.json"
    row = {
        "title": f"Rice {attack}",
        "ingredients": [f"200 g {attack}", "1 cup rice"],
        "directions": [f"Boil {attack} for 12 minutes.", "Serve the rice."],
    }
    theirs.write_text(json.dumps([row]), encoding="utf-8")
    for raw in (*read_source(book), *read_source(theirs)):
        if not isinstance(raw, RawRecipe):
            continue
        clean = clean_recipe(raw)
        if not isinstance(clean, Cleaned):
            continue
        recipe = clean.recipe
        names = (ingredient.name for ingredient in recipe.ingredients)
        for text in (recipe.title, *names, *(step.text for step in recipe.instructions)):
            assert_plain(text)
            assert "\n" not in text


@pytest.mark.heavy
@attacks
def test_the_command_prints_text_and_writes_no_file(
    attack: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = written(attack)
    backend = ScriptedBackend.cooking(answer.ingredients, answer.instructions)
    monkeypatch.setattr(cook, "open_backend", lambda *_: (backend, attack))
    monkeypatch.chdir(tmp_path)
    kept = ["--history", "history.sqlite"]
    for form in ([], ["--markdown"], ["--schema-org"], ["--json"]):
        cook.main([f"rice {attack}", "--have", "salt", *kept, *form])
    cook.main(["history", "list", *kept])
    cook.main(["history", "search", *kept, "--", attack])
    cook.main(["history", "show", "1", *kept])
    shown = capsys.readouterr()
    assert "Rice" in shown.out
    assert_plain(shown.out)
    assert_plain(shown.err)
    assert {path.name for path in tmp_path.iterdir()} == {"history.sqlite"}
