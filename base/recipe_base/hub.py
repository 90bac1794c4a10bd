"""Where the model is that a run was tuned from: a folder, or a name on the Hugging Face hub."""

from __future__ import annotations

import re
from pathlib import Path

from recipe_base.errors import TopochefError

MODEL_FILES = ("*.json", "*.safetensors", "*.jinja")
"""What a model is made of; optimizer states and other formats of the weights are not asked for."""


def find_base(name: str) -> Path:
    """Return the base model's folder: a path from the working directory, or a hub id.

    A hub model is taken from the local cache, or downloaded where the hub may be reached. Raises
    `TopochefError` where it is neither.
    """
    if Path(name).is_dir():
        return Path(name)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise TopochefError(
            f"the base model {name} is not a folder: run from the folder that this path starts "
            "from, or name another one with --base"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(MODEL_FILES)))
    except (OSError, ValueError) as error:
        raise TopochefError(
            f"the base model {name} is neither a folder here nor in the Hugging Face cache: run "
            "from the folder where training ran, name one with --base, or allow downloads "
            f"(HF_HUB_OFFLINE=0). {error}"
        ) from error
