"""The file that declares the arms of a study: what each trains on, and what is compared."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.sampling_arguments import reader
from recipe_kitchen.choosing import read_choose
from recipe_study.continuing.blocks import Block

PLACES = frozenset({"start", "run", "seed", "samples", "scorer"})
"""What `{…}` in an arm's `rows` and `train` may name."""
START = "start"
GOLD = "data/train.jsonl"
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_PLACE = re.compile(r"\{([^}]*)\}")


class Arm(NamedTuple):
    """One way to go on."""

    name: str
    config: str = ""
    """Which config of the model trains it: `weighted` for `MODEL-weighted.yaml`."""
    rows: str = ""
    """The command that writes rows of its own first, into `{run}`; empty where there is none."""
    train: tuple[str, ...] = (GOLD,)
    """Files that it trains on, below the folder of the study."""
    scorer: str = ""
    """What `{scorer}` in `rows` stands for: `package.module:function`."""
    settings: Mapping[str, Any] = {}
    """Of its config, beside those of all arms."""
    decodes: str = ""
    """The arm whose model it takes, where nothing is trained."""
    choose: str = "first"
    """Which of several texts it keeps, as `recipe-eval generate --choose` has it."""


def filled(text: str, places: Mapping[str, object]) -> str:
    """Return a text with its places filled.

    >>> filled("{run}/credited.jsonl", {"run": "runs/a"})
    'runs/a/credited.jsonl'
    """
    return _PLACE.sub(lambda found: str(places[found[1]]), text)


class Samples(NamedTuple):
    """What the supervised model writes for training titles, once for all arms."""

    titles: int
    per_title: int = 8
    temperature: float = 0.8

    @property
    def options(self) -> tuple[str, ...]:
        """What `{samples}` stands for in `rows`."""
        numbers = {"limit": self.titles, "samples": self.per_title, "temperature": self.temperature}
        return tuple(word for name, value in numbers.items() for word in (f"--{name}", str(value)))


class Arms(NamedTuple):
    """A whole file."""

    tokens: int
    """Trained tokens of every arm."""
    samples: Samples
    settings: Mapping[str, Any]
    """Of every arm's config: all that is held equal."""
    temperatures: tuple[float, ...]
    """Among which each arm's own is found, on validation titles."""
    titles: int
    """So many of these."""
    candidates: tuple[str, ...]
    """The arms that may win."""
    against: tuple[str, ...]
    """What they must beat, beside the best floor."""
    beside: tuple[str, ...]
    """What they are compared with for understanding, in a family of its own."""
    arms: tuple[Arm, ...]

    def arm(self, name: str) -> Arm:
        """Return the arm of a name."""
        return next(arm for arm in self.arms if arm.name == name)


def read_arms(file: Path) -> Arms:
    """Read a file of arms.

    Raises `TopochefError` that names the file, the arm, the key, and what to write there.
    """
    import yaml

    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TopochefError(f"--arms {file} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TopochefError(f"--arms {file} is no YAML ({error})") from error
    block = Block(str(file), loaded)
    found = Arms(
        tokens=block.whole("tokens"),
        samples=_samples(block.block("samples")),
        settings=block.mapping("settings"),
        temperatures=block.listed("temperatures", _temperature),
        titles=block.whole("titles"),
        candidates=block.listed("candidates", str),
        against=block.listed("against", str),
        beside=block.listed("beside", str, ()),
        arms=_arms(block.block("arms")),
    )
    block.end()
    _check_names(str(file), found)
    return found


def _temperature(value: Any) -> float:
    return reader("temperature")(str(value))


def _samples(block: Block) -> Samples:
    value = block.take("temperature", 0.8)
    try:
        temperature = _temperature(value)
    except argparse.ArgumentTypeError as error:
        raise block.refuse("temperature", value, str(error)) from error
    found = Samples(block.whole("titles"), block.whole("count", 8), temperature)
    if found.per_title < 2 or not found.temperature:
        raise TopochefError(f"{block.where}: samples must differ: temperature above 0, count 2 up")
    block.end()
    return found


def _arms(block: Block) -> tuple[Arm, ...]:
    return tuple(_arm(name, block.block(name)) for name in list(block.values))


def _arm(name: str, block: Block) -> Arm:
    if not _NAME.match(str(name)) or name == START:
        raise TopochefError(
            f"{block.where}: an arm is called in small letters, digits and -, and not {START}"
        )
    choose = block.text("choose", "first")
    try:
        read_choose(choose)
    except argparse.ArgumentTypeError as error:
        raise block.refuse("choose", choose, str(error)) from error
    decodes = block.text("decodes", "")
    if decodes:
        found = Arm(name, decodes=decodes, choose=choose)
    else:
        found = Arm(
            name,
            config=block.text("config"),
            rows=block.text("rows", ""),
            train=block.listed("train", str, [GOLD]),
            scorer=block.text("scorer", ""),
            settings=block.mapping("settings"),
            choose=choose,
        )
        _check_places(found, block)
    block.end()
    return found


def _check_places(arm: Arm, block: Block) -> None:
    for key, text in (("rows", arm.rows), *(("train", path) for path in arm.train)):
        for place in _PLACE.findall(text):
            if place not in PLACES:
                known = ", ".join(f"{{{one}}}" for one in sorted(PLACES))
                raise block.refuse(key, text, f"{{{place}}} is none of {known}")
    try:
        words = shlex.split(arm.rows)
    except ValueError as error:
        raise block.refuse("rows", arm.rows, f"{error}: close the quotes") from error
    if any("{samples}" in text and text != "{samples}" for text in (*words, *arm.train)):
        raise block.refuse("rows", arm.rows, "{samples} is options: let it stand alone in rows")
    if bool(arm.scorer) != ("{scorer}" in arm.rows):
        raise block.refuse(
            "scorer", arm.scorer, "write `scorer: package.module:function`, and {scorer} in rows"
        )
    for path in arm.train:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise block.refuse("train", path, "name a file below the folder of the study")


def _check_names(where: str, found: Arms) -> None:
    names = [arm.name for arm in found.arms]
    trained = {arm.name for arm in found.arms if not arm.decodes}
    for arm in found.arms:
        if arm.decodes and arm.decodes not in trained:
            raise TopochefError(
                f"{where}: arms: {arm.name}: decodes: {arm.decodes!r}: name an arm that is "
                f"trained: {', '.join(sorted(trained))}"
            )
    for key in ("candidates", "against", "beside"):
        for name in getattr(found, key):
            if name not in names:
                raise TopochefError(
                    f"{where}: {key}: {name!r} is no arm: choose of {', '.join(names)}"
                )
    if both := sorted({*found.candidates} & {*found.against, *found.beside}):
        raise TopochefError(
            f"{where}: candidates: {both[0]!r} cannot be compared with itself: leave it out here, "
            "or in against and beside"
        )
