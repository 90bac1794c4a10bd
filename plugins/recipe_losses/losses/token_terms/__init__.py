"""The terms that look at one token at a time: a file each, registered here."""

from recipe_losses.losses.token_terms.base import GoldRows, Slopes, TokenTerm, setting
from recipe_losses.losses.token_terms.cross_entropy import CrossEntropy
from recipe_losses.losses.token_terms.dice import Dice
from recipe_losses.losses.token_terms.focal import Focal

TOKEN_TERMS: tuple[type[TokenTerm], ...] = (CrossEntropy, Focal, Dice)
"""Every token term; the YAML, the fused pass, the reference and the tests all go by this."""

__all__ = [
    "TOKEN_TERMS",
    "CrossEntropy",
    "Dice",
    "Focal",
    "GoldRows",
    "Slopes",
    "TokenTerm",
    "setting",
]
