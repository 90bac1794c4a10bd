"""The list against the steps: what is never used, and what is used and not listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.pantry.identity import canonical, foods_in
from recipe_data.pantry.meanings import NO_FOOD, is_said, known, members, naming_words, said_words
from recipe_data.pantry.table import foods
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient, Recipe

_ALL_AT_ONCE = re.compile(
    r"\bingredients?\b|\beverything\b|\bgarnish|\btoppings?\b|\baccompani|\bcondiments?\b"
    r"|\btrimmings\b|\bfixings\b|\ball together\b"
    r"|\b(?:the )?(?:rest|remainder) of the\b(?! \w+ (?:of|over|and|into|in)\b)|\badd-?ins?\b"
    r"|\b(?:blend|process|combine|mix|whisk|stir|shake) (?:all|together until|until)\b",
    re.IGNORECASE,
)
# Words of these steps that are no food there: `mince the garlic`, `wrap in foil`, `baking sheet`.
_NO_FOOD_THERE = re.compile(
    r"(?:^|[.;:,(]\s*|\b(?:and|then|to|or)\s)(?:\w+ly\s)?(?:mince|wrap|fry|crisp)\b"
    r"|\b(?:baking|cookie|oven|lined|prepared|large) sheets?\b|\bsheet pans?\b"
    r"|\bnon-?stick\b|\bsticks? to\b|\btail(?:s|-)? on\b",
    re.IGNORECASE,
)
_SEASONED = re.compile(r"\bseason|\bto taste\b|\bsalted\b|\bsalting\b|\bbrine\b", re.IGNORECASE)
_SEASONING_NAMES = words("salt pepper")
_BY_PACKAGE = re.compile(
    r"\b(?:package|box|label|packet|manufacturer|directed|instructed)\b", re.IGNORECASE
)
_PACKAGE_ADDS = words("egg oil water butter milk margarine")
# What stands on the table, or on the pan, without a word in the steps.
_SILENT_HEADS = words("wedge water ice spray garnish accompaniment sprig pinch serving skewer")
_NO_LINE = re.compile(
    r"^(?:available|accompaniments?|special|equipment|recipe|about|from|see|note|sold|such as|for)"
    r"\b|\b(?:recipe|follows|page|garnish|serving|optional|accompaniment|wooden|skewers?)\b",
    re.IGNORECASE,
)
_LEAST_WORDS = 3
"""Steps of fewer words (`Juice.`) do not mean to name what they use."""

# Foods that no step may use unless they are listed: those of these families that have one word,
# and of others some; the rest are too often part of a phrase (`season`, `top the pie`).
_PLAIN_FAMILIES = words(
    "crustacean mollusc mushroom cabbage nut pasta fish fruit herb spice root poultry leaf pulse"
    " allium wheat peanut"
) | {"cured meat", "fruit vegetable", "dried fruit", "fresh cheese"}
_OTHER_PLAIN = words(
    "beef pork sausage rice yogurt yoghurt honey mustard mayonnaise ketchup vinegar coconut cheddar"
    " parmesan feta gruyere gruyère egg butter milk flour sugar cream cheese tofu tempeh edamame"
    " noodle lamb veal wine couscous quinoa polenta oat pesto tahini miso pumpkin butternut"
    " celery celeriac chorizo"
)
_PLAIN_PAIRS = words("coconut peanut mustard sesame soy cream") | {
    "soy sauce", "fish sauce", "fresh cheese", "fruit vegetable", "fruit", "nut", "plant milk",
}  # fmt: skip
"""Families whose foods of two words (`soy sauce`) are as plain."""
_NOT_PLAIN = words(
    "fish char roe skate smelt pike perch sole skipjack bass shark fruit juice preserve zest citrus"
    " jelly date compote berry jam marmalade herb rose lavender stevia bay savory spice seasoning"
    " essence salt msg clove chile chili chilli pepper vegetable pectin agar carrageenan marinara"
    " salsa seaweed greens nettle bean radish elbow shellfish nut crab candied currant currants"
    " gluten bran malt rye barley wheat tamarind carob ramp passata nutmeat spam speck speckled"
    " poultry hen fryer leaf mix dressing rocket endive savoy tail stalk peppercorn horseradish"
    " mace cherry drumstick sorrel marzipan praline acorn wasabi swede fava lima calamari tapioca"
)
_USED = re.compile(
    r"\b(?:add(?:ing)?|(?:stir(?:ring)?|mix|fold|pour|toss|whisk|beat|blend) (?:in|with|together)"
    r"|sprinkle (?:with|on|over)|top with|scatter (?:with|over)|drizzle with|season with|serve with"
    r"|combine|saut[eé]|fry|chop|dice|mince|slice|grate|melt|brown|peel|mash|whisk|beat|sift"
    r"|cook|boil|soften|sweat|marinate|drain|crumble|spread|squeeze)\s(?:the\s)?"
    r"(?=(?P<foods>[^.;:()\n]{2,120}))",
    re.IGNORECASE,
)
_LIST_END = re.compile(
    r"\b(?:to|in|into|until|over|on|onto|for|from|with|when|while|as|if|at|by|before|after|then|so"
    r"|that|which|or|like|such|a little|cook|stir|bring|simmer|mix|toss|season|reduce|cover|saute"
    r"|sauté|bake|fry|heat|let|beat|continue|one at a time|alternately)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_ALTERNATIVE = re.compile(r"[^,]{1,40}\bor\b.*")
_ITEM = re.compile(r",\s*(?:and\s+)?|\s+and\s+|\s*&\s*|\s+plus\s+")
_HEDGED = re.compile(
    r"\b(?:if (?:desired|you|using|wished|liked)|optional|favorite|favourite|choice|such as|other"
    r"|any|serve|serving|variations?|instead|may|(?<!a )can(?! of)|could|might|not|omit|without|or:"
    r"|try|skip|substitute|follow"
    r"|some (?:people|like)|note|in (?:fall|summer|winter|spring)"
    r"|too (?:thick|thin|dry|stiff|wet))\b|n't\b",
    re.IGNORECASE,
)
# Listed, these stand for all their members; `oil` does not stand for the butter of a step.
_GENERAL = words(
    "pasta noodle vegetable fruit herb spice seasoning meat nut cheese fish seafood greens bean"
    " bread salad dressing sauce roast"
)
# In front of or behind a food, these make another thing of it: `chicken stock`, `onion mixture`.
_PRODUCT = words(
    "mixture broth stock sauce powder oil water juice seed cube paste soup vinegar salt syrup leaf"
    " noodle bread cake batter filling dressing peel zest rind pot pan bowl dish cooker starch"
    " liquid fat puree bone skin wrapper flake liqueur substitute cracker chip pasta glaze layer"
    " chick"
)


def unused(recipe: Recipe) -> Iterator[Warning]:
    """Yield the ingredients that no step uses; a food that is not known is not judged."""
    text = " ".join(step.text for step in recipe.instructions)
    said = _said(text)
    if _ALL_AT_ONCE.search(text) or len(said) < _LEAST_WORDS:
        return
    silent = _SEASONING_NAMES if _SEASONED.search(text) else frozenset()
    if _BY_PACKAGE.search(text):
        silent = silent | _PACKAGE_ADDS
    for number, ingredient in enumerate(recipe.ingredients, 1):
        named = naming_words(ingredient.name)
        if not _is_judged(ingredient, named) or named & silent or is_said(named, said):
            continue
        yield Warning(
            "unused-ingredient",
            f"{ingredient.name} is listed, but no step uses it",
            f"ingredient {number}",
        )


def _said(text: str) -> frozenset[str]:
    """Return the words of the steps, also as nouns: `salted` says salt, `buttered` butter."""
    said = set(said_words(_NO_FOOD_THERE.sub(".", text)))
    for word in tuple(said):
        for ending in ("ed", "ing", "y"):
            if word.endswith(ending) and len(word) > len(ending) + 2:
                said.add(word.removesuffix(ending))
    return frozenset(said)


def _is_judged(ingredient: Ingredient, named: frozenset[str]) -> bool:
    spoken = [word for word in food_words(ingredient.name) if word not in NO_FOOD]
    return (
        bool(spoken)
        and spoken[-1] in known()
        and len(spoken) <= 4
        and not named & _SILENT_HEADS
        and not _NO_LINE.search(f"{ingredient.name} {ingredient.preparation or ''}")
    )


def unlisted(recipe: Recipe) -> Iterator[Warning]:
    """Yield the steps that add a food which neither the list nor the title names.

    Silent where a line names no food (`2 medium`): it may be the one.
    """
    if not all(naming_words(ingredient.name) for ingredient in recipe.ingredients):
        return
    lines = (f"{i.name} {i.preparation or ''}" for i in recipe.ingredients)
    listed = said_words(" ".join((recipe.title, *lines)))
    general = frozenset().union(*(members()[word] for word in listed & _GENERAL))
    spelt = listed - members().keys()
    seen: set[str] = set()
    for number, step in enumerate(recipe.instructions, 1):
        for item in _added(step.text):
            spoken = food_words(item)
            food = spoken[-1]
            if food in seen or members().get(food, frozenset()) & listed:
                continue
            pair = _pair(item)
            if listed & (said_words(food) | frozenset(pair.split() if pair else ())):
                continue
            if is_said(frozenset(spoken) - NO_FOOD, spelt) or food in general:
                continue
            seen.add(food)
            named = pair or item.split()[-1]
            yield Warning(
                "unlisted-ingredient",
                f"the step uses {named}, which is not among the ingredients",
                f"step {number}",
            )


@cache
def _unmistakable() -> frozenset[str]:
    """Return the words that a step only says of food, which must then be listed."""
    plain = {n for n, f in foods().items() if f.family in _PLAIN_FAMILIES and " " not in n}
    return frozenset((plain | _OTHER_PLAIN) - _NOT_PLAIN)


def _added(text: str) -> Iterator[str]:
    """Yield what a step adds where it ends in an unmistakable food: `grated carrots`."""
    for match in _USED.finditer(text):
        sentence = text[text.rfind(".", 0, match.start()) + 1 : match.end("foods")]
        if _HEDGED.search(sentence):
            continue
        listed = _ALTERNATIVE.sub("", match["foods"])
        for item in _ITEM.split(_LIST_END.sub("", listed)):
            if '"' not in item and (is_unmistakable(item) or _pair(item)):
                yield item.strip()


def is_unmistakable(item: str) -> bool:
    """Tell whether words name one food, in its last word: `grated carrots`."""
    spoken = food_words(canonical(item))
    meant = known().intersection(spoken) - NO_FOOD
    plain = _PRODUCT.isdisjoint(food_words(item)) and len(meant) == 1
    return bool(spoken) and plain and spoken[-1] in _unmistakable()


def _pair(item: str) -> str | None:
    """Return the food of two words that an item is, if it is one that is always listed."""
    named = foods_in(item)
    if len(named) != 1 or named[0].food.family not in _PLAIN_PAIRS:
        return None
    return named[0].words if " " in named[0].words and _ends(item, named[0].words) else None


def _ends(item: str, words: str) -> bool:
    return " ".join(food_words(item)).endswith(words)
