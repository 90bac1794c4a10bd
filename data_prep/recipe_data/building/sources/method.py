"""The steps of whatever a source lists: texts, HowToSteps, sections, numbered objects; no tips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recipe_data.building.sources.fields import UnusableError, no_texts, refuse_languages
from recipe_data.building.sources.leniently import is_list_in_text, list_in_text
from recipe_data.building.sources.lines_in_text import between_bars, lines_of_text
from recipe_data.building.sources.names import every, is_missing, named, plain

MAX_DEPTH = 20

_PARTS = ("itemlistelement", "item", "steps", "substeps", "items", "instructions", "directions")
_TEXT = (
    "text", "instruction", "direction", "displaytext", "@value", "value", "step", "content",
    "body", "action", "instructions", "directions", "html",
)  # fmt: skip
_TITLE = ("description", "name", "summary", "title")
_BESIDE = ("note", "notes", "tip", "tips", "caption", "alt", "image", "video", "url", "id", "time")
_NO_STEPS = ("imageobject", "videoobject", "mediaobject", "howtosupply", "howtotool", "clip")


class Method:
    """Collects the steps of a recipe.

    >>> tip = {"@type": "HowToTip", "text": "Salt the water."}
    >>> sauce = {"@type": "HowToSection", "name": "Sauce", "itemListElement": [tip, "Stir."]}
    >>> method = Method("steps", ["Boil.", sauce, {"@type": "HowToSection", "name": "Rice"}])
    >>> method.steps, method.left_out
    (['Boil.', 'Stir.'], 1)
    """

    def __init__(self, name: str, value: Any) -> None:
        self._name = name
        self.steps: list[str] = []
        self.left_out = 0
        """Tips: the source says itself that they are no steps."""
        if isinstance(value, str) and is_list_in_text(value):
            value = list_in_text(value)
        elif isinstance(value, str):
            value = between_bars(value)
        self._read(value, 0)

    def _read(self, value: Any, depth: int) -> None:
        if is_missing(value):
            return
        if isinstance(value, str):
            self.steps += lines_of_text(value, headings=False)
        elif depth > MAX_DEPTH:
            raise self._no_step(value)
        elif isinstance(value, list | tuple):
            for part in value:
                self._read(part, depth + 1)
        elif isinstance(value, Mapping):
            self._read_object(value, depth)
        else:
            raise self._no_step(value)

    def _read_object(self, value: Mapping[str, Any], depth: int) -> None:
        kind = _kind(value)
        if kind == "howtotip":
            self.left_out += 1
            return
        if kind in _NO_STEPS:
            return
        parts, text = (_said(value, names, list | dict | str) for names in (_PARTS, _TEXT))
        if kind == "howtosection" or (not kind and _lists_parts(value)):
            said = parts or text
        else:
            said = text or parts or _titled(value)
        if said is not None:
            self._read(said, depth + 1)
        elif not kind and not any(named(value, names) for names in (_PARTS, _TEXT, _TITLE)):
            self._read_mapping(value, depth)

    def _read_mapping(self, value: Mapping[str, Any], depth: int) -> None:
        """Read a numbered list, or sections by their names."""
        keys = [str(key).lower().removeprefix("step").strip(" _-.:") for key in value]
        parts = list(value.values())
        refuse_languages(self._name, value)
        if len(sentences := _sentences(value)) == 1 and _are_numbers(parts, sentences):
            parts = sentences
        elif all(key.isdecimal() for key in keys):
            order = sorted(range(len(keys)), key=lambda place: int(keys[place]))
            parts = [parts[place] for place in order]
        elif not all(is_missing(part) or _is_part(part) for part in parts):
            raise self._no_step(value)
        self._read(parts, depth + 1)

    def _no_step(self, value: Any) -> UnusableError:
        return no_texts(self._name, value)


def _is_part(value: Any) -> bool:
    """Tell steps from an address, a name or a number."""
    return isinstance(value, list | dict) or (isinstance(value, str) and " " in value.strip())


def _said(value: Mapping[str, Any], names: tuple[str, ...], kinds: Any) -> Any:
    """Return the first value of these names that is of these kinds and not empty."""
    return next((said for _, said in every(value, names) if isinstance(said, kinds)), None)


def _sentences(value: Mapping[str, Any]) -> list[str]:
    """Return the texts of several words under names that are not known."""
    known = (*_PARTS, *_TEXT, *_TITLE, *_BESIDE)
    texts = (part for key, part in value.items() if plain(str(key)) not in known)
    return [text for text in texts if isinstance(text, str) and " " in text.strip()]


def _titled(value: Mapping[str, Any]) -> str | None:
    """Return a step's title, or what it says beside it under another name, where that is more.

    >>> _titled({"title": "Boil", "detail": "Boil the rice."}), _titled({"title": "Boil the rice."})
    ('Boil the rice.', 'Boil the rice.')
    """
    title = _said(value, _TITLE, str)
    return title if title is None else max([title, *_sentences(value)], key=len)


def _are_numbers(parts: list[Any], sentences: list[str]) -> bool:
    """Tell whether all that stands beside a sentence are numbers, as of the step."""
    others = [str(part) for part in parts if part not in sentences and not is_missing(part)]
    return bool(others) and all(other.isdecimal() for other in others)


def _lists_parts(value: Mapping[str, Any]) -> bool:
    return any(isinstance(part, list) and plain(str(key)) in _PARTS for key, part in value.items())


def _kind(value: Mapping[str, Any]) -> str:
    kind = value.get("@type", "")
    return plain(str(kind[0] if isinstance(kind, list) and kind else kind))
