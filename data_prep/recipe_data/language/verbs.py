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
    "add adjust air-fry allow alternate arrange assemble bake baste beat begin bind blacken"
    " blanch blitz blot braid braise break bring broil bury butterfly caramelise caramelize carve"
    " change check chop clarify coarsely-chop coax collect combine continue correct crack crimp"
    " crumble crush cube curdle cut dab debone decant decorate decrease deep-fat-fry deep-freeze"
    " deep-fry deflate defrost deglaze dehydrate deseed devein dice dip discard dissolve"
    " distribute divide douse drain drape draw dredge drench drizzle dry-roast dump dunk empty"
    " emulsify enclose ensure ferment fillet find flambe flambé flatten flip float fluff fold"
    " follow force freeze fry garnish gather grab grate grease grind halve hull ignite immerse"
    " incorporate increase infuse insert invert join julienne keep knead ladle lay leave let lift"
    " liquidise liquidize loosen lower macerate maintain marinate mash massage melt microwave"
    " mince mix moisten mound move muddle nestle omit overbake overlap pan-fry par-boil par-cook"
    " parboil parcook pat peel pick pierce pile pipe place plunge poach poke pour pre-bake"
    " pre-cook pre-heat prebake precook preheat prepare preserve prick pull pulse puree purée push"
    " put raise re-heat rearrange reassemble recover reduce refresh refrigerate reheat rehydrate"
    " remove render repeat replace reroll reserve return rewarm rinse rotate rub saute sautee"
    " sauté sautée scald scatter scoop scramble scrape screw scrub sear secure select shallow-fry"
    " shave shred shuck sift simmer skim slather slide slip slit smear smother snip soak"
    " spatchcock spiralise spiralize spoon spread sprinkle spritz squeeze stack start sterilise"
    " sterilize stir stir-fry strain stretch strew stuff submerge substitute surround sweeten"
    " swirl tear temper tenderise tenderize thaw thicken throw tie tilt tip toss transfer trim"
    " truss tuck turn uncover unfold unmold unmould unplug unroll unwrap use wait wash watch weave"
    " weigh whip whisk whizz wipe wrap"
)
VERB_OR_NOUN = words(
    "attach bash bend blend boil brew brush bubble build char chill close coat cook cool core"
    " cover create crown cure dollop dot double dress drip drop dust fill finish flake flute form"
    " frost glaze grill heat hold hollow label layer level line make measure open pack pass pinch"
    " pit plop position pound press process proof punch quarter release rest rise roast roll run"
    " save scale score seal season separate serve set shake shape sieve sit skewer slice smash"
    " smoke snap soften split spray stand steam steep stew stick store sweat switch take tap taste"
    " tent test thread top twist warm wedge work"
)
NOUN_OR_VERB = words(
    "bottle bread brine brown burn butter candy cap clean cream crisp crumb dampen dry flame"
    " flour ice juice light oil paint pickle plate salt sandwich scallop seed shell skin"
    " smooth splash squash thin tint toast water zest"
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
