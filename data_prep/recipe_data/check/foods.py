"""What a step may call an ingredient: words for groups of foods, and other names of one food."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher

from recipe_data.language.densities import singular
from recipe_data.language.text import words

_WORD = re.compile(r"[^\W\d_]+")
_ALIKE_RATIO = 0.82

# The words that a step may use, and the foods that each of them may mean.
_GROUPS: tuple[tuple[str, str], ...] = (
    (
        "pasta noodle macaroni",
        "spaghetti penne rigatoni linguine linguini fettuccine fettuccini tagliatelle macaroni orzo"
        " fusilli farfalle lasagna lasagne ziti rotini bucatini noodle ravioli tortellini gnocchi"
        " vermicelli shell pappardelle cavatappi conchiglie orecchiette manicotti cannelloni elbow"
        " ramen udon soba ditalini capellini angel pasta mostaccioli gemelli",
    ),
    ("grain", "rice quinoa bulgur barley farro couscous millet oat polenta freekeh"),
    ("risotto", "rice arborio carnaroli"),
    ("oatmeal porridge", "oat"),
    (
        "cheese",
        "parmesan parmigiano cheddar mozzarella feta ricotta pecorino gruyère gruyere provolone"
        " romano gouda brie mascarpone fontina asiago emmental halloumi swiss jack velveeta paneer"
        " queso gorgonzola roquefort stilton manchego colby camembert neufchatel havarti edam"
        " cotija monterey chèvre chevre burrata cheese",
    ),
    (
        "meat",
        "beef pork lamb veal chicken turkey bacon ham sausage steak mince venison pancetta chuck"
        " brisket duck guanciale prosciutto chorizo sirloin loin tenderloin rib shank shoulder"
        " roast pepperoni salami bratwurst kielbasa meatball rabbit goose goat oxtail cutlet chop"
        " hamburger patty stewing round flank bologna hen mortadella",
    ),
    ("sausage", "chorizo bratwurst kielbasa andouille frank frankfurter wiener hot linguica"),
    ("beef steak roast", "steak sirloin chuck brisket ribeye round flank rib roast beef shank"),
    ("burger hamburger patty", "beef turkey hamburger mince chuck"),
    ("parmesan parmigiano", "parmesan parmigiano reggiano"),
    ("bird poultry", "chicken turkey duck goose hen quail pheasant capon"),
    ("chicken breast thigh wing leg", "breast thigh drumstick wing leg broiler fryer chicken hen"),
    ("pork chop loin", "pork tenderloin shoulder chop ham loin rib"),
    ("lamb", "shank leg chop mutton"),
    (
        "fish fillet seafood",
        "salmon cod tuna haddock trout halibut tilapia snapper anchovy sole fillet bass catfish"
        " mackerel monkfish swordfish mahi flounder sardine pollock grouper perch turbot whitefish",
    ),
    (
        "seafood shellfish",
        "shrimp prawn scallop crab lobster clam mussel squid crabmeat oyster calamari octopus"
        " langoustine crayfish",
    ),
    ("shrimp prawn", "shrimp prawn"),
    (
        "herb leaf seasoning",
        "parsley basil thyme oregano cilantro coriander dill mint sage rosemary chive tarragon bay"
        " marjoram chervil savory herb leaf",
    ),
    (
        "spice seasoning rub",
        "cinnamon cumin paprika nutmeg turmeric cayenne clove cardamom allspice ginger coriander"
        " curry chili chilli chile saffron masala mace anise fennel mustard salt pepper oregano"
        " thyme basil powder spice peppercorn sumac fenugreek seed sage marjoram rosemary flake"
        " celery garlic onion parsley vanilla",
    ),
    ("coriander cilantro", "coriander cilantro"),
    (
        "nut",
        "almond walnut pecan hazelnut cashew pistachio peanut macadamia filbert nut chestnut",
    ),
    ("seed", "sesame poppy sunflower pumpkin caraway fennel cumin pepita chia flax"),
    (
        "vegetable veggie salad",
        "onion carrot celery pepper zucchini courgette broccoli cauliflower potato tomato pea"
        " spinach cabbage mushroom eggplant aubergine leek squash corn bean asparagus turnip kale"
        " fennel radish beet cucumber lettuce scallion sprout artichoke parsnip rutabaga okra"
        " chard shallot avocado jicama vegetable arugula pumpkin bok chestnut bamboo greens romaine"
        " watercress endive radicchio olive",
    ),
    ("greens lettuce salad leaf", "spinach arugula rocket kale chard lettuce romaine iceberg"
     " radicchio endive escarole watercress collard cabbage mesclun spring frisée greens"
     " mustard turnip beet"),
    ("squash", "zucchini butternut pumpkin acorn courgette squash"),
    ("potato", "yam spud potato fry russet hash tater"),
    ("yam", "potato"),
    ("onion", "scallion shallot leek vidalia onion"),
    ("scallion", "onion"),
    ("shallot", "onion"),
    ("pepper chile chili chilli chilies",
     "pepper chile chili chilli jalapeño jalapeno serrano poblano capsicum chipotle pimiento"
     " pimento habanero anaheim bell cayenne peperoncini pepperoncini ancho"),
    ("bean", "chickpea garbanzo lentil cannellini pinto kidney bean edamame navy"),
    ("lentil", "dal dhal daal toor masoor"),
    ("chickpea", "garbanzo"),
    ("garbanzo", "chickpea"),
    ("legume", "lentil chickpea bean pea"),
    ("mushroom", "portobello portabella cremini shiitake porcini chanterelle mushroom button"),
    (
        "fruit",
        "apple banana orange lemon lime berry strawberry blueberry raspberry peach pear cherry"
        " mango pineapple grape raisin cranberry apricot date fig kiwi melon plum nectarine papaya"
        " watermelon cantaloupe pomegranate tangerine clementine grapefruit blackberry rhubarb"
        " prune currant sultana fruit mandarin quince honeydew coconut",
    ),
    ("berry", "strawberry blueberry raspberry blackberry cranberry boysenberry currant berry"),
    ("raisin currant sultana", "raisin currant sultana"),
    ("citrus juice zest", "lemon lime orange grapefruit tangerine clementine citrus mandarin"),
    ("broth stock bouillon", "broth stock bouillon consommé cube granule"),
    ("oil fat shortening grease", "oil spray lard shortening crisco fat butter margarine ghee"
     " drippings"),
    ("butter margarine oleo", "butter margarine oleo shortening"),
    ("jam preserve jelly marmalade", "jam preserve jelly marmalade"),
    ("syrup", "honey molasses agave maple syrup"),
    ("liqueur liquor alcohol",
     "amaretto brandy rum kahlua cointreau vodka gin tequila bourbon whiskey cognac kirsch liqueur"
     " schnapps triple marnier sherry curaçao chambord"),
    ("wine", "sauvignon chardonnay burgundy marsala sherry port vermouth champagne prosecco"
     " merlot cabernet pinot chianti riesling sake mirin wine zinfandel madeira syrah shiraz"
     " grigio malbec tempranillo rioja"),
    ("whiskey whisky", "bourbon whiskey whisky scotch rye"),
    ("liquid", "water milk stock broth wine juice vinegar cream beer soup"),
    ("soda", "ginger cola sprite beverage ale seltzer club carbonated"),
    ("sauce", "ketchup mayonnaise salsa marinara pesto sriracha tabasco worcestershire soy sauce"
     " gravy alfredo mustard"),
    ("dressing", "mayonnaise vinaigrette ranch dressing"),
    ("mayonnaise mayo", "mayonnaise mayo miracle"),
    ("ketchup catsup", "ketchup catsup"),
    ("bread toast sandwich slice crumb",
     "roll bun baguette loaf toast ciabatta sourdough bagel pita tortilla bread croissant crouton"
     " brioche muffin focaccia panko breadcrumb crumb naan biscuit"),
    ("crumb breadcrumb", "crumb breadcrumb panko cracker bread cookie graham cornflake"),
    ("roll bun", "bun roll"),
    ("crust pastry shell dough pie", "pastry dough crust shell phyllo filo biscuit crescent"),
    ("wrapper", "wonton tortilla paper"),
    ("cookie wafer biscuit", "cookie wafer biscuit oreo ladyfinger gingersnap graham"),
    ("chip", "chocolate chip dorito tortilla"),
    ("chocolate", "cocoa chocolate chip bittersweet semisweet"),
    ("candy", "chocolate caramel marshmallow candy peppermint"),
    ("cream icing frosting topping", "cream whipping cool topping half"),
    ("sugar", "confectioner confectioners powdered icing sugar sweetener splenda"),
    ("sweetener", "sugar honey splenda stevia syrup"),
    ("starch", "cornstarch cornflour flour arrowroot"),
    ("cornstarch", "cornflour"),
    ("soda powder leavening", "soda powder"),
    ("gelatin", "gelatine jello jell gelatin"),
    ("egg yolk white", "egg yolk white eggs"),
    ("rind peel zest", "rind peel zest lemon lime orange"),
    ("pickle", "gherkin cornichon pickle"),
    ("soy sauce", "tamari soy shoyu"),
    ("dairy", "milk cream yogurt butter cheese"),
    ("custard pudding", "pudding custard"),
    ("ice", "ice"),
)  # fmt: skip

NO_FOOD = words(
    "fresh dried frozen large small medium whole ground black white red green yellow sweet hot cold"
    " extra virgin free range low fat unsalted salted all purpose plain good quality chopped can"
    " cup and or of the a with in light dark brown raw ripe boneless skinless lean thick thin hard"
    " sharp mild instant quick active dry baby mixed assorted favorite your style package mix"
    " reduced sodium nonfat part skim heavy kosher sea fine coarse freshly cooked uncooked canned"
    " pure granulated long short grain wide crushed sliced diced minced grated shredded toasted"
    " roasted smoked seedless pitted unsweetened sweetened condensed evaporated boiling cool warm"
    " spring old new natural organic italian french greek mexican chinese thai asian american"
)
"""Words of an ingredient that name no food by themselves."""

_OTHER_FOODS = words(
    "garlic milk flour tofu tempeh yogurt cream vinegar molasses honey water caper sauerkraut"
    " coffee espresso tea yeast cornmeal hummus tahini kimchi miso oatmeal granola cereal popcorn"
    " lemongrass horseradish wasabi relish salsa guacamole beer cider sorbet sherbet juice soup"
    " cheese buttermilk lentil seitan baking couscous sultana mint gravy syrup sugar"
)

MEMBERS: dict[str, frozenset[str]] = {}
"""What a word of a step may mean: `pasta` → spaghetti, penne …"""
_gathered: dict[str, set[str]] = defaultdict(set)
for _names, _foods in _GROUPS:
    for _name in _names.split():
        _gathered[_name] |= words(_foods)
MEMBERS.update({name: frozenset(foods) for name, foods in _gathered.items()})

KNOWN: frozenset[str] = frozenset().union(*MEMBERS.values(), MEMBERS, _OTHER_FOODS)
"""Every word that is known to name a food."""


def text_words(text: str) -> list[str]:
    """Return the words of a text, lower case and in the singular, in order.

    >>> text_words("2 Cherry Tomatoes")
    ['cherry', 'tomato']
    """
    found = _WORD.findall(text.lower())
    return [word if word == "greens" else singular(word) for word in found]


def food_words(text: str) -> frozenset[str]:
    """Return the words of a name that may say which food it is.

    >>> sorted(food_words("2 large eggs or chopped fresh parsley"))
    ['egg', 'parsley']
    """
    return frozenset(text_words(text)) - NO_FOOD


def is_said(named: frozenset[str], said: AbstractSet[str]) -> bool:
    """Tell whether one of these foods is among the words, by its name, its family or nearly."""
    if named & said:
        return True
    if any(named & MEMBERS[word] for word in said if word in MEMBERS):
        return True
    return any(_alike(word, other) for word in named for other in said)


def _alike(word: str, other: str) -> bool:
    """Tell whether two words are spellings or parts of one another: `breadcrumbs` and `bread`.

    >>> _alike("breadcrumb", "bread"), _alike("kirschwasser", "kirshwasser"), _alike("pea", "pear")
    (True, True, False)
    """
    if min(len(word), len(other)) < 4:
        return False
    if word in other or other in word or (len(word) >= 5 and word[:5] == other[:5]):
        return True
    if word[0] != other[0] or abs(len(word) - len(other)) > 2:
        return False
    return SequenceMatcher(None, word, other, autojunk=False).ratio() >= _ALIKE_RATIO
