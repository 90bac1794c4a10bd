"""Vegetarian and vegan, stated only when every word of every ingredient is known to be."""

from __future__ import annotations

from recipe_data.language.text import words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe
from recipe_data.tasks.foods import food_words

_PLANTS = words(
    "rice basmati jasmine arborio quinoa bulgur barley couscous oat polenta cornmeal"
    " tomato onion scallion shallot leek garlic carrot celery potato pea bean chickpea lentil"
    " garbanzo cannellini pinto kidney edamame tofu tempeh zucchini courgette eggplant aubergine"
    " spinach kale chard arugula rocket lettuce romaine watercress cabbage broccoli cauliflower"
    " asparagus mushroom shiitake portobello porcini cremini pumpkin squash butternut corn beet"
    " beetroot radish cucumber avocado pepper bell jalapeño jalapeno chili chilli chile poblano"
    " serrano artichoke fennel turnip parsnip okra sprout olive caper"
    " basil parsley oregano thyme rosemary sage mint dill cilantro coriander chive tarragon"
    " marjoram bay leaf salt water ice paprika cumin turmeric cinnamon nutmeg cayenne allspice"
    " cardamom clove saffron ginger peppercorn flake"
    " oil canola vinegar balsamic cider lemon lime orange juice zest apple pear banana mango"
    " pineapple raisin cranberry apricot date fig grape cherry peach strawberry blueberry raspberry"
    " almond walnut cashew pistachio hazelnut pecan peanut sesame sunflower tahini hummus"
    " coconut soy tamari miso mustard paste puree sugar flour cornstarch wheat vegetable"
    " sumac pine nut seed"
)
# Cheeses that acid sets: most others may hold animal rennet. Pasta may be made with eggs.
_OF_ANIMALS = words(
    "egg yolk milk buttermilk butter cream yogurt yoghurt ricotta paneer mascarpone honey"
    " mayonnaise crème fraîche bread baguette ciabatta pita"
    " pasta noodle spaghetti penne rigatoni fusilli farfalle linguine macaroni rotini ziti bucatini"
    " orzo fettuccine tagliatelle"
)
_NEUTRAL = words(
    "fresh freshly dried frozen canned large medium small big baby young mini whole half ground"
    " grated chopped sliced diced minced peeled crushed crumbled cooked uncooked raw ripe hot warm"
    " cold cool boiling black white red green yellow brown golden purple wild sweet sour mild spicy"
    " smoked toasted roasted unsalted salted extra virgin light dark long short medium grain flat"
    " italian plum cherry roma cherry vine sun low sodium reduced fat free organic plain all"
    " purpose self raising of and or the in with to taste a stalk stick head bunch sprig piece"
    " rapeseed powder coarse fine kosher sea table cracked snow snap sugar"
)
_KNOWN = _PLANTS | _NEUTRAL
# What names an animal's food and is none.
_PLANT_PHRASES = (
    "coconut milk", "coconut cream", "almond milk", "oat milk", "soy milk", "peanut butter",
    "almond butter", "butter bean", "butter lettuce", "vegetable broth", "vegetable stock",
)  # fmt: skip
# What names plants alone and may hold more.
_DOUBTFUL = ("miso soup", "chili paste", "chile paste", "cream of", "mustard cream")
_FLESH = words(
    "chicken beef pork lamb veal turkey duck bacon ham sausage pancetta prosciutto chorizo salami"
    " pepperoni guanciale meat mince steak meatball hamburger liver lard suet gelatin gelatine"
    " fish salmon tuna cod anchovy sardine shrimp prawn crab lobster clam mussel oyster scallop"
    " squid seafood worcestershire broth stock bouillon gravy drippings parmesan parmigiano"
    " pecorino rabbit venison goose brisket rib mackerel haddock trout halibut tilapia"
)
_DAIRY_AND_EGGS = words("egg milk butter cream cheese yogurt honey mayonnaise ghee buttermilk")


def diet_of(recipe: Recipe) -> Diet | None:
    """Return the strictest diet that a recipe surely keeps to; None where one word leaves doubt.

    Title, preparations and steps must not name meat, fish, meat stock or hard cheese either.
    """
    texts = [recipe.title, *(step.text for step in recipe.instructions)]
    texts += [i.preparation for i in recipe.ingredients if i.preparation]
    told = set(_plain_words(" ".join(texts)).split())
    kinds = {ingredient_diet(ingredient.name) for ingredient in recipe.ingredients}
    if not kinds or None in kinds or told & _FLESH:
        return None
    return "vegan" if kinds == {"vegan"} and not told & _DAIRY_AND_EGGS else "vegetarian"


def ingredient_diet(name: str) -> Diet | None:
    """Return the diet of one ingredient, None where a word of it is unknown.

    >>> [ingredient_diet(name) for name in ("large eggs", "red lentils", "coconut milk", "stock")]
    ['vegetarian', 'vegan', 'vegan', None]
    """
    named = _plain_words(name)
    found = set(named.split())
    foods = found & (_PLANTS | _OF_ANIMALS)
    if not foods or not found <= _KNOWN | _OF_ANIMALS or any(p in named for p in _DOUBTFUL):
        return None
    return "vegetarian" if foods & _OF_ANIMALS else "vegan"


def _plain_words(text: str) -> str:
    """Return the words of a text, with phrases that only sound like animals' food taken out."""
    plain = " ".join(food_words(text))
    for phrase in _PLANT_PHRASES:
        plain = plain.replace(phrase, "vegetable")
    return plain
