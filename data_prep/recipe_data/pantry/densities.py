"""How much a volume of a solid weighs.

Grams per US cup, rounded, as the household measures of USDA FoodData Central (SR Legacy, public
domain) give them for the loose, unpacked food; where a food has several entries, the middle one.
A cup is 240 ml here as in `recipe_data.language.units`. Liquids, pastes and ground spices are left
out: they stay in millilitres.
"""

from __future__ import annotations

import re
from collections import defaultdict

from recipe_data.language.units import CUP
from recipe_data.pantry.words import singular

# Head noun, words that must also be in the name, grams per cup. More specific entries go first;
# 0 is a liquid whose head noun is a solid.
_GRAMS_PER_CUP: tuple[tuple[str, str, float], ...] = (
    ("flour", "whole wheat", 120), ("flour", "rye", 102), ("flour", "rice", 158),
    ("flour", "almond", 96), ("flour", "cake", 114), ("flour", "", 125),
    ("semolina", "", 167), ("cornmeal", "", 140), ("polenta", "", 140), ("cornflour", "", 128),
    ("cornstarch", "", 128), ("starch", "", 128), ("bran", "", 58), ("oat", "", 85),
    ("oatmeal", "", 85), ("sugar", "brown", 216), ("sugar", "powdered", 120),
    ("sugar", "icing", 120), ("sugar", "confectioner", 120), ("sugar", "confectioners", 120),
    ("sugar", "10x", 120), ("sugar", "", 200), ("salt", "kosher", 240), ("salt", "", 288),
    ("powder", "baking", 216), ("soda", "baking", 216), ("powder", "cocoa", 86),
    ("cocoa", "", 86), ("powder", "milk", 120), ("butter", "peanut", 258),
    ("butter", "almond", 250), ("butter", "", 227), ("margarine", "", 227),
    ("shortening", "", 205), ("lard", "", 205),
    ("rice", "cooked", 160), ("rice", "wild", 160), ("rice", "krispies", 28),
    ("rice", "", 190), ("quinoa", "", 170), ("couscous", "", 173), ("bulgur", "", 140),
    ("barley", "", 190), ("lentil", "", 192), ("orzo", "", 170), ("macaroni", "cooked", 140),
    ("macaroni", "", 105), ("pasta", "cooked", 140), ("pasta", "", 100), ("penne", "", 95),
    ("rotini", "", 85), ("fusilli", "", 85), ("noodle", "", 75),
    ("bean", "green", 110), ("bean", "dried", 190), ("bean", "dry", 190), ("bean", "", 177),
    ("chickpea", "", 164), ("pea", "", 140), ("corn", "", 160), ("kernel", "corn", 160),
    ("breadcrumb", "fresh", 50), ("crumb", "fresh", 50), ("crumb", "soft", 50),
    ("panko", "", 60), ("crumb", "panko", 60), ("breadcrumb", "", 108), ("crumb", "", 100),
    ("crouton", "", 40), ("cereal", "", 30), ("cornflake", "", 28),
    ("parmesan", "", 100), ("pecorino", "", 100), ("romano", "", 100), ("cheese", "parmesan", 100),
    ("cheese", "romano", 100), ("cheese", "pecorino", 100), ("cheese", "cream", 232),
    ("cheese", "ricotta", 246), ("cheese", "cottage", 225), ("cheese", "feta", 150),
    ("cheese", "blue", 135), ("cheese", "goat", 140), ("cheese", "", 113), ("ricotta", "", 246),
    ("cheddar", "", 113), ("mozzarella", "", 113), ("gruyère", "", 108), ("gruyere", "", 108),
    ("feta", "", 150),
    ("almond", "sliced", 92), ("almond", "", 143), ("walnut", "", 117), ("pecan", "", 109),
    ("hazelnut", "", 125), ("cashew", "", 137), ("peanut", "", 146), ("pistachio", "", 123),
    ("nut", "pine", 135), ("nut", "", 120), ("coconut", "", 85), ("raisin", "", 145),
    ("sultana", "", 145), ("currant", "", 144), ("cranberry", "dried", 120),
    ("cranberry", "", 100), ("cherry", "dried", 140), ("apricot", "dried", 130), ("date", "", 147),
    ("chip", "chocolate", 170), ("chocolate", "hot", 0), ("chocolate", "", 165),
    ("marshmallow", "", 50),
    ("seed", "sesame", 144), ("seed", "poppy", 140), ("seed", "sunflower", 140),
    ("onion", "green", 100), ("scallion", "", 100), ("shallot", "", 160), ("onion", "", 160),
    ("celery", "", 101), ("carrot", "", 120), ("pepper", "bell", 149), ("pepper", "green", 149),
    ("pepper", "red", 149), ("tomato", "", 180), ("mushroom", "", 75), ("spinach", "", 30),
    ("cabbage", "", 80), ("lettuce", "", 50), ("arugula", "", 20), ("broccoli", "", 90),
    ("cauliflower", "", 107), ("zucchini", "", 124), ("cucumber", "", 120),
    ("potato", "mashed", 210), ("potato", "", 150), ("olive", "", 135), ("parsley", "", 60),
    ("basil", "", 24),
    ("leaf", "basil", 24), ("leaf", "parsley", 60), ("cilantro", "", 16),
    ("leaf", "cilantro", 16), ("leaf", "mint", 25), ("mint", "", 25),
    ("blueberry", "", 148), ("strawberry", "", 150), ("raspberry", "", 123), ("apple", "", 120),
    ("pineapple", "", 165), ("grape", "", 150), ("peach", "", 154), ("mango", "", 165),
    ("chicken", "", 140), ("turkey", "", 140), ("ham", "", 140), ("shrimp", "", 145),
    ("beef", "", 140), ("tuna", "", 150), ("crabmeat", "", 135), ("bacon", "", 110),
)  # fmt: skip

_BY_HEAD: dict[str, list[tuple[frozenset[str], float]]] = defaultdict(list)
for _head, _also, _grams in _GRAMS_PER_CUP:
    _BY_HEAD[_head].append((frozenset(_also.split()), _grams / CUP.factor))

_WORD = re.compile(r"[^\W\d_]+|10x")
_TAIL = re.compile(r"\s(?:or|with|in|from|for|and/or|without)\s|[,(;]")


def grams_per_ml(name: str, preparation: str | None = None) -> float | None:
    """Return the density of a solid by the name of the ingredient, or None.

    The last noun of the name decides what it is (`rice vinegar` is a vinegar), its other words
    and the preparation which entry of the table fits.

    >>> grams_per_ml("long-grain rice"), grams_per_ml("rice vinegar")
    (0.7916666666666666, None)
    >>> round(240 * grams_per_ml("light brown sugar"))
    216
    """
    said = [singular(word) for word in _WORD.findall(_TAIL.split(name.lower(), maxsplit=1)[0])]
    if not said or said[-1] not in _BY_HEAD:
        return None
    context = {*said, *_WORD.findall((preparation or "").lower())}
    return next((d for also, d in _BY_HEAD[said[-1]] if also <= context), None) or None
