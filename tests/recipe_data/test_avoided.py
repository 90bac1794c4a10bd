"""What words behind --avoid and --diet are taken for, and what a modifier frees."""

from __future__ import annotations

import pytest

from recipe_base.errors import TopochefError
from recipe_data.check import check_recipe
from recipe_data.check.avoided import taken_for
from recipe_data.check.diets import read_diet
from recipe_data.check.substances import carrier, unchecked
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.pantry.table import SUBSTANCES, Level, foods
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe


def recipe(*lines: str) -> Recipe:
    step = parse_instruction("Combine all ingredients and serve.")
    return Recipe("r1", "Dish", 2, tuple(map(parse_ingredient, lines)), (step,), "test")


def is_told(line: str, *avoid: str, diet: Diet | None = None) -> bool:
    codes = {warning.code for warning in check_recipe(recipe("150 g millet", line), avoid, diet)}
    return not codes.isdisjoint({"allergen", "diet"})


@pytest.mark.parametrize(
    ("word", "substances"),
    [
        ("Coeliac", ("gluten",)),
        ("celiac disease", ("gluten",)),
        ("no gluten", ("gluten",)),
        ("I am allergic to wheat", ("gluten",)),
        ("DAIRY-FREE", ("dairy",)),
        ("cow's milk protein", ("dairy",)),
        ("casein", ("dairy",)),
        ("lactose intolerant", ("lactose",)),
        ("egg whites", ("egg",)),
        ("nut allergy", ("tree nuts", "peanut")),
        ("tree-nut free", ("tree nuts",)),
        ("peanut allergies", ("peanut",)),
        ("soya beans", ("soy",)),
        ("sulfites", ("sulphites",)),
        ("molluscs", ("shellfish",)),
        ("pork", ("pork",)),
        ("alcohol-free", ("alcohol",)),
        ("meat products", ("meat", "pork", "beef")),
    ],
)
def test_the_words_of_allergy_cards_mean_substances(word: str, substances: tuple[str, ...]) -> None:
    assert taken_for(word).substances == substances


@pytest.mark.parametrize(
    ("word", "holds", "lacks"),
    [
        ("pork", "4 rashers streaky bacon", "4 rashers turkey bacon"),
        ("pork", "50 g lard", "500 g beef sausages"),
        ("beef", "300 g sirloin", "300 g lamb chops"),
        ("alcohol", "100 ml dry sherry", "1 tbsp sherry vinegar"),
        ("lactose", "200 ml buttermilk", "200 ml lactose-free milk"),
        ("prawns", "200 g shrimp", "200 g cockles"),
        ("oysters", "6 oysters", "100 g oyster mushrooms"),
        ("cilantro", "1 bunch fresh coriander", "1 bunch chervil"),
        ("nightshades", "1 aubergine", "1 tsp black pepper"),
        ("potatoes", "2 large russet potatoes", "2 sweet potatoes"),
        ("citrus fruit", "1 clementine", "1 stalk lemongrass"),
        ("legumes", "100 g split peas", "100 g jelly beans"),
        ("mushrooms", "8 shiitake", "1 courgette"),
        ("maize", "100 g polenta", "6 peppercorns"),
        ("chicken", "300 ml chicken broth", "100 g chicken of the woods"),
        ("lamb", "500 g mutton", "50 g lamb's lettuce"),
        ("butter", "20 g salted butter", "1 tin butter beans"),
        ("cheese", "50 g Comté", "20 g butter"),
        ("almonds", "50 g marzipan", "50 g walnuts"),
        ("almonds", "50 g mixed nuts", "50 g macadamias"),
        ("halal", "2 sheets gelatine", "200 g halloumi"),
        ("pescatarian", "200 g veal", "200 g plaice"),
        ("E621", "1 tsp E621 flavour enhancer", "1 tsp salt"),
    ],
)
def test_a_class_or_food_is_found_by_its_other_names(word: str, holds: str, lacks: str) -> None:
    assert is_told(holds, word)
    assert not is_told(lacks, word)


def test_what_a_word_was_taken_for_is_told() -> None:
    assert taken_for("coeliac").told == "coeliac: taken for gluten"
    assert taken_for("nuts").told == "nuts: taken for tree nuts and peanut"
    assert "slaughtered" in taken_for("halal").told
    assert taken_for("nightshades").told.endswith(" more")
    strange = taken_for("zorblax")
    assert strange.told.startswith('zorblax: taken for the word "zorblax"; no table knows it')
    assert is_told("1 tsp zorblax powder", "zorblax")


