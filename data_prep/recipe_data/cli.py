"""`recipe-data`: the demo corpus, the build, base models and the measured parsers."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from recipe_base import commands, writer
from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.datasets import AMOUNT_FIRST, DataFolder, Lines
from recipe_base.errors import TopochefError
from recipe_base.files import is_done, read_manifest, update_manifest
from recipe_data.base_model import MODELS, import_base_model
from recipe_data.cookbook.cli import add_parser as add_index
from recipe_data.endpoint_arguments import (
    add_converter,
    add_endpoint,
    converter,
    remembering_endpoint,
)
from recipe_data.gold import GOLD_SETS, gold_sets
from recipe_data.rows_cli import add_parsers as add_rows

if TYPE_CHECKING:
    from recipe_data.tasks.task import Question

CORPUS_STAGE = "demo-corpus"
CORPUS_FILES = ("corpus.csv", "corpus.gold.jsonl")


def main(argv: list[str] | None = None) -> int:
    """Run one `recipe-data` command; return its exit status."""
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    from recipe_data.building.sources import kinds

    parser = argparse.ArgumentParser(prog="recipe-data", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    corpus = subparsers.add_parser("demo-corpus", help="compose the project's own corpus")
    corpus.add_argument("--output", type=Path, required=True, help="folder for corpus.csv")
    corpus.add_argument("--rows", type=positive, default=1800)
    corpus.add_argument("--seed", type=int, default=7)
    command(corpus, _demo_corpus, writes=writer.inside("output"))

    build = subparsers.add_parser("build", help="turn a source of recipes into chat rows")
    build.add_argument(
        "source",
        help=f"{kinds()}; what is read of each: docs/own-data.md",
    )
    build.add_argument("--output", type=Path, required=True, help="folder for the results")
    build.add_argument(
        "--dishes", default="all", help="pasta, rice, sandwich, comma-separated; or all (default)"
    )
    build.add_argument(
        "--title", metavar="REGEX", help="only titles that match, whatever the case: 'curry|dal'"
    )
    build.add_argument("--limit", type=positive, help="draw this many of the chosen rows")
    build.add_argument("--seed", type=int, default=7, help="of the draw and the splits (default 7)")
    build.add_argument("--test", type=positive, help="rows of the test split (default: 5 %%)")
    build.add_argument(
        "--pretrain-others",
        type=positive,
        default=0,
        metavar="N",
        help="draw N rows of other dishes too, for pretrain.jsonl alone",
    )
    build.add_argument(
        "--tasks",
        default="recipe",
        help="recipe (by title, the default), variants (recipes by ingredients or diet), and short "
        "questions: time, scaling, … (a wrong name lists them); or all",
    )
    build.add_argument(
        "--workers",
        type=positive,
        default=1,
        help="processes, or requests at a time with --converter llm (default 1)",
    )
    build.add_argument(
        "--questions",
        type=Path,
        metavar="FILE",
        help="adds the questions that a person approved in a file of `augment`",
    )
    build.add_argument(
        "--shuffle", action="store_true",
        help="write rows in an order drawn by --seed: the first N are then a sample "
        "(rows of --consensus stay in front, questions by hand and --pretrain-others behind)",
    )  # fmt: skip
    build.add_argument(
        "--consensus",
        type=positive,
        default=0,
        metavar="K",
        help="adds, for each training title, the list that its K nearest training titles vote for",
    )
    build.add_argument(
        "--lines",
        choices=get_args(Lines),
        default=AMOUNT_FIRST,
        help="what lines of answers begin with: `200 g rice` (amount-first, the default), or "
        "`rice, 200 g`, so that a model decides the food before its amount",
    )
    build.add_argument(
        "--ground",
        type=positive,
        default=0,
        metavar="K",
        help="puts the K nearest training recipes into the prompts of recipes by title: of all of "
        "validation and test, of every other one of training",
    )
    add_converter(build)
    command(build, _build, writes=writer.inside("output"))

    add_index(subparsers)

    augment = subparsers.add_parser("augment", help="have a language model propose more questions")
    augment.add_argument("data", type=Path, help="folder that `build` wrote: dishes to ask about")
    augment.add_argument("--per-kind", type=positive, required=True, metavar="N")
    augment.add_argument("--output", type=Path, required=True, help="the .yaml file to review")
    augment.add_argument("--seed", type=int, default=7, help="of the dishes drawn (default 7)")
    augment.add_argument(
        "--workers", type=positive, default=1, help="requests at a time (default 1)"
    )
    add_endpoint(augment, required=True)
    command(augment, _augment, writes=writer.beside("output"))

    add_rows(subparsers)

    report = subparsers.add_parser("report", help="describe a build as one HTML page")
    report.add_argument("data", type=Path, help="folder that `build` wrote")
    report.add_argument("--output", type=Path, required=True, help="the .html file")
    report.add_argument(
        "--tokenizer",
        nargs="+",
        default=[],
        metavar="NAME_OR_PATH",
        help="count lengths in its tokens (default: runs/tiny-init if there, else characters)",
    )
    report.add_argument(
        "--sequence-len",
        nargs="+",
        type=positive,
        default=[512, 1024, 2048],
        metavar="N",
        help="tell how many rows are longer (default: 512 1024 2048)",
    )
    command(report, _report, writes=writer.beside("output"))

    tiny = subparsers.add_parser("tiny-model", help="grow a tokenizer and an untrained tiny model")
    tiny.add_argument("--data", type=Path, required=True, help="folder that `build` wrote")
    tiny.add_argument("--output", type=Path, required=True, help="folder for the model")
    tiny.add_argument("--vocab-size", type=positive, default=2048)
    command(tiny, _tiny_model, writes=writer.beside("output"))

    base = subparsers.add_parser("base-model", help="import a pretrained model from its package")
    base.add_argument("name", metavar="NAME", help=f"one of: {', '.join(MODELS)}")
    base.add_argument("--output", type=Path, required=True, help="folder for the model")
    command(base, _base_model, writes=writer.nothing)  # `recipe-export import` locks

    gold = subparsers.add_parser("gold", help="measure the parsers on labelled data")
    gold.add_argument(
        "folder", type=Path, nargs="?", default=gold_sets(), help=f"(default: {GOLD_SETS})"
    )
    command(gold, _gold, writes=writer.nothing)
    return parser


def _demo_corpus(arguments: argparse.Namespace) -> None:
    from recipe_data.demo.compose import write_corpus

    output: Path = arguments.output
    inputs = {"rows": arguments.rows, "seed": arguments.seed}
    csv_path, gold_path = (output / name for name in CORPUS_FILES)
    if is_done(output, CORPUS_STAGE, inputs) and csv_path.is_file() and gold_path.is_file():
        print(f"{csv_path} is there already: nothing to do")
        return
    facts = write_corpus(csv_path, gold_path, arguments.rows, arguments.seed)
    update_manifest(output, CORPUS_STAGE, {"inputs": inputs, **facts})
    print(f"{csv_path}: {arguments.rows} rows, {gold_path.name} beside it")


def _build(arguments: argparse.Namespace) -> None:
    from recipe_data.building.build import STAGE, Options, build
    from recipe_data.building.selection import parse_dishes
    from recipe_data.building.summary import print_facts
    from recipe_data.tasks.registry import parse_tasks

    options = Options(
        dishes=parse_dishes(arguments.dishes),
        limit=arguments.limit,
        seed=arguments.seed,
        test_rows=arguments.test,
        tasks=parse_tasks(arguments.tasks),
        title=arguments.title,
        converter=converter(arguments),
        questions=_approved(arguments),
        others=arguments.pretrain_others,
        consensus=arguments.consensus,
        lines=arguments.lines,
        ground=arguments.ground,
        shuffle=arguments.shuffle,
    )
    before = read_manifest(arguments.output).get(STAGE)
    start = time.perf_counter()
    facts = build(arguments.source, arguments.output, options, arguments.workers)
    seconds = time.perf_counter() - start
    state = "already built" if before == facts else f"built in {seconds:.1f} s"
    print(f"{facts['inputs']['source']} → {arguments.output}: {state}")
    print_facts(facts)


def _approved(arguments: argparse.Namespace) -> tuple[Question, ...]:
    if arguments.questions is None:
        return ()
    from recipe_data.augmenting.review import read_review

    return read_review(arguments.questions)


def _augment(arguments: argparse.Namespace) -> None:
    from recipe_data.augmenting.command import augment

    endpoint = remembering_endpoint(arguments)
    augment(
        arguments.data,
        arguments.output,
        endpoint,
        arguments.per_kind,
        seed=arguments.seed,
        workers=arguments.workers,
    )


def _report(arguments: argparse.Namespace) -> None:
    from recipe_data.reporting.report import write_report

    output: Path = arguments.output
    write_report(arguments.data, output, arguments.tokenizer, arguments.sequence_len)
    print(f"{output}, and {output.with_suffix('.md').name} beside it")


def _tiny_model(arguments: argparse.Namespace) -> None:
    data: Path = arguments.data
    if "build" not in read_manifest(data):
        raise TopochefError(f"{data} holds no build: run `{DataFolder(data).made_by}`")
    from recipe_data.tiny import grow_tiny_model

    facts = grow_tiny_model(_texts(data), arguments.output, vocab_size=arguments.vocab_size)
    print(
        f"{arguments.output}: {facts['parameters'] / 1e6:.1f} million parameters, "
        f"{facts['vocab_size']} tokens"
    )


def _texts(data: Path) -> Iterator[str]:
    """Yield what the tiny model will read: pretraining texts and every message of training."""
    for row in DataFolder(data).pretrain.read():
        yield row["text"]
    for row in DataFolder(data).train.read():
        yield from (message["content"] for message in row["messages"])


def _base_model(arguments: argparse.Namespace) -> int:
    return import_base_model(arguments.name, arguments.output)


def _gold(arguments: argparse.Namespace) -> None:
    from recipe_data.gold.measure import measure_gold

    if arguments.folder is None:
        raise TopochefError(f"name the folder of the gold sets, or set {GOLD_SETS} to it")
    for name, score in measure_gold(arguments.folder).items():
        print(f"{name:18} {score:.0f}" if isinstance(score, float) else f"{name:18} {score}")
