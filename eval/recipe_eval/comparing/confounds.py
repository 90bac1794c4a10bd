"""What differs between two runs beside the loss: a difference in scores may come from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import to_json
from recipe_base.runs import Run
from recipe_data.sampling import DEFAULT

LOSS = frozenset({"recipe_loss"})
NOT_SETTINGS = frozenset({"output_dir"})
DECODER = (
    "schema", "max_tokens", *DEFAULT.to_dict(), "rule", "seed", "tries", "batch", "limit",
    "test_sha256", "without_neighbours", "choose", "part",
)  # fmt: skip


class Confound(NamedTuple):
    """One setting that two runs do not share."""

    key: str
    """`train.learning_rate`, `decode.temperature`, `score.profile`."""
    values: tuple[str, str]
    """Of the first and of the second run, shortened; `–` where it is not said."""


def confounds(first: Path, second: Path, ignore: frozenset[str] = frozenset()) -> list[Confound]:
    """Compare everything that two run folders record, but for the loss and `ignore`.

    Training settings, data and base model; the decoder; the way of scoring. A run without a record
    of its training (an untuned base, another trainer's) differs in `train`.
    """
    one, two = _settings(first), _settings(second)
    keys = sorted({*one, *two} - {f"train.{key}" for key in LOSS | NOT_SETTINGS} - ignore)
    if one["train"] != two["train"]:
        keys = [key for key in keys if not key.startswith("train.")]
    return [
        Confound(key, (_short(one.get(key)), _short(two.get(key))))
        for key in keys
        if one.get(key) != two.get(key)
    ]


def loss_of(run: Path) -> str | None:
    """Return the loss block of a run as compact JSON; None where its training is not recorded."""
    trained = Run(run).training
    return None if trained is None else to_json(trained.get("recipe_loss"))


def _settings(run: Path) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    trained = Run(run).training
    if trained is None:
        settings["train"] = "not recorded"
    else:
        settings |= {f"train.{key}": value for key, value in trained.items()}
        settings["train"] = "recorded"
    if not Run(run).adapter.is_dir():
        settings["train"] = "untuned"
    manifest = Run(run).manifest
    decoder = manifest.get("generate", {})
    inputs = decoder.get("inputs", {})
    settings |= {f"decode.{key}": inputs.get(key) for key in DECODER}
    settings["decode.backend"] = {
        key: value for key, value in decoder.get("backend", {}).items() if key != "gguf"
    }
    settings["decode.type"] = str(inputs.get("gguf", "")).removeprefix(run.name).strip("-")
    settings["score.profile"] = manifest.get("score", {}).get("inputs", {}).get("profile")
    return settings


def _short(value: Any) -> str:
    if value is None:
        return "–"
    text = value if isinstance(value, str) else to_json(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
