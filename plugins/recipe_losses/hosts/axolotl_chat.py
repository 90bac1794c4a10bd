"""Axolotl's strategy of chat rows, and its loader, by names of ours."""

from __future__ import annotations

from typing import Any, NamedTuple

from axolotl.prompt_strategies.chat_template import ChatTemplateStrategy, StrategyLoader
from axolotl.utils.dict import remove_none_values
from axolotl.utils.schemas.utils import handle_legacy_message_fields_logic

Row = dict[str, Any]


class Rendered(NamedTuple):
    """A conversation as the template writes it."""

    text: str
    starts: list[int]
    """Where each token of the row begins in the text."""
    ends: list[int]


class HostStrategy(ChatTemplateStrategy):  # type: ignore[misc]
    """What a strategy of ours asks of Axolotl's, and the one place where it is asked of ours."""

    def tokenize_row(self, row: Row) -> dict[str, Any]:
        """Return the columns of one row, which has no empty keys: for a subclass to say."""
        return self.tokens_of(row)

    def tokens_of(self, row: Row) -> dict[str, Any]:
        """Return tokens and labels: roles, masks and ends of turns are Axolotl's."""
        tokens: dict[str, Any] = super()._tokenize_single_prompt(row)
        return tokens

    def messages_of(self, row: Row) -> Any:
        """Return the messages of a row, read from JSON where they are text."""
        return self._get_messages(row)

    def turns_of(self, row: Row) -> tuple[list[Row], list[Row] | None]:
        """Return the turns as the template gets them, and the tools."""
        return self.get_conversation_thread(row), self._get_tools(row)

    def rendered(
        self, turns: list[Row], tools: list[Row] | None, input_ids: list[int]
    ) -> Rendered | None:
        """Return the text of a conversation; None where it does not round-trip to its tokens."""
        found = self._build_turn_locator(turns, tools, input_ids)
        return None if found is None else Rendered(*found)

    def text_of(self, turns: list[Row], tools: list[Row] | None) -> str:
        """Return a conversation as the template writes it."""
        return str(self.prompter.build_prompt_text(turns, tools))

    def _tokenize_single_prompt(self, prompt: Row) -> dict[str, Any]:
        return self.tokenize_row(remove_none_values(prompt))


class HostLoader(StrategyLoader):  # type: ignore[misc]
    """Axolotl's loader for a strategy of ours."""

    def strategy_class(self, cfg: Any) -> type[HostStrategy]:
        """Return the class of a run's strategy: for a subclass to say."""
        raise NotImplementedError

    def _get_strategy_cls(self, cfg: Any) -> type[HostStrategy]:
        return self.strategy_class(cfg)


def with_present_names(entry: Row) -> Row:
    """Return a dataset entry whose keys of former versions are those of this one."""
    given: Row = handle_legacy_message_fields_logic(
        {key: value for key, value in entry.items() if value is not None}
    )
    return given


def read_template_anew(prompter: Any) -> None:
    """Let a prompter look again for which keys of a message its template asks."""
    prompter._chat_template_msg_variables = prompter.get_chat_template_msg_variables(
        prompter.chat_template, "messages"
    )
