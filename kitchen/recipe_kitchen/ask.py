"""`recipe-cook ask`: a question about a recipe, answered by the rules and a model."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from recipe_base import commands, writer
from recipe_base.arguments import positive
from recipe_data.check.diets import read_diet
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_data.schema import Recipe
from recipe_kitchen.asking import Decoder
from recipe_kitchen.cooking.keeping.place import add_file, default_file
from recipe_kitchen.cooking.models import NoModelError, add_model, open_backend
from recipe_kitchen.cooking.order import split_list
from recipe_kitchen.cooking.questions import Answer, Model, pose

PROMPT_TOKENS = 1024
"""Room for a question that quotes a long list."""


def main(argv: list[str]) -> int:
    """Run `recipe-cook ask`; return its exit status."""
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recipe-cook ask",
        description="Answer a question about the recipe that was cooked last: What can replace the "
        "butter? What is missing? For 6. How long? How hot? How much salt?",
    )
    parser.add_argument("question", help='"What can replace pecorino in carbonara?"')
    parser.add_argument(
        "--recipe",
        metavar="FILE",
        help="about this one: JSON, JSON-LD or Markdown that recipe-cook wrote, or a list as text;"
        " - reads a pasted one (default: the newest of the history)",
    )
    parser.add_argument("--servings", type=positive, help="for how many the recipe is")
    parser.add_argument("--have", default="", metavar="FOODS", help='what is at home: "eggs, rice"')
    parser.add_argument("--avoid", default="", metavar="FOODS", help="what no answer may hold")
    parser.add_argument("--diet", metavar="DIET", help="what every answer must keep to")
    add_file(parser)
    add_model(parser)
    parser.add_argument(
        "--rules", action="store_true", help="ask no model: the rules alone, where they can"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--max-tokens", type=positive, default=768, help="most tokens of the answer"
    )
    add_sampler(parser)
    commands.command(parser, _run, writer.nothing, unfinished="the question was not answered")
    return parser


def _run(arguments: argparse.Namespace) -> None:
    diet, left_out = read_diet(arguments.diet) if arguments.diet else (None, ())
    posed = pose(
        arguments.question,
        _recipe(arguments),
        have=split_list(arguments.have),
        avoid=(*left_out, *split_list(arguments.avoid)),
        diet=diet,
    )
    known = None if arguments.json else posed.by_rule()
    if known:  # nobody waits for a model to hear what the rules know
        print("\n".join(answered(known)), flush=True)
    found = posed.by(None if arguments.rules else _model(arguments))
    if arguments.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    else:
        print("\n".join([*([] if known else answered(found)), *remarks(found)]))


def _recipe(arguments: argparse.Namespace) -> Recipe | None:
    from recipe_kitchen.cooking.keeping.history import History, newest
    from recipe_kitchen.cooking.reading import MAX_BYTES, read_file, read_text

    if arguments.recipe == "-":
        recipe: Recipe | None = read_text(sys.stdin.read(MAX_BYTES + 1), "the pasted list")
    elif arguments.recipe:
        recipe = read_file(Path(arguments.recipe))
    else:
        recipe = newest(History(arguments.history or default_file()))
    if recipe and arguments.servings:
        return replace(recipe, servings=arguments.servings)
    return recipe


def _model(arguments: argparse.Namespace) -> Model | None:
    """Open a model; where none was named and there is none, the rules answer alone."""
    try:
        backend, author = open_backend(
            arguments.model, arguments.ollama, arguments.max_tokens, arguments.openai, PROMPT_TOKENS
        )
    except NoModelError:
        return None
    decoder = Decoder(arguments.max_tokens, sampler_of(arguments), arguments.seed)
    return Model(backend, author, decoder)


def answered(found: Answer) -> list[str]:
    """Return an answer as lines of plain text, and who says it."""
    said_by = "rule" if found.by == "rule" else "the model"
    return [*found.lines, f"  by {said_by}: {found.because}"]


def remarks(found: Answer) -> list[str]:
    """Return what stands below an answer: who says otherwise, and what is doubtful."""
    lines = []
    if found.by == "rule" and found.model is not None:
        said = "; ".join(found.differs) or "agrees"
        lines.append(f"  {found.author}: {said}")
        if found.differs and not any(", ".join(found.model) in line for line in found.differs):
            lines.append(f"    it answered: {', '.join(found.model)}")
    lines += [f"  ! of the model's answer: {doubt}" for doubt in found.doubts]
    return lines + [f"  · {note}" for note in found.notes]
