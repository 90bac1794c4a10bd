"""The command: what it prints, what it refuses, what it does not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recipe_base.files import read_manifest, write_jsonl
from recipe_export.cli import main

from .conftest import BASE


def test_all_walks_the_steps_and_a_second_call_skips_them(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["all", "runs/tiny-base", "runs/tiny-topo", "--types", "Q4_K_M"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [f"runs/{run}", step]
        for run in ("tiny-base", "tiny-topo")
        for step in ("merge", "Q4_K_M", "Modelfile")
    ]
    stamps = {path: path.stat().st_mtime_ns for path in Path("runs").rglob("*.gguf")}
    assert len(stamps) == 4
    assert main(["all", "runs/tiny-base", "runs/tiny-topo", "--types", "Q4_K_M"]) == 0
    assert "already merged" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["all", "runs/none"], "runs/none is not a folder"),
        (["quantize", "runs/tiny-base", "--types", "Q4_K_X"], "Q4_K_X is no GGUF type"),
        (["gguf", "runs/tiny-topo"], "run `recipe-export merge runs/tiny-topo`"),
        (["modelfile", "runs/tiny-base"], "run `recipe-export quantize runs/tiny-base`"),
    ],
)
def test_problems_are_one_message_and_status_1(
    arguments: list[str], message: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


def test_the_base_and_the_held_out_rows_can_be_named(work: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Rice"}, {"role": "assistant", "content": "2"}]}
    write_jsonl(Path("data/test.jsonl"), [row])
    assert main(["merge", "runs/tiny-topo", "--base", f"./{BASE}"]) == 0
    assert read_manifest(Path("runs/tiny-topo"))["merge"]["base"] == f"./{BASE}"
    assert main(["gguf", "runs/tiny-topo", "--data", "data"]) == 0
    facts = read_manifest(Path("runs/tiny-topo"))["gguf F16"]
    assert facts["checks"][-1]["check"].endswith("of 1 rows of data/test.jsonl")
    assert facts["peak_bytes"]["proving"] > 0


def test_no_type_is_refused_by_the_parser(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["all", "runs/tiny-topo", "--types", " , "])
    assert "name at least one type" in capsys.readouterr().err


def test_writing_needs_no_torch(work: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from recipe_export.merging.adapter import Adapter\n"
        "from recipe_export.merging.merge import write_merged\n"
        "from recipe_export.converting.convert import write_gguf\n"
        "from recipe_export.converting.quantize import write_quantized\n"
        "Path('out').mkdir()\n"
        "adapter = Adapter.open(Path('runs/tiny-topo/adapter'))\n"
        "write_merged(adapter, Path(adapter.base), Path('out'))\n"
        "write_gguf(Path('out'), Path('out.gguf'), 'F16', 'out')\n"
        "write_quantized(Path('out.gguf'), Path('q4.gguf'), 'Q4_K_M')\n"
        "print(*({'torch', 'transformers', 'peft'} & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == ""
    assert Path("q4.gguf").stat().st_size > 0
