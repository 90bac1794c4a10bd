"""How many texts `make fuzz` draws for each property."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fuzz", settings.get_profile("explore"), max_examples=25_000)
