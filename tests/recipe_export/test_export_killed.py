"""A process killed in the middle leaves nothing half-written, and the next run ends the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recipe_base.files import read_manifest, sha256
from recipe_export.cli import main

KILL_AFTER = """
import os, signal
def killing(function, calls):
    def call(*arguments, **settings):
        nonlocal calls
        calls -= 1
        if calls < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **settings)
    return call
"""

IN_MERGE = """
from recipe_export.merging.adapter import Pair
Pair.delta = killing(Pair.delta, 2)
from recipe_export.merging.merge import merge
merge(run)
"""

IN_CONVERT = """
from gguf import GGUFWriter
GGUFWriter.write_tensor_data = killing(GGUFWriter.write_tensor_data, 3)
from recipe_export.converting.convert import convert
convert(run)
"""

IN_MANIFEST = """
Run.record = killing(Run.record, 0)
from recipe_export.converting.convert import convert
convert(run)
"""


def kill(folder: str, where: str) -> None:
    """Run a stage in a process of its own that kills itself as `where` says."""
    code = f"{KILL_AFTER}\nfrom pathlib import Path\nfrom recipe_base.runs import Run\n"
    code += f"run = Run.open(Path({folder!r}))\n{where}"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def test_killed_while_merging(work: Path, exported: Path) -> None:
    kill("runs/tiny-topo", IN_MERGE)
    assert not Path("runs/tiny-topo/merged").exists()
    assert read_manifest(Path("runs/tiny-topo")) == {}

    assert main(["merge", "runs/tiny-topo"]) == 0
    assert sha256(Path("runs/tiny-topo/merged")) == sha256(exported / "merged")
    names = sorted(path.name for path in Path("runs/tiny-topo").iterdir())
    assert names == ["adapter", "manifest.json", "merged"]


@pytest.mark.parametrize("where", [IN_CONVERT, IN_MANIFEST], ids=["tensors", "manifest"])
def test_killed_while_converting(where: str, work: Path) -> None:
    run = Path("runs/tiny-base")
    kill(str(run), where)
    assert not (run / "gguf" / "tiny-base-F16.gguf").exists()

    assert main(["gguf", str(run)]) == 0
    assert [path.name for path in (run / "gguf").iterdir()] == ["tiny-base-F16.gguf"]
    recorded = read_manifest(run)["gguf F16"]["sha256"]
    assert recorded == sha256(run / "gguf" / "tiny-base-F16.gguf")


def test_the_half_written_file_of_a_living_process_is_left_alone(work: Path) -> None:
    folder = Path("runs/tiny-base/gguf")
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        part = folder / f".tiny-base-Q8_0.gguf.{other.pid}.part"
        part.write_bytes(b"in the making")
        assert main(["gguf", "runs/tiny-base"]) == 0
        assert part.exists()
        other.kill()
