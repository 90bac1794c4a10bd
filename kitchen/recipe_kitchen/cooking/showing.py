"""A dish on standard output, in the form that was asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_kitchen.cooking.ready import ReadyRecipe


def add_form(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Add the options that choose a form; return their group."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a card")
    form.add_argument(
        "--schema-org", action="store_true", help="print JSON-LD that Mealie and Tandoor import"
    )
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    return form


def form_of(arguments: argparse.Namespace) -> Callable[[ReadyRecipe], str] | None:
    """Return what writes the dish as text; None for the card."""
    if arguments.json:
        from recipe_kitchen.cooking.texts import as_json

        return as_json
    if arguments.markdown:
        from recipe_kitchen.cooking.texts import as_markdown

        return as_markdown
    if arguments.schema_org:
        from recipe_kitchen.cooking.linked import as_schema_org

        return as_schema_org
    return None


def show(dish: ReadyRecipe, arguments: argparse.Namespace) -> None:
    """Print a dish."""
    written = form_of(arguments)
    if written:
        print(written(dish))
        if arguments.schema_org:  # JSON-LD has no place for them
            for doubt in dish.doubts:
                print(f"warning: {doubt}", file=sys.stderr)
            for note in dish.notes:
                print(f"note: {note}", file=sys.stderr)
        return
    from rich.console import Console

    from recipe_kitchen.cooking.card import card

    Console().print(card(dish))
