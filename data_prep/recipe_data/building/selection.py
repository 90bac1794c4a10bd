"""Which rows are of the chosen dishes: families read from the title, false friends excluded."""

from __future__ import annotations

import re
from typing import Literal, get_args

from recipe_base.errors import TopochefError
from recipe_data.building.sources import Choose
from recipe_data.language.text import clean_text

Family = Literal["pasta", "rice", "sandwich"]
FAMILIES: tuple[Family, ...] = get_args(Family)

_NAMES: dict[Family, str] = {
    "pasta": r"""
        pastas?|spaghetti(?:ni)?|lasagn(?:a|e)s?|linguin[ei]|fett?uc+ini?e?|penne|maca?roni
        |ma[ck][ -]?(?:and|&|'?n'?)[ -]?chees[ey]
        |(?:chili|tuna|taco|beef|(?:ham|cheese)?burger)[ ]mac
        |rigatoni|raviolis?|tortell(?:ini|oni)|agnolotti|noodles?|farfalle
        |bow[- ]?ties?|orzo|ziti|mostaccioli|cannell?oni|manicotti|carbonara|bolognese|puttanesca
        |amatriciana|cacio[ ]e[ ]pepe|aglio[ ]e?[ ]?olio|arrabb?iata|alfredo|vermicelli|capellini
        |angel[ ]hair|bucatini|tagliatelle|tagliolini|pappardelle|orecchiette|fusilli|gemelli|rotini
        |rotelle|campanelle|cavatappi|cavatelli|ditalini|gnocch(?:etti|i)|spa?etzle|elbows|pancit|pho
        |tetrazzini|pastitsio|lo[ ]mein
        |pad[ ](?:thai|see[ ]ew)|chow[ ]mein|ramen|soba|udon|yakisoba|primavera
        |(?:stuffed|jumbo|baked|pasta)[ ]shells""",
    "rice": r"""
        rice|risott?os?|paellas?|pila[fu]s?|pulao|bir[yi]+ani|jambalaya|congee|arroz|sushi
        |nasi[ ](?:goreng|lemak)|bibimbap|[gk]imbap|omurice|onigiri|kedgeree|donburi|jollof
        |arancini|hoppin'?g?[ ]johns?|khichdi|gallo[ ]pinto|ris[ie][ ]e[ ]bisi""",
    "sandwich": r"""
        sandwich(?:es)?|blts?|reubens?|panin[io]s?|grilled[ ]cheese|b[aá]nh[ ]m[iì]|hoagies?
        |hero(?:es|s)?|subs?|submarines?|po'?[ -]?boys?|sloppy[ ]joes?|sliders?|toasties?
        |croques?[ -](?:monsieur|madame)|monte[ ]cristos?|muff[au]let+as?|cheese[ ]?steaks?
        |french[ ]dips?|(?:tuna|patty|turkey|chicken|cheese)[ ](?:pita[ ])?melts?(?![ ]in)
        |(?:ham|cheese)?burgers?|gyros?|grinders?|cubanos?|lobster[ ]rolls?|tartines?
        |sm[oø]rrebr[oø]d|pita[ ]pockets?""",
}

# A title that has one of these words is of another kind, whatever else it names.
_SWEET = r"""cookies?|cand(?:y|ies)|fudge|desserts?|ice[- ]?cream|oreo|chocolate|s'?mores?|gelato
        |brownies?|pudding|custard|(?<!cheese[ ])(?<!lasagna[ ])muffins?|scones?|parfaits?"""
_VETOES: dict[Family, str] = {
    "pasta": rf"""
        {_SWEET}|spaghetti[ ]squash|(?:zucchini|courgette|squash)[ ](?:noodles?|spaghetti)
        |zoodles?|(?:fruit|strawberry)[ ]lasagn[ae]|(?:alfredo|cheese)[ ]pizza|tennis[ ]elbows?""",
    "rice": rf"""
        {_SWEET}|krispies?|puffed|rice[ ](?:crisp(?:ie|y)s?|cereals?)|treats|squares|pancakes?""",
    "sandwich": rf"""
        {_SWEET}|whoopie|(?:cake|macaroon|meringue|wafer|frozen|victoria|sponge)[ ]sandwich(?:es)?
        |(?:buns?|rolls?|bread|sauce|spread|relish)[ ]for[ ].*|sandwich[ ]loaf[ ]bread""",
}

# What is only flavoured like a sandwich: reuben dip, cheeseburger soup, sloppy joe fries.
_OTHER_KINDS = r"""sauces?|gravy|relish|dressing|spreads?|dips?|seasoning|spice|mix|toppings?
        |salads?|soups?|chowder|chili|stews?|goulash|stroganoff|hash|skillet|helper|casseroles?
        |(?:hot[ ]?)?dish|dinner|supper|bakes?|pies?|quiches?|souffl[eé]s?|pizzas?|calzones?
        |stromboli|meat(?:[ ]?loaf)?|steaks?|(?:hot[ ]?)?dogs?|tacos?|nachos|quesadillas?
        |chimichangas?|burritos?|(?:egg[ ])?rolls?|wontons?|fries|tots|crisps|eggs?|cups|cakes?
        |muffins?|macaroni|mac|pasta|noodles?|rice|benedict|sticks|pockets"""

