"""Units of the kitchen: what they are called, what they measure, and what they are in metric.

Spoons, cups and fluid ounces have the metric values of United States food labels
(21 CFR 101.9(b)(5)(viii): teaspoon 5 ml, tablespoon 15 ml, cup 240 ml, fluid ounce 30 ml), which
are within 1.5 % of the exact ones; every other unit is exact to four digits.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from recipe_data.language.letters import lower
from recipe_data.language.text import words

Dimension = Literal["g", "ml", "cm"]


class MeasureUnit(NamedTuple):
    """A unit of mass, volume or length."""

    dimension: Dimension
    """Metric unit that `factor` leads to."""
    factor: float
    """Metric amount of one such unit."""
    metric: bool
    """Whether the unit belongs to the metric system."""
    spoon: bool = False
    """Whether a modifier such as `heaped` makes sense before it."""


GRAM = MeasureUnit("g", 1.0, metric=True)
MILLILITRE = MeasureUnit("ml", 1.0, metric=True)
TEASPOON = MeasureUnit("ml", 5.0, metric=False, spoon=True)
DESSERTSPOON = MeasureUnit("ml", 10.0, metric=False, spoon=True)
TABLESPOON = MeasureUnit("ml", 15.0, metric=False, spoon=True)
CUP = MeasureUnit("ml", 240.0, metric=False, spoon=True)
FLUID_OUNCE = MeasureUnit("ml", 30.0, metric=False)
OUNCE = MeasureUnit("g", 28.35, metric=False)
POUND = MeasureUnit("g", 453.6, metric=False)

_NAMES: tuple[tuple[MeasureUnit, str], ...] = (
    (GRAM, "g gr gm gms grm grms gram grams gramme grammes"),
    (MeasureUnit("g", 0.001, metric=True), "mg milligram milligrams"),
    (MeasureUnit("g", 1000.0, metric=True), "kg kgs kilo kilos kilogram kilograms kilogramme"),
    (MILLILITRE, "ml mls milliliter milliliters millilitre millilitres cc"),
    (MeasureUnit("ml", 10.0, metric=True), "cl centiliter centilitre centiliters centilitres"),
    (MeasureUnit("ml", 100.0, metric=True), "dl deciliter decilitre deciliters decilitres"),
    (MeasureUnit("ml", 1000.0, metric=True), "l lt ltr ltrs liter liters litre litres"),
    (OUNCE, "oz ozs onz ounce ounces"),
    (POUND, "lb lbs pound pounds #"),
    (FLUID_OUNCE, "fluid-ounce fluid-ounces fl-oz fl-ozs fl-ounce fl-ounces floz"),
    (TEASPOON, "tsp tsps teasp teasps teas tspn tspns teaspoon teaspoons teaspoonful teaspoonfuls"),
    (DESSERTSPOON, "dsp dsps dstsp dstspn dsstsp dessertsp dessertspoon dessertspoons"),
    (DESSERTSPOON, "dessert-spoon dessert-spoons"),
    (TABLESPOON, "tbsp tbsps tbs tbl tbls tblsp tblsps tblspn tbspn tbspns tbslp tb tablesp tabs"),
    (TABLESPOON, "tablespoon tablespoons tablespoonful tablespoonfuls"),
    (CUP, "cup cups cupful cupfuls cps us-cup us-cups"),
    (
        MeasureUnit("ml", 250.0, metric=True),
        "metric-cup metric-cups australian-cup australian-cups",
    ),
    (MeasureUnit("ml", 20.0, metric=True), "australian-tablespoon australian-tablespoons"),
    (MeasureUnit("ml", 142.1, metric=False), "gill gills uk-gill uk-gills imperial-gill"),
    (MeasureUnit("ml", 118.3, metric=False), "us-gill us-gills"),
    (MeasureUnit("ml", 473.2, metric=False), "pint pints pt pts us-pint us-pints"),
    (MeasureUnit("ml", 568.3, metric=False), "uk-pint uk-pints imperial-pint imperial-pints"),
    (MeasureUnit("ml", 568.3, metric=False), "british-pint british-pints"),
    (MeasureUnit("ml", 1137.0, metric=False), "uk-quart uk-quarts imperial-quart imperial-quarts"),
    (MeasureUnit("ml", 4546.0, metric=False), "uk-gallon imperial-gallon imperial-gallons"),
    (MeasureUnit("ml", 946.4, metric=False), "quart quarts qt qts qrt qrts us-quart us-quarts"),
    (MeasureUnit("ml", 3785.0, metric=False), "gallon gallons gal gals"),
    (MeasureUnit("cm", 1.0, metric=True), "cm cms centimeter centimeters centimetre centimetres"),
    (MeasureUnit("cm", 0.1, metric=True), "mm millimeter millimeters millimetre millimetres"),
    (MeasureUnit("cm", 2.54, metric=False), "in inch inches"),
)

MEASURE_UNITS: dict[str, MeasureUnit] = {
    name.replace("-", " "): unit for unit, names in _NAMES for name in names.split()
}
# One letter: T is a tablespoon and t a teaspoon, so that case decides.
_LETTER_UNITS = {"T": TABLESPOON, "t": TEASPOON, "c": CUP, "C": CUP}


def measure_unit(word: str) -> MeasureUnit:
    """Look a written unit up.

    >>> measure_unit("Tbsp.").factor, measure_unit("T").factor, measure_unit("fl. oz.").factor
    (15.0, 15.0, 30.0)
    """
    if word[0] in _LETTER_UNITS and len(word.rstrip(".")) == 1:
        return _LETTER_UNITS[word[0]]
    return MEASURE_UNITS[" ".join(re.split(r"[\s.-]+", lower(word).strip(". -")))]


def unit_pattern() -> str:
    """Return a regular expression for a written unit, to be used with `re.IGNORECASE`."""
    names = sorted(set(MEASURE_UNITS) - {"#"}, key=len, reverse=True)
    written = "|".join(name.replace(" ", r"[\s.-]{1,3}") for name in names)
    return rf"(?:(?:{written}|[tc])(?![a-z]|-[a-z])(?:\.(?!\d))?|#(?!\d))"


# What recipe cards shorten; none is a measure.
ABBREVIATIONS = {
    "lg": "large", "lge": "large", "lrg": "large", "md": "medium", "med": "medium", "sm": "small",
    "sml": "small", "xlg": "extra-large", "ea": "each", "ctn": "carton", "ctns": "cartons",
    "bot": "bottle", "btl": "bottle", "btls": "bottles", "pkt": "packet", "pkts": "packets",
    "pckg": "package", "pkge": "package", "pkg": "package", "pkgs": "packages",
    "env": "envelope", "doz": "dozen",
    "bch": "bunch", "pc": "piece", "pcs": "pieces", "slc": "slice", "sprg": "sprig",
    "sprgs": "sprigs", "stk": "stick", "stks": "sticks", "clv": "clove", "cntr": "container",
    "slcs": "slices", "evap": "evaporated", "cond": "condensed", "conf": "confectioners",
    "choc": "chocolate", "marg": "margarine", "veg": "vegetable", "parm": "parmesan",
    "mozz": "mozzarella", "ched": "cheddar", "bkg": "baking", "pwd": "powdered",
    "pwdr": "powder", "shred": "shredded", "chpd": "chopped", "unsw": "unsweetened",
    "worc": "Worcestershire",
}  # fmt: skip
# Unit codes of MealMaster and MasterCook: only behind a number.
UNIT_CODES = {
    "bn": "bunch", "cn": "can", "dr": "drop", "ds": "dash", "dz": "dozen", "hd": "head",
    "pk": "pack", "pks": "packs", "pn": "pinch", "sl": "slice", "sq": "square", "sqs": "squares",
    "bx": "box", "cont": "container",
}  # fmt: skip
# Containers hold an amount that a line may state: `2 (14 oz.) cans`.
CONTAINERS = words(
    "can cans tin tins jar jars bottle bottles package packages pkg pkgs packet packets pack packs"
    " box boxes bag bags carton cartons container containers tub tubs pot pots tube tubes pouch"
    " pouches sachet sachets envelope envelopes env punnet punnets basket baskets block blocks"
    " loaf loaves log logs ball balls brick bricks roll rolls bar bars wheel wheels sleeve sleeves"
    " tray trays canister canisters sack sacks bucket buckets"
)
# Pieces and handfuls: what is counted where the ingredient itself is not.
PIECES = words(
    "clove cloves slice slices sprig sprigs piece pieces pinch pinches dash dashes handful handfuls"
    " bunch bunches head heads stalk stalks stick sticks rib ribs bulb bulbs sheet sheets drop"
    " drops rasher rashers splash splashes drizzle drizzles knob knobs ear ears strip strips spear"
    " spears stem stems branch branches glass glasses square squares wedge wedges rack racks"
    " chunk chunks cube cubes scoop scoops dollop dollops shake shakes glug glugs squeeze"
    " squeezes slab slabs batch batches bundle bundles recipe recipes twist twists grind grinds"
    " shot shots smidgen lump lumps quantity portion portions part parts strand strands thumb"
    " round rounds disc discs cob cobs finger fingers length lengths grating gratings cake cakes"
    " jigger jiggers serving servings layer layers envelope dozen link links pod pods pat pats nest"
    " nests lug lugs shavings wineglass mug mugs leaf leaves hunk hunks wisp wisps ladle ladles"
    " ladleful ladlefuls fistful fistfuls spoonful spoonfuls capful capfuls squirt squirts spray"
    " sprays sprinkling swirl swirls blob blobs dab dabs tot tots"
)
