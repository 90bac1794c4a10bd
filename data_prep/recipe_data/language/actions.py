"""What the cook does: cooking verbs in running text, told from nouns by where they stand."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.language.verbs import FORMS, NOUN_OR_VERB, VERBS, VerbForm

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*|\d+|[^\w\s]")
_BREAKS = frozenset(".;:!?()[]–—-*•/")
# Words behind which an imperative may stand.
_LINKS = words(
    ", and then or & also please first next finally meanwhile just now well thoroughly together"
    " aside once again afterwards alternately often always either simply twice"
)
_DETERMINERS = words(
    "the a an your this that these those each every some any its their his her another more enough"
    " all both half no remaining rest"
)
_NOT_IMPERATIVE_AFTER = _DETERMINERS | words(
    "of in into on onto with from for by at until is are be been being it not n't don't will should"
    " may can must would you i we they very too so as than like or"
)
_VESSELS = words(
    "bowl pan dish saucepan skillet pot tin processor blender oven wok casserole jar mixer cup"
    " plate platter microwave heat surface board time high low medium"
)
_OBJECTS = _DETERMINERS.difference({"more", "enough"}) | words("with it two three four")
# What only a cook does: these end a clause about a state behind `and`.
_COOK_ALONE = words(
    "add arrange combine cut discard drain drizzle fold garnish ladle layer mix pour remove repeat"
    " scatter season serve slice spoon spread sprinkle stir strain toss transfer whisk"
)
_THINGS = words("the it them your each")
_BEHIND_COOK = words("with immediately")
# Behind these and a number, a point ends no sentence unless a verb follows.
_MEASURES = words("c t tsp tbsp tbs oz lb lbs pkg pt qt gal doz")
# What ends a clause about a state, so that the next verb is the cook's: `once cool sprinkle with`.
_PREDICATES = words(
    "cold cool desired done dry firm hot golden liked necessary needed preferred ready set soft"
    " tender thick warm wet brown"
)
_NO_DEED = frozenset(
    {("make", "sure"), ("take", "care"), ("flake", "salt"), ("flake", "coconut"), ("flake", "sea")}
)
# Words of `NOUN_OR_VERB` that no list of ingredients holds: `drain and dry on paper`.
_ADJECTIVES = words("brown clean crisp dampen dry smooth thin")
_BEHIND_ADJECTIVE = words("on over in well")
_NEGATIONS = words("not n't don't never")
# Clauses that describe a state: their verbs are not done by the cook.
_STATES = words("until till when if unless because which that while as once")
_NO_GERUND_AFTER = words("before after until till when for of from without is are begins stop")
_BEFORE_GERUND = words("by using")
_BEHIND_GERUND = words(
    "as constantly frequently gently occasionally often once until well them into"
)
_LED_ON = frozenset({"let", "allow", "continue", "begin", "start"})
_GERUND_NOUNS = words(
    "baking filling topping stuffing dressing seasoning icing frosting setting coating glazing"
    " beginning starting dripping string pudding remaining following pickling lining working"
)
_GERUND_MODIFIES = words(
    "sheet sheets dish dishes bowl bowls pan pans tray trays powder soda spray oil water spoon"
    " spoons rack racks liquid board platter plate plates chocolate apple apples bag bags stone pot"
    " pots paper parchment fat time times juice juices mixture pin vessel fork knife salt point"
    " process onions cup cups tin tins syrup temperature stock size machine directions wine sugar"
    " cream milk tongs attachment blade motion surface piece pieces instructions method broth"
    " grate grates"
)
_BOIL_WORDS = frozenset({"boil", "simmer", "boiling"})
_BRINGING = frozenset({"bring", "return", "come"})
_MAX_BRING_WORDS = 16


class Action(NamedTuple):
    """One thing the cook does, and where the text says so."""

    start: int
    end: int
    lemma: str


class _Token(NamedTuple):
    word: str
    start: int
    end: int


def find_actions(text: str) -> list[Action]:
    """Find the cooking verbs of an instruction in order.

    Imperatives and gerunds (`stirring often`) count; participles (`chopped onion`), purposes
    (`to serve`), prohibitions and what the food does (`until it boils`) do not. `bring to a boil`
    is `boil`, and `let`, `allow` and `continue` hand on to the verb they lead to.

    >>> [a.lemma for a in find_actions("Cream the butter, then stir in the cream and flour.")]
    ['cream', 'stir']
    >>> [a.lemma for a in find_actions("Bring the stock to a boil; let stand until cool.")]
    ['boil', 'stand']
    """
    tokens = _tokens(text)
    found: dict[int, Action] = {}
    in_state = False
    led = 0
    for index, token in enumerate(tokens):
        led -= 1
        if token.word in _BREAKS or token.word in (",", "then"):
            in_state = False
        elif token.word in _STATES:
            in_state = not (token.word == "as" and index == 0)
        ends_state = in_state and _ends_state(tokens, index)
        in_state = in_state and not ends_state
        form = FORMS.get(token.word)
        if form is None or token.start in found:
            continue  # no verb, or the boil that `bring` has led to
        if led > 0 and _is_led(tokens, index, form):
            found[token.start] = Action(token.start, token.end, form.lemma)
            led = 0
        elif ends_state or _is_done(tokens, index, form, in_state):
            if form.lemma in _LED_ON and _leads_on(tokens, index):
                led = 6
                continue
            goal = _boil(tokens, index) if form.lemma in _BRINGING else None
            action = goal or Action(token.start, token.end, form.lemma)
            found[action.start] = action
    return list(found.values())


def _tokens(text: str) -> list[_Token]:
    """Take a text apart; points of abbreviated measures (`1 T. oil`) are left out."""
    tokens = [_Token(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    return [
        token
        for i, token in enumerate(tokens)
        if token.word != "."
        or i < 2
        or tokens[i - 1].word not in _MEASURES
        or not tokens[i - 2].word.isdigit()
        or _word(tokens, i + 1) in VERBS
    ]


def _word(tokens: list[_Token], index: int) -> str:
    return tokens[index].word if 0 <= index < len(tokens) else "."


def _ends_state(tokens: list[_Token], index: int) -> bool:
    """Tell whether a clause such as `if too dry` ends before an imperative, its comma left out."""
    before, word = (_word(tokens, i) for i in (index - 1, index))
    form = FORMS.get(before)
    said = before in _PREDICATES or (form is not None and form.form == "past")
    return said and word in VERBS and _word(tokens, index + 1) not in _BREAKS


def _is_done(tokens: list[_Token], index: int, form: VerbForm, in_state: bool) -> bool:
    """Tell whether the word at `index` names something the cook does."""
    word, before, after = (_word(tokens, i) for i in (index, index - 1, index + 1))
    if form.form == "ing":
        return not in_state and _is_gerund(tokens, index)
    if form.form != "base" or before in _DETERMINERS or before == "to":
        return False
    if (word, after) in _NO_DEED or _is_forbidden(tokens, index):
        return False
    adverb = before.endswith("ly") and before != "only" and _word(tokens, index - 2) != "to"
    opens = before in _BREAKS or before in _LINKS or adverb
    if in_state:
        if before not in ("and", "then"):
            return False
        cooks = word in _COOK_ALONE or (word in ("set", "let") and after not in _BREAKS)
        if word in NOUN_OR_VERB:
            return after in _THINGS
        return cooks or after in _DETERMINERS or after in _BEHIND_COOK
    if word in NOUN_OR_VERB:
        return opens and (_has_object(tokens, index, before) or (adverb and after not in _BREAKS))
    if opens:
        is_noun = after == "of" and (before in (",", "and", "or", "&") or word not in VERBS)
        return not is_noun and not (before == "or" and _word(tokens, index - 2) in _PREDICATES)
    if word not in VERBS or before in _NOT_IMPERATIVE_AFTER:
        return False
    return after in _DETERMINERS or _follows_place(tokens, index)


def _is_forbidden(tokens: list[_Token], index: int) -> bool:
    """Tell the second verb of `do not stir or beat`."""
    earlier = (_word(tokens, index - 3), _word(tokens, index - 1))
    return earlier[1] == "or" and earlier[0] in _NEGATIONS and _word(tokens, index - 2) in FORMS


def _is_gerund(tokens: list[_Token], index: int) -> bool:
    """Tell `simmer, stirring often` from `a light dusting`, `for dipping` and `cake covering`."""
    word, before, after = (_word(tokens, i) for i in (index, index - 1, index + 1))
    if word in _GERUND_NOUNS or after in _GERUND_MODIFIES or before in _NO_GERUND_AFTER:
        return False
    if before in _DETERMINERS:
        return False
    free = before in _BREAKS or before in _LINKS or before in _BEFORE_GERUND
    free = free or (before in FORMS and before not in NOUN_OR_VERB)
    return free or before.endswith("ly") or after in _OBJECTS or after in _BEHIND_GERUND


def _has_object(tokens: list[_Token], index: int, before: str) -> bool:
    """Tell `butter a dish` from `butter, flour and eggs`."""
    word, after = _word(tokens, index), _word(tokens, index + 1)
    if after in _OBJECTS or after.isdigit():
        return True
    if word in _ADJECTIVES and (after in _BEHIND_ADJECTIVE or after.endswith("ly")):
        return True
    opens_clause = before in _BREAKS or (before == "," and _follows_place(tokens, index - 1))
    if after == "and":
        further = _word(tokens, index + 3)
        verb = _word(tokens, index + 2) in FORMS and further not in ",.;to"
        return opens_clause and (verb or further in _THINGS)
    return opens_clause and after not in ".,;:)(/-" and after not in ("should", "is", "will")


def _follows_place(tokens: list[_Token], index: int) -> bool:
    """Tell whether a verb stands behind `In a large bowl`, its comma left out."""
    if _word(tokens, index - 1) not in _VESSELS:
        return False
    opening = index - 1
    while opening > 0 and _word(tokens, opening - 1) not in _BREAKS and index - opening < 8:
        opening -= 1
    return _word(tokens, opening) in ("in", "using", "on", "with", "into", "meanwhile", "over")


def _leads_on(tokens: list[_Token], index: int) -> bool:
    """Tell whether `let`, `leave` or `continue` is followed by the verb that matters."""
    ahead = []
    for token in tokens[index + 1 : index + 6]:
        if token.word in _BREAKS or token.word in (",", "and", "until"):
            break
        ahead.append(token.word)
    return any(
        (form := FORMS.get(word)) is not None
        and _may_be_led(form, ahead[i - 1] if i else tokens[index].word)
        for i, word in enumerate(ahead)
    )


def _is_led(tokens: list[_Token], index: int, form: VerbForm) -> bool:
    return _may_be_led(form, _word(tokens, index - 1))


def _may_be_led(form: VerbForm, before: str) -> bool:
    return form.form in ("base", "ing") and (
        before not in _DETERMINERS and before not in ("in", "on")
    )


def _boil(tokens: list[_Token], index: int) -> Action | None:
    """Find the state that `bring …` leads to."""
    for token in tokens[index + 1 : index + _MAX_BRING_WORDS]:
        form = FORMS.get(token.word)
        if token.word in ".;" or (form and form.lemma in _BRINGING):
            return None
        if token.word in _BOIL_WORDS:
            return Action(token.start, token.end, "simmer" if token.word == "simmer" else "boil")
    return None
