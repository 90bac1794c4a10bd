"""A merged model by Hugging Face transformers: the reference that needs no export."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_kitchen.backends import Completion, Engine, EngineKind, Job, Message
from recipe_kitchen.backends.forging import without_forged

if TYPE_CHECKING:
    from recipe_kitchen.backends.decoding.writing import Writing


def load_model(folder: Path) -> tuple[Any, Any]:
    """Return the tokenizer and the model of a folder, on a GPU if there is one.

    Numbers are float32 on a CPU, and as stored on a GPU. Raises `TopochefError` if the folder is no
    model with a chat template.
    """
    if not (folder / "config.json").is_file():
        raise TopochefError(f"{folder} holds no model: run `recipe-export all RUN` first")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype: Any = "auto" if device == "cuda" else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise TopochefError(f"{folder}: transformers cannot load it: export it again") from error
    if not tokenizer.chat_template:
        raise TopochefError(f"{folder} holds no chat template: export it again")
    return tokenizer, model.to(device).eval()


class Transformers(Engine):
    """A `Backend` over a Hugging Face folder, on a GPU if there is one; never for two threads."""

    def __init__(self, folder: Path, context_tokens: int) -> None:
        """Load a model with room for `context_tokens` of prompt and answer together.

        Numbers are float32 on a CPU, and as stored on a GPU. Raises `TopochefError` if the folder
        is no model with a chat template.
        """
        from llguidance import LLTokenizer
        from llguidance.hf import from_tokenizer

        from recipe_kitchen.backends.decoding.grammar import Grammars

        self._folder = folder
        self._tokenizer, self._model = load_model(folder)
        self._context_tokens: int = min(context_tokens, self._model.config.max_position_embeddings)
        spelling = from_tokenizer(
            self._tokenizer, n_vocab=self._model.config.vocab_size, slices=LLTokenizer.json_slices()
        )
        self._grammars = Grammars(spelling, frozenset({self._tokenizer.eos_token_id}))

    def facts(self) -> dict[str, Any]:
        """Return engine, versions, number format and device."""
        from importlib.metadata import version

        return {
            "engine": "transformers",
            "transformers": version("transformers"),
            "torch": version("torch"),
            "llguidance": version("llguidance"),
            "model": self._folder.name,
            "dtype": str(self._model.dtype),
            "device": self._model.device.type,
        }

    @property
    def context_tokens(self) -> int:
        """Room for prompt and answer together."""
        return self._context_tokens

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """Render the tokenizer's own template, thinking switched off where it knows it.

        Control tokens in the messages are cut out.
        """
        added = self._tokenizer.added_tokens_decoder.values()
        orders = [t.content for t in added if t.special or any(map(str.isalpha, t.content))]
        texts = without_forged(messages, lambda text: [word for word in orders if word in text])
        tokens: list[int] = self._tokenizer.apply_chat_template(
            texts, add_generation_prompt=True, enable_thinking=False, return_dict=False
        )
        return tokens

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        """Write texts, one after the other."""
        return [self._complete(job) for job in jobs]

    def _complete(self, job: Job) -> Completion:
        from recipe_kitchen.backends.decoding.writing import Writing

        start = time.perf_counter()
        prompt = self.prompt_tokens(job.messages)
        text = Writing(job, prompt, self._grammars, self._context_tokens)
        self._write(text)
        return text.completion(time.perf_counter() - start)

    def _write(self, text: Writing) -> None:
        import torch

        pending, cache = list(text.prompt), None
        with torch.inference_mode():
            while text.unfinished:
                ids = torch.tensor([pending], device=self._model.device)
                output = self._model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
                cache = output.past_key_values
                text.go_on(output.logits[0, -1].float().cpu().numpy())
                position, token = text.last
                if position < cache.get_seq_length():
                    cache.crop(position)
                pending = [token]


ENGINE = EngineKind(
    "transformers",
    "model",
    lambda run: run.merged,
    lambda model, tokens, threads, parallel: Transformers(model, tokens),
    batches=False,
)
