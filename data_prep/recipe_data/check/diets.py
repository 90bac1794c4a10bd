"""What a word behind `--diet` is taken for."""

from __future__ import annotations

from recipe_base.errors import TopochefError
from recipe_data.check.avoided import taken_for
from recipe_data.pantry.words import food_words
from recipe_data.prompts import DIETS, Diet

_OTHER_WORDS: dict[str, Diet] = {
    "plant based": "vegan", "strict vegetarian": "vegan", "veggie": "vegetarian",
    "veg": "vegetarian", "meatless": "vegetarian", "lacto vegetarian": "vegetarian",
    "ovo vegetarian": "vegetarian", "lacto ovo vegetarian": "vegetarian",
    "ovo lacto vegetarian": "vegetarian",
}  # fmt: skip


def read_diet(word: str) -> tuple[Diet | None, tuple[str, ...]]:
    """Return the diet that a word means, or else what its eaters avoid.

    Raises `TopochefError` for what cannot be checked by the foods of a recipe, as `paleo`.

    >>> read_diet("Plant-based"), read_diet("coeliac")
    (('vegan', ()), (None, ('coeliac',)))
    """
    name = " ".join(w for w in food_words(word) if w != "diet")
    for diet in DIETS:
        if diet in (name, _OTHER_WORDS.get(name)):
            return diet, ()
    meant = taken_for(word)
    if not meant.is_class:
        raise TopochefError(
            f"{word!r} is no diet that can be checked: choose {' or '.join(DIETS)}, or what is "
            "avoided: pescatarian, halal, kosher, gluten-free, dairy-free"
        )
    return None, (meant.word,)
