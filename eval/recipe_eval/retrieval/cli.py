"""The command `recipe-eval retrieval`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.writer import nothing


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    retrieval = commands.add_parser(
        "retrieval", help="score what a cookbook finds for the test titles, beside floors"
    )
    retrieval.add_argument("data", type=Path, help="folder that `recipe-data build` wrote")
    retrieval.add_argument("--count", type=positive, default=3, help="recipes a title (default 3)")
    retrieval.add_argument("--limit", type=positive, help="only the first N test titles")
    command(retrieval, _retrieval, writes=nothing)


def _retrieval(arguments: argparse.Namespace) -> None:
    from recipe_base.console import results_table, table_console
    from recipe_eval.retrieval.measure import ALIKE, measure

    scored = measure(arguments.data, arguments.count, arguments.limit)
    table = results_table(
        ["found by", f"NDCG@{scored.at}", "95 %", f"recall@{scored.at}", "worth of first",
         "NDCG ahead of words"],
        f"{scored.titles:,} test titles, {scored.known:,} training recipes",
    )  # fmt: skip
    for one in scored.found:
        ahead = one.ahead
        table.add_row(
            one.system,
            f"{one.ndcg.mean:.3f}",
            f"{one.ndcg.low:.3f}–{one.ndcg.high:.3f}",
            f"{one.recall.mean:.3f}" if one.recall else "–",
            f"{one.worth.mean:.3f}",
            f"{ahead.mean:+.3f} ({ahead.low:+.3f} to {ahead.high:+.3f})" if ahead else "–",
        )
    console = table_console()
    console.print(table)
    console.print(
        "worth: F1 of foods with the title's own recipe, 0 to 1; recall: of recipes worth "
        f"{ALIKE} or more, which {scored.with_alike:,} of the titles have. random and words are "
        "floors.",
        style="dim", markup=False, highlight=False,
    )  # fmt: skip
