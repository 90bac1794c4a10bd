"""Markup in recipe texts: entities and tags, whole, broken, escaped or made up."""

from __future__ import annotations

import html
import re
from html.entities import html5

_ENTITY = re.compile(r"#?&(#?\w{1,12});|&(nbsp)(?![a-z]*;)")
# Entities that people made up, by what their letters begin with.
_BOGUS_ENTITIES = (
    ("endash", "–"), ("emdash", "—"), ("deg", "°"), ("def", "°"), ("frac12", "½"),
    ("ntil", "ñ"), ("nitil", "ñ"), ("entil", "ñ"), ("ntid", "ñ"), ("eac", "é"), ("eau", "é"),
    ("euc", "ú"), ("ea", "é"), ("ocu", "ó"), ("ircir", "î"), ("ecir", "ê"), ("egr", "è"),
)  # fmt: skip

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>|<(?:\s|\")*>")
_BLOCK_TAG = re.compile(
    r"<\s?/?\s?(?:p|br|li|div|ol|ul|h[1-6]|hr|tr|td|table|section)\b[^<>]{0,200}>", re.IGNORECASE
)
_BROKEN_TAG = re.compile(r"</?[A-Za-z]\w{0,20}\s[^<>=]{0,80}=\s?\"[^<>]{0,200}$")
_GLUED_TAG = re.compile(r"/?epi:recipelink", re.IGNORECASE)
_TAG_NAME_LEFT = re.compile(r"[<>]?/(?:[A-Za-z]{1,12}|epi:\w+)>|(?<!\s)>(?=\W|$)|[<>](?!\s*\d)")


def _entity(match: re.Match[str]) -> str:
    name = match.group(1) or match.group(2)
    number = name.lstrip("#")
    if number.isdecimal() and len(number) <= 6:
        return html.unescape(f"&#{number};")
    if name[:2] in ("#x", "#X") and len(name) <= 7:
        return html.unescape(f"&{name};")
    for known in (name, name.lower()):
        if f"{known};" in html5:
            return html5[f"{known};"]
    lowered = name.lower()
    bogus = (char for prefix, char in _BOGUS_ENTITIES if lowered.startswith(prefix))
    return next(bogus, match.group() if number.isalpha() else "")


_LINK = re.compile(
    r"!?\[([^\[\]]{1,80})\]\((?:https?:|www\.|[/#])[^()\s]*\)"
    r"|\[\[(?:[^\[\]|]{1,80}\|)?([^\[\]|]{1,80})\]\]"
)


def plain_links(text: str) -> str:
    """Leave of a link in Markdown what it shows.

    >>> plain_links("2 cups [stock](https://a.org/s), [[pies/crust|a crust]], [x] salt")
    '2 cups stock, a crust, [x] salt'
    """
    return _LINK.sub(lambda m: m[1] or m[2], text) if "](" in text or "[[" in text else text


def decode_entities(text: str) -> str:
    """Decode HTML entities: real ones, doubly encoded ones, and those that do not exist.

    Words between `&` and `;` that are no entity stay.

    >>> decode_entities("Cr&egrave;me &amp;frac12; 350&Deg;F, pur&eauce;e, 12&endash;15 minutes")
    'Crème ½ 350°F, purée, 12–15 minutes'
    >>> decode_entities("350#&176;F &nbsp or M&M's")
    "350°F \\xa0 or M&M's"
    >>> decode_entities("oil &vinegar; mix")
    'oil &vinegar; mix'
    """
    for _ in range(3):
        if "&" not in text:
            break
        text = _ENTITY.sub(_entity, text)
    return text


def strip_tags(text: str) -> str:
    """Remove markup, keeping its text; also tags that lost a bracket.

    >>> strip_tags('1/4 teaspoon <epi recipelink="" id="105254">simple syrup</epi>')
    '1/4 teaspoon simple syrup'
    >>> strip_tags('Chimichurri sauceepi:recipelink</epi:recipelink>')
    'Chimichurri sauce'
    >>> strip_tags('<hr>')
    ''
    """
    if "<" not in text and ">" not in text:
        return text
    text = _TAG.sub("", _BLOCK_TAG.sub(" ", text))
    text = _GLUED_TAG.sub("", text)
    text = _BROKEN_TAG.sub("", text)
    return _TAG_NAME_LEFT.sub("", text).strip()


def blocks(text: str) -> list[str]:
    """Take a text apart where its markup begins another block, be the markup escaped or not.

    >>> blocks("<li>Boil the rice.</li><li>Drain.</li>"), blocks("Stir.&lt;br /&gt;Serve.")
    (['Boil the rice.', 'Drain.'], ['Stir.', 'Serve.'])
    """
    if "<" not in text and "&" not in text:
        return [text]
    return [part for part in _BLOCK_TAG.split(decode_entities(text)) if part.strip()] or [text]
