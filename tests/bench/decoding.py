"""What a schema and a batch cost or save in llama.cpp, as ratios measured in one run: `make bench`.

A model of Qwen3's shape with Qwen's 151,936 words is grown from nothing: its weights are random,
its words made of syllables, its file that of our own export. It is as small as K-quants allow, so
that whatever stands beside the forward pass weighs most. A variant's time is that of 97 tokens less
that of one, the median of interleaved rounds; the prompt is the same. Times are those of one core,
so that other programs disturb them little. Samples of titles are timed whole.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import llama_cpp
from machine import machine
from rich.console import Console
from rich.progress import track
from rich.table import Table

from recipe_data.prompts import recipe_messages
from recipe_data.sampling import GREEDY, Sampler
from recipe_data.schema import ANSWER_SCHEMA
from recipe_data.tiny import grow_tiny_model
from recipe_export.converting.convert import write_gguf
from recipe_kitchen.asking import Asker, Decoder
from recipe_kitchen.backends import Job
from recipe_kitchen.backends.llamacpp import LlamaCpp
from recipe_kitchen.request import Request, Shape

VOCABULARY = 151_936
WORDS = 170_000
TOKENS = 96
BATCHES = (1, 4, 8, 16)
SAMPLED = (1, 16)
LIMIT = 1.15
CONTEXT = 256
MESSAGES = recipe_messages("Rice")[1:]
LINES = {"type": "array", "items": {"type": "string", "minLength": 100}, "minItems": 40}
SCHEMA = {**ANSWER_SCHEMA, "properties": dict.fromkeys(ANSWER_SCHEMA["properties"], LINES)}
"""The answer's, without short answers: random weights would soon have ended one."""
SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er")]

DRAWN = Sampler(1.0)
FREE, GUIDED = "greedy, free", "greedy, schema"
FREE_DRAWN, GUIDED_DRAWN = "drawn, free", "drawn, schema"
THEIRS = "greedy, free, by llama-cpp-python"

_Name = TypeVar("_Name")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--hidden", type=int, default=256, help="width of the model")
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        gguf = grow(Path(folder), arguments.vocabulary, arguments.hidden)
        console = Console()
        for table in (schema_table, batch_table, sample_table):
            console.print(table(gguf, arguments.rounds))
        console.print(machine(threads=1))


