"""The exception of everything that the user of the plugin can mend."""

from __future__ import annotations

from jinja2 import TemplateError

FAULTS = (ValueError, TypeError, LookupError, AttributeError, AssertionError, TemplateError)
"""What Axolotl, a template or a tokenizer raises for a row that it cannot take."""


class RecipeLossError(ValueError):
    """A run that would not be what its config says: the message names the key, row or file."""
