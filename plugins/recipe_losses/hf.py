"""The same loss in a plain `transformers.Trainer`, TRL's `SFTTrainer`, or what builds on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recipe_losses.args import RecipeLossConfig
from recipe_losses.chat_rows import plain_text, read_answer, row_name, trained_part
from recipe_losses.codes import NONE, code
from recipe_losses.collator import SpanCollator
from recipe_losses.credits import needs_credits, refuse_absent_credits, rows_with_credits
from recipe_losses.errors import FAULTS, RecipeLossError
from recipe_losses.forward import attach_objective
from recipe_losses.hosts.transformers_trainer import WithoutLogits
from recipe_losses.hosts.versions import SUPPORTED, UNDER_LLAMAFACTORY, refuse_other_versions
from recipe_losses.losses import DigitVocabulary
from recipe_losses.mixin import RecipeLossMixin
from recipe_losses.spans import align
from recipe_spans import find_answer, part_tokens, trained_tokens


def attach(trainer: Any, recipe_loss: Mapping[str, Any], tokenizer: Any = None) -> Any:
    """Make a trainer that is built but not started train the composite loss.

    Puts the loss into the model's forward, carries the span columns through the collator, and
    normalises exactly over micro-batches and processes, as the Axolotl plugin does.

    Args:
        trainer: A `transformers.Trainer` or a subclass, with `remove_unused_columns=False`.
        recipe_loss: The block `recipe_loss` of a config, as a mapping.
        tokenizer: Needed by the numeric term and for left padding; the trainer's by default.

    Returns:
        The same trainer.

    Raises:
        RecipeLossError: if a host is of a version that is not supported, the trainer would drop the
            columns, the model cannot have the loss, or no row has the credits of a term that looks
            at them (a stream of rows is not looked at).

    Rows of the dataset come from `encode`; the five lines of a run:

        rows = [encode(row, tokenizer) for row in chat_rows]
        trainer = Trainer(model, args, train_dataset=rows, data_collator=DataCollatorForSeq2Seq(…))
        attach(trainer, {"tasks": {"default": {"cross_entropy": 1.0}}})
        trainer.train()
    """
    hosts = _packages_of(trainer)
    table = UNDER_LLAMAFACTORY if "llamafactory" in hosts else SUPPORTED
    refuse_other_versions("transformers", *(hosts & set(table)), table=table)
    config = RecipeLossConfig.model_validate(dict(recipe_loss))
    if trainer.args.remove_unused_columns:
        raise RecipeLossError("set remove_unused_columns=False: span columns would be dropped")
    if trainer.args.label_smoothing_factor:
        raise RecipeLossError("label_smoothing_factor replaces the loss: set it to 0")
    tokenizer = tokenizer or trainer.processing_class
    objective, digits = config.objective(), None
    # A stream has no end to look to.
    if needs_credits(objective) and hasattr(trainer.train_dataset, "__len__"):
        refuse_absent_credits(objective, rows_with_credits(trainer.train_dataset))
    if objective.uses("numeric"):
        digits = DigitVocabulary.of({i: tokenizer.decode([i]) for i in range(len(tokenizer))})
    attach_objective(trainer.model, objective, digits)
    side = getattr(tokenizer, "padding_side", "right")
    trainer.data_collator = SpanCollator(
        trainer.data_collator, needs_spans=bool(config.kinds()), padding_side=side
    )
    kind = type(trainer)
    bases = (RecipeLossMixin, WithoutLogits, kind)
    trainer.__class__ = type(f"RecipeLoss{kind.__name__}", bases, {})
    trainer.follow_objective()
    trainer.gradient_shares_every = config.gradient_shares_every
    return trainer


def _packages_of(trainer: Any) -> set[str]:
    """Name the packages whose classes a trainer is made of."""
    return {kind.__module__.partition(".")[0] for kind in type(trainer).__mro__}


def encode(row: Mapping[str, Any], tokenizer: Any) -> dict[str, list[Any]]:
    """Tokenize a chat row: the last assistant message is trained on, its spans become columns.

    Args:
        row: `messages`, `spans` (characters of the last message, perhaps with a `credit`),
            optionally `task`, and `trained` ([start, end], the characters of the last message
            that alone are trained).
        tokenizer: A fast tokenizer with a chat template.

    Raises:
        RecipeLossError: for a row that `chat_rows.read_answer` or the chat template refuses, or
            whose answer the template changes.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise RecipeLossError("spans need a fast tokenizer: load one that has a tokenizer.json")
    content = read_answer(row, tokenizer)
    name = row_name(row)
    *before, last = (_as_text(message, name) for message in row["messages"])

    def render(answer: str) -> str:
        messages = [*before, {**last, "content": answer}]
        try:
            return str(tokenizer.apply_chat_template(messages, tokenize=False))
        except FAULTS as error:
            raise RecipeLossError(
                f"{name}: the chat template refuses it ({error}): mend the row, or set another "
                "`chat_template` of the tokenizer"
            ) from error

    text = render(content)
    offset = find_answer(text, content, render)
    if offset is None:
        raise RecipeLossError(
            f"{name}: the chat template changes the text of the answer, so spans cannot be placed: "
            "take another template, or, where it trims them, strip the answers of blanks"
        )
    tokens = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids: list[int] = tokens["input_ids"]
    starts, ends = zip(*tokens["offset_mapping"], strict=True)
    answer = (offset, offset + len(content))
    trained = trained_tokens(ids, starts, ends, answer, tokenizer.eos_token_id)
    if part := trained_part(row):
        alone = part_tokens(starts, ends, answer, part)
        trained = range(max(trained.start, alone.start), min(trained.stop, alone.stop))
    task = code(row["task"]) if row.get("task") else NONE
    return {
        "input_ids": ids,
        "attention_mask": [1] * len(ids),
        "labels": [token if i in trained else -100 for i, token in enumerate(ids)],
        **align(row["spans"], offset, starts, ends, text, task),
    }


def _as_text(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a message whose content is one text; refuse parts that say what is trained."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    if any(part.get(key) is not None for part in parts for key in ("train", "weight")):
        raise RecipeLossError(
            f"{name}: parts with `train` or `weight` are read by the Axolotl strategy alone: "
            "remove these keys, the last answer is trained as a whole here"
        )
    return dict(message) if content is None else {**message, "content": plain_text(content)}
