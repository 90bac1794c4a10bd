"""Numbers as cooks write them: `1 1/2`, `1½`, `1+1/2`, `2/3rds`, `one and a half`, `2-3`."""

from __future__ import annotations

import re

from recipe_data.language.letters import lower

_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5",
    "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8",
    "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
VULGAR = "".join(_VULGAR)
_VULGAR_AFTER_NUMBER = re.compile(rf"(?<=\d)\s?([{VULGAR}])")
_VULGAR_ALONE = re.compile(rf"[{VULGAR}]")

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
NUMBER_WORDS: dict[str, float] = {
    **{word: float(i) for i, word in enumerate(_ONES, 1)},
    **{word: float(i) for i, word in enumerate(_TEENS, 10)},
    **{word: 10.0 * i for i, word in enumerate(_TENS, 2)},
    **{
        f"{ten}-{unit}": 10.0 * i + j
        for i, ten in enumerate(_TENS, 2)
        for j, unit in enumerate(_ONES, 1)
    },
    "half": 0.5,
    "quarter": 0.25,
}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8}

WORDS = (
    r"(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-(?:one|two|three|four|five|six|seven|eight"
    r"|nine))?|(?:thir|four|fif|six|seven|eigh|nine)teen|one|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|half|quarter)"
)
"""A regular expression for `NUMBER_WORDS`."""
# `three quarters`, `a third`, `one-half`; alone, only `half` and `quarter` are numbers.
_PART = (
    r"(?:(?:one|two|three|five|seven|an?)[ -](?:quarter|third|fourth|fifth|sixth|eighth)s?"
    r"|(?:(?:one|an?)[ -])?half|quarter)"
)
_UNITS_BEHIND = (
    "(?:dozen|hour|minute|day|inch|cup|pint|quart|gallon|pound|ounce|tea|table|gram|kilo|lit|lb|oz)"
)
# `two hundred and fifty`.
_HUNDREDS = rf"(?:an?|one|two|three|four|five|six|seven|eight|nine) hundred(?:(?: and)? {WORDS})?"
_AND = "(?: and |-and-| & )"
_SPELLED = (
    rf"(?=[aefhnoqst])(?:{_HUNDREDS}|{WORDS}{_AND}(?:{_PART}|\d/\d)|{_PART}|{WORDS})"
    rf"(?![a-z]|-(?!{_UNITS_BEHIND}))"
)
_LOST_SPACE = re.compile(r"(?P<whole>\d{1,2})(?P<part>[1-7])/(?P<parts>[2348])")
_FIGURES = (
    r"\d{1,3}(?:,\d{3})+(?![\d/])"
    r"|\d{1,6}(?:[ ]?(?:-|and|&|\+)?[ ]?\d{1,2}/\d{1,2}(?!\d)|\.(?:1/[2348]|2/3|3/[48]|[57]/8)"
    rf"|[ ]?(?:-|and|&|\+)?[ ]?[{VULGAR}]|{_AND}{_PART}(?![a-z])"
    r"| (?:quarters|thirds|eighths)(?= (?:of an? )?(?:cup|tea|table|ts|tb|pint|pound|lb|lit|kilo)))"
    r"|\d{1,3}/\d{1,3}(?!\d)(?:(?:rd|th)s?(?![a-z]))?"
    rf"|\d{{1,6}}(?:\.\d{{1,20}}|,\d{{1,4}})?(?!/\d)|\.\d{{1,4}}|[{VULGAR}]"
)
NUMBER = rf"(?:(?=[\d.{VULGAR}])(?:{_FIGURES})|{_SPELLED})"
_SPACED_SLASH = re.compile(r"(?<![\d/.,])([1-7])(?: /[ ]?|/ )([234568])(?![\d/.,])")
RANGE_SEPARATOR = r"(?:\s?-?\s?(?:to|or)(?![a-z])\s?-?\s?|\s?[-–—~]\s?)"


