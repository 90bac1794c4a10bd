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
from recipe_losses.views.span_view import coloured

pytestmark = pytest.mark.heavy


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


def span_view(workshop, config, *options):
    done = subprocess.run(
        [str(Path(sys.executable).with_name("axolotl")), "span-view", config.name, *options],
        cwd=workshop.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_the_subcommand_counts_rows_that_are_too_long(workshop):
    shown = span_view(workshop, workshop.write_config("view", sequence_len=57), "--rows", "1")
    counted = re.search(r"left out: (\d+) of 60 training rows: longer than", shown)
    assert counted
    assert 0 < int(counted[1]) < 60
    assert "spans: quantity ingredient" in shown


@pytest.mark.slow
def test_packed_rows_are_shown_with_all_their_examples(workshop):
    packed = workshop.write_config("packed-view", sample_packing=True, sequence_len=300)
    shown = span_view(workshop, packed, "--rows", "2")
    counted = re.findall(r"(\d+) tokens, (\d+) examples packed", shown)
    assert len(counted) == 2
    assert all(int(tokens) <= 300 and int(examples) > 1 for tokens, examples in counted)
    assert shown.count("Generate a recipe") == sum(int(examples) for _, examples in counted)
