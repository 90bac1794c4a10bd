"""What a training step costs on this CPU, by type, attention and adapters: `--help` for more.

    python tests/bench/training_step.py --model runs/smollm2-135m --data data/train.jsonl

Forward and backward of LoRA r 16 on all seven matrices under the composite loss, on real chat rows;
tokens are those of the rows, without padding, counted in every row. Of each way the fastest step
counts, and beside it stands what a square matrix product of its type reached just before: machines
have slow minutes. Arithmetic is counted for every token of every row, also where it is not done.
Last, topological against cross-entropy, both as the plugin trains them, by turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import torch
from machine import described, peak
from peft import LoraConfig, get_peft_model
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForSeq2Seq

from recipe_losses.args import RecipeLossConfig
from recipe_losses.collator import SpanCollator
from recipe_losses.cpu.adapters import fuse_adapters
from recipe_losses.cpu.precision import units_here
from recipe_losses.cpu.setup import fit_model
from recipe_losses.forward import attach_objective
from recipe_losses.hf import encode
from recipe_losses.views.estimate import Rows, Shape, estimate

MATRICES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
LOSS = {"tasks": {"default": {"cross_entropy": 0.6, "topological": 0.4}},
        "topological": {"spans": ["ingredient"], "cost_scale": "relative"}}  # fmt: skip
PLAIN = {"tasks": {"default": {"cross_entropy": 1.0}}}
RANK = 16
ROUNDS = 3
"""How often every batch is taken to compare two losses."""


class Variant(NamedTuple):
    """One way to run the same step."""

    dtype: torch.dtype
    attention: str = "sdpa"
    """As transformers names it."""
    fused: bool = False
    """Whether adapters run as one operation, or as PEFT writes them."""
    fitted: bool = False
    """Whether everything is done to the model that the plugin does on a CPU."""
    autocast: bool = False
    upper: int | None = None
    """Adapters on so many upper layers; None on all."""
    loss: Any = LOSS
    """None for the model's own, over whole logits."""

    @property
    def name(self) -> str:
        """Say what is special."""
        adapters = "one-piece adapters" if self.fused else "PEFT's adapters"
        way = ["as the plugin has it"] if self.fitted else [self.attention, adapters]
        parts = [str(self.dtype).removeprefix("torch."), *way]
        parts += ["autocast"] * self.autocast + [f"upper {self.upper}"] * bool(self.upper)
        parts += ["whole logits"] * (self.loss is None) + ["cross-entropy"] * (self.loss == PLAIN)
        return ", ".join(parts)


F32, BF16 = torch.float32, torch.bfloat16
VARIANTS = (
    Variant(F32, loss=None),
    Variant(F32),
    Variant(F32, "eager"),
    Variant(F32, fused=True),
    Variant(F32, fitted=True),
    Variant(F32, fitted=True, loss=PLAIN),
    Variant(F32, fitted=True, upper=15),
    Variant(F32, fitted=True, upper=8),
    Variant(BF16, loss=None),
    Variant(BF16, autocast=True),
    Variant(BF16),
    Variant(BF16, "eager"),
    Variant(BF16, "flex_attention"),
    Variant(BF16, fused=True),
    Variant(BF16, fitted=True, autocast=True),
    Variant(BF16, fitted=True),
    Variant(BF16, fitted=True, upper=15),
    Variant(BF16, fitted=True, upper=8),
)
"""In bfloat16 Axolotl by itself takes autocast, and the plugin what is fitted under it."""


class Problem(NamedTuple):
    """Batches of rows of like length."""

    model: Path
    batches: list[dict[str, torch.Tensor]]

    @classmethod
    def of(cls, model: Path, data: Path, count: int, size: int) -> Problem:
        """Take the rows from the middle of the lengths."""
        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        with data.open(encoding="utf-8") as lines:
            rows = [encode(json.loads(line), tokenizer) for line in islice(lines, 400)]
        rows.sort(key=lambda row: len(row["input_ids"]))
        start = max(0, (len(rows) - count * size) // 2)
        collate = SpanCollator(DataCollatorForSeq2Seq(tokenizer), needs_spans=True)
        chosen = [rows[start + i * size : start + (i + 1) * size] for i in range(count)]
        return cls(model, [collate(batch) for batch in chosen])

    def tokens(self) -> list[int]:
        """Count the tokens of each batch, without padding."""
        return [int(batch["attention_mask"].sum()) for batch in self.batches]


def prepared(folder: Path, variant: Variant) -> torch.nn.Module:
    """Load the model and put into it what the variant says."""
    torch.manual_seed(0)
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=variant.dtype, attn_implementation=variant.attention
    )
    layers = model.config.num_hidden_layers
    upper = None if variant.upper is None else list(range(layers - variant.upper, layers))
    lora = LoraConfig(
        r=RANK, lora_alpha=2 * RANK, target_modules=MATRICES, layers_to_transform=upper
    )
    model = get_peft_model(model, lora)
    if variant.loss is not None:
        attach_objective(model, RecipeLossConfig.model_validate(variant.loss).objective())
    if variant.fitted:
        fit_model(model)
    if variant.fused:
        fuse_adapters(model)
    trained: torch.nn.Module = model.train()
    return trained


