"""The options that every command of trainings shares, and what they say as `Settings`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recipe_base.arguments import positive
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_eval.metrics.models import MINILM
from recipe_study.plan import Settings


def add_settings(parser: argparse.ArgumentParser, model: str, parallel: int) -> None:
    """Add where things lie, and how test recipes are written; `model` and `parallel` by default."""
    configs = Path("axolotl_configs")
    parser.add_argument("--model", default=model, help="how its config files begin: qwen3-4b")
    parser.add_argument("--configs", type=Path, default=configs, help="their folder")
    parser.add_argument("--folder", type=Path, default=Path(), help="where data/ is and runs/ go")
    parser.add_argument("--recipes", type=positive, default=1000, help="most test recipes a run")
    parser.add_argument("--max-tokens", type=positive, default=512, help="most tokens a recipe")
    parser.add_argument("--tries", type=positive, default=3, help="times to ask for a test recipe")
    parser.add_argument("--parallel", type=positive, default=parallel, help="recipes in one batch")
    parser.add_argument("--bertscore", default=MINILM, help="its model, or `none`, saving time")
    add_sampler(parser, seed=False)


def data_of(arguments: argparse.Namespace) -> DataFolder:
    """Return the data of the folder; raises `TopochefError` where there are none."""
    data = DataFolder(arguments.folder / "data")
    if not data.train.there():
        raise TopochefError(f"{data.folder} holds no data: run `{data.made_by}` first")
    return data


def settings_of(arguments: argparse.Namespace, seeds: tuple[int, ...], **more: Any) -> Settings:
    """Return what the shared options say; `more` are the fields that a command has of its own."""
    return Settings(
        model=arguments.model,
        seeds=seeds,
        configs=arguments.configs.resolve(),
        data=Path("data"),
        recipes=arguments.recipes,
        max_tokens=arguments.max_tokens,
        tries=arguments.tries,
        parallel=arguments.parallel,
        sampler=sampler_of(arguments),
        bertscore=arguments.bertscore,
        **more,
    )