def test_a_misspelling_asks_and_a_diet_is_sent_to_its_own_option() -> None:
    for word in ("lactos", "nightshads", "shelfish", "penuts"):
        with pytest.raises(TopochefError, match=r"is '.*' meant"):
            taken_for(word)
    with pytest.raises(TopochefError, match=r"--diet vegan$"):
        taken_for("vegan")
    with pytest.raises(TopochefError, match="names nothing to avoid"):
        taken_for("?!")


def test_a_diet_is_one_of_training_or_something_to_avoid() -> None:
    assert read_diet("veggie") == ("vegetarian", ())
    assert read_diet("Vegan diet") == ("vegan", ())
    assert read_diet("kosher") == (None, ("kosher",))
    assert read_diet("nut-free") == (None, ("nut-free",))
    for word in ("paleo", "keto", "carrots"):
        with pytest.raises(TopochefError, match="no diet that can be checked"):
            read_diet(word)


@pytest.mark.parametrize(
    ("name", "substance", "level"),
    [
        ("margarine or dairy-free margarine", "dairy", "may hold"),
        ("double cream or soya cream", "dairy", "holds"),
        ("whole or oat milk", "dairy", "holds"),
        ("almond or oat milk", "dairy", None),
        ("yoghurt, dairy-free if you like", "dairy", "holds"),
        ("yoghurt (dairy-free)", "dairy", None),
        ("cream or dairy-free alternative", "dairy", "holds"),
        ("cream alternative", "dairy", None),
        ("vegan sausages with Cheddar", "dairy", "holds"),
        ("gluten-free noodles in barley miso", "gluten", "holds"),
        ("strong or gluten-free flour", "gluten", "holds"),
        ("wheat-free rye crackers", "gluten", "holds"),
        ("wheat-free crackers", "gluten", "may hold"),
        ("gluten-free, dairy-free muffins", "gluten", None),
        ("gluten and dairy free muffins", "dairy", None),
        ("gluten and dairy free muffins", "egg", "may hold"),
        ("egg-free mayonnaise", "mustard", "may hold"),
        ("muffins without eggs", "egg", None),
        ("free from dairy yoghurt", "dairy", None),
        ("nut-free, but not egg-free brownies", "tree nuts", None),
        ("3 eggs, free range", "egg", "holds"),
        ("brownies with or without walnuts", "tree nuts", "holds"),
        ("vegetarian Stilton", "dairy", "holds"),
        ("dairy-free Parmesan", "animal rennet", None),
        ("butter flavouring", "dairy", "may hold"),
        ("plant butter", "dairy", None),
        ("alcohol-free lager", "alcohol", None),
        ("alcohol-free lager", "gluten", "holds"),
        ("macadamia ricotta", "dairy", None),
        ("macadamia ricotta", "tree nuts", "holds"),
        ("lotus flour", "gluten", "holds"),
        ("pumpkin flour", "gluten", None),
        ("celeriac schnitzel", "meat", None),
        ("aubergine bacon", "pork", None),
        ("venison sausages", "pork", None),
        ("venison sausages", "meat", "holds"),
        ("egg plant", "egg", None),
        ("sea bass", "fish", "holds"),
        ("seabass", "fish", "holds"),
        ("epoisses", "dairy", "holds"),
    ],
)
def test_a_modifier_frees_its_own_substance_and_noun_alone(
    name: str, substance: str, level: Level | None
) -> None:
    assert carrier(name, substance) == level


def test_pork_and_beef_are_meat() -> None:
    for food in foods().values():
        assert "meat" in food.holds or food.holds.isdisjoint({"pork", "beef"})
    assert {"pork", "beef", "alcohol"} <= SUBSTANCES


@pytest.mark.parametrize(
    ("line", "diet"),
    [
        ("40 g butter or plant butter", "vegan"),
        ("300 ml lactose-free milk", "vegan"),
        ("50 g vegetarian Gruyère", "vegan"),
        ("2 fillets hake", "vegetarian"),
        ("60 g nduja", "vegetarian"),
        ("100 g jelly babies", "vegetarian"),
    ],
)
def test_no_line_is_cleared_by_one_word(line: str, diet: Diet) -> None:
    assert is_told(line, diet=diet)


def test_what_no_table_knows_is_said() -> None:
    odd = recipe("100 g rice", "1 tbsp granny's blarf", "50 g Emmental")
    assert [note.where for note in unchecked(odd, None)] == ["ingredient 2"]
    told = [(note.where, note.message) for note in unchecked(odd, "vegetarian")]
    assert told[1] == ("ingredient 3", "whether Emmental is vegetarian depends on how it is made")
