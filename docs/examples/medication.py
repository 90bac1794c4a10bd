"""Compose instructions for taking medicine, with spans: rows for `docs/own-data.md`.

Drugs, doses and intervals are invented; nobody should take any of them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from pathlib import Path
from typing import Any

from recipe_data.tiny import grow_tiny_model

DRUGS = (
    "velorin",
    "tamaxol",
    "ostrapine",
    "kelvadin",
    "morudex",
    "sanapril",
    "brevitol",
    "lumicet",
)
DOSES = (5, 10, 20, 25, 50, 75, 100, 125, 200, 250, 400, 500)
PARTS = {"dose": r"\d+ mg", "drug": r"(?<= of )[a-z]+", "interval": r"every \d+ hours"}
TIMES_A_DAY = {"once": 24, "twice": 12, "three times": 8, "four times": 6, "six times": 4}


def marked(*parts: str | tuple[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """Join parts to a text; a part (words, kind) becomes a span in characters of the text.

    >>> marked("Take ", ("5 mg", "dose"))
    ('Take 5 mg', [{'start': 5, 'end': 9, 'kind': 'dose', 'group': 0}])
    """
    text, spans = "", []
    for part in parts:
        words, kind = part if isinstance(part, tuple) else (part, None)
        if kind:
            start, end = len(text), len(text) + len(words)
            spans.append({"start": start, "end": end, "kind": kind, "group": len(spans)})
        text += words
    return text, spans


def row(task: str, question: str, text: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    """Make one line of the dataset: a chat, its task, and the spans of its answer."""
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": text}]
    return {"task": task, "messages": messages, "spans": spans}


def instruction(rng: random.Random) -> dict[str, Any]:
    """From a prescription to an instruction: dose, drug and interval are spans."""
    drug, dose, (often, hours) = (
        rng.choice(DRUGS),
        rng.choice(DOSES),
        rng.choice([*TIMES_A_DAY.items()]),
    )
    answer = marked(
        "Take ",
        (f"{dose} mg", "dose"),
        " of ",
        (drug, "drug"),
        " ",
        (f"every {hours} hours", "interval"),
        ".",
    )
    return row("instruction", f"Write the instruction: {drug} {dose} mg, {often} a day.", *answer)


def daily_dose(rng: random.Random) -> dict[str, Any]:
    """From an instruction to a number: a `number` span, whose value the numeric term trains on."""
    dose, hours = rng.choice(DOSES), rng.choice([*TIMES_A_DAY.values()])
    total = dose * 24 // hours
    text, spans = marked((str(total), "number"), " mg")
    spans[0]["value"] = total
    return row("daily_dose", f"{dose} mg every {hours} hours: how much in a day?", text, spans)


def by_part(answer: str, gold: str) -> list[tuple[int, int, float, str]]:
    """Score dose, drug and interval of an answer: 1 where gold has the same, else 0.

    What `recipe-eval credit --scorer` calls.

    >>> by_part("Take 5 mg of velorin every 6 hours.", "Take 5 mg of velorin every 8 hours.")
    [(5, 9, 1.0, 'dose'), (13, 20, 1.0, 'drug'), (21, 34, 0.0, 'interval')]
    """
    parts = []
    for kind, pattern in PARTS.items():
        written, wanted = re.search(pattern, answer), re.search(pattern, gold)
        if written:
            right = wanted is not None and written[0] == wanted[0]
            parts.append((written.start(), written.end(), float(right), kind))
    return parts


def main() -> None:
    """Write train.jsonl, validation.jsonl and an untrained model to train on them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=240)
    arguments = parser.parse_args()
    rng = random.Random(7)
    rows = [rng.choice((instruction, daily_dose))(rng) for _ in range(arguments.rows)]
    folder: Path = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    held_out = len(rows) // 10
    for name, part in (("train", rows[held_out:]), ("validation", rows[:held_out])):
        lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in part)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    texts = [message["content"] for r in rows[held_out:] for message in r["messages"]]
    grow_tiny_model(texts, folder / "tiny-init", vocab_size=400, layers=2)
    print(
        f"{folder}: {len(rows) - held_out} rows to train on, {held_out} to evaluate, a tiny model"
    )


if __name__ == "__main__":
    main()
