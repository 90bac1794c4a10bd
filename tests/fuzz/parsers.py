"""Fuzz the parsers with atheris, guided by the code that each input reaches: `make fuzz`.

    pip install -c constraints.txt -e '.[fuzz]'
    python tests/fuzz/parsers.py -runs=900000 -max_len=1000 corpus/

The first byte of an input chooses the check, the others are its text. An input that breaks a
property, raises or is slow ends the run and lies in `crash-…`, to be run again by naming that file.
The arguments are libFuzzer's; new inputs are kept in the folder that is named.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import yaml

SEEDS = Path(__file__).with_name("seeds.yaml")


def write_seeds(folder: Path, places: dict[str, int]) -> None:
    """Write each seed as a file, behind the byte that chooses its check."""
    for kind, texts in yaml.safe_load(SEEDS.read_text(encoding="utf-8")).items():
        for number, text in enumerate(texts):
            (folder / f"{kind}-{number}").write_bytes(bytes([places[kind]]) + text.encode())


def main() -> None:
    # Late: pytest, which looks for doctests, imports scripts that it does not run.
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is missing: run pip install -c constraints.txt -e '.[fuzz]'")
    with atheris.instrument_imports(include=["recipe_data"]):
        from parser_properties import CHECKS

    def run(data: bytes) -> None:
        if data:
            CHECKS[data[0] % len(CHECKS)](data[1:].decode("utf-8", "replace"))

    places = {check.__name__.removeprefix("check_"): i for i, check in enumerate(CHECKS)}
    with tempfile.TemporaryDirectory() as seeds:
        write_seeds(Path(seeds), places)
        atheris.Setup([*sys.argv, seeds], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
