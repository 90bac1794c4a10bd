"""The dataset type `recipe_losses.strategy`: chat templates, with a column for each span kind."""

from __future__ import annotations

from typing import Any

from axolotl.prompt_strategies.chat_template import ChatTemplateStrategy, StrategyLoader

from recipe_losses.codes import NONE, code
from recipe_losses.errors import RecipeLossError
from recipe_losses.spans import align
from recipe_spans import find_answer

NUMBER = "number"
"""The kind of a span that is an answer's number."""


class SpanStrategy(ChatTemplateStrategy):  # type: ignore[misc]
    """Axolotl's chat templates; roles, masks and ends of turns stay Axolotl's.

    Every row brings `spans`, character offsets into its last assistant message, and may bring
    `task`. They become the columns of `losses.marks`, one value a token of the fully
    rendered conversation, whatever the template puts around the message.
    """

    mixed_tasks: frozenset[str] = frozenset()
    """The tasks that `recipe_loss.tasks` names."""

    def _tokenize_single_prompt(self, prompt: dict[str, Any]) -> dict[str, list[int]]:
        tokenized: dict[str, list[int]] = super()._tokenize_single_prompt(prompt)
        name = f"row {prompt.get('id', '(without id)')}"
        if "spans" not in prompt:
            raise RecipeLossError(
                f"{name} has no `spans`: add the column (an empty list where nothing is named), "
                "or use `type: chat_template`"
            )
        turns = self.get_conversation_thread(prompt)
        locator = self._build_turn_locator(turns, self._get_tools(prompt), tokenized["input_ids"])
        if locator is None:
            raise RecipeLossError(
                f"{name}: spans need a fast tokenizer whose text round-trips to its tokens"
            )
        text, starts, ends = locator
        offset = self._find_answer(text, turns, name)
        length = len(turns[-1]["content"])
        for span in prompt["spans"]:
            if not 0 <= span["start"] < span["end"] <= length:
                raise RecipeLossError(
                    f"{name}: span {span['start']}:{span['end']} ({span['kind']}) lies outside "
                    f"the answer of {length} characters"
                )
        task = self._task_code(prompt)
        return {**tokenized, **align(prompt["spans"], offset, starts, ends, text, task)}

    def _task_code(self, prompt: dict[str, Any]) -> int:
        """Return the code of the row's task; `numeric` for rows with numbers and no own mix."""
        task = prompt.get("task")
        numbers = any(span["kind"] == NUMBER for span in prompt["spans"])
        if numbers and "numeric" in self.mixed_tasks and task not in self.mixed_tasks:
            return code("numeric")
        return code(task) if task else NONE

    @staticmethod
    def _find_answer(text: str, turns: list[dict[str, Any]], name: str) -> int:
        """Return where the last assistant message begins in the rendered conversation."""
        last = turns[-1]
        if last.get("role") != "assistant":
            raise RecipeLossError(f"{name}: the last message is not the assistant's")
        offset = find_answer(text, last["content"])
        if offset is None:
            raise RecipeLossError(
                f"{name}: the chat template changes the text of the answer, spans cannot be placed"
            )
        return offset


class SpanStrategyLoader(StrategyLoader):  # type: ignore[misc]
    """Axolotl's loader, with our strategy."""

    def __call__(self, tokenizer: Any, cfg: Any, *args: Any, **kwargs: Any) -> Any:
        """Build the strategy, and tell it which tasks have mixes of their own."""
        strategy = super().__call__(tokenizer, cfg, *args, **kwargs)
        strategy.mixed_tasks = frozenset((cfg.get("recipe_loss") or {}).get("tasks") or {})
        return strategy

    def _get_strategy_cls(self, cfg: Any) -> type[SpanStrategy]:
        if cfg.tokenizer_use_mistral_common:
            raise RecipeLossError(
                "tokenizer_use_mistral_common has no character offsets: remove it to use spans"
            )
        return SpanStrategy


load = SpanStrategyLoader()
