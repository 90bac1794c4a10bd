"""Recipes that a page marks up in its text: microdata, RDFa, and the classes of h-recipe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from recipe_data.building.sources.names import plain
from recipe_data.language.text import words

_VOID = words("area base br col embed hr img input link meta source track wbr")
_BLOCKS = words(
    "address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"
    " header hr li main nav ol p section table td th tr ul"
)
# What the beginning of an element ends, where nobody closed it.
_ENDS = {"li": "li", "dt": "dt dd", "dd": "dt dd", "tr": "tr td th", "td": "td th", "th": "td th"}
_LISTS = words("ol ul dl table")
_NO_TEXT = words("script style noscript template svg button select")
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Class names of the microformats, old and new, and what schema.org calls them.
_RECIPE_CLASSES = frozenset(["hrecipe", "h-recipe"])
_CLASSES = {
    "fn": "name", "p-name": "name", "ingredient": "recipeIngredient",
    "p-ingredient": "recipeIngredient", "instructions": "recipeInstructions",
    "e-instructions": "recipeInstructions", "yield": "recipeYield", "p-yield": "recipeYield",
    "u-url": "url",
}  # fmt: skip


class _Element:
    """An open element: the item that it is, the properties that it says, and its text."""

    def __init__(self, tag: str, item: dict[str, Any] | None, says: list[str], owner: Any) -> None:
        self.tag, self.item, self.says, self.owner = tag, item, says, owner
        self.inner = owner if item is None else item
        """The item to which properties inside belong."""
        self.text: list[str] = []


class _Items(HTMLParser):
    """Collects the items of a page, each with the lists of its properties' values."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[dict[str, Any]] = []
        self._open: list[_Element] = []
        self._tags: Counter[str] = Counter()
        self._saying: list[_Element] = []
        """Of the open elements those that are a property: text is theirs."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._close_implied(tag)
        if tag in _BLOCKS:
            self._add("\n")
        given = {name: value or "" for name, value in attrs}
        owner = self._open[-1].inner if self._open else None
        kind = _kind(given)
        item = {"@type": kind} if kind is not None else None
        says = _properties(given) if owner is not None else []
        if item is not None and not says:
            self.items.append(item)
        element = _Element(tag, item, says, owner)
        value = given.get("content")
        if value is None and tag in ("a", "link", "img") and says and set(says) <= {"url", "image"}:
            value = given.get("href") or given.get("src")
        if value is not None and item is None:
            self._say(element, value)
            element.says = []
        if tag in _VOID:
            self._say(element, value or "")
        else:
            self._open.append(element)
            self._tags[tag] += 1
            if element.says:
                self._saying.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._tags[tag]:
            while self._close().tag != tag:
                pass
        if tag in _BLOCKS:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if not any(self._tags[tag] for tag in _NO_TEXT):
            self._add(_SPACE.sub(" ", data))

    def close(self) -> None:
        super().close()
        while self._open:
            self._close()

    def _add(self, text: str) -> None:
        for element in self._saying:
            element.text.append(text)

    def _close_implied(self, tag: str) -> None:
        ended = _ENDS.get(tag, "").split()
        if not any(self._tags[name] for name in ended):
            return
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag in ended:
                while len(self._open) > place:
                    self._close()
            elif self._open[place].tag in _LISTS:
                return

    def _close(self) -> _Element:
        element = self._open.pop()
        self._tags[element.tag] -= 1
        if self._saying and self._saying[-1] is element:
            self._saying.pop()
        self._say(element, "".join(element.text))
        return element

    def _say(self, element: _Element, text: str) -> None:
        if not element.says or element.owner is None:
            return
        lines = [line.strip() for line in text.split("\n")]
        value: Any = "\n".join(line for line in lines if line)
        if element.item is not None:
            element.item.setdefault("text", [value])
            value = element.item
        for name in element.says:
            if value:
                element.owner.setdefault(name, []).append(value)


def _kind(given: dict[str, str]) -> str | None:
    """Return the type of the item that an element is; None for an element that is none."""
    if "itemscope" in given or "itemtype" in given:
        return given.get("itemtype", "").strip()
    if "typeof" in given:
        return given["typeof"].strip()
    return "Recipe" if _RECIPE_CLASSES & set(given.get("class", "").split()) else None


def _properties(given: dict[str, str]) -> list[str]:
    said = (given.get("itemprop") or given.get("property") or "").split()
    if not said:
        said = [_CLASSES[name] for name in given.get("class", "").split() if name in _CLASSES]
    names = [name.rpartition("/")[2].rpartition(":")[2] for name in said]
    return ["recipeIngredient" if name == "ingredients" else name for name in names]


def marked_up(page: str) -> Iterator[dict[str, Any]]:
    """Yield the recipes of a page as JSON-LD would have them.

    >>> page = '<p itemscope itemtype="http://schema.org/Recipe"><b itemprop="name">Rice</b></p>'
    >>> list(marked_up(page))
    [{'@type': 'http://schema.org/Recipe', 'name': 'Rice'}]
    """
    parser = _Items()
    parser.feed(page)
    parser.close()
    yield from _recipes(parser.items)


def _recipes(items: list[Any]) -> Iterator[dict[str, Any]]:
    for item in items:
        if not isinstance(item, dict):
            continue
        if any(plain(kind) == "recipe" for kind in item["@type"].split()):
            yield _simple(item)
        else:
            for name, values in item.items():
                if name not in ("@type", "text"):
                    yield from _recipes(values)


def _simple(value: Any) -> Any:
    """Take single values out of their lists."""
    if isinstance(value, dict):
        return {key: _simple(part) for key, part in value.items()}
    if isinstance(value, list):
        return _simple(value[0]) if len(value) == 1 else [_simple(part) for part in value]
    return value
