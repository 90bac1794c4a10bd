"""What a careful reader would ask about a recipe: a pure function from recipe to warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from recipe_data.language.densities import singular
from recipe_data.language.durations import find_temperatures
from recipe_data.language.text import words
from recipe_data.schema import Ingredient, Instruction, Recipe

MAX_CELSIUS = 320.0
MIN_CELSIUS = -40.0
MAX_MINUTES = 14 * 24 * 60.0
MAX_GRAMS = 15_000.0
MAX_UNITS = 200.0
MAX_GRAMS_PER_SERVING = 2_500.0
MAX_SALT_GRAMS_PER_SERVING = 40.0
POULTRY_CELSIUS = 73.0  # 165 °F (USDA FSIS) is 73.9 °C; rounding is forgiven

# What a step may call an ingredient; a food that belongs to two families stands in both.
_FAMILIES: dict[str, frozenset[str]] = {
    "pasta": words(
        "spaghetti penne rigatoni linguine fettuccine tagliatelle macaroni fusilli farfalle orzo"
        " lasagne lasagna ziti rotini bucatini noodle ravioli tortellini gnocchi vermicelli shell"
        " pappardelle cavatappi conchiglie orecchiette manicotti cannelloni elbow ramen udon"
    ),
    "noodle": words("pasta spaghetti ramen udon vermicelli linguine macaroni lasagna soba"),
    "cheese": words(
        "parmesan parmigiano cheddar mozzarella feta ricotta pecorino gruyère gruyere provolone"
        " romano gouda brie mascarpone fontina asiago emmental halloumi swiss jack velveeta"
    ),
    "meat": words(
        "beef pork lamb veal chicken turkey bacon ham sausage steak mince venison pancetta chuck"
        " brisket duck guanciale prosciutto chorizo sirloin loin tenderloin rib shank"
    ),
    "fish": words("salmon cod tuna haddock trout halibut tilapia snapper anchovy sole fillet bass"),
    "seafood": words("shrimp prawn scallop crab lobster clam mussel squid crabmeat"),
    "herb": words(
        "parsley basil thyme oregano cilantro coriander dill mint sage rosemary chive tarragon bay"
        " marjoram chervil"
    ),
    "spice": words(
        "cinnamon cumin paprika nutmeg turmeric cayenne clove cardamom allspice ginger coriander"
        " curry chili chilli saffron masala mace anise"
    ),
    "seasoning": words("salt pepper paprika cumin oregano cayenne chili powder thyme basil spice"),
    "nut": words("almond walnut pecan hazelnut cashew pistachio peanut macadamia"),
    "vegetable": words(
        "onion carrot celery pepper zucchini courgette broccoli cauliflower potato tomato pea"
        " spinach cabbage mushroom eggplant aubergine leek squash corn bean asparagus turnip kale"
    ),
    "fruit": words(
        "apple banana orange lemon lime berry strawberry blueberry raspberry peach pear cherry"
        " mango pineapple grape raisin cranberry apricot date fig"
    ),
    "broth": words("stock bouillon consommé"),
    "stock": words("broth bouillon cube granule"),
    "scallion": words("onion"),
    "onion": words("scallion shallot"),
    "shrimp": words("prawn"),
    "prawn": words("shrimp"),
    "chile": words("chili chilli jalapeño pepper serrano"),
    "bread": words("roll bun baguette loaf toast ciabatta sourdough bagel pita tortilla slice"),
    "oil": words("spray"),
    "liqueur": words("amaretto brandy rum kahlua cointreau"),
    "sauce": words("ketchup mayonnaise salsa"),
    "greens": words("lettuce spinach arugula rocket kale chard"),
    "lettuce": words("greens romaine iceberg arugula rocket salad"),
    "bean": words("chickpea lentil cannellini"),
    "liquid": words("water milk stock broth wine juice"),
    "beef": words("steak sirloin chuck brisket ribeye"),
    "steak": words("beef sirloin ribeye"),
    "chickpea": words("garbanzo"),
    "rind": words("peel zest"),
    "peel": words("rind zest"),
    "zest": words("peel rind"),
    "yolk": words("egg"),
    "white": words("egg"),
    "crust": words("pastry dough"),
    "dough": words("pastry crust"),
}
_ALL_AT_ONCE = re.compile(r"\bingredients\b|\beverything\b|\bgarnish", re.IGNORECASE)
_SEASONED = re.compile(r"\bseason(?:ed|ing|ings)?\b|\bto taste\b", re.IGNORECASE)
_SEASONING_NAMES = words("salt pepper")
_NO_FOOD = words(
    "fresh dried frozen large small medium whole ground black white red green yellow sweet hot cold"
    " extra virgin free range low fat unsalted salted all purpose plain good quality chopped can"
    " cup and or of the a with in light dark brown raw ripe boneless skinless lean thick thin hard"
)
# Foods that no step may use unless they are listed; others are too often part of a phrase.
_UNMISTAKABLE = words(
    "garlic chicken beef pork bacon ham shrimp salmon tuna sausage rice spaghetti mushroom carrot"
    " celery potato tomato zucchini broccoli spinach parsley basil cilantro thyme oregano rosemary"
    " cinnamon cumin paprika nutmeg yogurt honey mustard mayonnaise ketchup vinegar raisin walnut"
    " almond pecan coconut cheddar mozzarella parmesan ricotta feta cabbage cucumber avocado"
)
_USED = re.compile(
    r"\b(?:add|stir in|mix in|fold in|sprinkle|pour in|toss in|whisk in|top with)"
    r"(?: (?:the|in|with|some|remaining|all|chopped|minced|sliced|grated|cooked))* (?P<food>\w+)"
    r"(?=[,.;]|\s(?:and|to|in|into|until|over)\b|$)",
    re.IGNORECASE,
)
_POULTRY = words("chicken turkey poultry")
_NO_BIRD = words("broth stock bouillon soup fat seasoning gravy")
_OTHER_CORES = words(
    "pork beef lamb veal steak ham sausage fish salmon tuna cod mahi custard milk stuffing bread"
)
_CORE = re.compile(
    r"internal temperature|thermometer|registers?\b|reads?\b|center reaches|inside reaches",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Warning:
    """Something in a recipe that a cook should look at."""

    code: str
    """Kind of the warning, stable for counting: `unused-ingredient`."""
    message: str
    """What is wrong, in a sentence for the cook."""
    where: str
    """`ingredient 3` or `step 2`, counted from 1."""


def check_recipe(recipe: Recipe) -> list[Warning]:
    """Return what is doubtful in a recipe; an empty list means that nothing was noticed.

    Conservative: an ingredient counts as used if a step names any of its words, its family
    (`pasta` for spaghetti) or all ingredients at once; a step uses what is not listed only if it
    names an unmistakable food as the object of adding.
    """
    return [
        *_unused(recipe),
        *_unlisted(recipe),
        *_implausible_amounts(recipe),
        *_implausible_steps(recipe.instructions),
        *_unsafe_poultry(recipe),
    ]


def _food_words(text: str) -> set[str]:
    return {singular(word) for word in _WORD.findall(text.lower())} - _NO_FOOD


def _unused(recipe: Recipe) -> Iterator[Warning]:
    text = " ".join(step.text for step in recipe.instructions)
    if _ALL_AT_ONCE.search(text):
        return
    said = {singular(word) for word in _WORD.findall(text.lower())}
    seasoned = bool(_SEASONED.search(text))
    for number, ingredient in enumerate(recipe.ingredients, 1):
        named = _food_words(ingredient.name)
        if not named or named & said or (seasoned and named & _SEASONING_NAMES):
            continue
        if any(family in said and named & foods for family, foods in _FAMILIES.items()):
            continue
        if any(_alike(word, other) for word in named for other in said):
            continue
        yield Warning(
            "unused-ingredient",
            f"{ingredient.name} is listed, but no step uses it",
            f"ingredient {number}",
        )


def _alike(word: str, other: str) -> bool:
    """Tell whether two words share their first five letters: `breadcrumbs` and `bread`."""
    return len(word) >= 5 and len(other) >= 5 and word[:5] == other[:5]


def _unlisted(recipe: Recipe) -> Iterator[Warning]:
    listed = set().union(*(_listed_words(i) for i in recipe.ingredients), _food_words(recipe.title))
    for number, step in enumerate(recipe.instructions, 1):
        for match in _USED.finditer(step.text):
            food = singular(match["food"].lower())
            family = _FAMILIES.get(food, frozenset())
            if food in _UNMISTAKABLE and food not in listed and not family & listed:
                yield Warning(
                    "unlisted-ingredient",
                    f"the step uses {match['food']}, which is not among the ingredients",
                    f"step {number}",
                )


def _listed_words(ingredient: Ingredient) -> set[str]:
    named = _food_words(f"{ingredient.name} {ingredient.preparation or ''}")
    return named | {family for family, foods in _FAMILIES.items() if named & foods}


def _implausible_amounts(recipe: Recipe) -> Iterator[Warning]:
    servings = recipe.servings or 1
    for number, ingredient in enumerate(recipe.ingredients, 1):
        amount = ingredient.quantity_max or ingredient.quantity
        if amount is None:
            continue
        counted = ingredient.unit == "unit"
        limit = MAX_UNITS if counted else MAX_GRAMS
        if not counted and recipe.servings:
            salt = ingredient.name.lower().split()[-1:] == ["salt"]
            per_serving = MAX_SALT_GRAMS_PER_SERVING if salt else MAX_GRAMS_PER_SERVING
            limit = min(limit, servings * per_serving)
        if amount > limit or amount == 0:
            unit = "" if counted else f" {ingredient.unit}"
            yield Warning(
                "implausible-amount",
                f"{amount:g}{unit} of {ingredient.name} cannot be meant",
                f"ingredient {number}",
            )


def _implausible_steps(steps: tuple[Instruction, ...]) -> Iterator[Warning]:
    for number, step in enumerate(steps, 1):
        if step.celsius is not None and not MIN_CELSIUS <= step.celsius <= MAX_CELSIUS:
            yield Warning(
                "implausible-temperature",
                f"{step.celsius:g} °C is not a kitchen temperature",
                f"step {number}",
            )
        minutes = step.minutes_max or step.minutes
        if minutes is not None and minutes > MAX_MINUTES:
            yield Warning(
                "implausible-time", f"{minutes / 1440:g} days is too long", f"step {number}"
            )


def _unsafe_poultry(recipe: Recipe) -> Iterator[Warning]:
    """Compare stated core temperatures; silent where another meat may be what is measured."""
    named = [_food_words(i.name) for i in recipe.ingredients]
    if not any(food & _POULTRY and not food & _NO_BIRD for food in named):
        return
    if any(food & _OTHER_CORES for food in named):
        return
    for number, step in enumerate(recipe.instructions, 1):
        core = _CORE.search(step.text)
        if not core:
            continue
        for reading in find_temperatures(step.text):
            near = reading.start >= core.start() - 60
            if near and reading.value is not None and 40 <= reading.value < POULTRY_CELSIUS:
                yield Warning(
                    "unsafe-poultry",
                    f"poultry is safe from 74 °C inside, not from {reading.value:g} °C",
                    f"step {number}",
                )
