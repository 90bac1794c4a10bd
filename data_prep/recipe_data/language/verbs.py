"""The verbs of the kitchen, and their forms.

Three classes, by how far a word can be trusted to be a verb where it stands: `VERBS` hardly ever
are anything else, `VERB_OR_NOUN` are nouns or adjectives as well (`a roast`, `the mix`), and
`NOUN_OR_VERB` are things first (`butter`, `flour`) or states (`warm`, `dry`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from recipe_data.language.text import words

Form = Literal["base", "third", "ing", "past"]

VERBS = words(
    "add adjust allow arrange assemble bake baste beat begin bind blanch blitz braise break bring"
    " broil bury butterfly caramelise caramelize carve check chop coarsely-chop collect combine"
    " continue correct crack crimp crumble crush cube curdle cut debone decant decorate deep-fry"
    " deflate defrost deglaze devein dice dip discard dissolve distribute divide drain drape draw"
    " dredge drizzle dump dunk empty enclose ensure ferment fillet find flambe flambé flatten flip"
    " float fluff fold follow freeze fry garnish gather grate grease grind halve hull ignite"
    " immerse increase infuse insert invert join julienne keep knead ladle lay leave let lift"
    " liquidise liquidize loosen lower macerate maintain marinate mash melt microwave mince mix"
    " moisten mound nestle overbake overlap pan-fry par-boil parboil pat peel pick pierce pile"
    " pipe place plunge poach poke pour pre-heat precook preheat prepare preserve prick pulse"
    " puree purée push put raise rearrange reassemble recover reduce refresh refrigerate reheat"
    " rehydrate remove repeat replace reserve return rewarm rinse rotate rub saute sauté sautee"
    " sautée scald scatter scoop scramble scrape screw scrub sear secure select shave shred"
    " shuck sift simmer skim slide slip slit smear soak spoon spread sprinkle squash squeeze stack"
    " start sterilise sterilize stir stir-fry strain stretch strew stuff submerge substitute swirl"
    " tear temper thaw thicken throw tie tilt tip toss transfer trim truss tuck turn uncover unfold"
    " unmold unmould unroll unwrap use wait wash weigh whip whisk whizz wipe wrap dry-roast"
)
VERB_OR_NOUN = words(
    "attach bash bend blend boil brush char chill close coat cook cool cover create crown cure"
    " dot dress drip drop dust fill finish form frost glaze grill heat hold hollow layer level line"
    " make measure open pack pinch pit position pound press process proof punch quarter"
    " release rest roast roll run scale score season seal separate serve set shake shape sieve"
    " skewer slice smash smoke soften split spray stand steam steep store stew stick sweat switch"
    " take taste test thread top twist warm work rise sit bubble"
)
NOUN_OR_VERB = words(
    "bottle bread brine brown burn butter candy cap clean cream crisp crumb dampen dry flame"
    " flour ice juice light oil paint pickle plate salt sandwich scallop seed shell skin smooth"
    " splash tint thin toast water zest"
)

_IRREGULAR = {
    "beaten": "beat", "broken": "break", "broke": "break", "brought": "bring", "burnt": "burn",
    "drawn": "draw", "frozen": "freeze", "froze": "freeze", "ground": "grind", "held": "hold",
    "kept": "keep", "laid": "lay", "left": "leave", "made": "make", "shaken": "shake",
    "shook": "shake", "stood": "stand", "stuck": "stick", "taken": "take", "torn": "tear",
    "thrown": "throw", "found": "find", "bound": "bind",
}  # fmt: skip
_SPELLINGS = {
    "sauté": "saute", "sautee": "saute", "sautée": "saute", "purée": "puree", "flambé": "flambe",
    "pre-heat": "preheat", "par-boil": "parboil", "caramelise": "caramelize",
    "sterilise": "sterilize", "liquidise": "liquidize", "unmould": "unmold",
}  # fmt: skip
_DOUBLING = words(
    "chop cut dip drip drop flip pat pit rub set skim slip slit split stir stir-fry scrub strip"
    " tip top trim unwrap wrap whip dot run thin transfer let put cap begin grab spin blot"
).difference({"stir-fry", "transfer"})


class VerbForm(NamedTuple):
    """What a written word is a form of."""

    lemma: str
    form: Form


def inflections(verb: str) -> dict[str, Form]:
    """Return the regular forms of a verb.

    >>> inflections("chop")
    {'chop': 'base', 'chops': 'third', 'chopping': 'ing', 'chopped': 'past'}
    """
    stem = past = verb
    third = f"{verb}s"
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        third = f"{verb}es"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        third, past = f"{verb[:-1]}ies", f"{verb[:-1]}i"
    elif verb.endswith(("ee", "é")):
        past = verb.removesuffix("e") if verb.endswith("ee") else f"{verb}"
    elif verb.endswith("e"):
        stem = past = verb[:-1]
    elif verb in _DOUBLING:
        stem = past = verb + verb[-1]
    return {verb: "base", third: "third", f"{stem}ing": "ing", f"{past}ed": "past"}


def _all_forms() -> dict[str, VerbForm]:
    table: dict[str, VerbForm] = {form: VerbForm(v, "past") for form, v in _IRREGULAR.items()}
    listed = VERBS | VERB_OR_NOUN | NOUN_OR_VERB
    for verb in sorted(listed):
        for written, form in inflections(verb).items():
            if written not in listed:
                table.setdefault(written, VerbForm(_SPELLINGS.get(verb, verb), form))
    table.update((verb, VerbForm(_SPELLINGS.get(verb, verb), "base")) for verb in listed)
    return table


FORMS = _all_forms()


def lemma(word: str) -> str:
    """Return the lemma of a cooking verb; other words in lower case.

    >>> [lemma(w) for w in ("Stirring", "chopped", "sautéed", "fries", "pan")]
    ['stir', 'chop', 'saute', 'fry', 'pan']
    """
    form = FORMS.get(word.lower())
    return form.lemma if form else word.lower()
