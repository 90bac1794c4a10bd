"""Which rows are of the chosen dishes: families read from the title, false friends excluded."""

from __future__ import annotations

import re
from typing import Literal, get_args

from recipe_data.errors import TopochefError
from recipe_data.language.text import clean_text

Family = Literal["pasta", "rice", "sandwich"]
FAMILIES: tuple[Family, ...] = get_args(Family)

_NAMES: dict[Family, str] = {
    "pasta": r"""
        pastas?|spaghetti(?:ni)?|lasagn(?:a|e)s?|linguin[ei]|fett?uc+ini?e?|penne|maca?roni|ma[ck]
        [ ](?:and|&|n|'n'?)[ ]cheese|rigatoni|ravioli|tortell(?:ini|oni)|agnolotti|noodles?|farfalle
        |bow[- ]?ties?|orzo|ziti|mostaccioli|cannelloni|manicotti|carbonara|bolognese|puttanesca
        |amatriciana|cacio[ ]e[ ]pepe|aglio[ ]e?[ ]?olio|arrabb?iata|alfredo|vermicelli|capellini
        |angel[ ]hair|bucatini|tagliatelle|tagliolini|pappardelle|orecchiette|fusilli|gemelli|rotini
        |rotelle|campanelle|cavatappi|cavatelli|ditalini|gnocchi|tetrazzini|pastitsio|lo[ ]mein
        |pad[ ](?:thai|see[ ]ew)|chow[ ]mein|ramen|soba|udon|yakisoba|primavera
        |(?:stuffed|jumbo)[ ]shells""",
    "rice": r"""
        rice|risott?os?|paellas?|pila[fu]s?|pulao|bir[yi]+ani|jambalaya|congee|arroz|sushi
        |nasi[ ]goreng|bibimbap|onigiri|kedgeree|donburi|jollof|arancini|hoppin'?g?[ ]johns?
        |khichdi|gallo[ ]pinto|ris[ie][ ]e[ ]bisi""",
    "sandwich": r"""
        sandwich(?:es)?|blts?|reubens?|panin[io]s?|grilled[ ]cheese|b[aá]nh[ ]m[iì]|hoagies?
        |hero(?:es|s)?|subs?|submarines?|po'?[ -]?boys?|sloppy[ ]joes?|sliders?|toasties?
        |croques?[ -](?:monsieur|madame)|monte[ ]cristos?|muff[au]let+as?|cheese[ ]?steaks?
        |french[ ]dips?|(?:tuna|patty)[ ]melts?|(?:ham|cheese)?burgers?""",
}

# A title that has one of these words is of another kind, whatever else it names.
_SWEET = r"""cookies?|cand(?:y|ies)|fudge|desserts?|ice[- ]?cream|oreo|chocolate|s'?mores?|gelato
        |brownies?|pudding|custard|muffins?|scones?|parfaits?"""
_VETOES: dict[Family, str] = {
    "pasta": rf"""
        {_SWEET}|spaghetti[ ]squash|(?:zucchini|courgette|squash)[ ](?:noodles?|spaghetti)
        |(?:fruit|strawberry)[ ]lasagn[ae]|alfredo[ ]pizza""",
    "rice": rf"""
        {_SWEET}|krispies?|puffed|rice[ ](?:crisp(?:ie|y)s?|cereals?)|treats|squares|pancakes?""",
    "sandwich": rf"""
        {_SWEET}|whoopie|(?:cake|macaroon|meringue|wafer|frozen|victoria|sponge)[ ]sandwich(?:es)?
        |(?:buns?|rolls?|bread|sauce|spread|relish)[ ]for[ ].*|sandwich[ ]loaf[ ]bread""",
}

# Phrases that borrow a dish's name; a title that names the dish besides still counts.
_FALSE_FRIENDS: dict[Family, str] = {
    "pasta": r"""
        (?:pasta|spaghetti|lasagn[ae]|alfredo|bolognese|primavera|noodle|arrabb?iata|puttanesca)[ ]
        (?:meat[ ])?sauces?""",
    "rice": r"""
        rice[ -](?:crackers?|flour|vinegar|vinaigrette|wine|paper|milk|bread|bran|cakes?|bars?
        |noodles?|sticks?|vermicelli|porridge|drink)
        |(?:cauliflower|cabbage|parsnip|mock|faux)[ ](?:fried[ ])?["“]?(?:rice|risotto)
        |(?:barley|quinoa|bulgh?[ua]r|couscous|farro|orzo|millet|freekeh|wheat|wheat[ ]berry|kasha
        |buckwheat|fregola|potato|celery[ ]root|lentil)
        [ -](?:\w+[ ])?(?:risotto|pila[fu]|paella)""",
    "sandwich": r"""
        sandwich[ ](?:bread|buns?|rolls?|thins?|spread|sauce|seasoning|pickles?|cakes?|biscuits?
        |fillings?)|(?:for|to[ ]make)[ ]sandwich(?:es)?|(?:hoagie|sub)[ ](?:rolls?|buns?)
        |(?:hamburger|sandwich|burger)s?[ ](?:\w+[ ])?(?:buns?|rolls|bread)
        |burger[ ](?:sauces?|seasoning|relish|bowls?|dip|pickles?|rub|spice|mix)
        |(?:ham|cheese)?burger[ ](?:\w+[ ])?(?:sauces?|seasoning|relish|dip|soup|chowder|pie
        |casserole|meatloaf|hash|gravy|salad|stew|skillet|stroganoff|helper|pizza|macaroni|pasta
        |noodles?|rice|quiche|dish|hot[ ]?dish)""",
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
