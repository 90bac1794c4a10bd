"""Recipes that pages mark up in their text, where they have no JSON-LD."""

from __future__ import annotations

import html
import json
import time
from pathlib import Path

import pytest

from recipe_data.building.sources import read_source
from recipe_data.schema import RawRecipe, Rejection

MICRODATA = """<div itemscope itemtype="https://schema.org/Recipe">
<h1 itemprop="name">Barley
  Bowl</h1> <script>var x = "itemprop";</script>
<meta itemprop="prepTime" content="PT5M"><link itemprop="url" href="example.com/bowl">
<p itemprop="author" itemscope itemtype="http://schema.org/Person"><b itemprop="name">Al</b></p>
<span itemprop="recipeYield">Serves 5</span>
<ul><li itemprop="recipeIngredient">150 g <b>barley</b><li itemprop="recipeIngredient">2
  carrots</ul>
<div itemprop="recipeInstructions"><ol><li>Boil the barley.<li>Fold in
  the carrots.</ol></div></div>"""
STEP = '<li property="recipeInstructions" typeof="HowToStep"><p property="text">{}</p></li>'
RDFA = f"""<div vocab="https://schema.org/" typeof="Recipe">
<a property="url" href="example.com/bowl">
<h1 property="name">Barley Bowl</h1></a><p property="recipeYield" content="5">five</p>
<span property="recipeIngredient">150 g barley</span><br>
<span property="ingredients">2 carrots</span>
<ol>{STEP.format("Boil the barley.")}{STEP.format("Fold in the carrots.")}</ol></div>"""
MICROFORMAT = """<article class="post h-recipe"><h1 class="p-name">Barley Bowl</h1>
<a class="u-url" href="example.com/bowl">#</a><p class="p-yield">5 servings</p>
<ul><li class="p-ingredient">150 g barley</li><li class="big p-ingredient">2 carrots</li></ul>
<div class="e-instructions"><p>Boil the barley.</p><p>Fold in the carrots.</p></div></article>"""
OLD = """<div itemscope itemtype="http://data-vocabulary.org/Recipe">
<h1 itemprop="name">Barley Bowl</h1>
<a itemprop="url" href="example.com/bowl">#</a><b itemprop="yield">5 servings</b>
<p itemprop="ingredient" itemscope itemtype="http://data-vocabulary.org/RecipeIngredient">
<i itemprop="amount">150 g</i> <i itemprop="name">barley</i></p>
<p itemprop="ingredient" itemscope itemtype="http://data-vocabulary.org/RecipeIngredient">
<i itemprop="amount">2</i> <i itemprop="name">carrots</i></p>
<div itemprop="instructions">Boil the barley.<br/>Fold in the carrots.</div></div>"""
ITEM = '<div itemprop="isPartOf" itemscope itemtype="https://schema.org/Recipe">'
EXPECTED = RawRecipe(
    1,
    "Barley Bowl",
    ("150 g barley", "2 carrots"),
    ("Boil the barley.", "Fold in the carrots.", "Serves 5."),
    "example.com/bowl",
)


def read(tmp_path: Path, body: str) -> list[RawRecipe | Rejection]:
    path = tmp_path / "a.html"
    path.write_text(f"<!doctype html><html><body>{body}</body></html>", encoding="utf-8")
    return list(read_source(path))


@pytest.mark.parametrize("body", [MICRODATA, RDFA, MICROFORMAT, OLD])
def test_a_recipe_in_the_text_is_read(tmp_path: Path, body: str) -> None:
    assert read(tmp_path, body) == [EXPECTED]
    around = f'<main itemscope itemtype="https://schema.org/WebPage">{body}</main>'
    assert read(tmp_path, around) == [EXPECTED]


def test_a_page_may_have_several_and_others_beside(tmp_path: Path) -> None:
    other = MICRODATA.replace("Barley\n  Bowl", "Slaw")
    person = '<p itemscope itemtype="https://schema.org/Person"><b itemprop="name">Al</b></p>'
    found = read(tmp_path, person + MICRODATA + other)
    assert [row.title for row in found if isinstance(row, RawRecipe)] == ["Barley Bowl", "Slaw"]
    (none,) = read(tmp_path, person)
    assert isinstance(none, Rejection)
    assert none.reason == "no recipe in the document"


def test_json_ld_is_not_read_again_from_the_text(tmp_path: Path) -> None:
    linked = {
        "@type": "recipe",
        "name": "Barley Bowl",
        "recipeIngredient": "150 g barley",
        "recipeInstructions": "Boil.",
    }
    scripts = (json.dumps(linked), html.escape(json.dumps(linked)), f"{json.dumps(linked)};")
    for script in (*scripts, f"/* <![CDATA[ */{json.dumps(linked)}/* ]]> */", json.dumps([linked])):
        body = f' <script type="application/ld+json"> </script>{MICRODATA}'
        (row,) = read(tmp_path, f'{body}<script type="application/ld+json">{script}</script>')
        assert isinstance(row, RawRecipe), row
        assert row.ingredients == ("150 g barley",)
    two = json.dumps({"@type": "WebSite"}) + "\n" + json.dumps(linked)
    (row,) = read(tmp_path, f'<script type="application/ld+json">{two}</script>')
    assert isinstance(row, RawRecipe)


def test_items_inside_items_without_end_are_one_rejection(tmp_path: Path) -> None:
    (row,) = read(tmp_path, MICRODATA.replace("</h1>", "</h1>" + ITEM * 3000))
    assert isinstance(row, Rejection)
    assert row.reason == "nested too deeply"


def test_many_open_elements_take_no_time_of_their_own(tmp_path: Path) -> None:
    before = time.process_time()
    assert read(tmp_path, "<div>" * 20_000 + MICRODATA + "<i>x</i>" * 20_000) == [EXPECTED]
    assert time.process_time() - before < 20


def test_unclosed_and_crossed_tags_lose_nothing(tmp_path: Path) -> None:
    body = MICRODATA.replace("</h1>", "").replace("</b>", "</i></b></em>")
    (row,) = read(tmp_path, body)
    assert isinstance(row, RawRecipe)
    assert row.ingredients == EXPECTED.ingredients
