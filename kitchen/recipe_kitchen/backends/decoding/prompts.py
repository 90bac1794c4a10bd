"""Prompts as a GGUF file makes them: its chat template, its tokenizer."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_base.errors import TopochefError
from recipe_data.endpoints import Message
from recipe_kitchen.backends.forging import without_forged

if TYPE_CHECKING:
    from llama_cpp import Llama


class Prompts:
    """Renders the template embedded in a file and tokenizes it as training did."""

    def __init__(self, llama: Llama, gguf: Path) -> None:
        """Raises `TopochefError` if the file brings no chat template."""
        import llama_cpp

        self._llama = llama
        self._vocab = llama_cpp.llama_model_get_vocab(llama.model)
        template = llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise TopochefError(f"{gguf} holds no chat template: export it with its tokenizer's")
        self._render = llama_cpp.llama_chat_format.Jinja2ChatFormatter(
            template,
            eos_token=self._word(llama.token_eos()),
            bos_token=self._word(llama.token_bos()),
        )

    @classmethod
    def of(cls, gguf: Path) -> Prompts:
        """Open the words of a file, without its weights."""
        return cls(load(gguf, vocab_only=True), gguf)

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """Return the ids of a prompt.

        NFC, because Hugging Face's tokenizers normalise and llama.cpp does not; control tokens
        parsed, but only the template's own: those in the messages are cut out; no BOS but the
        template's own; thinking switched off where a template knows it.
        """
        text = self._text(without_forged(messages, self._forged))
        ids: list[int] = self._llama.tokenize(text, add_bos=False, special=True)
        return ids

    def lengths(self, messages: Sequence[Message]) -> set[int]:
        """Return how long a prompt is without and with the BOS that servers add by themselves."""
        text = self._text(messages)
        return {
            len(self._llama.tokenize(text, add_bos=add_bos, special=True))
            for add_bos in (False, True)
        }

    def count(self, text: str) -> int:
        """Return how many tokens a text is."""
        return len(self._llama.tokenize(text.encode(), add_bos=False))

    def _text(self, messages: Sequence[Message]) -> bytes:
        prompt = self._render(messages=list(messages), enable_thinking=False).prompt
        return unicodedata.normalize("NFC", prompt).encode()

    def _forged(self, text: str) -> set[str]:
        """Return the words of control tokens that this text would be read as."""
        tokens = self._llama.tokenize(text.encode(), add_bos=False, special=True)
        return {self._word(token) for token in {*tokens} if self._gives_orders(token)}

    def _gives_orders(self, token: int) -> bool:
        """Tell control tokens, and words that a model was given beside its vocabulary."""
        import llama_cpp

        attributes = llama_cpp.llama_vocab_get_attr(self._vocab, token)
        if attributes & (llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN):
            return True
        given = attributes & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
        return bool(given) and any(map(str.isalpha, self._word(token)))

    def _word(self, token: int) -> str:
        import llama_cpp

        return "" if token < 0 else llama_cpp.llama_vocab_get_text(self._vocab, token).decode()


def load(gguf: Path, *, vocab_only: bool = False) -> Llama:
    """Load a file; its own context is as small as can be.

    Raises `TopochefError` if the file is absent, or is not a GGUF that llama.cpp reads.
    """
    if not gguf.is_file():
        raise TopochefError(f"{gguf} does not exist: run `recipe-export all RUN` first")
    import llama_cpp

    unsaid = StringIO() if vocab_only else sys.stderr  # it warns that such a model has no layers
    try:
        with redirect_stderr(unsaid):
            return llama_cpp.Llama(
                str(gguf), n_ctx=1, n_batch=1, n_threads=1, vocab_only=vocab_only, verbose=False
            )
    except ValueError as error:
        raise TopochefError(f"{gguf}: llama.cpp cannot load it: export it again") from error
