"""What two foods make that stand side by side: `hazelnut milk` holds no milk, `potato soup` both.

Only what is named here is dropped, since a dish is named in the same way: `coconut chicken` is
chicken, `mushroom steak` may well be one with mushrooms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.pantry.mentions import Mention
from recipe_data.pantry.table import FLESH, Food, foods

_DAIRY, _GLUTEN, _MEAT = words("dairy"), words("gluten"), words("meat pork beef")
_CHEESES = frozenset({"*cheese", "*fresh cheese", "*hard cheese"})
_SEAFOOD = words("*fish *crustacean *mollusc *seafood")
_STAND_IN = frozenset({"*meat substitute", "*wheat protein"})
_GLUTEN_FREE = frozenset({"*gluten-free flour", "*gluten-free noodle"})
_MEATLESS = _STAND_IN | words(
    "*soy *pulse *mushroom *squash vegetable veggie eggplant carrot celeriac beet jackfruit walnut"
    " nut zucchini quinoa konjac paneer halloumi"
) | {"sweet potato", "banana blossom"}  # fmt: skip
# Of these names none tells the animal: what stands before does, or that there is none.
_MINCED = words(
    "mince burger patty meatball meatloaf bolognese ragu ragù köfte keema rissole frikadelle"
    " picadillo larb"
) | {"minced meat", "burger patty", "bolognese sauce", "sloppy joe"}
_CUT = words(
    "meat schnitzel kebab gyro souvlaki shashlik carpaccio escalope stroganoff jerky pâté terrine"
    " rillette doner shawarma"
) | {"shish kebab", "kebab meat"}
_SAUSAGES = words("sausage frankfurter wiener bratwurst banger chipolata") | {"hot dog"}
_AS_STEAK = _STAND_IN | words(
    "cauliflower broccoli cabbage celeriac rutabaga turnip eggplant *squash beet kohlrabi"
    " portobello watermelon jackfruit zucchini halloumi paneer *soy"
) | {"sweet potato", "lion s mane"}  # fmt: skip


class _Rule(NamedTuple):
    """What a head holds no more behind a modifier: names of foods, and `*families`."""

    heads: frozenset[str]
    modifiers: frozenset[str]
    drops: frozenset[str]
    but: frozenset[str] = frozenset()
    """Words that no such head has."""


_RULES = (
    _Rule(
        words("*milk"),
        words("*nut *peanut *seed *pulse *soy *cereal *coconut *sesame *lupin *root"),
        _DAIRY,
    ),
    _Rule(
        words("*cream *yogurt"),
        words("*nut *peanut *seed *soy *coconut *lupin oat rice quinoa millet buckwheat")
        | words("pea chickpea"),
        _DAIRY,
    ),
    _Rule(words("*butter"), words("*nut *peanut *seed *soy *coconut *sesame *lupin cocoa"), _DAIRY),
    _Rule(
        _CHEESES,
        words("cashew almond macadamia nut *soy *seed *coconut chickpea oat rice"),
        _DAIRY | {"animal rennet"},
        words("goat sheep ewe ball"),
    ),
    _Rule(frozenset({"*cheese sauce"}), words("cashew *soy"), _DAIRY),
    _Rule(
        words("*flour"),
        words("*nut *peanut *seed *pulse *soy *cereal *coconut *sesame *lupin *root *fruit *squash")
        | words("*cabbage *mushroom coffee cocoa arepa grape")
        | {"*fruit vegetable", "*dried fruit", "*gluten-free flour"},
        _GLUTEN,
    ),
    _Rule(
        words("*pasta *noodle *wrapper"),
        words("*pulse *soy *cereal *root *seed *coconut *squash konjac cucumber celeriac kelp")
        | _GLUTEN_FREE
        | {"heart of palm"},
        words("gluten egg"),
    ),
    _Rule(
        words("wrap tortilla taco"),
        words("corn maize rice millet teff sorghum cassava plantain *coconut chickpea lentil nori")
        | words("lettuce romaine iceberg collard chard cabbage jicama")
        | _GLUTEN_FREE,
        _GLUTEN,
    ),
    _Rule(
        words("couscous tabbouleh") | {"pizza crust", "pizza base", "pizza dough"},
        words("cauliflower broccoli quinoa chickpea lentil millet corn"),
        _GLUTEN,
    ),
    _Rule(
        words("*egg"),
        words("*seed *chocolate *sugar chickpea aquafaba *soy")
        | {"chickpea flour"},
        words("egg"),
    ),
    _Rule(
        words("tofu miso tempeh"),
        words("chickpea lentil pea *seed *lupin") | {"broad bean"},
        words("soy"),
    ),
    _Rule(_MINCED | _CUT, _MEATLESS, FLESH),
    _Rule(_SAUSAGES, words("*soy *mushroom vegetable veggie chickpea lentil") | _STAND_IN, FLESH),
    _Rule(words("steak"), _AS_STEAK, FLESH),
    _Rule(
        words("*sausage *gelatin") | {"*cured meat", "*animal fat"},
        words("*soy jackfruit") | _STAND_IN,
        FLESH,
    ),
    _Rule(_MINCED | _CUT, _SEAFOOD, _MEAT),
    _Rule(words("steak liver") | _SAUSAGES, words("*fish"), _MEAT),
    _Rule(_SEAFOOD, words("konjac jackfruit") | {"heart of palm"} | _STAND_IN, FLESH),
    _Rule(words("*stock"), words("vegetable *mushroom"), FLESH),
    _Rule(
        frozenset({"*filled pasta"}),
        _CHEESES | _SEAFOOD | words("*leaf *mushroom *squash vegetable artichoke beet potato"),
        _MEAT,
    ),
    # Of which animal, the word before says: turkey sausage is no pork, a beef one neither.
    _Rule(
        words("*meat *mince *sausage *offal *gelatin salami pepperoni jerky pastrami")
        | {"*animal fat"},
        words("*meat *poultry") | {"*game poultry"},
        words("pork beef"),
        words("pork beef veal bacon ham"),
    ),
)  # fmt: skip
_PLANT_MILKS = words("milk drink")
_KEEPS_MILK = words("chocolate snack")
"""`almond milk chocolate` is milk chocolate with almonds."""
_BAKED = words("bread biscuit cake pastry")
_MAY_BE_BAKED_OF = words("buckwheat chickpea quinoa rice teff millet cassava") | _GLUTEN_FREE
"""Of these something is baked alone, or with wheat."""
_HAM = words("bacon ham pancetta lardon rasher prosciutto")
_MILCH = words("goat sheep ewe cow buffalo camel")
_LAYS = words("duck goose quail hen chicken turkey ostrich")
_MILKS = words("*milk *cream *butter *yogurt") | _CHEESES
_TASTES = words("flavor flavour flavored flavoured flavoring flavouring")
_LOOKS = words("shaped sized size shape coloured colored")
_USUAL = words("regular normal ordinary plain standard cow dairy whole usual traditional real")


def joined(named: tuple[Mention, ...], tokens: list[str]) -> Iterator[Mention]:
    """Join `hazelnut milk` to one food, and take the animal out of `goat yogurt`."""
    waiting: Mention | None = None
    for mention in named:
        if tokens[mention.end : mention.end + 1] and tokens[mention.end] in _LOOKS:
            continue
        before, waiting = waiting, _as_taste(mention, tokens)
        if before is None:
            continue
        between = tokens[before.end : mention.start]
        near = not between or between == ["s"]
        if near and _gives(before.words, mention.food.family):
            continue
        if near and before.words == "rasher" and "meat" in mention.food.holds:
            continue
        if between in ([], ["based"]):
            if dropped := _dropped(before, mention):
                waiting = _made(before, mention, dropped)
                continue
            waiting = _weakened(before, waiting)
        yield from _with_usual(before, tokens)
    if waiting is not None:
        yield from _with_usual(waiting, tokens)


def _gives(animal: str, family: str) -> bool:
    """Tell whether an animal gives such food: `duck eggs` are no duck, `chicken cheese` is."""
    return (animal in _MILCH and f"*{family}" in _MILKS) or (animal in _LAYS and family == "egg")


def _as_taste(mention: Mention, tokens: list[str]) -> Mention:
    """Return what may be only the taste of a food as what may hold it: `butter flavoring`."""
    behind = tokens[mention.end] if mention.end < len(tokens) else ""
    if behind in _TASTES or behind == "style":  # bacon-style is doubtful, Alfredo-style is not
        tasted = FLESH if behind == "style" else mention.food.holds
        return mention._replace(food=_only_maybe(mention.food, tasted))
    return mention


def _only_maybe(food: Food, substances: frozenset[str]) -> Food:
    may_hold = food.may_hold | (food.holds & substances)
    return food._replace(holds=food.holds - substances, may_hold=may_hold)


def _with_usual(mention: Mention, tokens: list[str]) -> Iterator[Mention]:
    """Yield a food, and before it the milk of `whole or soya milk`."""
    start = mention.start
    if start >= 2 and tokens[start - 1] in ("or", "/") and tokens[start - 2] in _USUAL:
        head = mention.words.split()[-1]
        if head in foods() and " " in mention.words:
            yield Mention(head, foods()[head], start - 2, start - 1)
    yield mention


def _dropped(before: Mention, mention: Mention) -> frozenset[str]:
    """Return what the head holds no more behind a modifier, if the modifier holds none of it."""
    modifier, head = before.food, mention.food
    modifiers, heads = _called(modifier), _called(head)
    dropped = frozenset[str]().union(
        *(
            rule.drops
            for rule in _RULES
            if not rule.heads.isdisjoint(heads)
            and not rule.modifiers.isdisjoint(modifiers)
            and rule.but.isdisjoint(mention.words.split())
        )
    )
    plant = "dairy" not in modifier.holds and before.words.split()[-1] in _PLANT_MILKS
    if plant and head.family not in _KEEPS_MILK:
        dropped |= _DAIRY
    return (dropped - modifier.holds) & (head.holds | head.may_hold)


def _called(food: Food) -> set[str]:
    """Return the names of a food in a rule."""
    return {food.name, f"*{food.family}"}


def _made(before: Mention, mention: Mention, dropped: frozenset[str]) -> Mention:
    food = mention.food.without(dropped)
    holds, may_hold = food.holds | before.food.holds, food.may_hold | before.food.may_hold
    said = f"{before.words} {mention.words}"
    made = food._replace(
        name=said,
        holds=holds,
        may_hold=may_hold - holds,
        core_celsius=food.core_celsius if "meat" in holds else None,
    )
    return Mention(said, made, before.start, mention.end)


def _weakened(before: Mention, mention: Mention) -> Mention:
    """Return a food that may be made of what stands before it: `chickpea flour pancakes`."""
    modifier, head = before.food, mention.food
    if head.family in _BAKED and not _MAY_BE_BAKED_OF.isdisjoint(_called(modifier)):
        return mention._replace(food=_only_maybe(head, _GLUTEN))
    if head.name in _HAM and modifier.family in ("poultry", "game poultry", "meat"):
        pork = frozenset({"pork"}) - modifier.holds
        return mention._replace(food=_only_maybe(head, pork))
    return mention
