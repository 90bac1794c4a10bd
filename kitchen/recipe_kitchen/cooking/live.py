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


class Beginning:
    """Collects the pieces of an answer; gives the dish so far, a few times a second."""

    def __init__(self, order: Order, show: Callable[[ReadyRecipe], None]) -> None:
        self._order = order
        self._show = show
        self._text = ""
        self._shown_at = 0.0

    def add(self, piece: str) -> None:
        """Take a piece, and show what there is if the last time is long enough ago."""
        self._text += piece
        now = time.perf_counter()
        if now - self._shown_at < SECONDS_PER_FRAME:
            return
        written = read_beginning(self._text)
        self._show(
            ReadyRecipe(
                title=self._order.heading,
                servings=self._order.servings,
                ingredients=tuple(map(printable, written.ingredients)),
                steps=tuple(map(printable, written.instructions)),
            )
        )
        self._shown_at = now


def listener(order: Order, show: Callable[[ReadyRecipe], None]) -> Listen:
    """Return what begins a dish anew for every text that is begun."""
    return lambda: Beginning(order, show).add


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
