"""Our rules beside ingredient-parser-nlp with pint, on the same labelled lines and scorer.

Neither library belongs to the project. In a virtual environment of its own:

    pip install . ingredient_parser_nlp pint
    python tests/bench/ingredient_library.py FOLDER

The library's features name each word's part of speech, which NLTK's perceptron tells from data that
has to be downloaded. So that the comparison runs offline, `tag` stands in for it: a lexicon and
endings. Of a line that states several amounts the library's first one counts. Its conversion of
volumes to masses is called at the end, to see whether it works.
"""

from __future__ import annotations

import argparse
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from recipe_data.gold.measure import Share, measure_ingredients, read_gold
from recipe_data.schema import Ingredient

_INSTALL = "install them in a virtual environment of their own: pip install {} pint"
_UNSEEN = "TASTEset"

_TAGS = {
    "CD": "one two three four five six seven eight nine ten twelve half dozen",
    "DT": "a an the each any some this that all both no",
    "IN": "of in into for with from about at by on per if as without like until",
    "CC": "and or but plus nor",
    "TO": "to",
    "JJ": "fresh large small medium whole dry ripe firm hot cold sweet raw good lean extra thin"
    " thick white black red green yellow brown long short soft hard plain free boneless skinless"
    " unsalted virgin wild young heavy light low dark mild strong fine coarse optional additional",
    "RB": "very well not too just more",
}
_TAG_OF = {word: tag for tag, listed in _TAGS.items() for word in listed.split()}
_ENDINGS = (("ly", "RB"), ("ed", "VBN"), ("ing", "VBG"), ("less", "JJ"), ("s", "NNS"))


def tag(words: list[str]) -> list[tuple[str, str]]:
    """Guess the part of speech of each word by a lexicon, its characters and its ending."""
    return [(word, _tag_word(word)) for word in words]


def _tag_word(word: str) -> str:
    lowered = word.lower()
    if lowered in _TAG_OF:
        return _TAG_OF[lowered]
    if re.search(r"\d", word):
        return "CD"
    if not re.search(r"\w", word):
        return word
    if word[0].isupper():
        return "NNP"
    return next((tag for ending, tag in _ENDINGS if lowered.endswith(ending)), "NN")


def load_library() -> Any:
    """Import the library, its tagger replaced, without any download."""
    with patch("nltk.downloader.download", return_value=False), patch("nltk.PerceptronTagger"):
        import ingredient_parser
        from ingredient_parser.en import preprocess
    preprocess.pos_tag = tag
    return ingredient_parser


def library_parser(library: Any) -> Any:
    """Return a function that reads a line as the library does, in metric units."""

    @cache
    def metric(unit: Any) -> tuple[float, str]:
        one = library.UREG.Quantity(1.0, unit)
        for name in ("g", "ml"):
            if one.is_compatible_with(name):
                return float(one.to(name).magnitude), name
        return 1.0, "unit"

    def read(line: str) -> Ingredient:
        parsed = library.parse_ingredient(line, separate_names=False)
        name = " ".join(part.text for part in parsed.name)
        preparation = parsed.preparation.text if parsed.preparation else None
        if not parsed.amount:
            return Ingredient(None, None, None, name, preparation)
        low, high, unit = _first_amount(parsed.amount[0], metric)
        return Ingredient(low, high if high != low else None, unit, name, preparation)

    return read


def _first_amount(amount: Any, metric: Any) -> tuple[Any, Any, Any]:
    parts = getattr(amount, "amounts", [amount])
    if any(isinstance(part.quantity, str) for part in parts):
        return None, None, None
    factors = [(1.0, "unit") if isinstance(p.unit, str) else metric(p.unit) for p in parts]
    low = sum(float(p.quantity) * f for p, (f, _) in zip(parts, factors, strict=True))
    high = sum(float(p.quantity_max) * f for p, (f, _) in zip(parts, factors, strict=True))
    return low, high, factors[0][1]


def weighed(library: Any, line: str, kilograms_per_litre: float) -> str:
    """Convert a volume to a mass by the library; return the mass, or how it fails."""
    density = library.UREG.Quantity(1000 * kilograms_per_litre, "kg/m^3")
    try:
        return str(library.parse_ingredient(line).amount[0].convert_to("g", density=density).text)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take one of so many lines")
    arguments = parser.parse_args()
    rows = [*read_gold(arguments.folder / "ingredient_gold.jsonl.gz")][:: arguments.every]
    try:
        library = load_library()
    except ImportError as error:
        sys.exit(f"{error}: " + _INSTALL.format("ingredient_parser_nlp"))
    unseen = [row for row in rows if _UNSEEN in row["source"]]
    table = Table("", "lines", "rules", "library", title="ingredient lines")
    for title, part in (("all", rows), (f"{_UNSEEN}, unseen by the library", unseen)):
        ours, theirs = measure_ingredients(part), measure_ingredients(part, library_parser(library))
        for name in ours:
            table.add_row(
                f"{name}, {title}", str(len(part)), _said(ours[name]), _said(theirs[name])
            )
    Console().print(table)
    print("2 cups flour at 0.53 kg/l, by the library:", weighed(library, "2 cups flour", 0.53))


def _said(score: Share | float) -> str:
    return f"{score.right / score.total:.4f}" if isinstance(score, Share) else f"{score:,.0f}"


if __name__ == "__main__":
    main()
