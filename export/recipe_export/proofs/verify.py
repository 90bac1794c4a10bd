"""The proofs of a GGUF file: each measures, and says which numbers are allowed."""

from __future__ import annotations

from pathlib import Path

from recipe_export import local
from recipe_export.memory import give_back
from recipe_export.models.container import Container
from recipe_export.models.files import model_hash
from recipe_export.proofs import reference
from recipe_export.proofs.conversations import BUILT_IN, Probes
from recipe_export.proofs.layerwise import parameter_names, skeleton
from recipe_export.proofs.logits import check_logits
from recipe_export.proofs.probes import RECIPES, TORTURE
from recipe_export.proofs.sizes import check_sizes
from recipe_export.proofs.stored import FileWeights, FolderWeights
from recipe_export.proofs.tensors import Comparison
from recipe_export.proofs.verdict import Verdict, first


def check_file(
    gguf: Path,
    folder: Path,
    probes: Probes = BUILT_IN,
    *,
    content: str | None = None,
    imported: bool = False,
) -> list[Verdict]:
    """Compare a GGUF file of any type with a Hugging Face folder: sizes, values, logits.

    The file was made from the folder; `imported` says that the folder was made from the file, whose
    values, dequantized, it must hold rounded to its own type. `content` is the hash of the folder's
    files, where it is known. Where sizes differ, nothing else is compared.
    """
    give_back()
    model = skeleton(folder)
    weights = FolderWeights(folder)
    file = FileWeights(gguf, folder, parameter_names(model))
    sizes = check_sizes(file, weights, model, folder / "config.json")
    if sizes.failures:
        return [sizes]
    comparison = Comparison(file, weights, imported=imported)
    logits = check_logits(gguf, comparison, model, content or model_hash(folder), probes)
    return [sizes, comparison.verdict(), logits]


def check_tokens(gguf: Path, model: Path) -> Verdict:
    """Compare llama.cpp's vocabulary and token ids with Hugging Face's.

    `words_different`: tokens that are another text in the file; `different`: texts whose ids are
    not the same, with and without the tokenizer's BOS.
    """
    tokenizer = reference.load_tokenizer(model)
    listed = Container.open(gguf).metadata["tokenizer.ggml.tokens"]
    words = tokenizer.get_vocab()
    moved = [word for word, i in words.items() if i >= len(listed) or listed[i] != word]
    texts = (*TORTURE, *RECIPES.values())
    different: list[str] = []
    with local.vocabulary(gguf) as vocabulary:
        for text in texts:
            for special in (False, True):
                expected = tokenizer(text, add_special_tokens=special)["input_ids"]
                if local.token_ids(vocabulary, text, add_bos=special) != list(expected):
                    different.append(text)
    return Verdict(
        f"token ids of llama.cpp against Hugging Face's{first(map(repr, [*moved, *different]))}",
        {
            "words": len(words),
            "words_different": len(moved),
            "texts": len(texts),
            "different": len(different),
        },
        {"words_different": (None, 0), "different": (None, 0)},
        "the tokenizer is not one that llama.cpp knows, or what its post_processor in "
        "tokenizer.json puts around a text is not bos_token and eos_token of tokenizer_config.json",
    )
