"""A GGUF file's vocabulary → the tokenizer files of a Hugging Face folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import to_json, write_text
from recipe_export.converting.vocabulary import splitting
from recipe_export.local import native, vocabulary
from recipe_export.models.container import Container

BYTE_LEVEL_BPE = "gpt2"
NAMED = {
    "bos": "bos_token_id",
    "eos": "eos_token_id",
    "unk": "unknown_token_id",
    "sep": "seperator_token_id",  # llama.cpp's spelling
    "pad": "padding_token_id",
    "cls": "cls_token_id",
    "mask": "mask_token_id",
}
# Other tokens that end a turn, beside EOS.
ENDS = ("eot_token_id", "eom_token_id")


class Vocabulary(NamedTuple):
    """The tokens of a model, and what is special among them."""

    tokens: dict[str, int]  # every token but the unused
    merges: list[list[str]]
    control: dict[int, str]  # never to come from a user's text
    defined: dict[int, str]  # whole tokens that are text all the same
    named: dict[str, str]  # bos, eos, … → its text
    splitting: dict[str, Any]  # normalizer, pre_tokenizer and ignore_merges
    add: dict[str, bool]  # bos, eos → whether it is put around every text


def read_vocabulary(source: Container) -> Vocabulary:
    """Return the vocabulary.

    Raises `TopochefError` for tokenizers other than byte-level BPE with a known pre-tokenizer,
    and for tokens, merges or ids that contradict one another.
    """
    from gguf import TokenType

    model = source.get("tokenizer.ggml.model", str)
    if model != BYTE_LEVEL_BPE:
        raise TopochefError(
            f"{source.path}: its tokenizer is of the kind {model}: only byte-level BPE "
            f"({BYTE_LEVEL_BPE}) can be imported"
        )
    words = source.get("tokenizer.ggml.tokens", list)
    types = source.get("tokenizer.ggml.token_type", list)
    if len(words) != len(types) or len(set(words)) != len(words) or not _texts(words):
        raise _contradiction(source, "tokens and token types do not fit together")
    ids = _ids(source, len(words))
    control = {i for i, kind in enumerate(types) if kind in (TokenType.CONTROL, TokenType.UNKNOWN)}
    control |= set(ids.values())
    # What is written for an id without a token is no token; others that are not used are words.
    holes = {
        i
        for i, kind in enumerate(types)
        if kind == TokenType.UNUSED and words[i] == f"[PAD{i}]" and i not in control
    }
    return Vocabulary(
        tokens={word: i for i, word in enumerate(words) if i not in holes},
        merges=_merges(source),
        control={i: words[i] for i in sorted(control)},
        defined={
            i: word
            for i, word in enumerate(words)
            if types[i] == TokenType.USER_DEFINED and i not in control
        },
        named={name: words[ids[key]] for name, key in NAMED.items() if key in ids},
        splitting=splitting(source.get("tokenizer.ggml.pre", str), source.path),
        add=_adds(source),
    )


def _ids(source: Container, count: int) -> dict[str, int]:
    """Return the ids of the tokens that have a task, by the keys that name them."""
    ids: dict[str, int] = {}
    for key in (*NAMED.values(), *ENDS):
        i = source.metadata.get(f"tokenizer.ggml.{key}")
        if i is None:
            continue
        if type(i) is not int or not 0 <= i < count:
            raise _contradiction(source, f"there is no token {i} for {key}")
        ids[key] = i
    if NAMED["eos"] not in ids:
        raise TopochefError(f"{source.path} names no token that ends a text: take another file")
    return ids


def write_tokenizer(source: Container, words: Vocabulary, folder: Path, longest: int) -> None:
    """Write tokenizer.json, tokenizer_config.json and, where there is one, the chat template."""
    from tokenizers import Tokenizer

    text = to_json(tokenizer_json(words))
    try:
        built = Tokenizer.from_str(text)
    except Exception as error:  # the library raises plain Exceptions
        raise _contradiction(source, f"no tokenizer can be built: {error}") from error
    if built.get_vocab(with_added_tokens=True) != words.tokens:
        raise _contradiction(source, "the tokens have other ids in a tokenizer")
    write_text(folder / "tokenizer.json", text + "\n")
    write_text(folder / "tokenizer_config.json", to_json(_config(words, longest)) + "\n")
    if "tokenizer.chat_template" in source.metadata:
        template = source.get("tokenizer.chat_template", str)
        write_text(folder / "chat_template.jinja", template)


def generation_config(source: Container) -> dict[str, Any]:
    """Return generation_config.json: the tokens that begin, end and fill a text."""
    ids = _ids(source, len(source.get("tokenizer.ggml.tokens", list)))
    ends = list(dict.fromkeys(ids[key] for key in (NAMED["eos"], *ENDS) if key in ids))
    return {
        "eos_token_id": ends if len(ends) > 1 else ends[0],
        **{f"{name}_token_id": ids[NAMED[name]] for name in ("bos", "pad") if NAMED[name] in ids},
    }


def tokenizer_json(words: Vocabulary) -> dict[str, Any]:
    """Return tokenizer.json, the form of the library `tokenizers`."""
    split = words.splitting
    special = {**words.control, **words.defined}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, **_added(special[i], i in words.control)} for i in sorted(special)
        ],
        "normalizer": split["normalizer"],
        "pre_tokenizer": split["pre_tokenizer"],
        "post_processor": _around(words),
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": True,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": split["ignore_merges"],
            "vocab": words.tokens,
            "merges": words.merges,
        },
    }


def _config(words: Vocabulary, longest: int) -> dict[str, Any]:
    """Return tokenizer_config.json, transformers' part of a tokenizer."""
    special = {**words.control, **words.defined}
    named = {f"{name}_token": word for name, word in words.named.items()}
    return {
        "added_tokens_decoder": {
            str(i): _added(special[i], i in words.control) for i in sorted(special)
        },
        **{f"add_{name}_token": adds for name, adds in words.add.items()},
        **named,
        "extra_special_tokens": [
            word for word in words.control.values() if word not in named.values()
        ],
        "clean_up_tokenization_spaces": False,
        "model_max_length": longest,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }


