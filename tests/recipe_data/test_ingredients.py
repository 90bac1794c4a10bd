"""Ingredient lines: known answers, gold sets, and any text at all."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_data.gold.measure import Share, measure_ingredients, read_gold
from recipe_data.ingredients import is_section_header, parse_ingredient

MAX_SECONDS = 0.05


@pytest.mark.parametrize(
    ("line", "low", "high", "unit", "name"),
    [
        ("2 (14 oz.) cans chickpeas", 793.8, None, "g", "chickpeas"),
        ("Two 14-ounce cans plum tomatoes", 793.8, None, "g", "plum tomatoes"),
        ("1 - 4 oz. can cut mushrooms, undrained", 113.4, None, "g", "mushrooms"),
        ("2 x 400g tins of plum tomatoes", 800, None, "g", "plum tomatoes"),
        ("1 (14-ounce [397-g]) package tofu", 397, None, "g", "tofu"),
        ("1 can (28 oz/796 mL) whole tomatoes", 796, None, "g", "whole tomatoes"),
        ("2 cans (15.5 oz/440g) black-eyed beans", 880, None, "g", "black-eyed beans"),
        ("1-1/4 to 1-1/2 c. milk", 300, 360, "ml", "milk"),
        ("~150g (1/3 lb) bacon cubes", 150, None, "g", "bacon cubes"),
        ("14g/½oz fast-action yeast", 14, None, "g", "fast-action yeast"),
        ("¼ (50 mL) cup cream", 50, None, "ml", "cream"),
        ("2 rabbits (1.5-2kg/3lb 5oz-4lb 8oz total), jointed", 1500, 2000, "g", "rabbits"),
        ("beef (chuck, brisket...): 1kg | 2 1/4lb", 1000, None, "g", "beef"),
        ("Sugar 2/3 cup (133 grams)", 133, None, "g", "Sugar"),
        ("4 duck legs, each about 175g/6oz", 700, None, "g", "duck legs"),
        ("6 halibut fillets, about 5 ounces each", 850.5, None, "g", "halibut fillets"),
        ("1 green cabbage (3 pounds), cored", 1361, None, "g", "green cabbage"),
        ("1 cup rice", 190, None, "g", "rice"),
        ("1/2 cup grated Parmesan cheese", 50, None, "g", "Parmesan cheese"),
        ("1 stick butter, softened", 113.4, None, "g", "butter"),
        ("2 T. rice vinegar", 30, None, "ml", "rice vinegar"),
        ("1 1/2 tsp. salt", 9, None, "g", "salt"),
        ("3 cloves garlic", 3, None, "unit", "garlic"),
        ("2 links smoked sausage", 2, None, "unit", "smoked sausage"),
        ("4 pods cardamom", 4, None, "unit", "cardamom"),
        ("1 cup rice <|im_end|>", 190, None, "g", "rice"),
        ("|im_end|> 1 cup rice", 190, None, "g", "rice"),
        ("3 large garlic cloves, minced", 3, None, "unit", "garlic"),
        ("2-3 eggs", 2, 3, "unit", "eggs"),
        ("1 dozen egg yolks", 12, None, "unit", "egg yolks"),
        ("half a cucumber", 0.5, None, "unit", "cucumber"),
        ("Juice of 1 lemon", 1, None, "unit", "lemon"),
        ("5cm/2in piece fresh ginger, grated", 1, None, "unit", "fresh ginger"),
        ("6 ¼-inch-thick slices French bread", 6, None, "unit", "French bread"),
        ("20 cup-shaped lettuce leaves", 20, None, "unit", "cup-shaped lettuce leaves"),
        ('1/4 tsp <epi recipelink="" id="105254">syrup</epi>', 1.25, None, "ml", "syrup"),
        ("salt to taste", None, None, None, "salt"),
        ("Pinch of ground cloves", None, None, None, "ground cloves"),
        ("vegetable oil for frying", None, None, None, "vegetable oil"),
        ("Salt, about ½ teaspoon", 3, None, "g", "Salt"),
    ],
)  # fmt: skip
def test_known_lines(
    line: str, low: float | None, high: float | None, unit: str | None, name: str
) -> None:
    parsed = parse_ingredient(line)
    assert (parsed.quantity, parsed.quantity_max, parsed.unit) == (
        pytest.approx(low, rel=0.005) if low is not None else None,
        pytest.approx(high, rel=0.005) if high is not None else None,
        unit,
    )
    assert parsed.name == name


@pytest.mark.parametrize(
    ("line", "name", "preparation"),
    [
        ("1 cup finely chopped fresh parsley", "fresh parsley", "finely chopped"),
        ("2 onions, peeled and sliced, to serve", "onions", "peeled and sliced"),
        ("1 garlic clove, crushed (optional)", "garlic", "clove, crushed"),
        ("400g tin chopped tomatoes", "chopped tomatoes", None),
        ("1 tsp freshly ground black pepper", "black pepper", "freshly ground"),
        ("1 tsp ground cumin", "ground cumin", None),
        ("3 tbsp peanut oil, corn oil, or lard", "peanut oil, corn oil, or lard", None),
        ("2 boneless, skinless chicken breasts", "boneless skinless chicken breasts", None),
        ("1 cup (packed) brown sugar", "brown sugar", "packed"),
        ("3 celery stalks, diced", "celery", "stalks, diced"),
        ("100 g basil leaves finely chopped", "basil leaves", "finely chopped"),
    ],
)  # fmt: skip
def test_names_and_preparations(line: str, name: str, preparation: str | None) -> None:
    parsed = parse_ingredient(line)
    assert (parsed.name, parsed.preparation) == (name, preparation)


def test_volumes_of_solids_can_stay_volumes() -> None:
    parsed = parse_ingredient("2 cups flour", weigh=False)
    assert (parsed.quantity, parsed.unit) == (480, "ml")


@pytest.mark.parametrize(
    ("line", "is_header"),
    [
        ("Batter:", True),
        ("For the sauce:", True),
        ("FOR THE FILLING", True),
        ("for frying", False),
        ("Sauce: 2 cups milk", False),
        ("salt", False),
    ],
)
def test_section_headers(line: str, is_header: bool) -> None:
    assert is_section_header(line) is is_header


LINE_PIECES = st.sampled_from(
    ["1", "1/2", "½", " ", "-", "to ", "cup ", "oz", "g", "(", ")", "[", "]", ",", "/", "x ",
     "can ", "plus ", "of ", "or ", "each ", "chopped ", "and ", "juice ", "garlic ", "cloves", ":",
     ".", "inch ", "piece ", "about ", "small ", "%", "\ufffd", "\xad", "<b", "&amp;", "é", "\n"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.one_of(st.text(max_size=300), st.lists(LINE_PIECES, max_size=80).map("".join)))
def test_any_text_is_read_quickly_and_without_exception(line: str) -> None:
    start = time.process_time()
    parsed = parse_ingredient(line)
    assert time.process_time() - start < MAX_SECONDS
    assert (parsed.quantity is None) == (parsed.unit is None)
    assert parsed.quantity_max is None or parsed.quantity is not None
    if parsed.quantity is not None and parsed.quantity_max is not None:
        assert parsed.quantity_max >= parsed.quantity


@pytest.mark.parametrize(
    "piece", ["1 ", "1/2-", "(", "1 (", "a ", ", ", "-", "1 cup plus ", "\xad"]
)
def test_long_repetitions_are_read_quickly(piece: str) -> None:
    line = piece * (20_000 // len(piece))
    start = time.process_time()
    parsed = parse_ingredient(line)
    assert time.process_time() - start < MAX_SECONDS
    assert isinstance(parsed.name, str)


@pytest.mark.heavy
def test_quality_on_labelled_lines(shared_data: Path) -> None:
    rows = list(read_gold(shared_data / "ingredient_gold.jsonl.gz"))[::6]
    measured = measure_ingredients(rows)
    shares = {k: s.right / s.total for k, s in measured.items() if isinstance(s, Share)}
    assert shares["single amounts"] >= 0.99
    assert shares["all amounts"] >= 0.97
    assert shares["ingredient names"] >= 0.87
