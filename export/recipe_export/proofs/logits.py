"""What llama.cpp computes from a GGUF file against what transformers computes from its weights.

Both take the same weights, those of the file, so that rounding them is no difference. What is left
is how llama.cpp rounds the activations that it multiplies with (`products`). transformers computes
both: exactly, and with its activations rounded in the same way; the distance between the two is
what a right conversion may differ by, measured on the same prompts:

    KL(exact ‖ llama.cpp) ≤ MARGIN · KL(exact ‖ rounded)

Two sets of rounding errors of one size are as far from the exact result as one another: on a model
of 135 million parameters the ratio was 0.9 to 1.1 for F16, BF16, Q8_0 to Q2_K, 0.1 for F32. The
margin allows four times the error, for sums in other orders on other machines.

How far the file is from the model that it was made from is measured too, and has no limit: that is
what its type costs.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recipe_export import local
from recipe_export.memory import give_back
from recipe_export.proofs.agreement import Divergence
from recipe_export.proofs.conversations import Probes
from recipe_export.proofs.layerwise import Prompts, head_name, hidden_states, skeleton
from recipe_export.proofs.products import rounding
from recipe_export.proofs.reference import load_tokenizer, probe_ids
from recipe_export.proofs.stored import FolderWeights
from recipe_export.proofs.tensors import Comparison
from recipe_export.proofs.verdict import Verdict

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

MARGIN = 16.0
TOKENS = 128  # of all conversations together


def check_logits(
    path: Path, comparison: Comparison, model: PreTrainedModel, content: str, probes: Probes
) -> Verdict:
    """Compare a file's logits with those of its own weights, and of the model it was made from.

    `model` is the skeleton of the folder, `content` tells one state of the folder from another.
    """
    import torch

    file, folder = comparison.file, comparison.folder
    prompts = probe_ids(load_tokenizer(folder.path), probes, TOKENS)
    give_back()
    found = list(local.logits(path, prompts))
    unrounded = _model_states(folder.path, content, prompts)
    exact, rounded = hidden_states(
        model, comparison, prompts, lambda name: rounding(file.kind(name))
    )
    head = head_name(model)
    rounded = rounding(file.kind(head))(rounded)
    positions = sum(map(len, prompts))
    own, arithmetic, whole = (Divergence(positions) for _ in range(3))
    with torch.inference_mode():
        for rows, of_file, of_folder in comparison.blocks(head):
            expected = (exact @ of_file.T).numpy()
            native = np.concatenate([logits[:, rows] for logits in found])
            own.add(expected, native)
            arithmetic.add(expected, (rounded @ of_file.T).numpy())
            whole.add((unrounded @ of_folder.T).numpy(), native)
    allowed = MARGIN * arithmetic.result().kl
    to_model = whole.result()
    return Verdict(
        f"logits of llama.cpp and of transformers from the weights of the file, on {positions} "
        f"positions of {probes.source}",
        {
            "kl": own.result().kl,
            "kl_of_rounded_products": arithmetic.result().kl,
            "kl_to_model": to_model.kl,
            "top1_as_model": to_model.top1,
            "positions": positions,
        },
        {"kl": (None, allowed)},
        "the conversion is wrong for this model; please report it with its config.json",
    )


@lru_cache(maxsize=1)
def _model_states(folder: Path, content: str, prompts: Prompts) -> Tensor:
    """Return the hidden states of the model itself: every GGUF type is compared with the same."""
    (states,) = hidden_states(skeleton(folder), FolderWeights(folder), prompts)
    return states
