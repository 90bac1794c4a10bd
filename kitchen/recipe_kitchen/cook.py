"""`recipe-cook`: a title or what is at home in, a recipe card out, from a model on this machine."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_base import commands, writer
from recipe_base.arguments import positive
from recipe_base.errors import TopochefError
from recipe_data.grounded_prompts import MAX_NEIGHBOURS, MAX_TOKENS
from recipe_data.prompts import DIETS
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_kitchen.backends import Backend
from recipe_kitchen.choosing import Choose, add_choose
from recipe_kitchen.cooking.cookbooks import NEIGHBOURS, fitted, leaning, open_cookbook
from recipe_kitchen.cooking.keeping.place import add_history, chosen_file
from recipe_kitchen.cooking.models import (
    PROMPT_TOKENS,
    add_model,
    at_hand,
    ollamas,
    open_backend,
)
from recipe_kitchen.cooking.showing import add_form, form_of, show

if TYPE_CHECKING:
    from recipe_kitchen.asking import Decoder
    from recipe_kitchen.cooking.ready import ReadyRecipe

PORT = 8426
BEST = Choose("best", 3)
"""Of the demo's model four drafts took 9 s on two cores, with a cookbook 11 s: 10 s are enough."""


def main(argv: list[str] | None = None) -> int:
    """Run `recipe-cook`; return its exit status."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["ask"]:
        from recipe_kitchen import ask

        return ask.main(words[1:])
    if words[:1] == ["history"]:
        from recipe_kitchen.cooking.keeping import command

        return command.main(words[1:])
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recipe-cook",
        description="Write one recipe.",
        epilog="What was cooked: recipe-cook history --help; questions: recipe-cook ask --help.",
    )
    parser.add_argument("title", nargs="?", default="", help='what to cook: "Mushroom risotto"')
    parser.add_argument(
        "--have",
        default="",
        metavar="FOODS",
        help='what is at home: "eggs, rice"; without a title, what to cook with',
    )
    parser.add_argument("--servings", type=positive, help="how many it feeds")
    parser.add_argument(
        "--diet",
        type=_diet,
        metavar="DIET",
        help=f"what it must keep to: {', '.join(DIETS)}, or what is checked alone: gluten-free",
    )
    parser.add_argument(
        "--avoid",
        default="",
        metavar="FOODS",
        help="allergens, classes of food and foods to warn of: nuts,coeliac,cilantro",
    )
    parser.add_argument(
        "--cookbook",
        type=Path,
        metavar="PATH",
        help="a file or folder of recipes, or an index of `recipe-data index`: the nearest are "
        "given to the model to lean on",
    )
    parser.add_argument(
        "--ground",
        type=positive,
        default=NEIGHBOURS,
        metavar="N",
        help=f"recipes of the cookbook to lean on, at most {MAX_NEIGHBOURS} (default {NEIGHBOURS})",
    )
    add_model(parser)
    add_form(parser).add_argument(
        "--serve", action="store_true", help="cook in the browser, on this machine only"
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"of the page (default {PORT}; 0 takes a free one)"
    )
    parser.add_argument(
        "--max-tokens", type=positive, default=768, help="most tokens of the recipe"
    )
    add_history(parser)
    parser.add_argument(
        "--another",
        action="store_true",
        help="show the next of the drafts that were written beside the last recipe; asks no model",
    )
    add_sampler(parser)
    add_choose(parser, BEST)
    commands.command(parser, _run, writer.nothing, unfinished="the recipe was not finished")
    return parser


def _diet(word: str) -> str:
    from recipe_data.check.diets import read_diet

    try:
        read_diet(word)
    except TopochefError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return word


def _run(arguments: argparse.Namespace) -> None:
    for name, does in (("serve", _serve), ("another", _another)):
        if getattr(arguments, name):
            if arguments.title or arguments.have:
                raise TopochefError(f"--{name} goes without a title and --have: leave them out")
            does(arguments)
            return
    _cook(arguments)


def _cook(arguments: argparse.Namespace) -> None:
    dish, *others = _written(arguments)
    show(dish, arguments)
    if path := chosen_file(arguments):
        from recipe_kitchen.cooking.keeping.history import History, keep_or_warn

        if keep_or_warn(dish, others, History(path)):
            _tell_others(len(others), arguments)


def _written(arguments: argparse.Namespace) -> list[ReadyRecipe]:
    """Have the recipe written, and show it meanwhile where a card is what a terminal will get.

    The model is opened while the order is read: what reads it takes as long to import.
    """
    with ThreadPoolExecutor(1) as aside:
        is_order = bool((arguments.title + arguments.have).strip())
        opening = aside.submit(_opened, arguments) if is_order else None
        from recipe_kitchen.cooking.drafting import drafts
        from recipe_kitchen.cooking.live import live_card
        from recipe_kitchen.cooking.order import take_order
        from recipe_kitchen.cooking.ready import plate

        order = take_order(
            arguments.title, arguments.have, arguments.servings, arguments.diet, arguments.avoid
        )
        if arguments.cookbook:
            order = leaning(order, open_cookbook(arguments.cookbook), arguments.ground)
        assert opening  # nothing was no order
        backend, author = opening.result()
    order = fitted(order, backend, arguments.max_tokens)
    with nullcontext() if form_of(arguments) else live_card(order) as listen:
        answers = drafts(order, backend, _decoder(arguments), listen)
    return [plate(order, answer, author) for answer in answers]


def _another(arguments: argparse.Namespace) -> None:
    from recipe_kitchen.cooking.keeping.history import History

    path = chosen_file(arguments)
    if path is None:
        raise TopochefError("--another shows what was kept: leave --no-history out")
    kept, left = History(path).another()
    show(kept.dish, arguments)
    _tell_others(left, arguments)


def _tell_others(count: int, arguments: argparse.Namespace) -> None:
    """Say below a card that there are other drafts."""
    if count and not form_of(arguments):
        print(f"{count} other draft{'s' * (count > 1)}: recipe-cook --another", file=sys.stderr)


def _prompt_tokens(arguments: argparse.Namespace) -> int:
    return PROMPT_TOKENS + (MAX_TOKENS if arguments.cookbook else 0)


def _opened(arguments: argparse.Namespace) -> tuple[Backend, str]:
    return open_backend(
        arguments.model,
        arguments.ollama,
        arguments.max_tokens,
        arguments.openai,
        _prompt_tokens(arguments),
        arguments.choose.side_by_side,
    )


def _decoder(arguments: argparse.Namespace) -> Decoder:
    from recipe_kitchen.asking import Decoder

    sampler = sampler_of(arguments)
    return Decoder(arguments.max_tokens, sampler, arguments.seed, choose=arguments.choose)


def _serve(arguments: argparse.Namespace) -> None:
    from recipe_kitchen.cooking.keeping.history import History
    from recipe_kitchen.cooking.kitchen import Kitchen
    from recipe_kitchen.cooking.server import serve

    path = chosen_file(arguments)
    room = arguments.max_tokens, _prompt_tokens(arguments)
    kitchen = Kitchen(
        *_opened(arguments),
        _decoder(arguments),
        history=History(path) if path else None,
        others=at_hand(Path(), *room, arguments.choose.side_by_side),
        listed=partial(ollamas, *room),
        cookbook=open_cookbook(arguments.cookbook) if arguments.cookbook else None,
        neighbours=arguments.ground,
    )
    serve(kitchen, arguments.port)
