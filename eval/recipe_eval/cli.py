"""`recipe-eval`: generate, score, compare, report, study."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_data.errors import TopochefError, run_cli
from recipe_data.sampling import add_sampler, sampler_of
from recipe_eval.arguments import positive
from recipe_eval.backends.choice import SPECS, Choice
from recipe_eval.likelihood.cli import add_parser as add_likelihood
from recipe_eval.metrics.models import MINILM, QWEN
from recipe_eval.opinions.cli import add_parsers as add_opinions
from recipe_eval.reporting.cli import add_parsers as add_reporting
from recipe_eval.retention.cli import add_parser as add_retention
from recipe_eval.study.cli import add_parser as add_study


def main(argv: list[str] | None = None) -> int:
    """Run `recipe-eval` and return its exit status."""
    arguments = _parser().parse_args(argv)
    return run_cli(lambda: arguments.command(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recipe-eval", description="Generate recipes, score them against gold, report."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    generate = commands.add_parser("generate", help="write a recipe for every test title")
    generate.add_argument("run", type=Path, help="run folder, such as runs/tiny-topo")
    generate.add_argument("--data", type=Path, default=Path("data"), help="folder of test.jsonl")
    generate.add_argument("--backend", default="llamacpp", help=f"who writes: {SPECS}")
    generate.add_argument("--gguf", type=Path, help="model file (default: the run's F16)")
    generate.add_argument("--limit", type=positive, help="only the first N test titles")
    generate.add_argument("--max-tokens", type=positive, default=512, help="most tokens a recipe")
    generate.add_argument(
        "--tries", type=positive, default=3, help="times to ask, each with a new seed, for a recipe"
    )
    generate.add_argument(
        "--parallel", type=positive, default=1, help="recipes in one batch, or requests at a time"
    )
    generate.add_argument("--threads", type=positive, help="threads of llama.cpp")
    add_sampler(generate)
    generate.set_defaults(command=_generate)

    score = commands.add_parser("score", help="compare predictions with gold")
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
        default=Path("../shared/data"),
        help="labelled recipes that the rules' quality is measured on, if they are there",
    )
    score.set_defaults(command=_score)

    add_reporting(commands, _profiles())
    add_retention(commands)
    add_opinions(commands)
    add_likelihood(commands)
    add_study(commands)
    return parser


def _profiles() -> list[str]:
    from recipe_eval.metrics import PROFILES

    return sorted(PROFILES)


def _generate(arguments: argparse.Namespace) -> None:
    from recipe_eval.generating.asking import Decoder
    from recipe_eval.generating.generate import already_generated, generate, inputs_of
    from recipe_eval.generating.requests import read_requests

    run: Path = arguments.run
    choice = Choice.of(arguments.backend, run, arguments.gguf)
    requests = read_requests(arguments.data, arguments.limit)
    decoder = Decoder(arguments.max_tokens, sampler_of(arguments), arguments.seed, arguments.tries)
    batch = arguments.parallel if choice.batches else 1
    inputs = inputs_of(choice.inputs(), arguments.data, decoder, arguments.limit, batch)
    if already_generated(run, inputs):
        print(f"{run}: already generated")
        return
    backend = choice.open(decoder.max_tokens + 512, arguments.threads, arguments.parallel)
    facts = generate(run, requests, backend, decoder, inputs, arguments.parallel)
    failed = sum(facts["failures"].values())
    reasons = "".join(f", {count} {reason}" for reason, count in facts["failures"].items())
    speed = facts["last_session"]["tokens_per_second"]
    pace = f" at {speed:.0f} tokens/s" if speed else ""
    notes = (("asked again", "asked_again"), ("rewound", "rewound"), ("repeat", "repeating"))
    more = "".join(f"; {facts[key]} {words}" for words, key in notes if facts[key])
    print(f"{run}: {facts['rows']} recipes{pace} ({facts['rows'] - failed} valid{reasons}{more})")


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
