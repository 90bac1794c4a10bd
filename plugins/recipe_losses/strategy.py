"""The dataset type `recipe_losses.strategy`: chat templates, with a column for each span kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from recipe_losses.chat_rows import (
    USUAL,
    Names,
    read_answer,
    refuse_unclear_training,
    row_name,
    trained_part,
)
from recipe_losses.codes import task_code
from recipe_losses.dataset_keys import assistants, refuse_keys, refuse_untrained_answers
from recipe_losses.errors import FAULTS, RecipeLossError
from recipe_losses.hosts.axolotl_chat import (
    HostLoader,
    HostStrategy,
    read_template_anew,
    with_present_names,
)
from recipe_losses.spans import align, only_part, typed
from recipe_spans import find_answer, part_tokens

END_OF_SOLUTION = "<|end_of_solution|>"
"""What may follow the answer where `split_thinking` takes it out of a message."""

Row = dict[str, Any]


class SpanStrategy(HostStrategy):
    """Axolotl's chat templates; roles, masks and ends of turns stay Axolotl's.

    Every row brings `spans`, character offsets into its last assistant message, and may bring
    `task`. They become the columns of `losses.marks`, one value a token of the fully
    rendered conversation, whatever the template puts around the message. Where a row brings
    `trained`, [start, end] in characters of that message, the rest of it is not trained.
    """

    mixed_tasks: frozenset[str] = frozenset()
    """The tasks that `recipe_loss.tasks` names."""
    names: Names = USUAL
    """What the data calls its keys and roles."""

    def is_prompt_batched(self, prompt: Row) -> bool:
        """Tell a batch, whose columns are lists, from one row, whose messages are."""
        messages = prompt.get(self.names.messages)
        one = isinstance(messages, list) and (
            not messages or any(isinstance(m, Mapping) for m in messages)
        )
        return not one and all(isinstance(column, list) for column in prompt.values())

    def tokenize_row(self, row: Row) -> dict[str, list[int]]:
        """Return Axolotl's columns of a row, and ours."""
        name = row_name(row, self.names)
        try:
            return self._marked(row, name)
        except RecipeLossError:
            raise  # it names the row
        except FAULTS as error:
            raise RecipeLossError(
                f"{name} cannot be tokenized ({error}): mend the row, or choose another "
                "`chat_template`"
            ) from error

    def _marked(self, row: Row, name: str) -> dict[str, list[int]]:
        if isinstance(row.get(self.names.messages), str):
            row = {**row, self.names.messages: self.messages_of(row)}
        answer = read_answer(row, self.tokenizer, self.names)
        refuse_unclear_training(row, self.prompter.message_field_training, self.names)
        tokenized: dict[str, list[int]] = self.tokens_of(row)
        turns, tools = self.turns_of(row)
        rendered = self.rendered(turns, tools, tokenized["input_ids"])
        if rendered is None:
            raise RecipeLossError(
                f"{name}: spans need a fast tokenizer whose text round-trips to its tokens"
            )
        text, starts, ends = rendered
        *before, last = turns
        if not last["content"].strip():
            raise RecipeLossError(
                f"{name}: `split_thinking` leaves nothing of the answer: write one behind the "
                "reasoning, or remove the row"
            )

        def render(content: str) -> str:
            return self.text_of([*before, {**last, "content": content}], tools)

        offset = find_answer(text, last["content"], render)
        if offset is None:
            raise RecipeLossError(
                f"{name}: the chat template changes the text of the answer, so spans cannot be "
                "placed: choose another `chat_template`, or, where it trims them, strip the "
                "answers of blanks"
            )
        stop = offset + len(last["content"])
        if part := trained_part(row):
            named = {"start": part[0], "end": part[1], "kind": "trained"}
            (moved,) = _moved([named], answer, last["content"], name)
            alone = part_tokens(starts, ends, (offset, stop), (moved["start"], moved["end"]))
            tokenized["labels"] = only_part(alone, tokenized["labels"], ends, offset)
        trained = any(
            label != -100 and start < stop and end > offset
            for label, start, end in zip(tokenized["labels"], starts, ends, strict=True)
        )
        if row["spans"] and not trained:
            raise RecipeLossError(
                f"{name}: no token of its answer is trained (`roles_to_train`, "
                "`message_field_training` and weights of parts decide that), but it has spans: "
                "train the answer, or leave `spans` empty"
            )
        spans = _moved(row["spans"], answer, last["content"], name)
        columns = align(spans, offset, starts, ends, text, task_code(row, self.mixed_tasks))
        return {**tokenized, **typed(columns)}


