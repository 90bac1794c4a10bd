"""The commands `recipe-eval report` and `recipe-eval compare`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.writer import beside
from recipe_eval.comparing.floors import NO_FLOORS, floor_folders
from recipe_eval.metrics import PROFILES


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to those of `recipe-eval`."""
    profiles = sorted(PROFILES)
    report = commands.add_parser("report", help="put scored runs on one page")
    report.add_argument("--output", type=Path, default=Path("runs/report.html"), help="HTML file")
    report.add_argument("--samples", type=positive, default=6, help="recipes in the gallery")
    report.add_argument(
        "--profile", choices=profiles, help="only this one (default: all that runs are scored by)"
    )
    command(report, _report, writes=beside("output"))

    compare = commands.add_parser("compare", help="test every configuration against a baseline")
    compare.add_argument("--output", type=Path, help="CSV file of all numbers, with .md beside it")
    compare.add_argument(
        "--profile", choices=profiles, default="strict", help="as scored by (default: strict)"
    )
    command(compare, _compare, writes=beside("output"))

    for each in (report, compare):
        each.add_argument(
            "runs", type=Path, nargs="+", help="scored run folders; NAME-seed1, … are one row"
        )
        each.add_argument(
            "--floors",
            metavar="DIR",
            help=f"of floors to show, or `{NO_FLOORS}` (default: `floors` beside the first run)",
        )
        each.add_argument(
            "--study", type=Path, help="folder of a study that measured the noise of training"
        )
        each.add_argument("--baseline", help="what to compare with (default: the first tuned one)")


def _report(arguments: argparse.Namespace) -> None:
    from recipe_eval.reporting.report import write_report
    from recipe_eval.reporting.terminal import show_comparison

    profiles = [arguments.profile] if arguments.profile else []
    output: Path = arguments.output
    runs = [*arguments.runs, *floor_folders(arguments.runs, arguments.floors)]
    comparisons = write_report(
        runs, output, arguments.baseline, arguments.samples, profiles, arguments.study
    )
    for comparison in comparisons:
        show_comparison(comparison, tests=False)
    print(f"Report: {output} (and .md, .csv)")


def _compare(arguments: argparse.Namespace) -> None:
    from recipe_base.files import write_text
    from recipe_eval.comparing.comparison import compare
    from recipe_eval.questions.comparison import compare_answers
    from recipe_eval.questions.table import show_answers
    from recipe_eval.reporting.csv_rows import comma_separated
    from recipe_eval.reporting.report import comparison_markdown, load_runs
    from recipe_eval.reporting.terminal import show_comparison

    output: Path | None = arguments.output
    if output and output.suffix != ".csv":
        raise TopochefError(f"--output {output}: name a .csv file; the .md is written beside it")
    runs = [*arguments.runs, *floor_folders(arguments.runs, arguments.floors)]
    loaded = [load_runs(runs, arguments.profile)]
    comparisons = compare(loaded, arguments.baseline, arguments.study)
    show_comparison(comparisons[0])
    answers = compare_answers(arguments.runs, arguments.baseline)
    if answers:
        show_answers(answers)
    if output:
        tables = [*comparisons, *([answers.comparison] if answers else [])]
        write_text(output.with_suffix(".md"), comparison_markdown(comparisons, answers))
        write_text(output, comma_separated(tables))
        print(f"Numbers: {output} (and .md)")
