"""Whole training steps on one GPU, by the loss that they minimise: `make bench-gpu`.

The model has the shape of Qwen3-4B with random weights, in bfloat16, and a LoRA adapter; a step is
forward, backward and AdamW. Times are medians of interleaved steps. The memory of a loss is the
peak of its forward and backward to the hidden states, above what is held before it starts.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from losses import KIND, OBJECTIVES, YARDSTICK, median_seconds
from machine import machine
from rich.console import Console
from rich.table import Table
from torch import Tensor

from recipe_losses.forward import attach_objective, causal_model
from recipe_losses.losses import Marks, composite_loss, count_items, embedding_scale
from recipe_losses.losses.marks import PADDING

LIGER = "Liger's fused linear CE"
QWEN3_4B = {"hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36,
            "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
            "vocab_size": 151_936}  # fmt: skip
TOY = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
       "vocab_size": 997}  # fmt: skip
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Figures(NamedTuple):
    """What is measured of a variant; no memory on a CPU."""

    loss: float
    """Value before the first step: the same for all that compute plain cross-entropy."""
    seconds: float
    step_gb: float | None
    """Peak of a whole step, model included."""
    loss_gb: float | None
    """Peak of the loss alone, above what is held before it starts."""


class Training:
    """A model and a batch: 70 % of the tokens are trained on, 35 % are ingredients."""

    def __init__(self, shape: dict[str, int], tokens: int, device: torch.device) -> None:
        # Imported late: Triton settles at its first import whether it interprets its kernels.
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, Qwen3Config

        torch.manual_seed(0)
        self.device = device
        config = Qwen3Config(**shape, tie_word_embeddings=True, use_cache=False)
        settings: dict[str, Any] = {"dtype": torch.bfloat16, "attn_implementation": "sdpa"}
        with device:
            model = AutoModelForCausalLM.from_config(config, **settings)
        model.gradient_checkpointing_enable({"use_reentrant": False})
        adapter = LoraConfig(r=16, lora_alpha=32, target_modules=PROJECTIONS, task_type="CAUSAL_LM")
        self.model = get_peft_model(model, adapter).train()
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-4, fused=True)
        self.base = causal_model(self.model)
        self.embedding = self.base.get_input_embeddings().weight
        self.scale = embedding_scale(self.embedding)
        self.batch, self.columns = make_batch(config.vocab_size, tokens, device)
        self.marks, self.labels = Marks.from_batch(self.columns), self.batch["labels"]
        self.liger = liger_loss()
        self.forwards: dict[str, Callable[..., Any]] = {YARDSTICK: self.base.forward}
        if self.liger is not None:
            self.forwards[LIGER] = self._liger_forward
        for name, objective in OBJECTIVES.items():
            self.base.forward = self.forwards[YARDSTICK]
            attach_objective(self.model, objective)
            self.forwards[name] = self.base.forward

    def _liger_forward(self, input_ids: Tensor, attention_mask: Tensor, **_: Any) -> Any:
        hidden = self.base.model(input_ids, attention_mask).last_hidden_state
        return SimpleNamespace(loss=self.loss_alone(LIGER, hidden))

    def loss(self, variant: str) -> Tensor:
        """Run the model with the variant's loss, as training does."""
        self.base.forward, batch = self.forwards[variant], self.batch
        if variant in OBJECTIVES:
            objective = OBJECTIVES[variant]
            counts = count_items(self.labels, objective=objective, marks=self.marks)
            batch = {**batch, **self.columns, "item_counts": counts}
        with torch.autocast(self.device.type, torch.bfloat16):
            loss: Tensor = self.model(**batch).loss
        return loss

    def step(self, variant: str) -> None:
        """Take one step; end with an idle device, from which the next one is timed."""
        self.loss(variant).backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def loss_alone(self, variant: str, hidden: Tensor) -> Any:
        """Compute the variant's loss from (B, T, D) hidden states."""
        head, labels = self.base.lm_head, self.labels
        if variant == YARDSTICK:
            size = self.base.config.vocab_size
            return self.base.loss_function(logits=head(hidden), labels=labels, vocab_size=size)
        if variant == LIGER:
            following = F.pad(labels, (0, 1), value=-100)[:, 1:].flatten()
            return self.liger(head.weight, hidden.flatten(0, 1), following)
        shared = {"marks": self.marks, "embedding": self.embedding, "scale": self.scale}
        mix = OBJECTIVES[variant]
        return composite_loss(hidden, head.weight, labels, objective=mix, **shared).loss

    def backward_alone(self, variant: str, hidden: Tensor) -> None:
        """Compute the loss and its gradient in the hidden states; keep neither."""
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = self.loss_alone(variant, hidden)
        loss.backward()
        hidden.grad = None

    def title(self, rounds: int) -> str:
        on_gpu, (rows, tokens) = self.device.type == "cuda", self.labels.shape
        toy = "a toy on the CPU: figures mean nothing"
        where = machine(torch.bfloat16, device=self.device) if on_gpu else toy
        liger = "without Liger: liger_kernel is not installed"
        if self.liger is not None:
            liger = f"Liger {importlib.metadata.version('liger_kernel')}"
        size = f"{sum(p.numel() for p in self.model.parameters()) / 1e9:.2f} B parameters"
        batch = f"B = {rows} × {tokens}, bfloat16, medians of {rounds}"
        return f"{where}; {size}, {batch}; torch {torch.__version__}; {liger}"


