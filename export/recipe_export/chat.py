"""A run's chat template, pinned to what training saw: whoever renders it, on whatever day.

Templates of some models write today's date or a mode of thinking into every prompt. An adapter has
learnt one of each; other values at inference are prompts that it has never seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import to_json, write_text
from recipe_base.runs import training_of
from recipe_export.local import native
from recipe_export.models.files import chat_template, read_json
from recipe_export.proofs.probes import CONVERSATIONS

Messages = Sequence[Mapping[str, str]]

_CLOCK = re.compile(r"""strftime_now\(\s*(["'])(?P<format>.*?)\1\s*\)""")
_PINNED_DAY = re.compile(r"\{% macro strftime_now\(format\) %\}.*?\{% endmacro %\}\n")


def pin_trained(adapter: Path, merged: Path) -> None:
    """Pin the template in `merged` to the settings and the day of the adapter's training.

    The day is that on which the adapter was saved. A template that says the same under all
    settings on all days stays as it is.
    """
    template = chat_template(merged)
    if template is None:
        return
    pinned = pin_settings(template, trained_settings(adapter, merged, template))
    day = date.fromtimestamp((adapter / "adapter_config.json").stat().st_mtime)
    pinned = pin_day(pinned, day)
    if pinned != template:
        write_text(merged / "chat_template.jinja", pinned)


def trained_settings(adapter: Path, model: Path, template: str) -> dict[str, Any]:
    """Return the settings with which a prompt is how training text began.

    They are the config's `chat_template_kwargs`; `enable_thinking` is found out where the
    template knows it and the config says nothing.
    """
    settings = recorded_settings(adapter)
    if "enable_thinking" in settings or "enable_thinking" not in template:
        return settings
    *asked, answer = CONVERSATIONS[0]
    trained = render(template, (*asked, answer), model, generation=False, **settings)
    for thinking in (False, True):
        tried = {**settings, "enable_thinking": thinking}
        if trained.startswith(render(template, asked, model, **tried) + answer["content"]):
            return tried
    return settings


def recorded_settings(adapter: Path) -> dict[str, Any]:
    """Return `chat_template_kwargs` of the training's config; {} where none is recorded."""
    return dict((training_of(adapter) or {}).get("chat_template_kwargs") or {})


def pin_settings(template: str, settings: Mapping[str, Any]) -> str:
    """Make a template's settings constants.

    >>> print(pin_settings("{{ mode }}", {"mode": "brief", "think": False}))
    {% set mode = "brief" %}
    {% set think = false %}
    {{ mode }}
    """
    lines = (f"{{% set {name} = {to_json(value)} %}}\n" for name, value in settings.items())
    return "".join(lines) + template


def pin_day(template: str, day: date) -> str:
    """Make the date that a template writes a constant.

    >>> print(pin_day("{{ strftime_now('%d %B %Y') }}", date(2026, 3, 14)))
    {% macro strftime_now(format) %}14 March 2026{% endmacro %}
    {{ strftime_now('%d %B %Y') }}
    """
    formats = {match["format"] for match in _CLOCK.finditer(template)}
    if len(formats) != 1 or _PINNED_DAY.search(template):
        return template
    (written,) = formats
    return f"{{% macro strftime_now(format) %}}{day.strftime(written)}{{% endmacro %}}\n{template}"


def training_template(adapter: Path, merged: Path) -> str:
    """Return the template that training rendered, on the day to which `merged` is pinned.

    Raises `TopochefError` if there is none, or if it would write another date every day.
    """
    template = chat_template(merged)
    if template is None:
        raise TopochefError(f"{merged} has no chat template: train with one (chat_template: …)")
    pinned_day = _PINNED_DAY.search(template)
    if "strftime_now" in template and pinned_day is None:
        raise TopochefError(
            f"{merged}: the chat template writes today's date into every prompt, which training "
            "cannot have seen: put the date into the template as text, and train with that"
        )
    trained = chat_template(adapter) or template
    return trained if pinned_day is None or trained is template else pinned_day[0] + trained


def render(
    template: str, messages: Messages, model: Path, *, generation: bool = True, **settings: Any
) -> str:
    """Render a template as transformers and llama-cpp-python do, in Jinja's sandbox.

    `model` is a folder whose tokenizer names BOS and EOS; `generation` begins the assistant's turn.
    """
    from jinja2 import TemplateError

    words = special_words(model)
    try:
        formatter = native().llama_chat_format.Jinja2ChatFormatter(
            template, words["eos_token"], words["bos_token"], add_generation_prompt=generation
        )
        text: str = formatter(messages=[dict(m) for m in messages], **settings).prompt
    except (
        TemplateError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise TopochefError(
            f"the chat template refuses a conversation ({error}): use one that takes a system "
            "turn, questions and answers (`chat_template` of the training), and train with it"
        ) from error
    return text


def special_words(model: Path) -> dict[str, str]:
    """Return the texts of `bos_token` and `eos_token`, "" where a tokenizer has none."""
    path = model / "tokenizer_config.json"
    config = read_json(path) if path.is_file() else {}
    found = {name: config.get(name) or "" for name in ("bos_token", "eos_token")}
    return {k: str(v.get("content") or "") if isinstance(v, dict) else v for k, v in found.items()}
