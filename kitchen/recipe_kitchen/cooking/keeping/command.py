"""`recipe-cook history`: what was cooked, listed, shown, searched, starred, deleted, exported."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from recipe_base import commands, writer
from recipe_base.arguments import positive
from recipe_base.errors import TopochefError
from recipe_kitchen.cooking.keeping.history import Entry, History
from recipe_kitchen.cooking.keeping.place import add_file, default_file
from recipe_kitchen.cooking.showing import add_form, show

SHOWN = 20


def main(argv: list[str] | None = None) -> int:
    """Run `recipe-cook history`; return its exit status."""
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recipe-cook history", description="What was cooked; nothing of it leaves the machine."
    )
    add_file(parser)
    commands.command(parser, _list, writer.nothing)
    parser.set_defaults(limit=SHOWN, favourites=False)
    actions = parser.add_subparsers(metavar="ACTION")

    def action(name: str, help: str) -> argparse.ArgumentParser:
        one = actions.add_parser(name, help=help, description=help)
        add_file(one, default=argparse.SUPPRESS)  # what stands before the action counts too
        return one

    listing = action("list", "the newest recipes")
    _add_favourites(listing)
    listing.add_argument("--limit", type=positive, default=SHOWN, help=f"(default {SHOWN})")
    commands.command(listing, _list, writer.nothing)

    searching = action("search", "recipes that hold all these words, or words that begin so")
    searching.add_argument("words", nargs="+", metavar="WORD")
    _add_favourites(searching)
    commands.command(searching, _search, writer.nothing)

    showing = action("show", "a recipe as it was cooked")
    showing.add_argument("number", type=int)
    add_form(showing)
    commands.command(showing, _show, writer.nothing)

    for name, help, favourite in (
        ("star", "make recipes favourites", True),
        ("unstar", "make them favourites no longer", False),
    ):
        starring = action(name, help)
        starring.add_argument("numbers", type=int, nargs="+", metavar="NUMBER")
        starring.set_defaults(favourite=favourite)
        commands.command(starring, _star, writer.nothing)

    deleting = action("delete", "forget recipes: nothing of them stays in the file")
    deleting.add_argument("numbers", type=int, nargs="*", metavar="NUMBER")
    deleting.add_argument("--all", action="store_true", help="forget everything, favourites too")
    commands.command(deleting, _delete, writer.nothing)

    exporting = action("export", "write recipes as JSON-LD, which `recipe-data build` reads")
    exporting.add_argument("--output", type=Path, required=True, metavar="FILE.jsonld")
    _add_favourites(exporting)
    commands.command(exporting, _export, writer.beside("output"))
    return parser


def _add_favourites(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--favourites", action="store_true", help="those that are starred alone")


def _history(arguments: argparse.Namespace) -> History:
    return History(arguments.history or default_file())


def _list(arguments: argparse.Namespace) -> None:
    history = _history(arguments)
    favourites = arguments.favourites
    entries = history.entries(favourites=favourites, limit=arguments.limit)
    _print(entries, history, "no favourites yet" if favourites else "nothing was cooked yet")


def _search(arguments: argparse.Namespace) -> None:
    history = _history(arguments)
    found = history.entries(" ".join(arguments.words), arguments.favourites)
    _print(found, history, "no recipe holds all of these words")


def _print(entries: Iterable[Entry], history: History, nothing: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    for number, when, favourite, title, servings in entries:
        name = Text(title, style="bold").append(f"  serves {servings}" if servings else "", "dim")
        star = Text("★" if favourite else "", style="yellow")
        table.add_row(str(number), star, Text(local_time(when), style="dim"), name)
    if table.row_count:
        Console().print(table)
    else:
        print(f"{nothing} ({history.path})")


def _show(arguments: argparse.Namespace) -> None:
    show(_history(arguments).one(arguments.number).dish, arguments)


def _star(arguments: argparse.Namespace) -> None:
    _history(arguments).star(arguments.numbers, arguments.favourite)


def _delete(arguments: argparse.Namespace) -> None:
    history = _history(arguments)
    if bool(arguments.numbers) == arguments.all:
        raise TopochefError("name the recipes to delete by their numbers, or all with --all")
    if not arguments.all:
        history.delete(arguments.numbers)
    elif history.path.exists():
        print(f"{history.clear()} deleted")


def _export(arguments: argparse.Namespace) -> None:
    from recipe_base.files import write_text
    from recipe_kitchen.cooking.keeping.cookbook import as_cookbook

    kept = list(_history(arguments).all(arguments.favourites))
    if not kept:
        raise TopochefError("there is nothing to export: cook, or star, a recipe first")
    write_text(arguments.output, as_cookbook(kept))
    print(f"{len(kept)} written to {arguments.output}")


def local_time(when: str) -> str:
    """Write a time of the history as the clock on the wall showed it.

    >>> local_time("some day")
    'some day'
    """
    try:
        return f"{datetime.fromisoformat(when).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:  # of a file that was written by hand
        return when
