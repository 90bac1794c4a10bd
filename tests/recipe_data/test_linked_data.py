"""schema.org recipes in JSON-LD files and web pages, wherever they stand and however worded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.sources import identity, read_source, source_size
from recipe_data.building.sources.jsonld import MAX_DEPTH
from recipe_data.schema import RawRecipe, Rejection

LINKED = {
    "@context": "https://schema.org",
    "@type": "Recipe",
    "name": "Pea Risotto",
    "recipeYield": "4 servings",
    "recipeIngredient": ["1 c. rice"],
    "recipeInstructions": "Boil.\nStir.",
}


def read(path: Path, content: Any) -> list[RawRecipe | Rejection]:
    data = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_source(path))


def outcomes(rows: list[RawRecipe | Rejection]) -> list[str]:
    """Return the title of every row that is used and the reason of every other."""
    return [r.title if isinstance(r, RawRecipe) else r.reason for r in rows]


STEP = {"@type": "HowToStep", "text": "Stir."}


@pytest.mark.parametrize(
    "instructions",
    [
        "Boil.\nStir.",
        "<ol><li>Boil.</li><li class='a'>Stir.</li></ol>",
        ["Boil.", "Stir."],
        [{"@type": "HowToStep", "name": "Boil."}, STEP],
        [{"@type": "HowToSection", "name": "Rice", "itemListElement": ["Boil.", STEP]}],
        {"@type": "ItemList", "itemListElement": [{"@type": "HowToStep", "text": "Boil."}, STEP]},
        [{"@type": "HowToStep", "itemListElement": [{"text": "Boil."}, {"text": "Stir."}]}],
    ],
)
def test_instructions_in_every_form_are_the_same_steps(tmp_path: Path, instructions: Any) -> None:
    recipe = {**LINKED, "recipeInstructions": instructions, "url": "example.com/1"}
    expected = RawRecipe(
        row=1,
        title="Pea Risotto",
        ingredients=("1 c. rice",),
        directions=("Boil.", "Stir.", "Serves 4."),
        source="example.com/1",
    )
    assert read(tmp_path / "a.jsonld", recipe) == [expected]
    cleaned = clean_recipe(expected)
    assert isinstance(cleaned, Cleaned)
    assert cleaned.recipe.servings == 4
    assert [step.text for step in cleaned.recipe.instructions] == ["Boil.", "Stir."]


@pytest.mark.parametrize("name", ["a.jsonld", "a.json"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda a, b: [a, b],
        lambda a, b: {"@context": "x", "@graph": [{"@type": "WebPage"}, a, {"@type": "Person"}, b]},
        lambda a, b: {"@type": "ItemList", "itemListElement": [{"item": a}, {"item": b}]},
        lambda a, b: [{"@type": "WebPage", "mainEntity": a}, {"@graph": [b]}],
    ],
)
def test_recipes_are_found_wherever_they_stand(tmp_path: Path, name: str, wrap: Any) -> None:
    other = {**LINKED, "@type": ["http://schema.org/Recipe", "NewsArticle"], "name": "BLT"}
    found = read(tmp_path / name, wrap(LINKED, other))
    assert outcomes(found) == ["Pea Risotto", "BLT"]
    assert [row.row for row in found] == [1, 2]


def test_linked_data_without_a_usable_recipe_is_counted(tmp_path: Path) -> None:
    deep: Any = LINKED
    for _ in range(MAX_DEPTH + 1):
        deep = {"@graph": [deep]}
    for document in ({"@type": "WebPage"}, [], deep):
        assert outcomes(read(tmp_path / "a.jsonld", document)) == ["no recipe in the document"]
    bad = {**LINKED, "recipeIngredient": [{"image": "rice.jpg"}]}
    odd = {**LINKED, "name": {"first": "Rice"}}
    assert outcomes(read(tmp_path / "b.jsonld", [bad, LINKED, odd])) == [
        "not a list of strings",
        "Pea Risotto",
        "title is not a string",
    ]


def page(*scripts: str) -> str:
    body = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return f"<!doctype html><script>var a = '<p>';</script><head>{body}</head><p>Pea Risotto</p>"


def test_a_page_gives_the_recipes_of_its_scripts(tmp_path: Path) -> None:
    wrapped = f"//<![CDATA[\n{json.dumps({**LINKED, 'name': 'Mac &amp; Cheese'})}\n//]]>"
    found = read(tmp_path / "a.html", page(json.dumps(LINKED), "{broken", wrapped, "[]"))
    assert outcomes(found) == ["Pea Risotto", "broken JSON", "Mac &amp; Cheese"]
    assert [row.row for row in found] == [1, 2, 3]
    assert isinstance(found[0], RawRecipe)
    assert found[0].source == "a.html"
    assert outcomes(read(tmp_path / "b.htm", page())) == ["no recipe in the document"]
    assert outcomes(read(tmp_path / "c.html", b"\xe9\xc3\xa9")) == ["invalid UTF-8"]


def test_a_folder_of_pages_is_one_source(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "more").mkdir(parents=True)
    for number in range(30):
        recipe = {**LINKED, "name": f"{'abcdefghij'[number % 10] * 4} Risotto {number}"}
        (folder / "more" / f"{number:02}.html").write_text(page(json.dumps(recipe)))
    (folder / "empty.html").write_text(page())
    (folder / "last.jsonld").write_text(json.dumps(LINKED))
    (folder / "style.css").write_text("p {}")
    seen: list[int] = []
    found = list(read_source(folder, seen.append))
    assert [row.row for row in found] == list(range(1, 33))
    assert outcomes(found)[:2] == ["no recipe in the document", "Pea Risotto"]
    assert seen[-1] == source_size(folder)
    before = identity(folder)
    (folder / "style.css").write_text("p { }")
    assert identity(folder) == before
    (folder / "last.jsonld").write_text(json.dumps([LINKED, LINKED]))
    assert identity(folder) != before
