"""The words of a GGUF file, as llguidance takes them."""

from __future__ import annotations

import ctypes

import llama_cpp
from llguidance import LLTokenizer

_MOST_BYTES = 1 << 14
"""Of one word."""
_USUAL_BYTES = 16
_SPECIAL = b"\xff"
"""llguidance's mark of a token that is no text."""


def tokenizer_of(vocab: object) -> LLTokenizer:
    """Return what `llguidance.llamacpp.lltokenizer_from_vocab` does, in a third of its time.

    Raises `ValueError` where a word is longer than llama.cpp may write.
    """
    library = llama_cpp.llama_cpp._lib
    read = ctypes.cast(library.llama_tokenize, ctypes.c_void_p).value
    return LLTokenizer.from_llamacpp(
        tokens=spellings(vocab),
        vocab_ptr=vocab,
        tokenize_fptr=read,
        eos_token=llama_cpp.llama_vocab_eos(vocab),
        slices=LLTokenizer.json_slices(),
    )


def spellings(vocab: object) -> list[bytes]:
    """Return the bytes of every token; those of control tokens are marked.

    They are written one behind the other into one buffer, and cut apart when all are there.
    """
    count = llama_cpp.llama_vocab_n_tokens(vocab)
    spell = _spell()
    buffer = bytearray(count * _USUAL_BYTES + _MOST_BYTES)
    ends, end = [], 0
    memory = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    address = ctypes.addressof(memory)
    for token in range(count):
        if end + _MOST_BYTES > len(buffer):
            del memory  # a buffer that is looked into cannot grow
            buffer.extend(bytes(len(buffer)))
            memory = (ctypes.c_char * len(buffer)).from_buffer(buffer)
            address = ctypes.addressof(memory)
        written = spell(vocab, token, address + end, _MOST_BYTES, 0, True)
        if written < 0:
            raise ValueError(f"token {token} has more than {_MOST_BYTES} bytes")
        end += written
        ends.append(end)
    text = bytes(buffer[:end])
    words = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return [
        _SPECIAL + word if _is_special(vocab, token, word) else word
        for token, word in enumerate(words)
    ]


def _is_special(vocab: object, token: int, word: bytes) -> bool:
    attributes = llama_cpp.llama_vocab_get_attr(vocab, token)
    if attributes & llama_cpp.LLAMA_TOKEN_ATTR_CONTROL:
        return True
    given = attributes & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
    return bool(given) and word.startswith(b"<") and word.endswith(b">")


def _spell() -> ctypes._CFunctionType:
    """Return `llama_token_to_piece` as it takes a bare address."""
    number = ctypes.c_int32
    kind = ctypes.CFUNCTYPE(
        number, ctypes.c_void_p, number, ctypes.c_void_p, number, number, ctypes.c_bool
    )
    function = llama_cpp.llama_cpp._lib.llama_token_to_piece
    return kind(ctypes.cast(function, ctypes.c_void_p).value or 0)