# Phrases that borrow a dish's name; a title that names the dish besides still counts.
_FALSE_FRIENDS: dict[Family, str] = {
    "pasta": r"""
        (?:pasta|spaghetti|lasagn[ae]|alfredo|bolognese|primavera|noodle|arrabb?iata|puttanesca)[ ]
        (?:meat[ ])?(?:sauces?|seasoning)|pasta[ ](?:salad[ ])?dressing
        |(?:cauliflower|quinoa|mock|faux)[ ]["“]?ma(?:[ck]|caroni)[ -](?:and|&|'?n'?)[ -]cheese
        |(?:polenta|tortilla|potato|matzoh?|crepe)[ ]["“]?lasagn[ae]|garnish.*[ ]pho""",
    "rice": r"""
        rice[ -](?:cookers?|syrup|wrappers?|crackers?|flour|vinegar|vinaigrette|wine|paper|milk
        |bread|bran|cakes?|bars?|noodles?|sticks?|vermicelli|porridge|drink)
        |rice[ ,](?:[\w,]+[ ]){0,3}crust|sushi[ ](?:\w+[ ])?(?:sauce|vinegar|seasoning|dressing)
        |(?:cauliflower|cabbage|parsnip|mock|faux)[ ](?:fried[ ])?["“]?(?:rice|risotto)
        |(?:barley|oats?|quinoa|bulgh?[ua]r|couscous|farro|orzo|millet|freekeh|wheat|wheat[ ]berry
        |kasha|buckwheat|fregola|potato|celery[ ]root|lentil)
        [ -](?:\w+[ ])?(?:risotto|pila[fu]|paella)""",
    "sandwich": rf"""
        sandwich[ ](?:bread|buns?|rolls?|thins?|pickles?|cakes?|biscuits?|fillings?|loaf
        |meat|slices)|(?:for|to[ ]make)[ ]sandwich(?:es)?|(?:hoagie|sub)[ ](?:rolls?|buns?)
        |(?:hamburger|sandwich|burger)s?[ ](?:\w+[ ]){{0,3}}(?:buns?|rolls|bread)
        |burger[ ](?:bowls?|pickles?|rub)
        |(?:{_NAMES["sandwich"]})[ ](?:(?!(?:with|and|on|in|or|over|for)[ ])[\w-]+[ ]){{0,2}}
        (?:{_OTHER_KINDS})""",
}


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{pattern})(?!\w)", re.IGNORECASE | re.VERBOSE)


_IS_DISH = {family: _words(pattern) for family, pattern in _NAMES.items()}
_IS_VETOED = {family: _words(pattern) for family, pattern in _VETOES.items()}
_IS_FALSE_FRIEND = {family: _words(pattern) for family, pattern in _FALSE_FRIENDS.items()}
_ANY_DISH = _words("|".join(_NAMES.values()))


def dish_family(title: str) -> Family | None:
    """Return the family that a title belongs to, the first of `FAMILIES` that fits.

    >>> dish_family("Mushroom Risotto"), dish_family("Tuna Noodle Casserole")
    ('rice', 'pasta')
    >>> dish_family("Rice Pudding"), dish_family("Ice Cream Sandwiches"), dish_family("Burger Buns")
    (None, None, None)
    >>> dish_family("Bolognese Sauce"), dish_family("Pappardelle with Bolognese Sauce")
    (None, 'pasta')
    """
    if _ANY_DISH.search(title) is None:
        return None
    text = clean_text(title)
    for family in FAMILIES:
        rest = _IS_FALSE_FRIEND[family].sub("", text)
        if _IS_DISH[family].search(rest) and not _IS_VETOED[family].search(text):
            return family
    return None


def parse_dishes(argument: str) -> frozenset[Family] | None:
    """Read `--dishes`: a comma-separated list of families; None stands for `all`.

    >>> sorted(parse_dishes("rice, pasta"))
    ['pasta', 'rice']
    """
    names = {name.strip().lower() for name in argument.split(",")}
    if names == {"all"}:
        return None
    if unknown := names - set(FAMILIES):
        raise TopochefError(
            f"--dishes {argument}: {', '.join(sorted(map(repr, unknown)))} unknown: "
            f"choose from {', '.join(FAMILIES)}, separated by commas, or all"
        )
    return frozenset(family for family in FAMILIES if family in names)


def parse_title(pattern: str) -> re.Pattern[str]:
    """Read `--title`: a regular expression that is sought in the title, whatever its case.

    >>> parse_title("curr(y|ies)").search("Red Lentil CURRY") is not None
    True
    """
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise TopochefError(
            f"--title {pattern}: no regular expression ({error}): "
            "put a backslash before a character that is meant as it stands"
        ) from error


def chooser(dishes: frozenset[Family] | None = None, title: str | None = None) -> Choose:
    """Return what gives the reason why a row of a title is not wanted; None where it is.

    A title has to be of one of the dishes and to match the pattern, where they are given.

    >>> choose = chooser(frozenset(["rice"]), "mushroom|pea")
    >>> choose("Pea Risotto"), choose("Saffron Risotto"), choose("Pea Soup")
    (None, 'title does not match', 'not a chosen dish')
    """
    pattern = parse_title(title) if title is not None else None

    def choose(title: str) -> str | None:
        if dishes is not None and dish_family(title) not in dishes:
            return "not a chosen dish"
        if pattern is not None and not pattern.search(clean_text(title)):
            return "title does not match"
        return None

    return choose