def _moved(spans: list[Row], answer: str, content: str, name: str) -> list[Row]:
    """Count spans from where the content begins, which `split_thinking` cuts out of an answer."""
    if content == answer:
        return spans
    rest = answer.removesuffix(content)
    if rest == answer:
        rest = answer.rpartition(END_OF_SOLUTION)[0].rstrip().removesuffix(content)
    shift = len(rest)
    moved = [{**s, "start": s["start"] - shift, "end": s["end"] - shift} for s in spans]
    for span, new in zip(spans, moved, strict=True):
        if new["start"] < 0 or new["end"] > len(content):
            raise RecipeLossError(
                f"{name}: span {span['start']}:{span['end']} ({span['kind']}) lies in the "
                "reasoning that `split_thinking` takes out of the answer: remove the span, or the "
                "key"
            )
    return moved


class SpanStrategyLoader(HostLoader):
    """Axolotl's loader, with our strategy."""

    # Axolotl passes the dataset's settings to who names them `ds_cfg` in the signature.
    def __call__(self, tokenizer: Any, cfg: Any, ds_cfg: Any = None, processor: Any = None) -> Any:
        """Build the strategy of a dataset entry.

        Raises:
            RecipeLossError: for a run without the loss, and for keys of the entry that would not
                do what they say.
        """
        if not cfg.get("recipe_loss"):
            raise RecipeLossError(
                "`type: recipe_losses.strategy` marks spans for the composite loss, and this run "
                "would train plain cross-entropy: add `plugins: "
                "[recipe_losses.plugin.RecipeLossPlugin]` (check its spelling, and the messages "
                "about loading plugins above) and the block `recipe_loss`, or use `type: "
                "chat_template`"
            )
        if processor is not None:
            raise RecipeLossError(
                "`processor_type`: what a processor renders has no characters to count spans in: "
                "remove it"
            )
        entry = ds_cfg.model_dump() if isinstance(ds_cfg, BaseModel) else dict(ds_cfg or {})
        refuse_keys(entry)
        refuse_untrained_answers(entry, bool(cfg.get("train_on_inputs")))
        strategy = super().__call__(tokenizer, cfg, _completed(entry))
        _complete(strategy.prompter, entry)
        strategy.mixed_tasks = frozenset(cfg["recipe_loss"].get("tasks") or {})
        strategy.names = Names(
            strategy.prompter.field_messages,
            strategy.prompter.message_property_mappings["role"],
            strategy.prompter.message_property_mappings["content"],
            assistants(entry),
        )
        return strategy

    def strategy_class(self, cfg: Any) -> type[SpanStrategy]:
        """Return the strategy; refuse a tokenizer that does not say where its tokens stand."""
        if cfg.tokenizer_use_mistral_common:
            raise RecipeLossError(
                "tokenizer_use_mistral_common has no character offsets: remove it to use spans"
            )
        return SpanStrategy


def _completed(entry: Row) -> Row:
    """Return an entry whose thinking keys are in its mapping, without which they are not read."""
    given = with_present_names(entry)
    mappings = dict(given["message_property_mappings"])
    if given.get("field_thinking") or given.get("template_thinking_key"):
        key = given.get("template_thinking_key") or "reasoning_content"
        mappings.setdefault(key, given.get("field_thinking") or "reasoning_content")
    return {**given, "message_property_mappings": mappings}


def _complete(prompter: Any, entry: Row) -> None:
    """Do what Axolotl's loader leaves undone; refuse what the chat template has no place for."""
    prompter.field_tools = entry.get("field_tools") or "tools"
    read_template_anew(prompter)
    thinking = prompter.template_thinking_key
    for key, needed in {
        "split_thinking": thinking,
        "field_thinking": thinking,
        "template_thinking_key": thinking,
        "field_tools": "tools",
    }.items():
        if entry.get(key) and needed not in prompter.chat_template:
            raise RecipeLossError(
                f"datasets: `{key}`: the chat template does not write `{needed}`, so it would be "
                "dropped: choose another `chat_template`, or remove the key"
            )


load = SpanStrategyLoader()
