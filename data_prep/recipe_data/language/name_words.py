"""Words that stand around the name of a food, by what they say of it."""

from __future__ import annotations

from recipe_data.language.text import words

ADVERBS = words(
    "finely coarsely roughly thinly thickly freshly lightly very well loosely firmly tightly"
    " diagonally lengthwise crosswise lengthways crossways slightly gently partially partly just"
    " evenly carefully newly fully completely fairly extremely"
)
# What is said to have been done in the kitchen before the cooking.
DONE = words(
    "chopped minced diced sliced grated shredded peeled crushed cubed halved quartered cut mashed"
    " melted softened beaten whisked sifted drained rinsed trimmed cored seeded deseeded stoned"
    " deveined shelled shucked crumbled julienned torn slivered snipped squeezed pressed cooked"
    " uncooked divided packed cracked toasted thawed defrosted chilled cooled warmed lukewarm iced"
    " separated scrubbed washed cleaned picked stemmed hulled husked destemmed strained sieved"
    " soaked pounded flattened butterflied boned deboned skinned scaled gutted filleted jointed"
    " zested juiced shaved scored pricked bruised broken pureed puréed blended poached steamed"
    " boiled hard-boiled hard-cooked scrambled patted unsifted buttered greased chargrilled"
    " parboiled segmented milled topped deribbed coarse-ground tied trussed wiped combined"
    " dissolved ripped scalded griddled made rubbed spiralized ribboned quartered removed discarded"
)
# In front of these nouns a word of `DONE` makes a product: `a tin of chopped tomatoes`.
PRODUCTS = {
    "chopped": words("tomatoes plum"),
    "cut": words("mixed"),
    "diced": words("tomatoes"),
    "crushed": words("tomatoes tomato plum red pineapple"),
    "peeled": words("tomatoes plum"),
    "shredded": words("coconut wheat"),
    "cracked": words("wheat"),
    "pressed": words("tofu"),
}
GROUND_SPICES = words("black white pepper peppercorns")
SIZES = words(
    "small medium large big tiny huge jumbo extra-large xl medium-sized medium-size large-size"
    " large-sized small-sized small-size good-sized good-size average-sized average"
    " bite-size sized med-size"
    " bite-sized medium-large smallish largish smaller larger"
)
ADJECTIVES = words(
    "boneless skinless bone-in skin-on ripe firm fresh crisp soft canned tinned dry young tender"
    " lean plump sweet raw good whole thick thin day-old free-range organic unsalted salted low-fat"
    " low-sodium fat-free nonfat cold hot warm good-quality best-quality plain green red yellow"
    " white black dark light dried frozen smoked pitted blanched natural unsweetened extra-virgin"
    " new waxy floury baby mild strong smooth crusty long short round flat unpeeled roasted mixed"
    " lean full-fat reduced-fat instant quick-cooking unbleached all-purpose sharp aged seedless"
)
# With these behind, a size is a grade: `medium dry sherry`, `jumbo oats`.
GRADED = words("curd curry dry fat grain grained heat oatmeal oats or pearl rare sherry strength")
LISTING = words("or and and/or")
# What is said of a food and names none: `skin and bones removed`, `with or without rind`.
NO_FOOD = words(
    "with without from in on at for not such to plus about ideally skin skins bone bones fat ends"
    " tops root roots stems stalks shells shell heads tails either any your cut seasoned seeds"
    " zest juice white green homemade store-bought crunchy skinless boneless fresh frozen leaves"
)
NO_FOOD_LAST = words(
    "zest juice parts portions only homemade store-bought crunchy creamy smooth skinless boneless"
    " frozen removed separated"
)
MAYBE = words("or and/or other")
JOINERS = words("and or & then")
AFTER_DONE = words("and or into in to from lengthwise crosswise lengthways with on as through for")
# Counters behind the noun, and the nouns that they count; None stands for any.
TRAILING_COUNTERS: dict[str, frozenset[str] | None] = {
    "clove": words("garlic"),
    "bulb": words("garlic fennel"),
    "rib": words("celery"),
    "stick": words("celery lemongrass grass"),
    "head": words("garlic chicory broccoli cauliflower lettuce fennel radicchio escarole"),
    "stem": words("asparagus lemongrass"),
    "leave": words("gelatine gelatin"),
    "sheet": words("gelatine gelatin"),
    "strand": words("saffron"),
    "branche": None,
    "sprig": None,
    "stalk": None,
    "spear": None,
    "slice": None,
}
MODIFYING = ADVERBS | SIZES | JOINERS | ADJECTIVES
