"""Clean text: an ordered tuple of small pure functions, each for one kind of dirt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_data.language.markup import decode_entities, plain_links, strip_tags

__all__ = ["STEPS", "clean_text", "neutralise_control_tokens", "words"]


def words(listed: str) -> frozenset[str]:
    """Return a set of words from a readable list.

    >>> sorted(words("salt pepper"))
    ['pepper', 'salt']
    """
    return frozenset(listed.split())


_ACCENTED_WORDS = (
    "sauté", "soufflé", "purée", "jalapeño", "crème", "fraîche", "brûlée", "pâté", "pâte",
    "gruyère", "niçoise", "flambé", "consommé", "entrée", "rosé", "café", "frappé", "piñon",
    "béchamel", "béarnaise", "mélange", "filé", "rémoulade", "habanero", "sommelier", "açaí",
    "jicama", "éclair", "crêpe", "gruyère", "tapénade", "à",
)  # fmt: skip


def _lost_letter_pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    forms = {
        re.sub(r"[^\x00-\x7f]", "\ufffd", word): word
        for word in _ACCENTED_WORDS
        if not word.isascii()
    }
    forms = {form: word for form, word in forms.items() if len(form) > 1}
    pattern = "|".join(
        re.escape(form).replace("\ufffd", "\ufffd{1,3}") for form in sorted(forms, key=len)[::-1]
    )
    return re.compile(rf"(?<![^\W_])({pattern})", re.IGNORECASE), forms


_LOST_LETTER, _LOST_LETTER_FORMS = _lost_letter_pattern()
_LOST_DEGREE = re.compile(r"(?<=\d)\s?\ufffd+\s?(?=[FC]\b)")
_LOST_DASH = re.compile(r"(?<=\d)\ufffd+(?=\d)")
_LOST_APOSTROPHE = re.compile(r"(?<=[A-Za-z])\ufffd+(?=(?:s|t|re|ll|ve|d)\b)")

_SOFT_HALF = re.compile(
    r"(?:(?<=^)|(?<=\s))\xad\s*(?=(?:cups?|c\.|tea|table|tsp|tbsp|pounds?|lbs?|oz|ounces?|pints?)\b)"
)
_SOFT_BY_HYPHEN = re.compile(r"\xad(?=-)|(?<=-)\xad|\xad(?=\s|$)|(?:(?<=^)|(?<=\s))\xad")

_LETTER_L = re.compile(r"(?<![^\s(~-])l(?=/\d)|(?<![^\s(])l(?=\s{1,2}\d/\d)|(?<=\d/)l(?=\d\b)")
# Also what reorders letters, and tags that no reader sees and every model reads.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"[\s\u00a0]+")
_DEGREE = re.compile(r"(?<=\d)\s?[\u00ba\u02da](?=\s?[FC]?\b)")
_WRONG_DEGREE = re.compile(r"(?<=\d\d)\s?[o*`´'^]\s?(?=[FC]\b)")
_RANGE_DASH = re.compile(r"(?<=[\d½¼¾⅓⅔⅛])\s?[–—‒−‐‑]\s?(?=[\d½¼¾⅓⅔⅛])")
_SPACE_BEFORE_MARK = re.compile(r" +(?=[,;.!?](?:\s|$))")
# ASCII on one line, with nothing that entities, tags and control tokens are made of.
_PLAIN_LINE = re.compile(r"(?! )(?:[!-%'-;=?-Z\\^`-{}~]| (?![ ,;.!?]|$))*")
_CP1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"
_MOJIBAKE = re.compile(
    rf"[Â-ß][\x80-\xbf{re.escape(_CP1252)}]|[à-ï][\x80-\xbf{re.escape(_CP1252)}]{{2}}"
)
_PLAIN = str.maketrans(
    {"⁄": "/", "∕": "/", "’": "'", "‘": "'", "´": "'", "“": '"', "”": '"', "‟": '"', "″": '"',
     "℉": "°F", "℃": "°C", "ﬁ": "fi", "ﬂ": "fl", "®": "", "™": "", "©": "", "¬": "", "¿": ""}
)  # fmt: skip


def repair_mojibake(text: str) -> str:
    """Repair UTF-8 that was once read as Windows-1252.

    >>> repair_mojibake("sautÃ© the jalapeÃ±os at 350Â°F")
    'sauté the jalapeños at 350°F'
    """

    def repaired(match: re.Match[str]) -> str:
        raw = bytes(
            0x80 + _CP1252.index(char) if char in _CP1252 else ord(char) for char in match.group()
        )
        return raw.decode("utf-8", "ignore") or match.group()

    return _MOJIBAKE.sub(repaired, text) if not text.isascii() else text


def restore_lost_characters(text: str) -> str:
    """Restore what U+FFFD replaced where only one reading makes sense; drop the rest.

    >>> restore_lost_characters("preheat oven to 350\\ufffd\\ufffdF.")
    'preheat oven to 350°F.'
    >>> restore_lost_characters("10\\ufffd\\ufffd\\ufffd15 minutes or until it\\ufffds done")
    "10-15 minutes or until it's done"
    >>> restore_lost_characters("saut\\ufffd\\ufffded \\ufffd onion")
    'sautéed  onion'
    """
    if "\ufffd" not in text:
        return text

    def letter(match: re.Match[str]) -> str:
        word = _LOST_LETTER_FORMS.get(re.sub("\ufffd+", "\ufffd", match.group(1)).lower(), "")
        return match.group(1)[:1].upper() + word[1:] if match.group(1)[:1].isupper() else word

    text = _LOST_DEGREE.sub("°", text)
    text = _LOST_DASH.sub("-", text)
    text = _LOST_LETTER.sub(letter, text)
    text = _LOST_APOSTROPHE.sub("'", text)
    return text.replace("\ufffd", "")


def resolve_soft_hyphens(text: str) -> str:
    """Turn soft hyphens into what they stand for: a lost ½, a hyphen, or nothing.

    >>> resolve_soft_hyphens("\\xad cup milk, non\\xadreactive bowl, 3-\\xad4 hours")
    '½ cup milk, non-reactive bowl, 3-4 hours'
    """
    if "\xad" not in text:
        return text
    return _SOFT_BY_HYPHEN.sub("", _SOFT_HALF.sub("½ ", text)).replace("\xad", "-")


def repair_letter_fractions(text: str) -> str:
    """Read the letter l as the digit 1 inside a fraction.

    >>> repair_letter_fractions("at least l/2 hour, 2 l/2 minutes, l 1/4 teaspoons, 1 l milk")
    'at least 1/2 hour, 2 1/2 minutes, 1 1/4 teaspoons, 1 l milk'
    """
    return _LETTER_L.sub("1", text) if "l" in text and "/" in text else text


def plain_characters(text: str) -> str:
    """Use one form of quote, slash, degree sign and range dash; drop trade marks.

    >>> plain_characters("Jell-O® mix’s 1⁄2 cup, 350ºF, 10–15 min")
    "Jell-O mix's 1/2 cup, 350°F, 10-15 min"
    """
    if text.isascii():
        return text
    text = text.translate(_PLAIN)
    return _RANGE_DASH.sub("-", _DEGREE.sub("°", text))


def repair_degrees(text: str) -> str:
    """Write the degree sign where something like it stands before a scale.

    >>> repair_degrees("Heat to 350o F or 180*C, 9'C")
    "Heat to 350°F or 180°C, 9'C"
    """
    return _WRONG_DEGREE.sub("°", text) if "F" in text or "C" in text else text


def normalise_unicode(text: str) -> str:
    """Compose characters (NFC).

    >>> normalise_unicode("saute\\u0301")
    'sauté'
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def collapse_space(text: str) -> str:
    """Turn control characters, newlines and no-break spaces into single spaces.

    >>> collapse_space("herbs, such as\\n\\xa0 chervil\\x07 , dill ")
    'herbs, such as chervil, dill'
    >>> collapse_space("\\u2067rice\\u2069 \\U000e0041")
    'rice'
    """
    if not text.isascii() or not text.isprintable():
        text = text.replace("\x96", "-").replace("\u200b", "")
        text = _CONTROL.sub(" ", text)
    return _SPACE_BEFORE_MARK.sub("", _SPACE.sub(" ", text)).strip()


STEPS: tuple[Callable[[str], str], ...] = (
    plain_links,
    decode_entities,
    neutralise_control_tokens,
    repair_mojibake,
    strip_tags,
    restore_lost_characters,
    resolve_soft_hyphens,
    repair_letter_fractions,
    repair_degrees,
    normalise_unicode,
    plain_characters,
    normalise_unicode,
    collapse_space,
    neutralise_control_tokens,
    normalise_unicode,
)


def clean_text(text: str) -> str:
    """Return the text without dirt and control tokens, in NFC, on one line.

    >>> clean_text("Bake\\xa0at 350&deg;F<br> for 10\\ufffd\\ufffd\\ufffd15\\nminutes")
    'Bake at 350°F for 10-15 minutes'
    """
    if _PLAIN_LINE.fullmatch(text) and "endoftext" not in text.lower():
        return repair_degrees(repair_letter_fractions(text))  # most lines: all that may be wrong
    for step in STEPS:
        text = step(text)
    return text
