"""`axolotl cost CONFIG…`: what runs will take, and what a run that is done took."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

import click
import yaml
from rich.console import Console
from rich.table import Table

from recipe_losses.views.cost import FILE, Cost
from recipe_losses.views.estimate import KNOWN, Estimate, Rows, Shape, estimate

GB = 1e9


class Device(NamedTuple):
    """What a device's data sheet says."""

    tflops: float
    """Dense bfloat16 peak."""
    gigabytes: float
    watts: float


DEVICES = {
    "rtx4090": Device(165.2, 24, 450),
    "a100": Device(312.0, 80, 400),
    "h100": Device(989.4, 80, 700),
}


@click.command("cost")
@click.argument("configs", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--rows", default=4000, show_default=True, help="Training rows.")
@click.option("--tokens", default=400, show_default=True, help="Tokens of a row.")
@click.option("--trained", default=300, show_default=True, help="Of these, with a label.")
@click.option("--device", type=click.Choice([*DEVICES]), default="a100", show_default=True)
@click.option(
    "--utilization", default=0.35, show_default=True, help="Share of the device's peak reached."
)
@click.option(
    "--tflops", type=float, help="A peak of your own, a CPU's say, instead of a data sheet."
)
@click.option("--exact", is_flag=True, help="Count the rows of the configs' own data instead.")
def cost(
    configs: tuple[str, ...],
    rows: int,
    tokens: int,
    trained: int,
    device: str,
    utilization: float,
    tflops: float | None,
    exact: bool,
) -> None:
    """Estimate steps, memory, hours and energy of runs on one device; measured runs stand below.

    A run that is done stands below its estimate where its `output_dir` is here; below the weights
    then is all that was held before the first step, on a CPU mostly Python itself.
    """
    sheet = Device(tflops, math.inf, 0.0) if tflops else DEVICES[device]
    named = f"{tflops:g} TFLOP/s" if tflops else device
    table = Table(title=f"{named}, {utilization:.0%} of its peak")
    headings = ("config", "parameters", "trained", "steps", "tokens", "TFLOP", "weights", "adapter",
                "activations", "working", "memory", "hours", "kWh")  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "config" else "right")
    for path in map(Path, configs):
        cfg = yaml.safe_load(path.read_text(encoding="utf-8"))
        guess = Rows(rows, rows * tokens, rows * trained)
        expected = estimate(cfg, shape_of(cfg["base_model"]), count(path) if exact else guess)
        table.add_row(path.stem, *_cells(expected, sheet, utilization))
        if (done := Path(cfg["output_dir"]) / FILE).is_file():
            took = Cost(**json.loads(done.read_text(encoding="utf-8")))
            table.add_row(f"  measured on {took.device}", *_measured(expected, took))
    Console(width=150).print(table)


def shape_of(base_model: str) -> Shape:
    """Return a model's shape: from its folder, from the table, or from the hub."""
    if base_model in KNOWN:
        return KNOWN[base_model]
    from transformers import AutoConfig

    return Shape.of(AutoConfig.from_pretrained(base_model))


def count(config: Path) -> Rows:
    """Tokenize a config's training data as training does, and count."""
    from recipe_losses.args import RecipeLossConfig
    from recipe_losses.data import checked_datasets
    from recipe_losses.hosts.axolotl import load_config

    cfg = load_config(str(config))
    meta = checked_datasets(cfg, RecipeLossConfig.model_validate(cfg.recipe_loss.to_dict()))
    labels = meta.train_dataset["labels"]
    return Rows(
        len(labels),
        sum(map(len, labels)),
        sum(label != -100 for row in labels for label in row),
    )


def _cells(expected: Estimate, device: Device, utilization: float) -> list[str]:
    hours = expected.hours(device.tflops, utilization)
    memory = expected.memory
    fits = "" if memory.total < device.gigabytes * GB else " too large"
    return [
        f"{expected.parameters / 1e9:.3f} B",
        f"{expected.trained_parameters / 1e6:.2f} M",
        f"{expected.steps:,}",
        f"{expected.tokens:,}",
        f"{expected.flops / 1e12:,.0f}",
        *(f"{part / GB:.2f}" for part in memory),
        f"{memory.total / GB:.2f} GB{fits}",
        f"{hours:.3f}" if hours < 1 else f"{hours:.2f}",
        f"{hours * device.watts / 1000:.2f}" if device.watts else "",
    ]


def _measured(expected: Estimate, took: Cost) -> list[str]:
    rate = expected.flops / took.seconds / 1e12 if took.seconds else 0.0
    held = f"{took.held_bytes / GB:.2f}" if took.held_bytes else ""
    return [
        "",
        "",
        f"{took.steps:,}",
        f"{took.tokens:,}",
        f"{rate:.3f}/s",
        held,
        *[""] * 3,
        f"{took.peak_bytes / GB:.2f} GB",
        f"{took.seconds / 3600:.3f}",
        "",
    ]
