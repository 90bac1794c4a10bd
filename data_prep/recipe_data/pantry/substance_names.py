"""What else substances are called: the words of a label, of a cook, of an allergy card."""

from __future__ import annotations

MEAT = ("meat", "pork", "beef")
SEAFOOD = ("fish", "shellfish")
ANIMAL = (*MEAT, *SEAFOOD, "animal rennet", "dairy", "egg", "honey")
NAMES_OF_SUBSTANCES: dict[str, tuple[str, ...]] = {
    "tree nut": ("tree nuts",), "nut": ("tree nuts", "peanut"), "groundnut": ("peanut",),
    "milk": ("dairy",), "casein": ("dairy",), "whey": ("dairy",), "lactose": ("lactose",),
    "wheat": ("gluten",), "soya": ("soy",), "soybean": ("soy",), "sesame seed": ("sesame",),
    "seafood": SEAFOOD, "crustacean": ("shellfish",), "mollusc": ("shellfish",),
    "mollusk": ("shellfish",), "sulfite": ("sulphites",), "sulphite": ("sulphites",),
    "lupine": ("lupin",), "lupin bean": ("lupin",), "lupin seed": ("lupin",),
    "meat": MEAT, "flesh": MEAT, "honey": ("honey",), "animal": ANIMAL,
}  # fmt: skip
"""In the singular. `lactose` is told apart from `dairy` because milk without it is milk still."""
