"""A recipe as a card in the terminal; whatever a model wrote is shown as plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from recipe_data.check import check_recipe
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import locate, parse_instruction
from recipe_data.schema import Ingredient, Recipe
from recipe_eval.answers import Answer

if TYPE_CHECKING:
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

WIDTH = 84
_FRACTIONS = {0.25: "¼", 0.5: "½", 0.75: "¾"}
_STYLES = {"time": "bold cyan", "temperature": "bold red"}


def printable(text: str) -> str:
    r"""Drop everything that could steer a terminal or reorder its text; join lines.

    That is every character of the Unicode categories C*: control, format, surrogate, private
    and unassigned.

    >>> printable("salt\x1b[31m\u202e\npepper")
    'salt[31m pepper'
    """
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))


def amount_text(ingredient: Ingredient) -> str:
    """Return amount and unit as a cook writes them; the unit of counted things is silent.

    >>> amount_text(Ingredient(320, None, "g", "spaghetti"))
    '320 g'
    >>> amount_text(Ingredient(1.5, 2, "unit", "onion"))
    '1½–2'
    """
    if ingredient.quantity is None:
        return ""
    low, high = ingredient.quantity, ingredient.quantity_max
    numbers = [_number(low)] if high is None else [_number(low), _number(high)]
    unit = "" if ingredient.unit in (None, "unit") else f" {ingredient.unit}"
    return "–".join(numbers) + unit


def _number(value: float) -> str:
    whole, rest = divmod(value, 1)
    if rest in _FRACTIONS and value < 10:
        return f"{int(whole) or ''}{_FRACTIONS[rest]}"
    return f"{value:.0f}" if value >= 10 else f"{value:.3g}"


def card(title: str, servings: int | None, answer: Answer, doubts: Sequence[str] = ()) -> Panel:
    """Lay out a recipe, whole or still being written, and what is doubtful in it."""
    from rich import box
    from rich.console import Group, RenderableType
    from rich.panel import Panel
    from rich.text import Text

    heading = Text(printable(title), style="bold")
    portions = f"serves {servings}" if servings else None
    parts: list[RenderableType] = [
        _ingredient_table(answer.ingredients),
        Text(),
        _step_table(answer.instructions),
    ]
    if doubts:
        parts += [Text(), *(Text(f"! {printable(doubt)}", style="yellow") for doubt in doubts)]
    return Panel(
        Group(*parts),
        title=heading,
        subtitle=Text(portions, style="dim") if portions else None,
        box=box.ROUNDED,
        border_style="yellow",
        padding=(1, 2),
        width=WIDTH,
    )


def find_doubts(title: str, servings: int | None, answer: Answer) -> list[str]:
    """Return what `recipe_data.check` finds doubtful in a recipe."""
    recipe = Recipe(
        id="",
        title=title,
        servings=servings,
        ingredients=tuple(parse_ingredient(line) for line in answer.ingredients),
        instructions=tuple(parse_instruction(step) for step in answer.instructions),
        source="",
    )
    return [f"{doubt.where}: {doubt.message}" for doubt in check_recipe(recipe)]


def _ingredient_table(lines: tuple[str, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for line in lines:
        ingredient = parse_ingredient(printable(line))
        name = Text(ingredient.name)
        if ingredient.preparation:
            name.append(f", {ingredient.preparation}", style="dim")
        table.add_row(Text(amount_text(ingredient), style="bold green"), name)
    return table


def _step_table(steps: tuple[str, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for number, step in enumerate(steps, 1):
        table.add_row(Text(str(number), style="bold yellow"), _highlighted(printable(step)))
    return table


def _highlighted(step: str) -> Text:
    """Colour times and temperatures."""
    from rich.text import Text

    text = Text(step)
    for found in locate(step):
        if found.kind in _STYLES:
            text.stylize(_STYLES[found.kind], found.start, found.end)
    return text
