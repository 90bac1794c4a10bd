"""Rows converted in several processes: the same bytes, bounded memory, a clear end if one dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_data.building import converting
from recipe_data.building.build import Options, build
from recipe_data.building.converting import Converted, Work, convert_all
from recipe_data.cli import main
from recipe_data.demo.compose import write_corpus
from recipe_data.schema import RawRecipe, Rejection


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.csv"
    write_corpus(path, path.with_suffix(".gold.jsonl"), rows=150, seed=3)
    return path


def raw(number: int) -> RawRecipe:
    return RawRecipe(number, f"Pea Risotto {number}", ("1 c. rice",), ("Boil the rice.",), "")


@pytest.mark.heavy
def test_workers_write_the_same_bytes(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(corpus, tmp_path / "one", Options(limit=90))
    command = ["build", str(corpus), "--limit", "90", "--output", str(tmp_path / "two")]
    assert main([*command, "--workers", "2"]) == 0
    assert main([*command, "--workers", "3"]) == 0
    assert "already built" in capsys.readouterr().out
    hashes = [{p.name: sha256(p) for p in (tmp_path / name).iterdir()} for name in ("one", "two")]
    assert hashes[0] == hashes[1]


@pytest.mark.heavy
def test_rejections_and_recipes_stay_in_order() -> None:
    rows = [raw(n) if n % 3 else Rejection(n, "not a chosen dish") for n in range(1, 300)]
    assert list(convert_all(rows, Work(), 2)) == list(convert_all(rows, Work(), 1))
    assert [outcome.row for outcome in convert_all(iter(rows), Work(), 2)] == list(range(1, 300))


@pytest.mark.heavy
def test_rows_are_read_no_further_than_the_workers_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "BATCH_ROWS", 50)
    read = 0

    def rows() -> Iterator[RawRecipe | Rejection]:
        nonlocal read
        for read in range(1, 100_000):
            yield raw(read) if read % 50 == 0 else Rejection(read, "not a chosen dish")

    outcomes = convert_all(rows(), Work(), 2)
    ahead = [read - next(outcomes).row for _ in range(1000)]
    outcomes.close()
    assert max(ahead) <= 50 * (2 * converting.BATCHES_AHEAD + 1)
    assert not multiprocessing.active_children()


@pytest.mark.heavy
def test_a_killed_worker_ends_in_a_clear_error() -> None:
    outcomes = convert_all((raw(number) for number in range(1, 100_000)), Work(), 2)
    assert isinstance(next(outcomes), Converted)
    victim = multiprocessing.active_children()[0]
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
    with pytest.raises(TopochefError, match=r"worker process was killed.*fewer --workers"):
        list(outcomes)
    assert not multiprocessing.active_children()


def test_what_goes_wrong_in_a_worker_keeps_its_name() -> None:
    broken = RawRecipe(1, None, (), (), "")  # type: ignore[arg-type]
    with pytest.raises((AttributeError, TypeError)):
        list(convert_all([broken], Work(), 2))


@pytest.mark.heavy
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import itertools, multiprocessing\n"
        "from recipe_data.building.converting import Work, convert_all\n"
        "from recipe_data.schema import RawRecipe\n"
        "rows = (RawRecipe(n, 'Rice', ('1 c. rice',), ('Boil.',), '') for n in itertools.count())\n"
        "outcomes = convert_all(rows, Work(), 2)\n"
        "next(outcomes)\n"
        "print(*(p.pid for p in multiprocessing.active_children()), flush=True)\n"
        "for _ in outcomes: pass\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(_lives(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    """Tell whether a process runs; one that has ended may wait for its new parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
