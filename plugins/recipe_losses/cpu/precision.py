"""The type in which a machine trains: bfloat16 where it has units for it, else float32."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

UNITS = ("amx_bf16", "avx512_bf16", "bf16")
"""Names of dot products of bfloat16 in `/proc/cpuinfo`: Intel and AMD, AMD and Intel, Arm."""
NEEDED = "AVX-512-BF16, AMX, Arm's BF16"
WARNING = (
    f"warning: bf16 is set, but this CPU has no units for bfloat16 ({NEEDED}): one step can take "
    "minutes. `bf16: auto` trains in float32 here"
)


class Precision(NamedTuple):
    """A value for Axolotl's key `bf16`, and what to say of it."""

    bf16: Any
    message: str | None


def bfloat16_units(cpuinfo: str) -> str | None:
    """Name the units for bfloat16 that all processors of a Linux `/proc/cpuinfo` have.

    None where there are none: then bfloat16 is emulated, and slower than float32 (with AVX2 alone
    by orders of magnitude). AVX-512 alone, and `avx_ne_convert`, only convert.

    >>> bfloat16_units("flags : fpu avx2 avx512f avx512_bf16")
    'avx512_bf16'
    >>> bfloat16_units("flags : fpu avx2 avx512f") is None
    True
    """
    lines = [x for x in cpuinfo.splitlines() if x.startswith(("flags", "Features"))]
    common = set.intersection(*(set(x.partition(":")[2].split()) for x in lines)) if lines else ()
    return next((unit for unit in UNITS if unit in common), None)


def units_here() -> str | None:
    """Name the units for bfloat16 of this machine's CPU.

    None on macOS, whichever the chip: torch multiplies in float32 there, through Accelerate.
    """
    file = Path("/proc/cpuinfo")
    return bfloat16_units(file.read_text()) if file.is_file() else None


def is_open(cfg: Any) -> bool:
    """Tell whether a config leaves its type to the machine, as Axolotl's default does."""
    named = any(cfg.get(key) for key in ("fp16", "float16", "bfloat16"))
    return not named and cfg.get("bf16", "auto") == "auto"


def choose_precision(cfg: Any, units: str | None) -> Precision:
    """Decide what a config's `bf16` means on a CPU with these units.

    What a config says outright stays. Axolotl itself takes `auto` for float16 where no GPU has
    bfloat16.
    """
    if is_open(cfg):
        return Precision(bool(units), _chosen(units))
    asked = cfg.get("bf16", "auto")
    in_bfloat16 = cfg.get("bfloat16") or asked in {True, "full"}
    return Precision(asked, None if units or not in_bfloat16 else WARNING)


def _chosen(units: str | None) -> str:
    if units:
        return (
            f"training in bfloat16, for which this CPU has units ({units}): two cores take 250 to "
            "450 tokens a second through 135 million parameters, in float32 (`bf16: false`) 200"
        )
    return (
        f"training in float32: this CPU has no units for bfloat16 ({NEEDED}), whose steps would "
        "take minutes; two cores take about 200 tokens a second through 135 million parameters"
    )
