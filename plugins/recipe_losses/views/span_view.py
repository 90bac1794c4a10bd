"""`axolotl span-view CONFIG`: the tokens of training rows, coloured as the losses see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from recipe_losses.codes import NONE, code

COLOURS = ("green", "magenta", "cyan", "yellow", "blue", "red", "bright_green", "bright_magenta")


@click.command("span-view")
@click.argument("config", type=click.Path(exists=True, dir_okay=False))
@click.option("--rows", default=3, show_default=True, help="How many rows of a batch to print.")
def span_view(config: str, rows: int) -> None:
    """Print training rows token by token, coloured by span kind; what is not trained on is dim."""
    from recipe_losses.args import RecipeLossConfig
    from recipe_losses.data import checked_datasets
    from recipe_losses.hosts.axolotl import load_config, load_tokenizer

    cfg = load_config(config)
    meta = checked_datasets(cfg, RecipeLossConfig.model_validate(cfg.recipe_loss.to_dict()))
    dataset, tokenizer = meta.train_dataset, load_tokenizer(cfg)
    kinds = {code(name): name for name in _kinds(cfg)}
    console = Console(highlight=False)
    legend = Text("spans:")
    for kind, name in kinds.items():
        legend.append(f" {name}", _style(kind, kinds))
    for examples in islice(_rows_of_batches(cfg, dataset), rows):
        lengths = [len(dataset[i]["input_ids"]) for i in examples]
        packed = f", {len(examples)} examples packed" if cfg.sample_packing else ""
        console.rule(f"{sum(lengths)} tokens{packed}")
        for example in examples:
            console.print(coloured(dataset[example], tokenizer, kinds))
    console.rule()
    console.print(legend)


def _rows_of_batches(cfg: Any, dataset: Any) -> Iterator[list[int]]:
    """Yield the examples in each row of a batch; packed, as from an unshuffled dataset."""
    if not cfg.sample_packing:
        yield from ([i] for i in range(len(dataset)))
        return
    from recipe_losses.hosts.axolotl import packed_rows

    yield from packed_rows(cfg, dataset)


def coloured(row: dict[str, Any], tokenizer: Any, kinds: dict[int, str]) -> Text:
    """Lay out one row: a token a background, spans in their colours, masked tokens dim.

    Tokens are decoded one by one: bytes of a character that is split over tokens show as `\\ufffd`.
    """
    text = Text()
    span_kinds = row.get("span_kind") or [NONE] * len(row["input_ids"])
    for token, label, kind in zip(row["input_ids"], row["labels"], span_kinds, strict=True):
        style = _style(kind, kinds) if kind else "default"
        text.append(tokenizer.decode([token]), f"dim {style}" if label == -100 else style)
    return text


def _style(kind: int, kinds: dict[int, str]) -> str:
    order = [*kinds]
    return f"bold {COLOURS[order.index(kind) % len(COLOURS)]}" if kind in kinds else "reverse"


def _kinds(cfg: Any) -> list[str]:
    """Return the span kinds of the config's local data files, in order of appearance."""
    found: dict[str, None] = {}
    for entry in cfg.datasets:
        if Path(entry["path"]).is_file():
            with Path(entry["path"]).open(encoding="utf-8") as lines:
                for line in lines:
                    found |= dict.fromkeys(s["kind"] for s in json.loads(line).get("spans", []))
    return [*found]
