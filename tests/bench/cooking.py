"""A recipe card as a process: first words, whole card, peak memory; cold and warm.

`cooking.py [--model FILE] [--recipes N] [--rounds N]`: what `recipe-cook "Mushroom risotto"` takes
in a terminal, with and without a cookbook of N composed recipes, which is indexed before. Warm is
the median of the rounds; cold is one start after model, index and libraries were put out of the
system's file cache, as far as no other process holds them. Aimed at: first words in 1.5 s, with a
cookbook in 2 s; the card in 10 s; 1 GB.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from recipe_data.cookbook.indexing import write_index
from recipe_data.demo.compose import write_corpus
from recipe_kitchen.cooking.models import newest_model

TITLE = "Mushroom risotto"
FIRST_WORDS = {"plain": 1.5, "cookbook": 2.0}
CARD_SECONDS = 10.0
MEGABYTES = 1000.0
_STEERING = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")
_WORDS = re.compile(r"│[^│\n]*[^\W\d_]{3}")
"""A line of the card that says something: title and model stand on its border."""


class Run(NamedTuple):
    """One start to its end."""

    first_words: float
    card: float
    megabytes: float


def run(command: list[str]) -> Run:
    """Run a command in a terminal of its own; raises `RuntimeError` where it fails."""
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="100", LINES="60")
        os.execvp(command[0], command)
    written, first = b"", 0.0
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # its end of the terminal is closed
            break
        if not piece:
            break
        written += piece
        if not first and _WORDS.search(_STEERING.sub(b"", written).decode("utf-8", "replace")):
            first = time.perf_counter() - began
    _, status, used = os.wait4(child, 0)
    card = time.perf_counter() - began
    os.close(terminal)
    if status or not first:
        raise RuntimeError(f"{command}: {written.decode('utf-8', 'replace')[-500:]}")
    return Run(first, card, used.ru_maxrss / 1000)


def forget(files: Iterable[Path]) -> None:
    """Have the system read files from the disk again."""
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def measured(command: list[str], rounds: int, cold: list[Path]) -> dict[str, Run]:
    """Return one cold start, and the medians of warm ones."""
    run(command)  # compiles, and makes what is made once
    forget(cold)
    first = run(command)
    warm = [run(command) for _ in range(rounds)]
    return {"cold": first, "warm": Run(*map(median, zip(*warm, strict=True)))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, help="GGUF file (default: the newest below runs)")
    parser.add_argument("--recipes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    model = (arguments.model or newest_model(Path())).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(XDG_DATA_HOME=str(folder), XDG_CACHE_HOME=str(folder))
        corpus, book = folder / "corpus.csv", folder / "book.sqlite"
        write_corpus(corpus, folder / "gold.jsonl", arguments.recipes, seed=7)
        write_index(corpus, book)
        program = Path(sys.executable).with_name("recipe-cook")
        plain = [str(program), TITLE, "--model", str(model)]
        libraries = [
            file
            for place in {sysconfig.get_path("purelib"), sysconfig.get_path("stdlib")}
            for file in Path(place).rglob("*")
            if file.suffix in (".py", ".pyc", ".so") and file.is_file()
        ]
        print(f"{TITLE}, {model.name}, {os.cpu_count()} CPUs; a cookbook of {arguments.recipes}")
        print(f"{'':16}{'first words':>16}{'card':>16}{'memory':>16}")
        missed = False
        for kind, more in (("plain", []), ("cookbook", ["--cookbook", str(book)])):
            found = measured([*plain, *more], arguments.rounds, [*libraries, model, book])
            for state, (first, card, megabytes) in found.items():
                missed |= first > FIRST_WORDS[kind] or card > CARD_SECONDS or megabytes > MEGABYTES
                print(f"{kind + ', ' + state:16}{first:14.2f} s{card:14.2f} s{megabytes:13.0f} MB")
            print(
                f"{'  aimed at':16}{FIRST_WORDS[kind]:14.2f} s{CARD_SECONDS:14.2f} s"
                f"{MEGABYTES:13.0f} MB"
            )
        print("a target was missed" if missed else "all targets were met")


if __name__ == "__main__":
    main()
