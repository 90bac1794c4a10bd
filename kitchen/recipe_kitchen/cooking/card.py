"""A dish as a card in the terminal; whatever a model wrote is shown as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from recipe_data.instructions import places
from recipe_data.schema import Ingredient, Instruction
from recipe_kitchen.cooking.ready import ReadyRecipe

if TYPE_CHECKING:
    from rich.panel import Panel
    from rich.table import Table

WIDTH = 84
_FRACTIONS = {0.25: "¼", 0.5: "½", 0.75: "¾"}
_STYLES = {"plain": "", "time": "bold cyan", "temperature": "bold red"}


class Fragment(NamedTuple):
    """A stretch of a step."""

    text: str
    kind: Literal["plain", "time", "temperature"]


def amount_text(ingredient: Ingredient) -> str:
    """Return amount and unit as a cook writes them; the unit of counted things is silent.

    >>> amount_text(Ingredient(320, None, "g", "spaghetti"))
    '320 g'
    >>> amount_text(Ingredient(1.5, 2, "unit", "onion"))
    '1½–2'
    >>> amount_text(Ingredient(9.46, None, "g", "butter"))
    '9.5 g'
    """
    if ingredient.quantity is None:
        return ""
    ends = [end for end in (ingredient.quantity, ingredient.quantity_max) if end is not None]
    if ingredient.unit in (None, "unit"):
        return "–".join(map(_count, ends))
    return f"{'–'.join(map(_measure, ends))} {ingredient.unit}"


def _count(value: float) -> str:
    whole, rest = divmod(value, 1)
    if rest in _FRACTIONS and value < 10:
        return f"{int(whole) or ''}{_FRACTIONS[rest]}"
    return f"{value:.0f}" if value >= 10 else f"{value:.3g}"


def _measure(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def fragments(step: Instruction) -> Iterator[Fragment]:
    """Split a step where it states times and temperatures.

    >>> from recipe_data.instructions import parse_instruction
    >>> step = parse_instruction("Bake at 180 °C for 8 minutes.")
    >>> [fragment.text for fragment in fragments(step)]
    ['Bake at ', '180 °C', ' for ', '8 minutes', '.']
    """
    text, position = step.text, 0
    for found in places(step):
        if found.kind == "action":
            continue
        if found.start > position:
            yield Fragment(text[position : found.start], "plain")
        stated = text[found.start : found.end].rstrip(".")
        yield Fragment(stated, "temperature" if found.kind == "temperature" else "time")
        position = found.start + len(stated)
    if position < len(text):
        yield Fragment(text[position:], "plain")


def card(dish: ReadyRecipe) -> Panel:
    """Lay out a dish, whole or still being written, and what is doubtful in it."""
    from rich import box
    from rich.console import Group, RenderableType
    from rich.panel import Panel
    from rich.text import Text

    parts: list[RenderableType] = [
        _ingredient_table(dish.recipe.ingredients),
        Text(),
        _step_table(dish.recipe.instructions),
    ]
    if dish.to_buy:
        parts += [Text(), Text("To buy: ", style="bold").append(", ".join(dish.to_buy))]
    if dish.doubts:
        parts += [Text(), *(Text(f"! {doubt}", style="yellow") for doubt in dish.doubts)]
    if dish.leant_on:
        parts += [Text(), Text(f"after: {dish.leant_on}", style="dim")]
    if dish.notes:
        parts += [Text(), *(Text(f"· {note}", style="dim") for note in dish.notes)]
    return Panel(
        Group(*parts),
        title=Text(dish.title, style="bold"),
        subtitle=Text(" · ".join(said), style="dim") if (said := _below(dish)) else None,
        box=box.ROUNDED,
        border_style="yellow",
        padding=(1, 2),
        width=WIDTH,
    )


def _below(dish: ReadyRecipe) -> list[str]:
    """Say for how many a dish is, and which model wrote it."""
    servings = [f"serves {dish.servings}"] if dish.servings else []
    return [*servings, *([f"by {dish.author}"] if dish.author else [])]


def _grid() -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    return table


def _ingredient_table(ingredients: tuple[Ingredient, ...]) -> Table:
    from rich.text import Text

    table = _grid()
    for ingredient in ingredients:
        name = Text(ingredient.name)
        if ingredient.preparation:
            name.append(f", {ingredient.preparation}", style="dim")
        table.add_row(Text(amount_text(ingredient), style="bold green"), name)
    return table


def _step_table(steps: tuple[Instruction, ...]) -> Table:
    from rich.text import Text

    table = _grid()
    for number, step in enumerate(steps, 1):
        text = Text()
        for fragment in fragments(step):
            text.append(fragment.text, style=_STYLES[fragment.kind])
        table.add_row(Text(str(number), style="bold yellow"), text)
    return table
