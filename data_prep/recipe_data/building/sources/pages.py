"""Web pages: recipes that their authors marked up as JSON-LD; one page, or a folder of pages."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_data.building.sources.fields import Choose, Progress, Rows, UnusableError, parsed
from recipe_data.building.sources.jsonfile import read_json
from recipe_data.building.sources.jsonld import NO_RECIPE, from_recipe, recipes_in
from recipe_data.building.sources.lines import opened
from recipe_data.building.sources.source import Source, by_ending
from recipe_data.schema import RawRecipe, Rejection

PAGES = (".html", ".htm")
LINKED_DATA = ".jsonld"
MAX_PAGE_BYTES = 1 << 24

_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")


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
            yield _numbered(row, number)
        if not number:
            raise UnusableError(NO_RECIPE, path.name)
    except UnusableError as problem:
        yield problem.rejection(number + 1)


def pages_in(folder: Path) -> list[Path]:
    """Return the files of a folder that `read_pages` reads, in order."""
    endings = (*PAGES, LINKED_DATA)
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in endings and p.is_file())


def read_pages(folder: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of every page and `.jsonld` file in a folder, by path, numbered through."""
    paths = pages_in(folder)
    if not paths:
        raise TopochefError(
            f"{folder} holds no recipes: give a folder with {', '.join((*PAGES, LINKED_DATA))} "
            "files, or the path of one file"
        )
    number = used = 0
    for path in paths:
        read = read_json if path.suffix.lower() == LINKED_DATA else read_page
        for row in read(path, lambda _: None, choose):
            number += 1
            yield _numbered(row, number)
        used += path.stat().st_size
        progress(used)


def _rows(page: str, choose: Choose, where: str) -> Rows:
    for text in scripts_of(page):
        try:
            recipes = list(recipes_in(parsed(text)))
        except UnusableError as problem:
            yield problem.rejection(0)
            continue
        for recipe in recipes:
            try:
                yield from_recipe(0, recipe, choose, where)
            except UnusableError as problem:
                yield problem.rejection(0)


def _numbered(row: RawRecipe | Rejection, number: int) -> RawRecipe | Rejection:
    return replace(row, row=number)


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableError("invalid UTF-8", f"{path.name}: byte {error.start}") from error


PAGE = by_ending(*PAGES, read=read_page)
FOLDER = Source(
    "a folder of web pages",
    lambda source: Path(source).is_dir(),
    lambda source, progress, choose: read_pages(Path(source), progress, choose),
    pages_in,
)
