"""The card while it is being written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from recipe_kitchen.answers import read_beginning
from recipe_kitchen.asking import Listen
from recipe_kitchen.cooking.card import card
from recipe_kitchen.cooking.order import Order, printable
from recipe_kitchen.cooking.ready import ReadyRecipe

SECONDS_PER_FRAME = 0.08


def listener(order: Order, show: Callable[[ReadyRecipe], None]) -> Listen:
    """Return what begins a dish anew for every text that is begun.

    It takes the pieces of the text, and shows the dish so far, a few times a second.
    """

    def begin() -> Callable[[str], None]:
        text, shown_at = "", 0.0

        def add(piece: str) -> None:
            nonlocal text, shown_at
            text += piece
            if (now := time.perf_counter()) - shown_at < SECONDS_PER_FRAME:
                return
            written = read_beginning(text)
            ingredients = tuple(map(printable, written.ingredients))
            steps = tuple(map(printable, written.instructions))
            show(ReadyRecipe(order.heading, order.servings, ingredients, steps))
            shown_at = now

        return add

    return begin


@contextmanager
def live_card(order: Order) -> Iterator[Listen | None]:
    """Show the card as it is being written, then clear it away; only in a terminal."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    if not console.is_terminal:
        yield None
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield listener(order, lambda dish: live.update(card(dish), refresh=True))
