"""The commands `recipe-eval judge`, `rating-sheet` and `agree`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.writer import beside, inside_existing, nothing

if TYPE_CHECKING:
    from recipe_judges.judge import Options


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `recipe-eval`."""
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    data.add_argument("--seed", type=int, default=0, help="draws titles (default 0)")
    _add_judge(commands, data)
    _add_sheet(commands, data)
    agree = commands.add_parser("agree", help="how far people who rated recipes agree")
    agree.add_argument(
        "ratings", type=Path, nargs="+", help="CSV files with item, rater, criterion, rating"
    )
    command(agree, _agree, writes=nothing)


def _add_judge(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], data: argparse.ArgumentParser
) -> None:
    judge = commands.add_parser(
        "judge",
        parents=[data],
        help="judge recipes, alone or in pairs",
    )
    judge.add_argument("run", type=Path, help="run folder with predictions.jsonl")
    judge.add_argument("against", type=Path, nargs="?", help="another: judge title by title")
    who = judge.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--endpoint", metavar="SPEC", help="ollama:NAME, or openai:MODEL@http://host:port/v1"
    )
    who.add_argument(
        "--judge", choices=["local"], help="no server: nearness to gold, and fewer warnings"
    )
    judge.add_argument("--titles", type=positive, metavar="N", help="only N titles, drawn by seed")
    judge.add_argument("--parallel", type=positive, default=1, help="questions at a time")
    judge.add_argument(
        "--pairs", type=Path, metavar="FILE", help="write what was preferred, for DPO (JSONL)"
    )
    command(judge, _judge, writes=inside_existing("run"))


def _add_sheet(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], data: argparse.ArgumentParser
) -> None:
    sheet = commands.add_parser(
        "rating-sheet", parents=[data], help="a blind, shuffled sheet for people who rate recipes"
    )
    sheet.add_argument("runs", type=Path, nargs="+", help="run folders with predictions.jsonl")
    sheet.add_argument("--titles", type=positive, default=20, metavar="N", help="(default 20)")
    sheet.add_argument(
        "--output", type=Path, required=True, help="CSV or HTML file; its key stands beside"
    )
    command(sheet, _sheet, writes=beside("output"))


def _judge(arguments: argparse.Namespace) -> None:
    from recipe_judges.judge import Options, judge_pair, judge_run
    from recipe_judges.verdict_table import pair_lines, show_points

    run: Path = arguments.run
    other: Path | None = arguments.against
    if arguments.judge:
        _cross_check(arguments)
        return
    options = Options(arguments.endpoint, arguments.titles, arguments.seed, arguments.parallel)
    if other is None:
        if arguments.pairs:
            raise TopochefError("--pairs needs two runs: name the one to judge against")
        show_points(run.resolve().name, judge_run(run, arguments.data, options))
        return
    verdicts = judge_pair(run, other, arguments.data, options)
    for line in pair_lines(run.resolve().name, other.resolve().name, verdicts):
        print(line)
    if arguments.pairs:
        _write_pairs(arguments, other, options, verdicts.path)


def _cross_check(arguments: argparse.Namespace) -> None:
    from recipe_judges.judge import Options, pairs_of
    from recipe_judges.local import cross_check, show_crossed

    run: Path = arguments.run
    other: Path | None = arguments.against
    if other is None or arguments.pairs:
        raise TopochefError(
            "--judge local compares two runs and writes no --pairs: name the one to judge against"
        )
    options = Options("", arguments.titles, arguments.seed)
    crossed = cross_check(run, other, pairs_of(run, other, arguments.data, options))
    show_crossed(run.resolve().name, other.resolve().name, crossed)


def _write_pairs(
    arguments: argparse.Namespace, other: Path, options: Options, judgements: Path
) -> None:
    from recipe_base.files import write_jsonl
    from recipe_judges.judge import pairs_of, read_judgements
    from recipe_judges.preferences import preference_rows

    pairs = pairs_of(arguments.run, other, arguments.data, options)
    rows = list(preference_rows(pairs, read_judgements(judgements)))
    if not rows:
        raise TopochefError(
            f"{judgements}: nothing was preferred in both orders, so there is nothing to learn: "
            "judge more titles, or runs that differ more"
        )
    write_jsonl(arguments.pairs, rows)
    print(f"{arguments.pairs}: {len(rows)} pairs of {len(pairs)} titles")
    print(f"Do not evaluate on {arguments.data} what was trained on them: its titles are in there")


def _sheet(arguments: argparse.Namespace) -> None:
    from recipe_judges.sheet import write_sheet

    key, recipes = write_sheet(
        arguments.runs, arguments.data, arguments.titles, arguments.seed, arguments.output
    )
    print(f"{arguments.output}: {recipes} recipes, for each rater to fill in")
    print(f"{key}: which recipe is whose; keep it from the raters")
    print("Then: recipe-eval agree, with the CSV files of all raters, each named after its rater")


def _agree(arguments: argparse.Namespace) -> None:
    from recipe_judges.agree_table import show_agreement
    from recipe_judges.agreement import agreement
    from recipe_judges.ratings import read_ratings

    show_agreement([agreement(ratings) for ratings in read_ratings(arguments.ratings)])
