"""The command `recipe-eval likelihood`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.writer import inside_existing


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    likelihood = commands.add_parser(
        "likelihood", help="how likely a model finds the held-out recipes, by kind of span"
    )
    likelihood.add_argument("run", type=Path, help="run folder with a merged model")
    likelihood.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    likelihood.add_argument("--limit", type=positive, help="only the first N test titles")
    command(likelihood, _likelihood, writes=inside_existing("run"))


def _likelihood(arguments: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from recipe_eval.comparing.formats import mean_text
    from recipe_eval.likelihood.measure import measure

    run: Path = arguments.run
    found = measure(run, arguments.data, arguments.limit)
    table = Table(title=f"{run.resolve().name}: gold recipes, nats a token (lower is better)")
    for heading in ("kind", "recipes", "nats a token", "perplexity"):
        table.add_column(heading, justify="left" if heading == "kind" else "right")
    for kind, mean in found.means().items():
        table.add_row(kind, str(mean.n), mean_text(mean), f"{math.exp(mean.mean):.2f}")
    Console().print(table)
    if found.too_long:
        print(f"{found.too_long} recipes are longer than the model's context and were left out")
