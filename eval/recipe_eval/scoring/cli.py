"""The command `recipe-eval score`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import names
from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_base.writer import inside_existing
from recipe_data.gold import GOLD_SETS, gold_sets
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.models import MINILM, QWEN


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    score = commands.add_parser("score", help="compare predictions with gold")
    score.add_argument("runs", type=Path, nargs="+", help="run folders with predictions.jsonl")
    score.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    score.add_argument(
        "--profile",
        type=names,
        default=("strict",),
        help=f"rules to score by, of {','.join(sorted(PROFILES))} (default: strict)",
    )
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
    command(score, _score, writes=inside_existing("runs"))


def _score(arguments: argparse.Namespace) -> None:
    from recipe_eval.scoring.score import Options, score
    from recipe_eval.scoring.summary import show_summary

    if (arguments.ner == "llm") != bool(arguments.endpoint):
        raise TopochefError("--ner llm and --endpoint SPEC belong together: give both or neither")
    if unknown := [name for name in arguments.profile if name not in PROFILES]:
        raise TopochefError(f"--profile {unknown[0]}: choose of {', '.join(sorted(PROFILES))}")
    options = Options(
        bertscore=None if arguments.bertscore == "none" else arguments.bertscore,
        embedding=arguments.embedding,
        endpoint=arguments.endpoint,
        gold_sets=arguments.gold_sets,
    )
    for run in arguments.runs:
        for profile in arguments.profile:
            of_profile = options._replace(profile=profile)
            show_summary(score(run, arguments.data, of_profile))
            for beside in (Run(run).greedy, Run(run).lists):
                if beside.predictions.there():
                    score(beside.folder, arguments.data, of_profile)
