"""The proofs of an export: each measures, and says which numbers are allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recipe_export import local, reference
from recipe_export.held_out import Probes
from recipe_export.probes import RECIPES, TORTURE
from recipe_export.run import MODEL_FILES, TOKENIZER_FILES, present
from recipe_export.verdict import Verdict
from recipe_export.weights import WEIGHTS_INDEX, Checkpoint, Floats

# How far rounding the merged weights once may move the logits, relative to their norm: the unit
# roundoff of the type. In float32 the order of the additions weighs more than the rounding.
MERGE_ERROR = {"F32": 1e-5, "F16": 2**-11, "BF16": 2**-8}

# An adapter that moves the logits less than this does nothing that could be lost.
LEAST_EFFECT = 1e-5

# The highest mean KL(Hugging Face ‖ GGUF) in nats; other types are measured and reported.
HIGHEST_KL = {"F32": 1e-6, "F16": 1e-6}
# The same of the weights alone. llama.cpp rounds activations to 8 bits too, on some machines only:
# that doubles the divergence in use and says nothing of the file.
HIGHEST_KL_OF_WEIGHTS = {"Q8_0": 1e-4}
LOWEST_TOP1 = {"F32": 0.999, "F16": 0.999}

# Logits moved at random by σ give a divergence of about σ²/2: tokens whose log-probabilities are
# closer than this, in nats, may change places in a file whose divergence is allowed.
TIE = math.sqrt(2 * HIGHEST_KL["F16"])


class Agreement(NamedTuple):
    """How close two models' next-token distributions are, over all positions of all prompts."""

    kl: float  # mean KL(first ‖ second), nats
    top1: float  # share of positions where both name the same token first
    top1_or_tie: float  # … or where the first holds both tokens equal to within TIE
    positions: int


def check_files(base: Path, merged: Path) -> Verdict:
    """Compare the merged model's files with those of a model, and its tensors with the base's."""
    weights = Checkpoint.open(base)
    index = present(base, [WEIGHTS_INDEX])
    required = {file.name for file in (*weights.files, *index)} | {"config.json", "tokenizer.json"}
    found = {path.name for path in merged.iterdir()}
    if missing := required - found:
        found_tensors: set[tuple[object, ...]] = set()
    else:
        found_tensors = _tensors(Checkpoint.open(merged))
    expected = _tensors(weights)
    measured: dict[str, float] = {
        "files": len(found),
        "files_missing": len(missing),
        "files_unexpected": len(found - required - {*MODEL_FILES, *TOKENIZER_FILES}),
        "tensors": len(found_tensors),
        "tensors_different": len(expected ^ found_tensors),
    }
    limits: dict[str, tuple[float | None, float | None]] = {
        name: (None, 0) for name in measured if "_" in name
    }
    return Verdict(
        "files and tensors of the merged model",
        measured,
        limits,
        "look for what else writes into the run folder, and for a full disk",
    )


def check_merged(base: Path, adapter: Path, merged: Path, content: str, probes: Probes) -> Verdict:
    """Compare the merged model's logits with those of PEFT's base + adapter.

    `error` = ‖merged − adapted‖ / ‖adapted‖ over all logits, each position centred (softmax
    ignores a constant); it may be what one rounding to the stored type causes. `kept` =
    1 − ‖merged − adapted‖ / ‖plain − adapted‖ tells how much of the adapter's effect survives.
    """
    adapted, plain = reference.adapted_reference(base, adapter, merged, probes)
    found = reference.merged_reference(merged, content, probes)
    effect = _distance(plain.logits, adapted.logits)
    error = _distance(found.logits, adapted.logits)
    coarsest = max(MERGE_ERROR[dtype] for dtype in Checkpoint.open(merged).dtypes)
    measured = {"error": error, "adapter_effect": effect}
    limits: dict[str, tuple[float | None, float | None]] = {"error": (None, coarsest)}
    if effect > LEAST_EFFECT:
        measured["kept"] = 1 - error / effect
        limits["kept"] = (0.5, None)
    return Verdict(
        f"logits of the merged model against base + adapter, on {probes.source}",
        measured,
        limits,
        "if the adapter is lost in the rounding, merge into a float32 base or train longer",
    )