def number_range(suffix: str = "") -> str:
    """Return a regular expression for a number or a range; the suffix tells its groups apart."""
    return (
        rf"(?P<between{suffix}>between\s)?(?P<low{suffix}>{NUMBER})"
        rf"(?:(?:{RANGE_SEPARATOR}|(?(between{suffix})\sand\s|(?!)))(?P<high{suffix}>{NUMBER}))?"
    )


QUANTITY = number_range()


def spell_fractions(text: str) -> str:
    """Write vulgar fractions with ASCII digits, and all without space around the slash.

    >>> spell_fractions("1½ cups, ¼ tsp, 3 / 4 tsp")
    '1 1/2 cups, 1/4 tsp, 3/4 tsp'
    """
    if "/ " in text or " /" in text:
        text = _SPACED_SLASH.sub(r"\1/\2", text)
    if text.isascii():
        return text
    text = text.replace("⁄", "/")
    text = _VULGAR_AFTER_NUMBER.sub(lambda m: " " + _VULGAR[m.group(1)], text)
    return _VULGAR_ALONE.sub(lambda m: _VULGAR[m.group()], text)


def parse_number(text: str) -> float:
    """Read one number as matched by `NUMBER`; a fraction of nothing is 0.

    Where a slash follows two digits or more, a space between whole and fraction was lost: `21/2`.

    >>> [parse_number(t) for t in ("1 1/2", "1-1/4", "3/4", "1,5", "1,000", ".5", "Twenty-two")]
    [1.5, 1.25, 0.75, 1.5, 1000.0, 0.5, 22.0]
    >>> [parse_number(t) for t in ("1+1/2", "1½", "21/2", "3/4ths", "2 and a half", "Two and 1/4")]
    [1.5, 1.5, 2.5, 0.75, 2.5, 2.25]
    >>> [parse_number(t) for t in ("a hundred", "two hundred and fifty", "1-and-a-half")]
    [100.0, 250.0, 1.5]
    """
    word = NUMBER_WORDS.get(lower(text))
    if word is not None:
        return word
    text = spell_fractions(text)
    if "/" in text and text[0].isalpha():  # `one and 1/2`
        first, _, rest = text.rpartition(" " if " " in text else "-")
        return parse_number(re.split(r"[ -]", first)[0]) + parse_number(rest)
    whole, slash, denominator = text.rstrip("rdthsRDTHSſ").partition("/")
    if slash:
        lost = _LOST_SPACE.fullmatch(f"{whole}/{denominator}")
        if lost and int(lost["part"]) < int(lost["parts"]):
            return int(lost["whole"]) + int(lost["part"]) / int(lost["parts"])
        parts = re.findall(r"\d+", whole)
        if not int(denominator):
            return 0.0
        fraction = int(parts[-1]) / int(denominator)
        return fraction if len(parts) == 1 else int(parts[0]) + fraction
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return float(text.replace(",", ""))
    if text[-1].isalpha():
        return _spelled(text)
    return float(text.replace(",", "."))


def _spelled(text: str) -> float:
    """Read `two and three quarters`: what is counted before a part is its numerator."""
    total, pending = 0.0, 0.0
    for word in re.split(r"[\s-]+", lower(text)):
        if parts := _PARTS.get(word.removesuffix("s")):
            total += (pending or 1.0) / parts
            pending = 0.0
        elif word == "hundred":
            total, pending = 100 * (pending or 1.0), 0.0
        elif word in ("and", "&"):
            total += pending
            pending = 0.0
        elif word not in ("a", "an"):
            pending += NUMBER_WORDS[word] if word in NUMBER_WORDS else float(word)
    return total + pending


def read_range(match: re.Match[str], suffix: str = "") -> tuple[float, float | None]:
    """Return the two ends of a `number_range`; ends in the wrong order are one number.

    >>> read_range(re.match(QUANTITY, "1-1/4 to 1-1/2 c. milk"))
    (1.25, 1.5)
    >>> read_range(re.match(QUANTITY, "between two and three"))
    (2.0, 3.0)
    """
    low = parse_number(match[f"low{suffix}"])
    high = parse_number(match[f"high{suffix}"]) if match[f"high{suffix}"] else None
    return (low, high) if high is None or high > low else (low, None)
