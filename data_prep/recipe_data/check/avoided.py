"""What a word behind `--avoid` is taken for: substances of the table, classes of foods, a food."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.curated_files import read_packaged
from recipe_data.language.text import words
from recipe_data.pantry.identity import foods_in, identity
from recipe_data.pantry.mentions import Mention
from recipe_data.pantry.substance_names import NAMES_OF_SUBSTANCES
from recipe_data.pantry.table import ALLERGENS, OF_DIETS, SUBSTANCES, Food, Level, foods
from recipe_data.pantry.words import food_words
from recipe_data.prompts import DIETS, listed

FILE = "avoided.yaml"
# What is said around a name: `allergic to nuts`, `lactose intolerant`, `no eggs`, `dairy-free`.
_AROUND = words(
    "no non not without free avoid any all the a an to of i m am is are my be from with allergic"
    " allergy allergen intolerance intolerant sensitivity sensitive disease product friendly diet"
    " contain containing trace kind food ingredient protein eat eating less"
)
_GENERIC = words("nut mixed mix fish white fillet seafood shellfish stock frutti di mare")
"""Of these words are names that may mean any of a kind: `mixed nuts`, `white fish`."""
_KINDS = ("tree nuts", "fish", "shellfish")
_SHOWN = 5


class Avoided(NamedTuple):
    """What a word was taken for."""

    word: str
    """As it was typed."""
    substances: tuple[str, ...] = ()
    """Of the table, or `lactose`."""
    foods: tuple[str, ...] = ()
    """Names of foods of the table."""
    families: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    """Names of foods that only sound like one of `foods`."""
    unknown: str = ""
    """The word itself, where no table knows it."""
    caution: str = ""
    """What cannot be checked."""

    @property
    def names_foods(self) -> bool:
        """Whether foods are looked for, not only substances."""
        return bool(self.foods or self.families or self.unknown)

    @property
    def is_class(self) -> bool:
        """Whether more is meant than a food or the word itself."""
        return bool(self.substances or self.families) or len(self.foods) > 1

    @property
    def told(self) -> str:
        """What is looked for, in a sentence for the cook."""
        others = [name for name in self.foods if name not in self.families]
        looked = [*self.substances, *(f"all kinds of {family}" for family in self.families)]
        looked += [*others[:_SHOWN], *([f'the word "{self.unknown}"'] if self.unknown else [])]
        more = len(others) - _SHOWN
        said = listed(looked) if more <= 0 else f"{', '.join(looked)} and {more} more"
        return f"{self.word}: taken for {said}" + (f"; {self.caution}" if self.caution else "")

    def level(self, text: str) -> Level | None:
        """Tell whether a text names one of the foods, or what may be made with one."""
        if self.unknown:
            pattern = rf"(?<!\w){re.escape(self.unknown)}(?:e?s)?(?!\w)"
            return "holds" if re.search(pattern, text, re.IGNORECASE) else None
        named = [m for m in foods_in(text) if not self._is_exception(m)]
        if any(map(self._is_one, named)):
            return "holds"
        return "may hold" if any(map(self._may_be, named)) else None

    def _is_exception(self, mention: Mention) -> bool:
        said = mention.words.split()
        return any(_stand_in(name.split(), said) for name in self.exceptions)

    def _is_one(self, mention: Mention) -> bool:
        """Tell whether a food is avoided, or named after one that it is made of."""
        food = mention.food
        if food.name in self.foods or any(map(food.is_of, self.families)):
            return True
        said = mention.words.split()
        return any(
            _stand_in(name.split(), said) and _is_made_of(mention, foods()[name])
            for food_name in self.foods
            for name in _names().get(food_name, ())
        )

    def _may_be(self, mention: Mention) -> bool:
        """Tell whether the first food that is avoided may be in what holds the same: in pesto."""
        food = foods().get(self.foods[0]) if self.foods and not self.families else None
        if food is None:
            return False
        generic = _GENERIC.issuperset(mention.words.split())
        levels = [mention.level(kind) for kind in _KINDS if kind in food.holds]
        return "may hold" in levels or (generic and "holds" in levels)


def _is_made_of(mention: Mention, food: Food) -> bool:
    """Tell `chicken stock` from `chicken of the woods`: they hold the same, or neither a thing."""
    return not food.holds or any(mention.level(substance) for substance in food.holds)


def taken_for(word: str) -> Avoided:
    """Return what a word means: a class, else substances, else a family or a food of the table.

    A word that is none of them is looked for as it stands, and `caution` says so. Raises
    `TopochefError` for what looks like a misspelt substance, since a check that looks for the
    wrong word would find nothing and seem to say that all is well; and for a diet.

    >>> taken_for("lactose intolerant").substances, taken_for("Nut-free").substances
    (('lactose',), ('tree nuts', 'peanut'))
    >>> taken_for("aubergines").foods
    ('eggplant',)
    """
    typed = " ".join(word.split())
    spoken = food_words(typed)
    name = " ".join(spoken)
    plain = " ".join(w for w in spoken if w not in _AROUND)
    for said in dict.fromkeys((name, plain)):
        if said in (*DIETS, "veggie"):
            diet = "vegan" if said == "vegan" else "vegetarian"
            raise TopochefError(f"{typed!r} is a diet: give --diet {diet}")
        if entry := _classes().get(said):
            return entry._replace(word=typed)
        if found := _substances().get(said):
            return Avoided(typed, found)
    return _food(typed, plain or name)


def _food(typed: str, name: str) -> Avoided:
    """Return a class or a food by another name, a family, or the word alone; or ask."""
    if not name:
        raise TopochefError(f"{typed!r} names nothing to avoid: name a food or an allergen")
    food = None if any(map(str.isdigit, typed)) else foods().get(name) or identity(name)
    if food and (entry := _classes().get(food.name)):
        return entry._replace(word=typed)
    if name in _families() and (food is None or food.name == name):
        return Avoided(typed, foods=(name,), families=(name,))
    if food:
        return Avoided(typed, foods=(food.name,))
    if close := get_close_matches(typed.lower(), [*_substances(), *_classes()], 1, 0.8):
        raise TopochefError(f"{typed!r} is no allergen that is known: is {close[0]!r} meant?")
    near = get_close_matches(name, foods(), 1, 0.8)
    hint = f" (is {near[0]!r} meant?)" if near else ""
    caution = f"no table knows it{hint}, so what holds it without saying so is not found"
    return Avoided(typed, unknown=typed.lower(), caution=caution)


def resolve(avoid: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split what is avoided into substances, and the words of which foods are looked for.

    Raises `TopochefError` as `taken_for` does.

    >>> resolve(["nuts", "Gluten", "cilantro"])
    (('tree nuts', 'peanut', 'gluten'), ('cilantro',))
    """
    meant = [taken_for(word) for word in avoid if word.strip()]
    substances = dict.fromkeys(name for each in meant for name in each.substances)
    others = dict.fromkeys(each.word for each in meant if each.names_foods)
    return tuple(substances), tuple(others)