def grow(folder: Path, vocabulary: int, hidden: int) -> Path:
    """Export a model of random weights with so many words."""
    sizes = {"hidden": hidden, "intermediate": 2 * hidden}
    texts = pages(WORDS * vocabulary // VOCABULARY)
    facts = grow_tiny_model(texts, folder / "model", vocab_size=vocabulary, **sizes)
    if facts["vocab_size"] != vocabulary:
        raise SystemExit(f"{facts['vocab_size']} words grown, not {vocabulary}: raise WORDS")
    gguf = folder / "model-F16.gguf"
    write_gguf(folder / "model", gguf, "F16", "bench")
    return gguf


def pages(words: int) -> Iterator[str]:
    """Yield answers made of so many words, each a few syllables long."""
    draw = random.Random(0)
    for _ in range(words // 40 + 1):
        page = ["".join(draw.choices(SYLLABLES, k=draw.choice((2, 3, 3, 4)))) for _ in range(40)]
        lines = '","'.join(f"{draw.randrange(1, 999)} g {word}" for word in page[:20])
        yield f'{{"ingredients":["{lines}"],"instructions":["{" ".join(page[20:])}."]}}'


def schema_table(gguf: Path, rounds: int) -> Table:
    """Compare loops with and without a schema, and with that of llama-cpp-python."""
    backend = LlamaCpp(gguf, CONTEXT, threads=1)
    theirs = llama_cpp.Llama(
        str(gguf), n_ctx=CONTEXT, n_threads=1, n_threads_batch=1, verbose=False
    )
    prompt = backend.prompt_tokens(MESSAGES)
    variants: dict[str, Callable[[int], None]] = {
        FREE: lambda tokens: write(backend, tokens, None),
        GUIDED: lambda tokens: write(backend, tokens, SCHEMA),
        FREE_DRAWN: lambda tokens: write(backend, tokens, None, DRAWN),
        GUIDED_DRAWN: lambda tokens: write(backend, tokens, SCHEMA, DRAWN),
        THEIRS: lambda tokens: their_loop(theirs, prompt, tokens),
    }
    times = interleaved(variants, rounds)
    table = Table(title=f"{gguf.stat().st_size / 1e6:.0f} MB, one core, {rounds} rounds")
    table.add_column("loop")
    table.add_column("ms a token", justify="right")
    table.add_column("× free", justify="right")
    for name, milliseconds in times.items():
        against = times[FREE_DRAWN if name == GUIDED_DRAWN else FREE]
        table.add_row(name, f"{milliseconds:.3f}", f"{milliseconds / against:.3f}")
    ratio = times[GUIDED] / times[FREE]
    table.add_row(f"schema ≤ {LIMIT} × free", "", "met" if ratio <= LIMIT else "missed")
    return table


def batch_table(gguf: Path, rounds: int) -> Table:
    """Compare batches of texts that obey a schema."""
    times = interleaved({size: batch(gguf, size) for size in BATCHES}, rounds)
    table = Table(title="texts in one batch, schema")
    table.add_column("texts")
    table.add_column("ms a token", justify="right")
    table.add_column("× as fast", justify="right")
    for size, milliseconds in times.items():
        table.add_row(
            str(size), f"{milliseconds / size:.3f}", f"{times[1] * size / milliseconds:.2f}"
        )
    return table


def sample_table(gguf: Path, rounds: int) -> Table:
    """Measure what `recipe-eval prefer` and `credit` draw: whole samples, from prompt to answer."""
    shape = Shape(SCHEMA, lambda text: None)
    titles = [Request(f"{i}", "Rice", MESSAGES, "", shape=shape) for i in range(max(SAMPLED))]
    askers = {size: asker(gguf, size) for size in SAMPLED}
    paces: dict[int, list[float]] = {size: [] for size in SAMPLED}
    for number in range(rounds + 1):
        for size, one in askers.items():
            start = time.process_time()
            for first in range(0, len(titles), size):
                one.ask(titles[first : first + size])
            if number:  # the first round warms up
                paces[size].append(len(titles) / (time.process_time() - start))
    table = Table(title=f"samples of {TOKENS} tokens, drawn, schema")
    table.add_column("texts")
    table.add_column("samples/s", justify="right")
    for size, found in paces.items():
        table.add_row(f"{size} at once", f"{statistics.median(found):.2f}")
    return table


def asker(gguf: Path, size: int) -> Asker:
    """Return what draws one sample a title, so many at a time."""
    backend = LlamaCpp(gguf, CONTEXT, threads=1, parallel=size)
    return Asker(backend, Decoder(TOKENS, DRAWN, tries=1))


def interleaved(variants: dict[_Name, Callable[[int], None]], rounds: int) -> dict[_Name, float]:
    """Return the milliseconds that each variant takes for one more token."""
    times: dict[_Name, list[float]] = {name: [] for name in variants}
    for number in track(
        range(rounds + 1), "measuring", console=Console(stderr=True), transient=True
    ):
        for name, variant in variants.items():
            one, many = (seconds(variant, tokens) for tokens in (1, 1 + TOKENS))
            if number:  # the first round warms up
                times[name].append(1000 * (many - one) / TOKENS)
    return {name: statistics.median(values) for name, values in times.items()}


def seconds(variant: Callable[[int], None], tokens: int) -> float:
    start = time.process_time()
    variant(tokens)
    return time.process_time() - start


def write(
    backend: LlamaCpp, tokens: int, schema: dict[str, Any] | None, sampler: Sampler = GREEDY
) -> None:
    completion = backend.complete(MESSAGES, schema, tokens, sampler)
    if completion.completion_tokens != tokens:
        raise SystemExit(f"the text ended after {completion.completion_tokens} tokens")


def batch(gguf: Path, size: int) -> Callable[[int], None]:
    """Return what writes so many texts in one go."""
    backend = LlamaCpp(gguf, CONTEXT, threads=1, parallel=size)

    def together(tokens: int) -> None:
        backend.complete_all([Job(MESSAGES, SCHEMA, tokens, GREEDY)] * size)

    return together


def their_loop(llama: llama_cpp.Llama, prompt: list[int], tokens: int) -> None:
    llama.reset()
    loop = llama.generate(prompt, temp=0.0, repeat_penalty=1.0)
    for _ in range(tokens):
        next(loop)


if __name__ == "__main__":
    main()
