"""The coloured view shows what training sees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from recipe_losses.codes import code
from recipe_losses.hf import encode
from recipe_losses.span_view import coloured


def test_spans_are_coloured_and_the_prompt_is_dim(workshop):
    tokenizer = AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")
    line = (workshop.folder / "train.jsonl").read_text().splitlines()[0]
    row = json.loads(line)
    text = coloured(encode(row, tokenizer), tokenizer, {code("ingredient"): "ingredient"})
    assert text.plain.endswith(row["messages"][-1]["content"] + "<|im_end|>\n")
    answer = row["messages"][-1]["content"]
    foods = [answer[s["start"] : s["end"]] for s in row["spans"] if s["kind"] == "ingredient"]
    shown = [text.plain[s.start : s.end] for s in text.spans if s.style == "bold green"]
    assert "".join(shown).replace(" ", "") == "".join(foods)
    first = next(s for s in text.spans if s.start == 0)
    assert "dim" in str(first.style)


@pytest.mark.slow
def test_the_subcommand_counts_rows_that_are_too_long(workshop):
    config = workshop.write_config("view", sequence_len=64)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("axolotl")), "span-view", config.name, "--rows", "1"],
        cwd=workshop.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    counted = re.search(r"left out: (\d+) of 60 training rows: longer than", done.stdout)
    assert counted
    assert 0 < int(counted[1]) < 60
    assert "spans: quantity ingredient" in done.stdout