def make_batch(
    vocabulary: int, tokens: int, device: torch.device, rows: int = 2
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return what every model takes and the columns that training adds, each (rows, tokens)."""
    ids = torch.randint(vocabulary, (rows, tokens), device=device)
    labels, kind = ids.clone(), torch.zeros_like(ids)
    labels[:, : int(0.3 * tokens)] = -100
    kind[:, int(0.65 * tokens) :] = KIND
    example = torch.arange(rows, device=device)[:, None].expand(rows, tokens)
    unused = {name: torch.full_like(ids, value) for name, value in PADDING.items()}
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}
    return batch, {**unused, "span_kind": kind, "example": example}


def liger_loss() -> Any:
    """Return Liger's loss of (head, hidden, target), or None where it is not installed."""
    try:
        from liger_kernel.transformers import LigerFusedLinearCrossEntropyLoss
    except ImportError:
        return None
    return LigerFusedLinearCrossEntropyLoss()


def peak_gb(run: Callable[[], object], device: torch.device) -> tuple[float | None, float | None]:
    """Return the peak of a second run, all of it and above its start (the first warms up)."""
    run()
    if device.type != "cuda":
        return None, None
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated()
    run()
    torch.cuda.synchronize()
    peak = torch.cuda.max_memory_allocated()
    return peak / 1e9, (peak - held) / 1e9


def measure(training: Training, rounds: int) -> dict[str, Figures]:
    """Measure every variant: values first, since steps change the adapter."""
    variants, device = list(training.forwards), training.device
    with torch.no_grad():
        losses = {v: float(training.loss(v)) for v in variants}
    times = median_seconds({v: partial(training.step, v) for v in variants}, rounds)
    steps = {v: peak_gb(partial(training.step, v), device)[0] for v in variants}
    shape = (*training.labels.shape, training.embedding.shape[1])
    hidden = torch.randn(shape, device=device, dtype=torch.bfloat16).requires_grad_()
    alone = {v: peak_gb(partial(training.backward_alone, v, hidden), device)[1] for v in variants}
    return {v: Figures(losses[v], times[v], steps[v], alone[v]) for v in variants}


def overview(figures: dict[str, Figures], title: str) -> Table:
    table = Table("variant", "loss", "ms a step", "÷ full-logit", "÷ Liger", title=title)
    on_gpu = figures[YARDSTICK].step_gb is not None
    for heading in ("step GB", "loss GB") if on_gpu else ():
        table.add_column(heading)
    for name, own in figures.items():
        ratios = [slowdown(own, figures.get(other)) for other in (YARDSTICK, LIGER)]
        cells = [f"{own.loss:.4f}", f"{own.seconds * 1e3:.1f}"]
        cells += ["–" if ratio is None else f"{ratio:.3f}" for ratio in ratios]
        cells += [f"{gb:.3f}" for gb in (own.step_gb, own.loss_gb) if gb is not None]
        table.add_row(name, *cells)
    return table


def targets(figures: dict[str, Figures]) -> Table:
    """Set our losses against the limits."""
    table = Table("target", *(name.removeprefix("ours: ") for name in OBJECTIVES))
    yardstick, liger = figures[YARDSTICK], figures.get(LIGER)
    table.title = None if yardstick.step_gb else "of a toy on the CPU: no evidence"
    ours = [figures[v] for v in OBJECTIVES]
    for text, limit, values in (
        ("step ≤ {} × full-logit", 1.03, [slowdown(own, yardstick) for own in ours]),
        ("step ≤ {} × Liger", 1.05, [slowdown(own, liger) for own in ours]),
        ("loss ≤ {} GB", 1.0, [own.loss_gb for own in ours]),
    ):
        verdicts = [v and f"{v:.3f}: {'met' if v <= limit else 'missed'}" for v in values]
        table.add_row(text.format(limit), *(verdict or "not measured" for verdict in verdicts))
    return table


def slowdown(own: Figures, other: Figures | None) -> float | None:
    return None if other is None else own.seconds / other.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tiny", action="store_true", help="run every line on a CPU, as a toy")
    arguments = parser.parse_args()
    if arguments.tiny:
        os.environ["TRITON_INTERPRET"] = "1"  # lets Liger's kernels run without a GPU
        training = Training(TOY, 64, torch.device("cpu"))
    elif torch.cuda.is_available():
        training = Training(QWEN3_4B, 1024, torch.device("cuda"))
    else:
        parser.exit(2, "bench-gpu needs a CUDA device; none found\n")
    figures = measure(training, arguments.rounds)
    console = Console()
    console.print(overview(figures, training.title(arguments.rounds)))
    console.print(targets(figures))


if __name__ == "__main__":
    main()
