"""The exception of everything that the user of the plugin can mend."""

from __future__ import annotations


class RecipeLossError(ValueError):
    """A run that would not be what its config says: the message names the key, row or file."""
