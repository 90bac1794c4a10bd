"""The keys of an Axolotl dataset entry: each is honoured, or refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from recipe_losses.errors import RecipeLossError

TYPE = "recipe_losses.strategy"

LOADING = frozenset(
    {
        "path", "type", "ds_type", "data_files", "name", "split", "revision", "trust_remote_code",
        "shards", "shards_idx", "preprocess_shards",
    }
)  # fmt: skip
"""Axolotl has done what these say before rows reach the strategy."""

CHAT = frozenset(
    {
        "chat_template", "chat_template_jinja", "field_messages", "field_tools", "field_thinking",
        "template_thinking_key", "message_field_role", "message_field_content",
        "message_property_mappings", "message_field_training", "message_field_training_detail",
        "split_thinking", "roles", "roles_to_train", "train_on_eos", "train_on_eot",
        "drop_system_message",
    }
)  # fmt: skip
"""The strategy does what these say."""

OTHER_TYPES = {
    "conversation": "names a template of FastChat: use `chat_template`",
    "field": "is read for `type: completion` alone: use `field_messages`",
    "field_human": "is for pairs of texts: make them messages",
    "field_model": "is for pairs of texts: make them messages",
    "input_format": "is for instruction data: use `chat_template`",
    "input_transform": "is for `type: messages`: use `message_property_mappings`",
    "logprobs_field": "is for distillation from a teacher",
    "temperature": "is for distillation from a teacher",
}
"""What Axolotl knows and a chat dataset has no use for, and why."""

NOT_READ = {
    "field_system": "is not read by Axolotl for chat data: call the column `system`, or write a "
    "system message",
    "shuffle": "is not read by Axolotl: use `shuffle_merged_datasets` of the whole config",
}


def refuse_keys(entry: Mapping[str, Any]) -> None:
    """Raise for a key of a dataset entry that would be ignored.

    Raises:
        RecipeLossError: names the key, and what to write in its place.
    """
    for key, value in entry.items():
        if value is None or key in LOADING or key in CHAT:
            continue
        raise RecipeLossError(f"datasets: `{key}` {_why(key)}; or remove it")


def refuse_untrained_answers(entry: Mapping[str, Any], train_on_inputs: bool) -> None:
    """Raise where a dataset entry leaves every answer untrained, so that spans mark nothing."""
    trained = entry.get("roles_to_train")
    if trained is None or train_on_inputs:
        return
    by_message = [
        key for key in ("message_field_training", "message_field_training_detail") if entry.get(key)
    ]
    if not by_message and not assistants(entry) & set(trained):
        raise RecipeLossError(
            f"datasets: `roles_to_train: {list(trained)}` trains no answer, and spans mark tokens "
            "of answers: add assistant, or use `type: chat_template`"
        )


def assistants(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return the roles of the data that the assistant's turns have.

    >>> sorted(assistants({}))
    ['assistant', 'gpt']
    >>> sorted(assistants({"roles": {"assistant": ["chef"]}}))
    ['assistant', 'chef']
    """
    sources = (entry.get("roles") or {"assistant": ["gpt"]}).get("assistant") or []
    return frozenset({"assistant", *sources})


def _why(key: str) -> str:
    if key in OTHER_TYPES:
        return OTHER_TYPES[key]
    if key in NOT_READ:
        return NOT_READ[key]
    from recipe_losses.hosts.axolotl import is_setting

    if is_setting(key):
        return "is a setting of the whole config, not of a dataset: move it to the top level"
    near = get_close_matches(key, LOADING | CHAT, n=1)
    return f"is no key of chat datasets: {f'write {near[0]}' if near else 'check its spelling'}"
