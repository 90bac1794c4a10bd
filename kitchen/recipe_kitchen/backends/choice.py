"""What `--backend` names, and what it would load, before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_data.endpoints import endpoint
from recipe_kitchen.backends import Backend

LLAMA_CPP = "llamacpp"
TRANSFORMERS = "transformers"
SPECS = f"{LLAMA_CPP}, {TRANSFORMERS}, ollama:NAME or openai:MODEL@URL"


class Choice(NamedTuple):
    """A backend that is not opened yet."""

    spec: str
    model: Path | None = None
    """The file or folder to load; None where a server has the model."""

    @property
    def batches(self) -> bool:
        """Whether texts written side by side may differ from the same texts written alone."""
        return self.spec == LLAMA_CPP

    @classmethod
    def of(cls, spec: str, run: Path, gguf: Path | None = None) -> Choice:
        """Find the model of a run; `gguf` replaces its F16 file.

        Raises `TopochefError` if there is none, or nothing has this name.
        """
        if gguf and spec != LLAMA_CPP:
            raise TopochefError(f"--gguf is for --backend {LLAMA_CPP}, not {spec}: leave it out")
        if spec == LLAMA_CPP:
            model = gguf or Run(run).the_gguf("F16")
        elif spec == TRANSFORMERS:
            model = Run(run).merged
        else:
            endpoint(spec)
            return cls(spec)
        if not model.exists():
            raise TopochefError(f"{model} does not exist: run `recipe-export all {run}` first")
        return cls(spec, model)

    def inputs(self) -> dict[str, Any]:
        """Return what decides which model writes, for manifests."""
        if self.model is None:
            return {"backend": self.spec.split("@")[0]}
        kind = "gguf" if self.spec == LLAMA_CPP else "model"
        return {
            "backend": self.spec,
            kind: self.model.name,
            f"{kind}_sha256": sha256(self.model),
        }

    def open(self, context_tokens: int, threads: int | None = None, parallel: int = 1) -> Backend:
        """Load the model, or get ready to ask the server, for `parallel` texts at a time.

        Raises `TopochefError` if the model cannot be loaded, or does not write in parallel.
        """
        if self.spec == LLAMA_CPP and self.model:
            from recipe_kitchen.backends.llamacpp import LlamaCpp

            return LlamaCpp(self.model, context_tokens, threads, parallel)
        if self.model is None:
            return endpoint(self.spec, context_tokens=context_tokens)
        if parallel > 1:
            raise TopochefError(
                f"--backend {TRANSFORMERS} writes one text at a time: leave --parallel out"
            )
        from recipe_kitchen.backends.transformers import Transformers

        return Transformers(self.model, context_tokens)