def _added(word: str, special: bool) -> dict[str, Any]:
    """Describe a token that is found in text as it stands, before any splitting."""
    flags = dict.fromkeys(("lstrip", "normalized", "rstrip", "single_word"), False)
    return {"content": word, **flags, "special": special}


def _around(words: Vocabulary) -> dict[str, Any] | None:
    """Return the step that puts BOS before and EOS after a text, where one is asked for."""
    named, ids = words.named, words.tokens
    around = {name: named[name] for name, adds in words.add.items() if adds and name in named}
    if not around:
        return None

    def piece(kind: str, name: str, number: int) -> dict[str, Any]:
        return {kind: {"id": name, "type_id": number}}

    def sequence(name: str, number: int) -> list[dict[str, Any]]:
        before = [piece("SpecialToken", around["bos"], number)] if "bos" in around else []
        after = [piece("SpecialToken", around["eos"], number)] if "eos" in around else []
        return [*before, piece("Sequence", name, number), *after]

    return {
        "type": "TemplateProcessing",
        "single": sequence("A", 0),
        "pair": [*sequence("A", 0), *sequence("B", 1)],
        "special_tokens": {
            word: {"id": word, "ids": [ids[word]], "tokens": [word]} for word in around.values()
        },
    }


def _adds(source: Container) -> dict[str, bool]:
    """Tell whether BOS is put before every text and EOS after it, where the file says so.

    Where it is silent, some pre-tokenizers imply a BOS: llama.cpp knows which.
    """
    keys = {name: f"tokenizer.ggml.add_{name}_token" for name in ("bos", "eos")}
    found = {n: source.get(key, bool) for n, key in keys.items() if key in source.metadata}
    if "bos" not in found:
        with vocabulary(source.path) as model:
            found["bos"] = bool(native().llama_vocab_get_add_bos(model._model.vocab))
    return found


def _merges(source: Container) -> list[list[str]]:
    merges = source.get("tokenizer.ggml.merges", list)
    pairs = [merge.split(" ") for merge in merges if isinstance(merge, str)]
    if len(pairs) != len(merges) or any(len(pair) != 2 for pair in pairs):
        raise _contradiction(source, "a merge is not of two parts")
    return pairs


def _texts(words: list[Any]) -> bool:
    return all(isinstance(word, str) for word in words)


def _contradiction(source: Container, what: str) -> TopochefError:
    return TopochefError(f"{source.path}: its tokenizer is damaged: {what}: take another file")
