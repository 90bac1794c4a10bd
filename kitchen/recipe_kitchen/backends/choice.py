"""What `--backend` names, and what it would load, before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.discovery import declared
from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_data.endpoints import Endpoint, endpoint, forms
from recipe_kitchen.backends import Backend, EngineKind

ENGINES: dict[str, EngineKind] = {
    engine.name: engine for engine in declared("recipe_kitchen.backends", EngineKind)
}
"""By what `--backend` calls them: to add one is to add its file."""
SPECS = f"{', '.join(ENGINES)}, {forms()}"


class Choice(NamedTuple):
    """A backend that is not opened yet."""

    spec: str
    model: Path | None = None
    """The file or folder to load; None where a server has the model."""
    words: Path | None = None
    """A GGUF file of the run, by which the prompts that a server reads are counted, if any."""

    @property
    def batches(self) -> bool:
        """Whether texts written side by side may differ from the same texts written alone."""
        return self.spec in ENGINES and ENGINES[self.spec].batches

    @classmethod
    def of(cls, spec: str, run: Path, gguf: Path | None = None) -> Choice:
        """Find the model of a run; `gguf` replaces its F16 file.

        Raises `TopochefError` if there is none, or nothing has this name.
        """
        engine = ENGINES.get(spec)
        if gguf and (engine is None or engine.loads != "gguf"):
            able = " or ".join(e.name for e in ENGINES.values() if e.loads == "gguf")
            raise TopochefError(f"--gguf is for --backend {able}, not {spec}: leave it out")
        if engine is None:
            endpoint(spec)
            return cls(spec, words=Run(run).any_gguf)
        model = gguf or engine.of_run(Run(run))
        if not model.exists():
            raise TopochefError(f"{model} does not exist: run `recipe-export all {run}` first")
        return cls(spec, model)

    def inputs(self) -> dict[str, Any]:
        """Return what decides which model writes, for manifests."""
        if self.model is None:
            return {"backend": self.spec.split("@")[0]}
        kind = ENGINES[self.spec].loads
        return {
            "backend": self.spec,
            kind: self.model.name,
            f"{kind}_sha256": sha256(self.model),
        }

    def open(self, context_tokens: int, threads: int | None = None, parallel: int = 1) -> Backend:
        """Load the model, or get ready to ask the server, for `parallel` texts at a time.

        Raises `TopochefError` if the model cannot be loaded, or does not write in parallel.
        """
        if self.model is None:
            server = endpoint(self.spec, context_tokens=context_tokens)
            return counted(server, self.words) if self.words else server
        if parallel > 1 and not self.batches:
            raise TopochefError(
                f"--backend {self.spec} writes one text at a time: leave --parallel out"
            )
        return ENGINES[self.spec].open(self.model, context_tokens, threads, parallel)


def counted(server: Endpoint, gguf: Path) -> Endpoint:
    """Return an endpoint that fails where its server reads other prompts than a file's."""
    from recipe_data.endpoints.lengths import Counted
    from recipe_kitchen.backends.decoding.prompts import Prompts

    return Counted(server, Prompts.of(gguf).lengths, gguf.name)
