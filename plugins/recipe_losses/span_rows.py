"""The spans of a chat row as people have them: which one cannot be marked, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from recipe_losses.errors import RecipeLossError

Fields = Mapping[str, Any]

LARGEST_CREDIT = 1e30
"""Far more than any, and still a number in float32, in which credits travel."""
LARGEST_GROUP = 2**31 - 1


def check_spans(row: Fields, length: int, name: str) -> None:
    """Raise `RecipeLossError` for spans of another form, outside the answer, or crossing."""
    spans = row.get("spans")
    if spans is None:
        raise RecipeLossError(
            f"{name} has no `spans`, or null: add the column (an empty list where nothing is "
            "named), or, under Axolotl, use `type: chat_template`"
        )
    if not isinstance(spans, list):
        raise RecipeLossError(
            f"{name}: `spans` is {type(spans).__name__}, not a list: write "
            "[{start, end, kind, group}, ...]"
        )
    for number, span in enumerate(spans):
        _check_form(span, f"{name}: span {number}")
        if not 0 <= span["start"] < span["end"] <= length:
            raise RecipeLossError(
                f"{name}: span {span['start']}:{span['end']} ({span['kind']}) lies outside "
                f"the answer of {length} characters, or is empty: start and end count characters "
                "of the last message, from 0, the end excluded"
            )
    _refuse_crossing(spans, name)


def check_trained(part: Any, length: int, name: str) -> None:
    """Raise `RecipeLossError` for a part of the answer that is none."""
    if part is None:
        return
    numbers = isinstance(part, Sequence) and [type(one) for one in part] == [int, int]
    if not numbers or not 0 <= part[0] < part[1] <= length:
        raise RecipeLossError(
            f"{name}: `trained` is {part!r}: write [start, end], the characters of the answer that "
            f"are to be trained, from 0 to {length}, the end excluded, or leave it out to train "
            "all of it"
        )


def _check_form(span: Any, where: str) -> None:
    if not isinstance(span, Mapping):
        raise RecipeLossError(f"{where} is {span!r}: write {{start, end, kind, group}}")
    for key, kind in {"start": Integral, "end": Integral, "kind": str, "group": Integral}.items():
        value = span.get(key)
        if value is None:
            raise RecipeLossError(
                f"{where} has no `{key}`, only {', '.join(span) or 'nothing'}: spans have start "
                "and end (characters of the answer), kind (a name) and group (a number that joins "
                "the spans of one thing)"
            )
        if not isinstance(value, kind) or isinstance(value, bool) or not str(value).strip():
            wanted = "a whole number" if kind is Integral else "a name"
            raise RecipeLossError(f"{where}: `{key}` is {value!r}: write {wanted}")
    if not 0 <= span["group"] <= LARGEST_GROUP:
        raise RecipeLossError(
            f"{where}: `group` is {span['group']}: number groups from 0 (below 0 is no group)"
        )
    credit = span.get("credit")
    number = isinstance(credit, Real) and not isinstance(credit, bool)
    if credit is not None and not (number and abs(credit) <= LARGEST_CREDIT):
        raise RecipeLossError(
            f"{where}: `credit` is {credit!r}: write a finite number, positive for what should "
            "become likelier and negative for what should not, or leave it out (null) where there "
            "is no verdict"
        )


def _refuse_crossing(spans: Sequence[Fields], name: str) -> None:
    """Raise where two spans share characters and neither lies within the other."""
    around: list[Fields] = []
    for span in sorted(spans, key=lambda s: (s["start"], -s["end"])):
        while around and around[-1]["end"] <= span["start"]:
            around.pop()
        if around:
            outer = around[-1]
            twice = (outer["start"], outer["end"]) == (span["start"], span["end"])
            if twice or span["end"] > outer["end"]:
                first, second = (f"{s['start']}:{s['end']} ({s['kind']})" for s in (outer, span))
                raise RecipeLossError(
                    f"{name}: spans {first} and {second} overlap, so their tokens would belong to "
                    "one of them alone: move an end, or remove one (a shorter span within a "
                    "longer one is right)"
                )
        around.append(span)
