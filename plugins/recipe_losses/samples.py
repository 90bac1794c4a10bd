"""Answers generated during training: written beside the run, judged by a function of the user's."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import LogitsProcessor, TrainerCallback

from recipe_losses.args import SamplesArgs
from recipe_losses.errors import RecipeLossError
from recipe_losses.refusals import named

IGNORED = -100
PREFIX = "recipe_loss/sample/"
PENALTY_WINDOW = 64


class Task(NamedTuple):
    """What the model is asked, and what the data answers."""

    prompt: list[int]
    gold: list[int]


def tasks(rows: Sequence[Mapping[str, Any]]) -> list[Task]:
    """Cut rows into prompt and gold answer: the last run of tokens that is trained on.

    >>> tasks([{"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8]}])
    [Task(prompt=[5, 6], gold=[7, 8])]
    """
    cut = []
    for row in rows:
        ids, labels = list(row["input_ids"]), list(row["labels"])
        end = len(labels)
        while end and labels[end - 1] == IGNORED:
            end -= 1
        start = end
        while start and labels[start - 1] != IGNORED:
            start -= 1
        cut.append(Task(ids[:start], ids[start:end]))
    return cut


class Grammar(LogitsProcessor):  # type: ignore[misc]
    """Leaves every text of a batch only those tokens that a JSON schema allows."""

    def __init__(self, schema: Mapping[str, Any], tokenizer: Any) -> None:
        """Compile the schema; raise `RecipeLossError` where it cannot be enforced."""
        from llguidance import LLMatcher
        from llguidance.hf import from_tokenizer

        vocabulary = from_tokenizer(tokenizer)
        compact = {"whitespace_flexible": False}
        grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=compact)
        self.compiled = LLMatcher(vocabulary, grammar)
        if self.compiled.is_error():
            raise RecipeLossError(
                f"recipe_loss.samples.json_schema cannot be enforced: {self.compiled.get_error()}"
            )
        self.words = (vocabulary.vocab_size + 31) // 32
        self.end: int = tokenizer.eos_token_id
        self.matchers: list[Any] = []

    def begin(self, texts: int) -> Grammar:
        """Make ready for a batch of so many texts."""
        self.matchers = [self.compiled.deep_copy() for _ in range(texts)]
        self.begun = False
        return self

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Take each text's last token, and mask what may not follow."""
        bits = torch.zeros(len(scores), self.words, dtype=torch.int32)
        for row, matcher in enumerate(self.matchers):
            if self.begun and not matcher.is_stopped():
                matcher.consume_token(int(input_ids[row, -1]))
            if not matcher.is_stopped():
                matcher.unsafe_compute_mask_ptr(bits[row].data_ptr(), 4 * self.words)
        self.begun = True
        shifts = torch.arange(32, dtype=torch.int32)
        allowed = ((bits[:, :, None] >> shifts) & 1).flatten(1).bool()
        allowed = torch.nn.functional.pad(allowed, (0, max(0, scores.shape[1] - allowed.shape[1])))
        allowed = allowed[:, : scores.shape[1]]
        allowed[[m.is_stopped() for m in self.matchers], self.end] = True
        return scores.masked_fill(~allowed.to(scores.device), -torch.inf)


def drawing(args: SamplesArgs) -> dict[str, Any]:
    """Return how `generate` chooses tokens: all of it named, because a model has its own defaults.

    >>> drawing(SamplesArgs(temperature=0))["do_sample"]
    False
    """
    off = {"repetition_penalty": 1.0, "num_beams": 1}
    if args.temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None, **off}
    drawn = {"temperature": args.temperature, "top_p": args.top_p, "min_p": args.min_p or None}
    return {"do_sample": True, "top_k": 0, **drawn, **off}


class RepeatPenalty(LogitsProcessor):  # type: ignore[misc]
    """Makes the last tokens of each answer less likely, as llama.cpp does; the prompt is left out.

    >>> scores = torch.tensor([[2.0, -2.0, 2.0]])
    >>> RepeatPenalty(2.0, prompt_tokens=1)(torch.tensor([[2, 0, 1]]), scores).tolist()
    [[1.0, -4.0, 2.0]]
    """

    def __init__(self, penalty: float, prompt_tokens: int) -> None:
        """Divide what is positive by `penalty`, and multiply what is not."""
        self.penalty, self.prompt_tokens = penalty, prompt_tokens

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the scores, those of recent tokens nearer to −∞."""
        recent = input_ids[:, self.prompt_tokens :][:, -PENALTY_WINDOW:]
        found = scores.gather(1, recent)
        less = torch.where(found > 0, found / self.penalty, found * self.penalty)
        return scores.scatter(1, recent, less)


class SampleCallback(TrainerCallback):  # type: ignore[misc]
    """Generates answers for a few rows of the evaluation set every so many evaluations."""

    def __init__(self, trainer: Any, args: SamplesArgs, tokenizer: Any, folder: Path) -> None:
        """Import what the config names, before anything is trained."""
        self.trainer, self.args, self.tokenizer, self.folder = trainer, args, tokenizer, folder
        self.metrics: Callable[[list[str], list[str]], Mapping[str, float]] | None
        self.metrics = named(args.metrics, "samples.metrics") if args.metrics else None
        self.grammar = None
        if args.json_schema:
            self.grammar = Grammar(named(args.json_schema, "samples.json_schema"), tokenizer)
        self.evaluations = 0

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Generate, write `samples/step-N.jsonl`, and log what the metrics say."""
        self.evaluations += 1
        if (self.evaluations - 1) % self.args.every or not state.is_world_process_zero:
            return
        rows = self.trainer.eval_dataset
        cut = tasks([rows[i] for i in range(min(self.args.rows, len(rows)))])
        texts = self.generate(cut)
        golds = [self.tokenizer.decode(task.gold, skip_special_tokens=True).strip() for task in cut]
        self._write(state.global_step, cut, texts, golds)
        if self.metrics is not None:
            values = self.metrics(texts, golds)
            self.trainer.log({PREFIX + name: float(v) for name, v in values.items()})

    @torch.no_grad()
    def generate(self, cut: Sequence[Task]) -> list[str]:
        """Return an answer to each; the same seed at every step, and none of the training's own."""
        model = self.trainer.accelerator.unwrap_model(self.trainer.model)
        training, pad = model.training, self.tokenizer.pad_token_id
        width = max(len(task.prompt) for task in cut)
        missing = [width - len(task.prompt) for task in cut]
        ids = torch.tensor([[pad] * n + t.prompt for n, t in zip(missing, cut, strict=True)])
        mask = torch.tensor([[0] * n + [1] * (width - n) for n in missing])
        processors: list[LogitsProcessor] = []
        if self.args.repeat_penalty != 1:
            processors.append(RepeatPenalty(self.args.repeat_penalty, width))
        if self.grammar:
            processors.append(self.grammar.begin(len(cut)))
        device = self.trainer.args.device
        model.eval()
        try:
            with torch.random.fork_rng([device] if device.type == "cuda" else []):
                torch.manual_seed(self.args.seed)
                answers = model.generate(
                    input_ids=ids.to(device),
                    attention_mask=mask.to(device),
                    max_new_tokens=self.args.max_new_tokens,
                    use_cache=True,
                    logits_processor=processors,
                    pad_token_id=pad,
                    eos_token_id=self.tokenizer.eos_token_id,
                    **drawing(self.args),
                )
        finally:
            model.train(training)
        texts: list[str] = self.tokenizer.batch_decode(answers[:, width:], skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _write(
        self, step: int, cut: Sequence[Task], texts: Sequence[str], golds: Sequence[str]
    ) -> None:
        path = self.folder / f"step-{step:06d}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            {"prompt": self.tokenizer.decode(task.prompt), "text": text, "gold": gold}
            for task, text, gold in zip(cut, texts, golds, strict=True)
        ]
        temporary = path.with_suffix(".part")
        temporary.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines))
        os.replace(temporary, path)
