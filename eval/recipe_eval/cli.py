"""`recipe-eval`: generate, tune-sampler, score, compare, report, study."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base import commands, writer
from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_data.gold import GOLD_SETS, gold_sets
from recipe_eval.generating.cli import add_parser as add_generate
from recipe_eval.likelihood.cli import add_parser as add_likelihood
from recipe_eval.metrics.models import MINILM, QWEN
from recipe_eval.opinions.cli import add_parsers as add_opinions
from recipe_eval.reporting.cli import add_parsers as add_reporting
from recipe_eval.retention.cli import add_parser as add_retention
from recipe_eval.study.cli import add_parser as add_study
from recipe_eval.tuning.cli import add_parser as add_tuning


def main(argv: list[str] | None = None) -> int:
    """Run `recipe-eval` and return its exit status."""
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recipe-eval", description="Generate recipes, score them against gold, report."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    add_generate(subparsers)
    add_tuning(subparsers)

    score = subparsers.add_parser("score", help="compare predictions with gold")
    score.add_argument("runs", type=Path, nargs="+", help="run folders with predictions.jsonl")
    score.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    score.add_argument("--profile", choices=_profiles(), default="strict", help="rules to score by")
    score.add_argument(
        "--bertscore",
        metavar="MODEL",
        default=MINILM,
        help=f"name or folder of its model, as roberta-large, or `none` (default: {MINILM})",
    )
    score.add_argument(
        "--embedding",
        metavar="MODEL",
        default=MINILM,
        help=f"what compares actions in the thesis profile, as {QWEN} (default: {MINILM})",
    )
    score.add_argument(
        "--ner", choices=["rules", "llm"], default="rules", help="what finds the entities"
    )
    score.add_argument(
        "--endpoint", metavar="SPEC", help="for --ner llm: ollama:NAME or openai:MODEL@URL"
    )
    score.add_argument(
        "--gold-sets",
        type=Path,
        default=gold_sets(),
        help=f"labelled recipes that the rules' quality is measured on (default: {GOLD_SETS})",
    )
    commands.command(score, _score, writes=writer.inside_existing("runs"))

    add_reporting(subparsers, _profiles())
    add_retention(subparsers)
    add_opinions(subparsers)
    add_likelihood(subparsers)
    add_study(subparsers)
    return parser


def _profiles() -> list[str]:
    from recipe_eval.metrics import PROFILES

    return sorted(PROFILES)


def _score(arguments: argparse.Namespace) -> None:
    from recipe_eval.reporting.summary import show_summary
    from recipe_eval.scoring.score import Options, score

    if (arguments.ner == "llm") != bool(arguments.endpoint):
        raise TopochefError("--ner llm and --endpoint SPEC belong together: give both or neither")
    options = Options(
        profile=arguments.profile,
        bertscore=None if arguments.bertscore == "none" else arguments.bertscore,
        embedding=arguments.embedding,
        endpoint=arguments.endpoint,
        gold_sets=arguments.gold_sets,
    )
    for run in arguments.runs:
        show_summary(score(run, arguments.data, options))
        if (greedy := Run(run).greedy).predictions.there():
            score(greedy.folder, arguments.data, options)
