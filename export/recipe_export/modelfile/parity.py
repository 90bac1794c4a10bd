"""Template parity: training, llama.cpp and the Modelfile ask with the same token ids."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from recipe_base.console import progress
from recipe_base.runs import Run
from recipe_export import local
from recipe_export.chat import Messages, recorded_settings, training_template
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.template import ollama_prompt
from recipe_export.proofs.reference import chat_text, load_tokenizer
from recipe_export.proofs.verdict import Verdict
from recipe_spans import find_answer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Ids = list[int]
Prompt = Callable[[Messages], Ids]


class Trained(NamedTuple):
    """One conversation as training saw it."""

    prompt: Ids  # every token before the answer's first character
    answer: Ids  # the tokens of the answer, without what ends the turn


def check_parity(run: Run, gguf: Path, template: GoTemplate, rows: Sequence[Messages]) -> Verdict:
    """Compare the prompts of some conversations, each ending with an answer, token for token.

    `answers`: rows whose answer is, in training, not the tokens that it is when it stands alone,
    in transformers or in llama.cpp; `transformers`, `llama_cpp`, `modelfile`: rows whose prompt is
    not the one before the answer in training.
    """
    tokenizer = load_tokenizer(run.merged)
    trained_template = training_template(run.adapter, run.merged)
    settings = recorded_settings(run.adapter)
    different: Counter[str] = Counter()
    first = ""
    with local.vocabulary(gguf) as vocabulary:
        asked: dict[str, Prompt] = {
            "transformers": _transformers(tokenizer),
            "llama_cpp": _llama_cpp(vocabulary),
            "modelfile": lambda messages: local.token_ids(
                vocabulary, ollama_prompt(template, messages), add_bos=True
            ),
        }
        for messages in progress(rows, "template parity", len(rows)):
            seen = trained(tokenizer, messages, trained_template, settings)
            answer = messages[-1]["content"]
            alone = list(tokenizer(answer, add_special_tokens=False)["input_ids"])
            native = local.token_ids(vocabulary, unicodedata.normalize("NFC", answer))
            different["answers"] += not seen.answer == alone == native
            found = {name: prompt(messages[:-1]) for name, prompt in asked.items()}
            for name, ids in found.items():
                different[name] += ids != seen.prompt
                first = first or describe(tokenizer, name, ids, seen.prompt)
    names = ("answers", *asked)
    return Verdict(
        f"prompts of training, llama.cpp and the Modelfile{first}",
        {"rows": len(rows), **{name: different[name] for name in names}},
        dict.fromkeys(names, (None, 0)),
        "train with the settings that inference has (chat_template_kwargs: {enable_thinking: "
        "false} for a model that can think), or with a chat template that writes every message "
        "once, as it is",
    )


def trained(
    tokenizer: PreTrainedTokenizerBase,
    messages: Messages,
    template: str,
    settings: Mapping[str, Any],
) -> Trained:
    """Tokenize a conversation as Axolotl's strategy does, and cut it where the answer begins."""
    *before, last = messages

    def render(answer: str) -> str:
        conversation = [*before, {**last, "content": answer}]
        return chat_text(tokenizer, conversation, chat_template=template, **settings)

    text = render(last["content"])
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, offsets = list(encoded["input_ids"]), encoded["offset_mapping"]
    start = find_answer(text, last["content"], render)
    if start is None:
        return Trained([], [])
    end = start + len(last["content"])
    begins = sum(first < start for first, _ in offsets)
    answer = [i for i, (first, _) in zip(ids, offsets, strict=True) if start <= first < end]
    return Trained(ids[:begins], answer)


def describe(
    tokenizer: PreTrainedTokenizerBase, name: str, found: Ids, expected: Ids, width: int = 8
) -> str:
    """Say where two prompts part, in words; "" where they are the same."""
    if found == expected:
        return ""
    pairs = zip(found, expected, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(found), len(expected)))
    near = slice(max(0, at - 2), at + width)
    return (
        f" (first: {name} has {tokenizer.decode(found[near])!r} where training has "
        f"{tokenizer.decode(expected[near])!r}, token {at})"
    )


def _transformers(tokenizer: PreTrainedTokenizerBase) -> Prompt:
    def prompt(messages: Messages) -> Ids:
        text = chat_text(tokenizer, messages, add_generation_prompt=True, enable_thinking=False)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    return prompt


def _llama_cpp(vocabulary: Any) -> Prompt:
    """Render the template in the file; NFC, to which llama.cpp does not normalise by itself."""
    words = [
        local.native().llama_vocab_get_text(vocabulary._model.vocab, i).decode() if i >= 0 else ""
        for i in (vocabulary.token_eos(), vocabulary.token_bos())
    ]
    formatter = local.native().llama_chat_format.Jinja2ChatFormatter(
        vocabulary.metadata["tokenizer.chat_template"], *words
    )

    def prompt(messages: Messages) -> Ids:
        rendered = formatter(messages=[dict(m) for m in messages], enable_thinking=False).prompt
        return local.token_ids(vocabulary, unicodedata.normalize("NFC", rendered))

    return prompt
