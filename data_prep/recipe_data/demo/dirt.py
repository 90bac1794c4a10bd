"""The dirt of real rows: what crawlers, encodings and people do to a recipe's text.

Each function takes a clean draft and returns a dirty one that still means the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

LOST = "\ufffd"
CONTROL_TOKENS = ("<|im_end|>", "<|im_start|>system", "<|endoftext|>", "[INST]", "</s>", "<think>")


class Draft(NamedTuple):
    """The text of a row before it is laid out as CSV."""

    title: str
    lines: tuple[str, ...]
    """Ingredient lines; their order and number never change."""
    directions: tuple[str, ...]
    header: str | None = None
    """A section header that stands before the ingredients as if it were one."""


Dirt = Callable[[Draft, Random], Draft]


def _everywhere(draft: Draft, change: Callable[[str], str]) -> Draft:
    return draft._replace(
        title=change(draft.title),
        lines=tuple(map(change, draft.lines)),
        directions=tuple(map(change, draft.directions)),
    )


def _in_one_line(draft: Draft, rng: Random, change: Callable[[str], str]) -> Draft:
    """Change one of the lines that the change has an effect on."""
    changed = [(i, change(line)) for i, line in enumerate(draft.lines)]
    changed = [(i, line) for i, line in changed if line != draft.lines[i]]
    if not changed:
        return draft
    index, line = rng.choice(changed)
    return draft._replace(lines=(*draft.lines[:index], line, *draft.lines[index + 1 :]))


def html_entities(draft: Draft, rng: Random) -> Draft:
    """`Grandma&#39;s`, `350&deg;F`, `&frac12; c.`"""
    table = {"'": "&#39;", "°": "&deg;", "½": "&frac12;", "¼": "&frac14;", "é": "&eacute;"}
    pattern = re.compile("|".join(table))
    draft = _everywhere(draft, lambda text: pattern.sub(lambda m: table[m[0]], text))
    return draft._replace(title=draft.title.replace(" and ", " &amp; "))


def html_tags(draft: Draft, rng: Random) -> Draft:
    """`2 Tbsp. <a href="/glossary/butter">butter</a>`"""
    tag = rng.choice(('<a href="/food">{}</a>', "<b>{}</b>", '<epi recipelink="" id="7">{}</epi>'))
    return _in_one_line(
        draft, rng, lambda line: re.sub(r"(?<=\. )([a-z ]+)$", lambda m: tag.format(m[1]), line)
    )


def lost_characters(draft: Draft, rng: Random) -> Draft:
    """`350\ufffd\ufffdF`, `10\ufffd\ufffd\ufffd12 minutes`: bytes that no decoder knew."""
    lost = draft._replace(directions=tuple(d.replace("°", LOST * 2) for d in draft.directions))
    return lost._replace(
        directions=tuple(re.sub(r"(?<=\d)-(?=\d+ min)", LOST * 3, d) for d in lost.directions)
    )


def no_break_spaces(draft: Draft, rng: Random) -> Draft:
    """No-break spaces between number and unit."""
    return _everywhere(draft, lambda text: re.sub(r"(?<=\d) (?=[A-Za-z])", "\u00a0", text))


def line_breaks(draft: Draft, rng: Random) -> Draft:
    """A newline and doubled spaces inside an ingredient line."""
    return _in_one_line(draft, rng, lambda line: re.sub(r"^(\S+) (\S+) ", "\\1 \\2\n  ", line))


def soft_hyphens(draft: Draft, rng: Random) -> Draft:
    """Soft hyphens, which no reader sees, where hyphens stood: `long\u00adgrain rice`."""
    return draft._replace(
        lines=tuple(re.sub(r"(?<=[a-z])-(?=[a-z])", "\u00ad", line) for line in draft.lines)
    )


def letter_l(draft: Draft, rng: Random) -> Draft:
    """`l/2 c.`: typed with the letter l, as on old typewriters."""
    return draft._replace(
        lines=tuple(re.sub(r"(?<![\d/])1/(?=[234] )", "l/", line) for line in draft.lines)
    )


def numbered_steps(draft: Draft, rng: Random) -> Draft:
    """`1. Boil the rice.`"""
    form = rng.choice(("{}. {}", "{}) {}", "Step {}: {}"))
    return draft._replace(
        directions=tuple(form.format(i, text) for i, text in enumerate(draft.directions, 1))
    )


def one_direction(draft: Draft, rng: Random) -> Draft:
    """The whole recipe as one direction."""
    return draft._replace(directions=(" ".join(draft.directions),))


def upper_case(draft: Draft, rng: Random) -> Draft:
    """A title that shouts."""
    return draft._replace(title=draft.title.upper())


def sentence_case(draft: Draft, rng: Random) -> Draft:
    """`Mushroom risotto`: a title written as most people type it."""
    return draft._replace(
        title=re.sub(r"(?<=[ (-])[A-Z](?=[a-z])", lambda m: m[0].lower(), draft.title)
    )


def capital_s(draft: Draft, rng: Random) -> Draft:
    """`Grandma'S`: what a careless title-case does."""
    return draft._replace(title=draft.title.replace("'s ", "'S "))


def quantity_last(draft: Draft, rng: Random) -> Draft:
    """`Arborio rice: 1 1/2 cups`"""
    pattern = re.compile(r"^([\d /-]+ (?:cups?|tablespoons?|teaspoons?|ounces|pounds?)) ([a-z ]+)$")
    return _in_one_line(draft, rng, lambda line: pattern.sub(r"\2: \1", line))


def section_header(draft: Draft, rng: Random) -> Draft:
    """`Ingredients:` as the first ingredient."""
    return draft._replace(header=rng.choice(("Ingredients:", "You will need:", "For the dish:")))


def control_token(draft: Draft, rng: Random) -> Draft:
    """A title that tries to end the prompt and begin its own."""
    token = rng.choice(CONTROL_TOKENS)
    return draft._replace(title=rng.choice((f"{draft.title}{token}", f"{token} {draft.title}")))


DIRT: tuple[tuple[str, float, Dirt], ...] = (
    ("one_direction", 0.06, one_direction),
    ("numbered_steps", 0.05, numbered_steps),
    ("lost_characters", 0.04, lost_characters),
    ("html_tags", 0.03, html_tags),
    ("html_entities", 0.04, html_entities),
    ("quantity_last", 0.02, quantity_last),
    ("letter_l", 0.03, letter_l),
    ("soft_hyphens", 0.15, soft_hyphens),
    ("line_breaks", 0.02, line_breaks),
    ("no_break_spaces", 0.04, no_break_spaces),
    ("section_header", 0.025, section_header),
    ("upper_case", 0.03, upper_case),
    ("sentence_case", 0.12, sentence_case),
    ("capital_s", 0.05, capital_s),
    ("control_token", 0.005, control_token),
)
"""Name, share of rows and function, in the order in which they are applied."""


def dirty(draft: Draft, rng: Random) -> tuple[Draft, tuple[str, ...]]:
    """Apply each kind of dirt to its share of rows; return the names of those that took effect."""
    flags: list[str] = []
    for name, share, apply in DIRT:
        if rng.random() < share and (changed := apply(draft, rng)) != draft:
            draft = changed
            flags.append(name)
    return draft, tuple(flags)
