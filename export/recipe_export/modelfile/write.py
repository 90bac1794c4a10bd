"""A finished GGUF file → the Modelfile with which Ollama asks it what it was trained on."""

from __future__ import annotations

from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, sha256, write_text
from recipe_base.runs import Run
from recipe_data.prompts import SYSTEM
from recipe_data.sampling import DEFAULT, WINDOW_TOKENS
from recipe_export import local
from recipe_export.chat import Messages, render, special_words, training_template
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.parity import check_parity
from recipe_export.modelfile.syntax import Command, write
from recipe_export.modelfile.template import find_frame
from recipe_export.models.files import chat_template, read_json, versions
from recipe_export.proofs.conversations import built_in_rows, rows_of
from recipe_export.proofs.verdict import require

STAGE = "modelfile"
LONGEST_CONTEXT = 4096
LONGEST_ANSWER = 1024


def write_modelfile(run: Run, kind: str = "Q4_K_M", data: Path | None = None) -> str:
    """Write `run.modelfile` for one GGUF type, its prompts proven; return what was done, in a line.

    The proof is `parity`, on up to 1,000 rows of `data`, or on conversations made
    up here. Raises `TopochefError` if the GGUF file is missing, if no Go template writes the
    prompts of the training, or if a text cannot be quoted; then nothing is written.
    """
    gguf = run.gguf(kind)
    if not gguf.is_file():
        raise TopochefError(f"{gguf} not found: run `recipe-export quantize {run.folder}` first")
    rows = rows_of(data) if data else built_in_rows()
    template = go_template(run, gguf)
    text = modelfile(run, gguf.relative_to(run.folder), template, SYSTEM)
    proven_on = f"{len(rows):,} {'rows of ' + str(data) if data else 'built-in conversations'}"
    line = f"for {gguf.name}: ollama create {run.name} -f {run.modelfile}, prompts equal on "
    inputs = {
        "type": kind,
        "gguf_sha256": sha256(gguf),
        "text": fingerprint(text),
        "rows": fingerprint([[dict(m) for m in row] for row in rows]),
    }
    recorded = run.manifest.get(STAGE, {}).get("inputs")
    if recorded == inputs and run.modelfile.is_file():
        return f"{line}{proven_on}, as proven before"
    verdicts = require(check_parity(run, gguf, GoTemplate(template), rows))
    facts = {
        "inputs": inputs,
        "rows": len(rows),
        "data": str(data) if data else None,
        "sampler": DEFAULT.to_dict(),
        "checks": verdicts,
        "versions": versions("llama-cpp-python", "transformers"),
    }
    run.record(STAGE, facts)
    write_text(run.modelfile, text)
    return line + proven_on


def go_template(run: Run, gguf: Path) -> str:
    """Return the Go template that should write what the merged model's chat template writes.

    A BOS that llama.cpp adds by itself is left out.
    """
    training_template(run.adapter, run.merged)  # refuses a template that changes every day
    template = chat_template(run.merged) or ""
    with local.vocabulary(gguf) as vocabulary:
        adds_bos = bool(local.token_ids(vocabulary, "", add_bos=True))
    bos = special_words(run.merged)["bos_token"] if adds_bos else ""

    def prompt(messages: Messages) -> str:
        text = render(template, messages, run.merged, enable_thinking=False)
        return text.removeprefix(bos)

    return find_frame(prompt).go()


def modelfile(run: Run, gguf: Path, template: str, system: str) -> str:
    """Return the text of a Modelfile.

    Sampling is that of the evaluation, every setting named: Ollama has defaults of its own. The
    control tokens that the template writes stop an answer.
    """
    context = read_json(run.merged / "config.json")["max_position_embeddings"]
    commands = [
        Command("FROM", f"./{gguf.as_posix()}"),
        Command("TEMPLATE", template),
        Command("SYSTEM", system),
        Command("num_ctx", str(min(context, LONGEST_CONTEXT))),
        Command("num_predict", str(LONGEST_ANSWER)),
        *(Command(name, f"{value:g}") for name, value in DEFAULT.to_dict().items()),
        Command("repeat_last_n", str(WINDOW_TOKENS)),
        *(Command("stop", stop) for stop in stops(run.merged, template)),
    ]
    return write(commands)


def stops(merged: Path, template: str) -> list[str]:
    """Return the control tokens that end an answer: EOS, and those that the template writes."""
    tokens = read_json(merged / "tokenizer.json")["added_tokens"]
    control = [token["content"] for token in tokens if token["special"]]
    ends = {special_words(merged)["eos_token"], "<|endoftext|>"}
    return [word for word in control if word in ends or word in template]
