"""A merged model against its base and its adapter: its files, and value by value.

Values are compared with PEFT's own reading of LoRA. It builds its layers around a model without
weights, loads the adapter into them, and says what each adds: which matrices, in which scale, as
which product. For a matrix W of the base, its gain Δ in float64, and a merged value M that is
stored with unit roundoff u,

    |M − (W + Δ)| ≤ u |W + Δ| + (r + 3) 2⁻²⁴ (|W| + s ‖row of B‖ ‖column of A‖)

since M was rounded once to its type, and before that summed over rank r in float32, whose errors
grow with the sizes of what is summed (Cauchy and Schwarz bound the products). All other tensors
must be the base's, bit for bit.

What rounding leaves of the adapter is its share of the weights' movement:
`kept` = ⟨M − W, Δ⟩ / ‖Δ‖², over all adapted matrices.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_base.console import progress
from recipe_export.memory import give_back
from recipe_export.models.files import MODEL_FILES, TOKENIZER_FILES, present
from recipe_export.models.weights import WEIGHTS_INDEX, Checkpoint
from recipe_export.proofs.layerwise import skeleton
from recipe_export.proofs.reference import quiet
from recipe_export.proofs.stored import FolderWeights
from recipe_export.proofs.verdict import Verdict, first

if TYPE_CHECKING:
    from torch import Tensor

UNIT_ROUNDOFF = {"F32": 2.0**-24, "F16": 2.0**-11, "BF16": 2.0**-8}
SMALLEST = {"F32": 2.0**-149, "F16": 2.0**-24, "BF16": 2.0**-133}  # what a tiny value is rounded to
LOWEST_KEPT = 0.5
ADAPTER = "default"  # PEFT's name for the only one


class Gain:
    """What PEFT adds to one matrix, and how large the sums are that it comes from."""

    def __init__(self, layer: Any, adapter: FolderWeights, module: str) -> None:
        import torch

        for side in ("lora_A", "lora_B"):
            values = adapter.read(f"base_model.model.{module}.{side}.weight").double()
            getattr(layer, side)[ADAPTER].weight = torch.nn.Parameter(values, requires_grad=False)
        a, b = (getattr(layer, side)[ADAPTER].weight for side in ("lora_A", "lora_B"))
        self.delta: Tensor = layer.get_delta_weight(ADAPTER)
        self.rank: int = a.shape[0]
        self._rows = b.norm(dim=1) * abs(layer.scaling[ADAPTER])
        self._columns = a.norm(dim=0)
        layer.to(device="meta")

    def products(self, rows: slice) -> Tensor:
        """Bound the sum of |B| |A| for some rows."""
        bound: Tensor = self._rows[rows, None] * self._columns
        return bound


class _Sums:
    """What is gathered over all matrices."""

    error = moved = gained = weights = 0.0

    def add(self, found: Tensor, base: Tensor, gain: Gain, rows: slice, kind: str) -> None:
        """Compare some rows of a merged matrix; all in float64."""
        delta = gain.delta[rows]
        expected = base + delta
        summed = base.abs().add_(gain.products(rows)).mul_((gain.rank + 3) * 2.0**-24)
        allowed = expected.abs().mul_(UNIT_ROUNDOFF[kind]).add_(summed).add_(SMALLEST[kind])
        worst = float((found - expected).abs_().div_(allowed).max())
        self.error = worst if not worst <= self.error else self.error
        self.moved += float(((found - base) * delta).sum())
        self.gained += float(delta.square().sum())
        self.weights += float(base.square().sum())


def check_files(base: Path, merged: Path) -> Verdict:
    """Compare which files are there, and the name, type, shape and file of every tensor."""
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


def check_merged(base: Path, adapter: Path, merged: Path) -> Verdict:
    """Compare every value; `error` is the largest one, as a share of what is allowed."""
    import torch

    give_back()
    old, new, sums = FolderWeights(base), FolderWeights(merged), _Sums()
    lora = FolderWeights(adapter, "adapter_model")
    different = []
    with torch.inference_mode():
        left = _peft_layers(base, adapter)
        matrices = len(left)
        for name in progress(list(new.kinds), "proving the merge"):
            layer = left.pop(name, None)
            if layer is not None:
                gain = Gain(layer, lora, name.removesuffix(".weight"))
                for rows in new.blocks(name):
                    values, before = (w.stored(name, rows).double() for w in (new, old))
                    sums.add(values, before, gain, rows, new.kinds[name])
            elif any(not _same(old.stored(name, r), new.stored(name, r)) for r in new.blocks(name)):
                different.append(name)
    effect = math.sqrt(sums.gained / sums.weights) if sums.weights else 0.0
    measured: dict[str, float] = {
        "matrices": matrices,
        "matrices_missing": len(left),
        "error": sums.error,
        "others": len(new.kinds) - matrices,
        "others_different": len(different),
        "adapter_effect": effect,
    }
    limits: dict[str, tuple[float | None, float | None]] = {
        "matrices_missing": (None, 0),
        "error": (None, 1.0),
        "others_different": (None, 0),
    }
    if effect > 0:
        measured["kept"] = sums.moved / sums.gained
        limits["kept"] = (LOWEST_KEPT, None)
    return Verdict(
        f"values of the merged model against base + adapter as PEFT forms it{first(different)}",
        measured,
        limits,
        "if the adapter is lost in the rounding, merge into a float32 base or train longer",
    )


def _peft_layers(base: Path, adapter: Path) -> dict[str, Any]:
    """Return, by the names of their weights, the layers that PEFT adapts, all without weights."""
    with quiet():
        from peft import LoraConfig, PeftModel
        from peft.tuners.lora import LoraLayer

        model = PeftModel(
            skeleton(base),
            LoraConfig.from_pretrained(str(adapter)),
            autocast_adapter_dtype=False,
            low_cpu_mem_usage=True,
        )
    modules = model.base_model.model.named_modules()
    return {f"{name}.weight": layer for name, layer in modules if isinstance(layer, LoraLayer)}


def _tensors(weights: Checkpoint) -> set[tuple[object, ...]]:
    """Return what must be the same before and after merging."""
    return {(t.file.name, t.name, t.dtype, t.shape) for t in weights.tensors.values()}


def _same(first: Tensor, second: Tensor) -> bool:
    """Tell whether two tensors have the same bits."""
    import torch

    return torch.equal(first.contiguous().view(torch.uint8), second.contiguous().view(torch.uint8))