class Step(NamedTuple):
    """What one step took."""

    forward: float
    """Seconds."""
    backward: float
    loss: float

    @property
    def seconds(self) -> float:
        """Forward and backward."""
        return self.forward + self.backward


def step(model: torch.nn.Module, batch: dict[str, torch.Tensor], variant: Variant) -> Step:
    """Run a batch forward and backward."""
    columns = ("input_ids", "attention_mask", "labels")
    given = batch if variant.loss is not None else {k: batch[k] for k in columns}
    start = time.perf_counter()
    with torch.autocast("cpu", BF16) if variant.autocast else nullcontext():
        loss = model(**given).loss
    middle = time.perf_counter()
    loss.backward()
    end = time.perf_counter()
    model.zero_grad()
    return Step(middle - start, end - middle, float(loss.detach()))


def measured(problem: Problem, variant: Variant) -> tuple[float, Step, float]:
    """Return tokens a second of the fastest step, that step, and the first loss."""
    model = prepared(problem.model, variant)
    # The first batch comes twice: what is set up in the first step does not count.
    first = step(model, problem.batches[0], variant)
    steps = [step(model, batch, variant) for batch in problem.batches]
    rates = [n / taken.seconds for n, taken in zip(problem.tokens(), steps, strict=True)]
    best = max(range(len(rates)), key=rates.__getitem__)
    return rates[best], steps[best], first.loss


def ratio(problem: Problem, dtype: torch.dtype) -> tuple[float, list[float]]:
    """Return the median, and each, of topological ÷ cross-entropy steps that follow each other."""
    both = [Variant(dtype, fitted=True, loss=loss) for loss in (LOSS, PLAIN)]
    models = [prepared(problem.model, variant) for variant in both]
    ratios = []
    for batch in [problem.batches[0], *(problem.batches * ROUNDS)]:
        topological, plain = (step(m, batch, v).seconds for m, v in zip(models, both, strict=True))
        ratios.append(topological / plain)
    return statistics.median(ratios[1:]), sorted(ratios[1:])


def flops_a_token(problem: Problem) -> float:
    """Count the operations of a token with adapters on all layers."""
    from transformers import AutoConfig

    labelled = sum(int((batch["labels"] != -100).sum()) for batch in problem.batches)
    rows = Rows(sum(len(b["labels"]) for b in problem.batches), sum(problem.tokens()), labelled)
    cfg = {"adapter": "lora", "lora_r": RANK, "lora_target_modules": MATRICES, "sequence_len": 1,
           "micro_batch_size": 1, "recipe_loss": LOSS}  # fmt: skip
    expected = estimate(cfg, Shape.of(AutoConfig.from_pretrained(problem.model)), rows)
    return expected.flops / expected.tokens


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=Path("runs/smollm2-135m"))
    parser.add_argument("--data", type=Path, default=Path("data/train.jsonl"))
    parser.add_argument("--batch", type=int, default=4, help="rows of a batch")
    parser.add_argument("--batches", type=int, default=3, help="measured batches of a variant")
    parser.add_argument("--only", default="", help="variants whose name contains this")
    given = parser.parse_args()
    needs = {given.model: "recipe-data base-model", given.data: "recipe-data build"}
    for needed, command in needs.items():
        if not needed.exists():
            print(f"{needed} does not exist: make it with `{command}`", file=sys.stderr)
            return 2
    problem = Problem.of(given.model, given.data, given.batches, given.batch)
    units = units_here()
    print(f"{described()}; units for bfloat16: {units or 'none, so float32 alone'}")
    table = Table(
        title=f"{given.batch} rows, {statistics.mean(problem.tokens()):.0f} tokens a step"
    )
    for heading in ("step", "tokens/s", "GFLOP/s", "of", "forward, s", "backward, s", "loss"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    each = flops_a_token(problem)
    console = Console(width=120)
    kinds = [F32, BF16] if units else [F32]
    for variant in VARIANTS:
        if given.only not in variant.name or variant.dtype not in kinds:
            continue
        top = peak(variant.dtype)
        try:
            rate, best, loss = measured(problem, variant)
        except (RuntimeError, ValueError, ImportError) as error:
            table.add_row(variant.name, "failed", "", "", "", "", str(error).splitlines()[0][:30])
            continue
        done = "" if variant.upper else f"{rate * each / 1e9:.0f}"
        numbers = (f"{top:.0f}", f"{best.forward:.2f}", f"{best.backward:.2f}", f"{loss:.4f}")
        table.add_row(variant.name, f"{rate:.0f}", done, *numbers)
        console.print(f"{variant.name}: {rate:.0f} tokens/s", highlight=False)
    console.print(table)
    for dtype in kinds if not given.only else []:
        median, each_of = ratio(problem, dtype)
        print(f"{dtype}, topological ÷ cross-entropy: {median:.3f}, {len(each_of)} pairs, "
              f"{each_of[0]:.3f} to {each_of[-1]:.3f}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
