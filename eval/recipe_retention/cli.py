"""The command `recipe-eval retention`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import names, positive
from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.writer import inside_existing


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    retention = commands.add_parser(
        "retention", help="what tuning cost: benchmarks and perplexity, base against tuned"
    )
    retention.add_argument("run", type=Path, help="run folder with a merged model")
    retention.add_argument(
        "--tasks",
        type=names,
        default=(),
        metavar="NAMES",
        help="lm-eval tasks, as mmlu,hellaswag (default: these two, or all of --task-files)",
    )
    retention.add_argument(
        "--task-files",
        type=Path,
        metavar="FOLDER",
        help="lm-eval task files of your own; the data files they name are taken from there",
    )
    retention.add_argument("--base", metavar="MODEL", help="what was tuned (default: as recorded)")
    retention.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    retention.add_argument("--general", type=Path, metavar="FILE", help="text of no kitchen")
    retention.add_argument(
        "--domain", type=Path, metavar="FILE", help="text of kitchens (default: the test answers)"
    )
    retention.add_argument("--limit", type=positive, help="only the first N items of every task")
    retention.add_argument("--batch", type=positive, default=8, help="items at once (default 8)")
    command(retention, _retention, writes=inside_existing("run"))


def _retention(arguments: argparse.Namespace) -> int:
    from recipe_retention.tasks import require_library

    require_library()
    from recipe_retention.measure import measure
    from recipe_retention.models import models_of
    from recipe_retention.table import show
    from recipe_retention.tasks import load_benchmarks
    from recipe_retention.texts import Texts, answers_of, texts_of

    run: Path = arguments.run
    if not run.is_dir():
        raise TopochefError(f"{run} is not a folder: name a run such as runs/tiny-topo")
    general = texts_of("general", arguments.general) if arguments.general else None
    domain: Texts | None
    if arguments.domain:
        domain = texts_of("domain", arguments.domain)
    else:
        domain = answers_of(arguments.data)
    sides = models_of(run, arguments.base)
    benchmarks = load_benchmarks(arguments.tasks, arguments.task_files, arguments.limit)
    texts = [one for one in (general, domain) if one]
    found = measure(run, sides, benchmarks, texts, arguments.batch)
    show(run.resolve().name, found)
    for kind, one in (("General", general), ("Domain", domain)):
        if one is None:
            print(f"{kind} perplexity: not measured (name a text with --{kind.lower()} FILE)")
    return 1 if found.failed else 0
