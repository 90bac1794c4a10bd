"""`recipe-cook`: a title in, a recipe card out, from a model file on this machine."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recipe_data.errors import TopochefError, run_cli
from recipe_data.language.text import neutralise_control_tokens
from recipe_data.prompts import recipe_messages
from recipe_data.schema import ANSWER_SCHEMA
from recipe_eval.answers import Answer, AnswerError, read_answer, read_beginning
from recipe_eval.arguments import positive, temperature
from recipe_eval.backends import Completion
from recipe_eval.card import card, find_doubts, printable

_MODELS = "runs/*/gguf/*Q4_K_M.gguf"
_SECONDS_PER_FRAME = 0.08
_SMALL_WORDS = frozenset({"a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "with"})


def main(argv: list[str] | None = None) -> int:
    """Run `recipe-cook` and return its exit status."""
    parser = argparse.ArgumentParser(prog="recipe-cook", description="Write one recipe.")
    parser.add_argument("title", help='what to cook: "Mushroom risotto"')
    parser.add_argument("--servings", type=positive, help="how many it feeds")
    parser.add_argument("--model", type=Path, help=f"GGUF file (default: the newest {_MODELS})")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a card")
    parser.add_argument(
        "--max-tokens", type=positive, default=768, help="most tokens of the recipe"
    )
    parser.add_argument(
        "--temperature", type=temperature, default=0.0, help="0 takes the likeliest"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of a temperature above 0")
    return run_cli(lambda: _cook(parser.parse_args(argv)))


def _cook(arguments: argparse.Namespace) -> None:
    title = headline(neutralise_control_tokens(printable(arguments.title)))
    if not title:
        raise TopochefError('say what to cook: recipe-cook "Mushroom risotto"')
    model = arguments.model or newest_model(Path())
    from recipe_eval.backends.llamacpp import LlamaCpp

    backend = LlamaCpp(model, context_tokens=arguments.max_tokens + 256)
    with _live_card(title, arguments) as on_text:
        completion = backend.complete(
            recipe_messages(title, arguments.servings),
            ANSWER_SCHEMA,
            arguments.max_tokens,
            arguments.temperature,
            arguments.seed,
            on_text,
        )
    answer = finished(completion, arguments.max_tokens)
    if arguments.json:
        print(as_json(title, arguments.servings, answer))
        return
    from rich.console import Console

    doubts = find_doubts(title, arguments.servings, answer)
    Console().print(card(title, arguments.servings, answer, doubts))


def headline(title: str) -> str:
    """Capitalise a title as those of the training data are; small models mind the difference.

    >>> headline("mushroom risotto with peas"), headline("BLT, the best")
    ('Mushroom Risotto with Peas', 'BLT, the Best')
    """
    words = title.split()
    return " ".join(
        word if i and word in _SMALL_WORDS else word[0].upper() + word[1:]
        for i, word in enumerate(words)
    )


def newest_model(folder: Path) -> Path:
    """Return the Q4_K_M model exported last below `folder`.

    Raises `TopochefError` if there is none.
    """
    found = sorted(folder.glob(_MODELS), key=lambda path: (path.stat().st_mtime, path.name))
    if not found:
        raise TopochefError(
            f"there is no {_MODELS} below {folder.resolve()}: run `make demo` and cook in its "
            "folder, or name a GGUF file with --model"
        )
    return found[-1]


def finished(completion: Completion, max_tokens: int) -> Answer:
    """Return the answer of a completion; raises `TopochefError` if it is not a whole one."""
    if completion.finish_reason == "length":
        raise TopochefError(
            f"the recipe was not finished after {completion.completion_tokens} tokens: raise "
            f"--max-tokens above {max_tokens}, or shorten the title"
        )
    try:
        return read_answer(completion.text)
    except AnswerError as error:
        raise TopochefError(
            f"the model wrote no recipe ({error}): choose another --model"
        ) from error


def as_json(title: str, servings: int | None, answer: Answer) -> str:
    """Return the recipe as one JSON object that is safe to print."""
    recipe = {
        "title": title,
        "servings": servings,
        "ingredients": [printable(line) for line in answer.ingredients],
        "instructions": [printable(step) for step in answer.instructions],
    }
    return json.dumps(recipe, ensure_ascii=False, indent=2)


@contextmanager
def _live_card(title: str, arguments: argparse.Namespace) -> Iterator[Callable[[str], None] | None]:
    """Show the card as it is being written, then clear it away; only in a terminal."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    if arguments.json or not console.is_terminal:
        yield None
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        text = ""
        drawn_at = 0.0

        def draw(piece: str) -> None:
            nonlocal text, drawn_at
            text += piece
            if time.perf_counter() - drawn_at > _SECONDS_PER_FRAME:
                written = read_beginning(text)
                live.update(card(title, arguments.servings, written), refresh=True)
                drawn_at = time.perf_counter()

        yield draw
