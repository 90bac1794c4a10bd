"""How a request says which recipes to lean on: training, `generate` and `recipe-cook` share it.

    Recipes to lean on:
    1. Rice Salad: 200 g rice; 1 lemon. Boil the rice. Add the juice.
    2. Lemon Rice: 250 g rice; 2 lemons.

    Generate a recipe for Rice with Lemon.

Every recipe is one line, whatever its texts hold, so that none can begin a request: what is asked
stands behind the one empty line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.language.text import neutralise_control_tokens

HEADING = "Recipes to lean on:"
MAX_CHARS = 1_600
"""Of the lines of recipes: some 500 tokens. Farther recipes are left out where they do not fit."""
MAX_TOKENS = MAX_CHARS // 2
"""Room for them in a context: some three characters are a token, of odd texts two."""
MAX_NEIGHBOURS = 8
RULE = f"grounded:lines-of-titles-and-ingredients,steps-of-the-nearest|chars:{MAX_CHARS}"


class Neighbour(NamedTuple):
    """A recipe to lean on."""

    title: str
    ingredients: tuple[str, ...]
    """As the answers of training write them."""
    steps: tuple[str, ...]
    nearness: float
    """How near it is to what is asked for, 0 to 1; no part of the prompt."""

    @property
    def named(self) -> str:
        """Title and nearness, as a card shows them.

        >>> Neighbour("Rice Salad", (), (), 0.8349).named
        'Rice Salad (0.83)'
        """
        return f"{self.title} ({self.nearness:.2f})"


def refuse_too_many(count: int) -> None:
    """Raise `TopochefError` for more recipes than a prompt carries.

    >>> refuse_too_many(MAX_NEIGHBOURS)
    """
    if not 1 <= count <= MAX_NEIGHBOURS:
        raise TopochefError(f"--ground {count}: choose 1 to {MAX_NEIGHBOURS} recipes to lean on")


def fitting(neighbours: Sequence[Neighbour]) -> list[Neighbour]:
    """Return the first of the neighbours whose lines fit: all that a prompt leans on."""
    count = len(_lines(neighbours))
    return [*neighbours[:count]]


def grounded_request(request: str, neighbours: Sequence[Neighbour]) -> str:
    """Put the neighbours that fit in front of a request, the nearest with as many steps as fit.

    Without neighbours it is the request.

    >>> near = Neighbour("Rice Salad", ("200 g rice", "1 lemon"), ("Boil the rice.",), 0.8)
    >>> print(grounded_request("Generate a recipe for Lemon Rice.", [near]))
    Recipes to lean on:
    1. Rice Salad: 200 g rice; 1 lemon. Boil the rice.
    <BLANKLINE>
    Generate a recipe for Lemon Rice.
    """
    lines = _lines(neighbours)
    if not lines:
        return request
    left = MAX_CHARS - sum(map(len, lines))
    for step in map(_one_line, neighbours[0].steps):
        left -= len(step) + 1
        if left < 0:
            break
        lines[0] += f" {step}"
    return "\n".join([HEADING, *lines, "", request])


def grounded_messages(
    messages: Sequence[dict[str, str]], neighbours: Sequence[Neighbour]
) -> list[dict[str, str]]:
    """Return the messages with the neighbours in front of what the user asks.

    >>> grounded_messages([{"role": "user", "content": "Cook."}], [])
    [{'role': 'user', 'content': 'Cook.'}]
    """
    return [
        {**message, "content": grounded_request(message["content"], neighbours)}
        if message["role"] == "user"
        else dict(message)
        for message in messages
    ]


def ungrounded(content: str) -> str:
    r"""Return what is asked, without the recipes to lean on.

    >>> ungrounded("Recipes to lean on:\n1. Rice: 200 g rice.\n\nGenerate a recipe for Rice.")
    'Generate a recipe for Rice.'
    >>> ungrounded("Generate a recipe for Rice.")
    'Generate a recipe for Rice.'
    """
    return content.partition("\n\n")[2] if content.startswith(f"{HEADING}\n") else content


def _lines(neighbours: Sequence[Neighbour]) -> list[str]:
    """Return a line for each neighbour, up to the first that does not fit.

    The list of the nearest loses its last ingredients rather than be left out.
    """
    lines: list[str] = []
    left = MAX_CHARS
    for number, neighbour in enumerate(neighbours[:MAX_NEIGHBOURS], 1):
        listed = [_one_line(line) for line in neighbour.ingredients]
        line = _line(number, neighbour.title, listed)
        while not lines and len(line) > left and len(listed) > 1:
            del listed[-1]
            line = _line(number, neighbour.title, listed)
        if len(line) > left:
            break
        lines.append(line)
        left -= len(line)
    return lines


def _line(number: int, title: str, ingredients: Sequence[str]) -> str:
    return f"{number}. {_one_line(title)}: {'; '.join(ingredients)}."


def _one_line(text: str) -> str:
    """Join the lines of a text, without what is unseen or could be read as a turn of the chat."""
    joined = " ".join(text.split())
    if not joined.isprintable():
        joined = "".join(c for c in joined if not unicodedata.category(c).startswith("C"))
    return " ".join(neutralise_control_tokens(joined).split())