@cache
def _substances() -> dict[str, tuple[str, ...]]:
    own = {" ".join(food_words(name)): (name,) for name in (*ALLERGENS, *OF_DIETS)}
    named = own | NAMES_OF_SUBSTANCES
    return {name.replace(" ", ""): found for name, found in named.items()} | named


@cache
def _classes() -> dict[str, Avoided]:
    """Return the classes of `avoided.yaml`; raises `TopochefError` where it is malformed."""
    found: dict[str, Avoided] = {}
    for entry in read_packaged("recipe_data.pantry", FILE):
        names = tuple(f.name if (f := foods().get(n)) else n for n in _listed(entry, "foods"))
        holds = tuple(h for name in _split(entry.get("holds")) for h in _known(name, entry))
        families = tuple(name[1:] for name in _split(entry.get("foods")) if name.startswith("*"))
        said = Avoided(
            "", holds, names, families, _listed(entry, "but"), "", entry.get("caution", "").strip()
        )
        found |= dict.fromkeys(_listed(entry, "words"), said)
    return found


def _known(name: str, entry: dict[str, str]) -> tuple[str, ...]:
    if name not in SUBSTANCES | {"lactose"}:
        raise TopochefError(f"{FILE}, {entry['words']}: no substance is called {name}")
    return NAMES_OF_SUBSTANCES.get(name, (name,))


def _listed(entry: dict[str, str], key: str) -> tuple[str, ...]:
    names = (name for name in _split(entry.get(key)) if not name.startswith("*"))
    return tuple(" ".join(food_words(name)) for name in names)


def _split(listed: str | None) -> list[str]:
    return [name.strip() for name in (listed or "").split(",") if name.strip()]


@cache
def _families() -> frozenset[str]:
    """Return the families of foods, and what they are kinds of: `cheese` for `hard cheese`."""
    families = {food.family for food in foods().values()}
    return frozenset(families | {family.split()[-1] for family in families})


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Return all names of every food: a king prawn is a shrimp too."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, food in foods().items():
        found[food.name].append(name)
    return {name: tuple(names) for name, names in found.items()}


def _stand_in(wanted: list[str], spoken: list[str]) -> bool:
    """Tell whether the wanted words stand in a row."""
    return any(
        spoken[start : start + len(wanted)] == wanted
        for start in range(len(spoken) - len(wanted) + 1 if wanted else 0)
    )
