"""`recipe-data`: the demo corpus, the build, the tiny model and the measured parsers."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from recipe_data.errors import TopochefError, run_cli
from recipe_data.files import is_done, read_jsonl, read_manifest, update_manifest

if TYPE_CHECKING:
    from recipe_data.converters import Converter
    from recipe_data.endpoints import Endpoint

CORPUS_STAGE = "demo-corpus"
CORPUS_FILES = ("corpus.csv", "corpus.gold.jsonl")


def main(argv: list[str] | None = None) -> int:
    """Run one `recipe-data` command; return its exit status."""
    arguments = _parser().parse_args(argv)
    return run_cli(lambda: arguments.command(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recipe-data", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    corpus = commands.add_parser("demo-corpus", help="compose the project's own corpus")
    corpus.add_argument("--output", type=Path, required=True, help="folder for corpus.csv")
    corpus.add_argument("--rows", type=_positive, default=1800)
    corpus.add_argument("--seed", type=int, default=7)
    corpus.set_defaults(command=_demo_corpus)

    build = commands.add_parser("build", help="turn a source of recipes into chat rows")
    build.add_argument(
        "source",
        help=".csv (RecipeNLG's form), .jsonl, .json, .jsonld or .html, also .gz; .parquet; "
        "a folder of web pages; or hf:owner/name[:split]",
    )
    build.add_argument("--output", type=Path, required=True, help="folder for the results")
    build.add_argument(
        "--dishes", default="all", help="pasta, rice, sandwich, comma-separated; or all (default)"
    )
    build.add_argument(
        "--title", metavar="REGEX", help="only titles that match, whatever the case: 'curry|dal'"
    )
    build.add_argument("--limit", type=_positive, help="draw this many of the chosen rows")
    build.add_argument("--seed", type=int, default=7, help="of the draw and the splits (default 7)")
    build.add_argument("--test", type=_positive, help="rows of the test split (default: 5 %%)")
    build.add_argument(
        "--tasks",
        default="recipe",
        help="recipe (by title, the default), variants (recipes by ingredients or diet), "
        "missing_ingredient, substitution, scaling, quantity, time, temperature; or all",
    )
    build.add_argument(
        "--workers",
        type=_positive,
        default=1,
        help="processes, or requests at a time with --converter llm (default 1)",
    )
    build.add_argument(
        "--converter",
        choices=("rules", "llm"),
        default="rules",
        help="what reads amounts, actions, times and temperatures: our own rules (default), or a "
        "language model that is checked against them",
    )
    build.add_argument(
        "--endpoint",
        metavar="SPEC",
        help="for --converter llm: ollama:NAME, or openai:MODEL@http://host:port/v1",
    )
    build.add_argument(
        "--cache",
        type=Path,
        metavar="FILE",
        help="remembers the answers (default: answers.sqlite beside the output folder)",
    )
    build.set_defaults(command=_build)

    report = commands.add_parser("report", help="describe a build as one HTML page")
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
        type=_positive,
        default=[512, 1024, 2048],
        metavar="N",
        help="tell how many rows are longer (default: 512 1024 2048)",
    )
    report.set_defaults(command=_report)

    tiny = commands.add_parser("tiny-model", help="grow a tokenizer and an untrained tiny model")
    tiny.add_argument("--data", type=Path, required=True, help="folder that `build` wrote")
    tiny.add_argument("--output", type=Path, required=True, help="folder for the model")
    tiny.add_argument("--vocab-size", type=_positive, default=2048)
    tiny.set_defaults(command=_tiny_model)

    gold = commands.add_parser("gold", help="measure the parsers on labelled data")
    gold.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data"))
    gold.set_defaults(command=_gold)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


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
    from recipe_data.tasks.rows import parse_tasks

    options = Options(
        dishes=parse_dishes(arguments.dishes),
        limit=arguments.limit,
        seed=arguments.seed,
        test_rows=arguments.test,
        tasks=parse_tasks(arguments.tasks),
        title=arguments.title,
        converter=_converter(arguments),
    )
    before = read_manifest(arguments.output).get(STAGE)
    start = time.perf_counter()
    facts = build(arguments.source, arguments.output, options, arguments.workers)
    seconds = time.perf_counter() - start
    state = "already built" if before == facts else f"built in {seconds:.1f} s"
    print(f"{facts['inputs']['source']} → {arguments.output}: {state}")
    _print_facts(facts)


def _converter(arguments: argparse.Namespace) -> Converter:
    from recipe_data.converters import RULES

    if arguments.converter == "rules":
        if arguments.endpoint or arguments.cache:
            raise TopochefError("--endpoint and --cache serve --converter llm alone: add it")
        return RULES
    if not arguments.endpoint:
        raise TopochefError(
            "--converter llm needs --endpoint, as in ollama:qwen3:4b or "
            "openai:MODEL@http://localhost:8000/v1"
        )
    from recipe_data.converters.llm import LanguageModel

    return LanguageModel(_remembering(arguments.endpoint, arguments))


def _remembering(spec: str, arguments: argparse.Namespace) -> Endpoint:
    from recipe_data.endpoints import endpoint
    from recipe_data.endpoints.cache import DEFAULT_NAME, Cached

    path = arguments.cache or arguments.output.absolute().parent / DEFAULT_NAME
    return Cached(endpoint(spec), path)


def _print_facts(facts: dict[str, Any]) -> None:
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    rows = facts["rows"]
    table.add_row("rows read", f"{rows['read']:,}")
    table.add_row("[bold]kept[/bold]", f"[bold]{rows['kept']:,}[/bold]")
    for reason, count in sorted(rows["rejected"].items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"rejected: {reason}", f"{count:,}")
    table.add_section()
    for split, count in facts["splits"].items():
        table.add_row(split, f"{count:,}")
    if "tasks" in facts["inputs"]:
        table.add_section()
        for task in sorted({task for counts in facts["tasks"].values() for task in counts}):
            counts = [facts["tasks"][split].get(task, 0) for split in facts["splits"]]
            table.add_row(f"{task}, by split", " / ".join(f"{count:,}" for count in counts))
    overlap = facts["largest_title_overlap"]
    table.add_section()
    table.add_row("groups of alike recipes", f"{facts['groups']:,}")
    table.add_row("largest group", f"{facts['largest_group']['recipes']:,}")
    table.add_row("largest title overlap, test to train", f"{overlap['similarity']:.2f}")
    similarity = facts["largest_similarity"]["similarity"]
    table.add_row("largest similarity with ingredients", f"{similarity:.2f}")
    table.add_row("recipes that state servings", f"{facts['with_servings']:,}")
    table.add_row("headers, notes and credits dropped", f"{facts['dropped_lines']:,}")
    if conversion := facts.get("conversion"):
        table.add_section()
        table.add_row("lines and steps that a model read", f"{conversion['checked_texts']:,}")
        for field, count in conversion["disagreements"].items():
            table.add_row(f"unlike the rules: {field}", f"{count:,}")
        for reason, count in conversion["fallbacks"].items():
            table.add_row(f"left to the rules: {reason}", f"{count:,}")
    Console().print(table)


def _report(arguments: argparse.Namespace) -> None:
    from recipe_data.reporting.report import write_report

    output: Path = arguments.output
    write_report(arguments.data, output, arguments.tokenizer, arguments.sequence_len)
    print(f"{output}, and {output.with_suffix('.md').name} beside it")


def _tiny_model(arguments: argparse.Namespace) -> None:
    data: Path = arguments.data
    if "build" not in read_manifest(data):
        raise TopochefError(
            f"{data} holds no build: run `recipe-data build SOURCE --output {data}`"
        )
    from recipe_data.tiny import grow_tiny_model

    facts = grow_tiny_model(_texts(data), arguments.output, vocab_size=arguments.vocab_size)
    print(
        f"{arguments.output}: {facts['parameters'] / 1e6:.1f} million parameters, "
        f"{facts['vocab_size']} tokens"
    )


def _texts(data: Path) -> Iterator[str]:
    """Yield what the tiny model will read: pretraining texts and every message of training."""
    made_by = f"recipe-data build SOURCE --output {data}"
    for row in read_jsonl(data / "pretrain.jsonl", made_by):
        yield row["text"]
    for row in read_jsonl(data / "train.jsonl", made_by):
        yield from (message["content"] for message in row["messages"])


def _gold(arguments: argparse.Namespace) -> int:
    from recipe_data.gold.measure import main as measure

    return measure([str(arguments.folder)])
