"""Web pages: recipes that their authors marked up, as JSON-LD or in the text."""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from recipe_data.building.sources.encoding import decoded
from recipe_data.building.sources.fields import Choose, Progress, Rows, UnusableError
from recipe_data.building.sources.jsonld import NO_RECIPE, recipes_in
from recipe_data.building.sources.leniently import documents
from recipe_data.building.sources.lines import opened
from recipe_data.building.sources.microdata import marked_up
from recipe_data.building.sources.objects import from_object
from recipe_data.building.sources.source import by_ending
from recipe_data.schema import RawRecipe, Rejection

MAX_PAGE_BYTES = 1 << 24
_HEAD_BYTES = 1 << 12
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$"
)


class _Scripts(HTMLParser):
    """Collects the texts of `<script type="application/ld+json">`."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").partition(";")[0].strip().lower()
        self._inside = tag == "script" and kind == "application/ld+json"
        if self._inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data


def scripts_of(page: str) -> list[str]:
    """Return the JSON-LD documents of a page.

    >>> scripts_of('<p>Hi</p><script type="application/ld+json">{"@type": "Recipe"}</script>')
    ['{"@type": "Recipe"}']
    """
    parser = _Scripts()
    parser.feed(page)
    parser.close()
    return [_WRAPPING.sub("", text) for text in parser.texts]


def read_page(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield a row per Recipe of a page, and one for each script that cannot be read."""
    with opened(path) as (stream, position):
        data = stream.read(MAX_PAGE_BYTES + 1)
        progress(position())
    number = 0
    try:
        if len(data) > MAX_PAGE_BYTES:
            raise UnusableError("page too long", path.name)
        for number, row in enumerate(_rows(_decoded(path, data), choose, path.name), 1):
            yield replace(row, row=number)
        if not number:
            raise UnusableError(NO_RECIPE, path.name)
    except RecursionError:
        yield Rejection(number + 1, "nested too deeply", f"{path.name}: close its elements")
    except UnusableError as problem:
        yield problem.rejection(number + 1)


def _rows(page: str, choose: Choose, where: str) -> Rows:
    found: list[RawRecipe | Rejection] = []
    broken: list[RawRecipe | Rejection] = []
    for text in scripts_of(page):
        try:
            found += [_row(recipe, choose, where) for recipe in recipes_in(_documents(text))]
        except UnusableError as problem:
            broken.append(problem.rejection(0))
            found.append(broken[-1])
    if not _has_recipe(found):  # else the text says the same again
        in_text = [_row(recipe, choose, where) for recipe in marked_up(page)]
        if found == broken or _has_recipe(in_text):
            found = broken + in_text
    yield from found


def _has_recipe(rows: list[RawRecipe | Rejection]) -> bool:
    return any(isinstance(row, RawRecipe) for row in rows)


def _documents(text: str) -> list[Any]:
    try:
        return list(documents(text))
    except UnusableError:
        if "&quot;" not in text:
            raise
    return list(documents(html.unescape(text)))


def _row(recipe: Any, choose: Choose, where: str) -> RawRecipe | Rejection:
    try:
        return from_object(0, recipe, choose, where)
    except UnusableError as problem:
        return problem.rejection(0)


def _decoded(path: Path, data: bytes) -> str:
    """Decode a page as it says itself, or else as `decoded` does."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:_HEAD_BYTES])
    try:
        name = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
        if name not in ("utf-8", "iso8859-1", "ascii"):  # browsers take Latin-1 for Windows-1252
            return data.decode(name)
    except (LookupError, UnicodeDecodeError):
        pass
    try:
        return data.decode("cp1252") if declared and name != "utf-8" else decoded(data)
    except (UnusableError, UnicodeDecodeError) as problem:
        detail = getattr(problem, "detail", str(problem))
        raise UnusableError("invalid UTF-8", f"{path.name}: {detail}") from problem


SOURCE = by_ending(".html", ".htm", ".xhtml", read=read_page)
