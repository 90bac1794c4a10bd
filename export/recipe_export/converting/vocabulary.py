"""tokenizer.json → what llama.cpp needs to encode the same text to the same ids."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_export.models.files import chat_template, read_json

if TYPE_CHECKING:
    from gguf import GGUFWriter

_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + _REST
LLAMA3 = _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + _REST

# (splitting steps of tokenizer.json, whether whole words skip the merges) → llama.cpp's name.
PRE_TOKENIZERS = {
    ((f"split {QWEN2}", "bytes"), False): "qwen2",
    ((f"split {LLAMA3}", "bytes"), True): "llama-bpe",
    ((f"split {LLAMA3}", "bytes"), False): "smaug-bpe",
    (("digits", "words"), False): "smollm",
    (("words",), False): "gpt-2",
}

# A GGUF file does not say whether text is normalised: models of these pre-tokenizers do (NFC).
NORMALISED = frozenset({"qwen2"})

# Names under which llama.cpp knows the same splitting.
SYNONYMS = {"deepseek-r1-qwen": "qwen2", "llama3": "llama-bpe", "llama-v3": "llama-bpe"}


def add_vocabulary(writer: GGUFWriter, folder: Path, rows: int) -> None:
    """Write the tokens, merges, special tokens and chat template of a model's folder.

    `rows` is the height of the embedding: ids without a token are filled up as unused.
    """
    from gguf import SpecialVocab

    tokenizer = read_json(folder / "tokenizer.json")
    tokens, types = token_list(tokenizer, rows)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer(tokenizer))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    special = SpecialVocab(folder, load_merges=True, n_vocab=rows)
    special.chat_template = chat_template(folder)
    # Left unsaid, llama.cpp takes id 11 for BOS, and some pre-tokenizers prepend it.
    special.add_special_token |= put_around(tokenizer)
    ids = special.special_token_ids
    if (stand_in := ids.get("pad", ids.get("eos"))) is not None:
        ids.setdefault("bos", stand_in)
    special.add_to_gguf(writer, quiet=True)


def put_around(tokenizer: dict[str, Any]) -> dict[str, bool]:
    """Tell whether BOS and EOS are put around every text.

    As transformers does, where there is a tokenizer.json: its post-processor decides, and
    `add_bos_token` in tokenizer_config.json is not read.

    >>> put_around({"post_processor": {"type": "ByteLevel"}})
    {'bos': False, 'eos': False}
    """
    root = tokenizer.get("post_processor") or {}
    steps = root.get("processors", [root])
    ends = [step["single"] for step in steps if step.get("type") == "TemplateProcessing"]
    return {
        "bos": any("SpecialToken" in pieces[0] for pieces in ends),
        "eos": any("SpecialToken" in pieces[-1] for pieces in ends),
    }


def token_list(tokenizer: dict[str, Any], rows: int) -> tuple[list[str], list[int]]:
    """Return the text and llama.cpp's type of every id from 0 to rows − 1."""
    from gguf import TokenType

    tokens = [f"[PAD{i}]" for i in range(rows)]
    types = [int(TokenType.UNUSED)] * rows
    last = -1
    for text, i in tokenizer["model"]["vocab"].items():
        last = max(last, i)
        if i < rows:
            tokens[i], types[i] = text, int(TokenType.NORMAL)
    for added in tokenizer["added_tokens"]:
        text, i = added["content"], added["id"]
        last = max(last, i)
        # Marked special, or written as control tokens are: text of a user must never become one.
        control = added["special"] or (text.startswith("<|") and text.endswith("|>"))
        if i < rows:
            tokens[i] = text
            types[i] = int(TokenType.CONTROL if control else TokenType.USER_DEFINED)
    if last >= rows:
        raise TopochefError(
            f"tokenizer.json has a token {last}, but the model's embedding has {rows} rows: "
            "the tokenizer belongs to another model"
        )
    return tokens, types


def pre_tokenizer(tokenizer: dict[str, Any]) -> str:
    """Name llama.cpp's pre-tokenizer for the structure of a tokenizer.json."""
    model, root = tokenizer["model"], tokenizer.get("pre_tokenizer") or {}
    normalizer = (tokenizer.get("normalizer") or {}).get("type")
    steps = root["pretokenizers"] if root.get("type") == "Sequence" else [root]
    structure = (tuple(map(_step, steps)), bool(model.get("ignore_merges")))
    kind = model.get("type")
    if kind != "BPE" or normalizer not in (None, "NFC") or structure not in PRE_TOKENIZERS:
        raise TopochefError(
            f"tokenizer.json: {kind} with normalizer {normalizer}, steps {structure[0]} "
            f"and ignore_merges {structure[1]} has no known counterpart in llama.cpp: "
            "use the tokenizer of a Qwen2, Qwen3, SmolLM3 or Llama 3 model"
        )
    return PRE_TOKENIZERS[structure]


def _step(step: dict[str, Any]) -> str:
    """Describe one splitting step in a word, with everything that llama.cpp fixes."""
    match step:
        case {
            "type": "Split",
            "pattern": {"Regex": regex},
            "behavior": "Isolated",
            "invert": False,
        }:
            return f"split {regex}"
        case {"type": "ByteLevel", "add_prefix_space": False, "use_regex": use_regex}:
            return "words" if use_regex else "bytes"
        case {"type": "Digits", "individual_digits": True}:
            return "digits"
    return f"{step.get('type')} (unknown)"


def splitting(name: str, path: Path) -> dict[str, Any]:
    """Return what tokenizer.json says where llama.cpp names a pre-tokenizer: undoes the above.

    The keys are `normalizer`, `pre_tokenizer` and `ignore_merges`. Raises `TopochefError`, which
    names the file `path`, for a name that is not in `PRE_TOKENIZERS`.
    """
    known = {given: structure for structure, given in PRE_TOKENIZERS.items()}
    name = SYNONYMS.get(name, name)
    if name not in known:
        raise TopochefError(
            f"{path}: pre-tokenizer {name} is not known here: choose a model with one of "
            f"{', '.join(sorted({*known, *SYNONYMS}))}"
        )
    steps, ignore_merges = known[name]
    written = [_written(step) for step in steps]
    sequence = {"type": "Sequence", "pretokenizers": written}
    return {
        "normalizer": {"type": "NFC"} if name in NORMALISED else None,
        "pre_tokenizer": sequence if len(written) > 1 else written[0],
        "ignore_merges": ignore_merges,
    }


def _written(step: str) -> dict[str, Any]:
    """Write one splitting step as tokenizer.json does: undoes `_step`."""
    kind, _, regex = step.partition(" ")
    if kind == "split":
        pattern = {"Regex": regex}
        return {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    if kind == "digits":
        return {"type": "Digits", "individual_digits": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {**byte_level, "use_regex": kind == "words"}
