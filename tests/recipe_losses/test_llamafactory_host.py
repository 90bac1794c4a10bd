"""Every private name of LLaMA-Factory still means what `hosts.llamafactory` takes it for.

Looked up in the environment of `make llamafactory-check`; after an upgrade, what fails here is what
has moved.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".venvs" / "llamafactory"
COUNTERPARTS = ROOT / "tests" / "counterparts"
NAMES = (
    "get_dataset_converter", "a converter", "align_dataset", "_get_dataset_processor",
    "_get_preprocessed_dataset", "CustomSeq2SeqTrainer", "_encode_data_example",
    "it asks for template", "preprocess_dataset and print_data_example", "a template writes",
    "_convert_elements_to_ids", "efficient_eos", "cutoff_len", "get_dataset_list", "read_args",
)  # fmt: skip


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    if not (PLACE / ".ready").is_file():
        pytest.skip("LLaMA-Factory is not installed: `make llamafactory-check`")
    file = tmp_path_factory.mktemp("names") / "names.json"
    command = [PLACE / "bin" / "python", COUNTERPARTS / "record.py", "names", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_name_is_there_and_means_the_same(names, name):
    (found,) = [there for words, there in names.items() if words.startswith(name)]
    assert found, name


@pytest.mark.slow
def test_no_name_is_left_out(names):
    assert len(names) == len(NAMES)


@pytest.mark.slow
def test_it_trains_what_axolotl_trains():
    if not (PLACE / ".ready").is_file():
        pytest.skip("LLaMA-Factory is not installed: `make llamafactory-check`")
    command = [sys.executable, COUNTERPARTS / "check.py", "llamafactory"]
    environment = {**os.environ, "COLUMNS": "160"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
