"""What a forward returns: apart from other parts of transformers, some of which load triton."""

from __future__ import annotations

from transformers.utils import ModelOutput

__all__ = ["ModelOutput"]