def check_tokens(gguf: Path, model: Path) -> Verdict:
    """Compare llama.cpp's token ids with Hugging Face's, with and without the tokenizer's BOS."""
    tokenizer = reference.load_tokenizer(model)
    texts = (*TORTURE, *RECIPES.values())
    different: list[str] = []
    with local.vocabulary(gguf) as vocabulary:
        for text in texts:
            for special in (False, True):
                expected = tokenizer(text, add_special_tokens=special)["input_ids"]
                if local.token_ids(vocabulary, text, add_bos=special) != list(expected):
                    different.append(text)
    return Verdict(
        f"token ids of llama.cpp against Hugging Face's{_first(different)}",
        {"texts": len(texts), "different": len(different)},
        {"different": (None, 0)},
        "the tokenizer is not one that llama.cpp knows",
    )


def check_logits(gguf: Path, kind: str, expected: reference.Reference, source: str) -> Verdict:
    """Compare a GGUF file's distributions with the full model's."""
    found = agreement(expected.logits, local.logits(gguf, expected.prompts))
    limits: dict[str, tuple[float | None, float | None]] = {"kl": (None, HIGHEST_KL.get(kind))}
    if kind in LOWEST_TOP1:
        limits["top1_or_tie"] = (LOWEST_TOP1[kind], None)
    return Verdict(
        f"logits of the {kind} file against the full model's, on {source}",
        found._asdict(),
        limits,
        "the conversion is wrong for this model; please report it with its config.json",
    )


def check_weights(widened: Path, kind: str, expected: reference.Reference, source: str) -> Verdict:
    """Compare what the weights of a quantized file compute; `widened` holds them in F16."""
    found = agreement(expected.logits, local.logits(widened, expected.prompts))
    return Verdict(
        f"weights of the {kind} file against the full model's, on {source}",
        found._asdict(),
        {"kl": (None, HIGHEST_KL_OF_WEIGHTS[kind])},
        "the file is damaged, or this model needs more bits: keep F16",
    )


def agreement(first: Iterable[Floats], second: Iterable[Floats]) -> Agreement:
    """Compare two models' logits, prompt by prompt.

    >>> same = np.log(np.array([[0.5, 0.5], [0.9, 0.1]], np.float32))
    >>> other = np.log(np.array([[0.5, 0.5], [0.1, 0.9]], np.float32))
    >>> found = agreement([same], [other])
    >>> round(found.kl, 4), found.top1, found.positions  # kl = 0.8 ln 9 / 2
    (0.8789, 0.5, 2)
    """
    divergences, losses = [], []
    for p, q in zip(first, second, strict=True):
        log_p, log_q = _log_softmax(p), _log_softmax(q)
        divergences.append((np.exp(log_p) * (log_p - log_q)).sum(-1))
        chosen = np.take_along_axis(log_p, log_q.argmax(-1, keepdims=True), -1)[:, 0]
        losses.append(log_p.max(-1) - chosen)
    kl, lost = np.concatenate(divergences), np.concatenate(losses)
    return Agreement(
        float(kl.mean()), float((lost == 0).mean()), float((lost <= TIE).mean()), len(kl)
    )


def _log_softmax(logits: Floats) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    normalised: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return normalised


def _distance(found: Sequence[Floats], expected: Sequence[Floats]) -> float:
    """‖found − expected‖ / ‖expected‖, each row centred."""
    difference = norm = 0.0
    for a, b in zip(found, expected, strict=True):
        centred = b - b.mean(-1, keepdims=True)
        apart = a - a.mean(-1, keepdims=True) - centred
        difference += float(np.square(apart, dtype=np.float64).sum())
        norm += float(np.square(centred, dtype=np.float64).sum())
    return math.sqrt(difference / norm)


def _tensors(weights: Checkpoint) -> set[tuple[object, ...]]:
    """Return what must be the same before and after merging."""
    return {(t.file.name, t.name, t.dtype, t.shape) for t in weights.tensors.values()}


def _first(texts: Sequence[str]) -> str:
    """Name the first text that failed, for the message."""
    return f" (first: {texts[0]!r})" if texts else ""
