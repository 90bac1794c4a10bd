"""Every term of a loss: a file each, registered here."""

from recipe_losses.losses.terms.aligned_mse import AlignedMse
from recipe_losses.losses.terms.base import Compared, Term, setting
from recipe_losses.losses.terms.cloud import CloudTerm
from recipe_losses.losses.terms.credited import Credited
from recipe_losses.losses.terms.cross_entropy import CrossEntropy
from recipe_losses.losses.terms.dice import Dice
from recipe_losses.losses.terms.focal import Focal
from recipe_losses.losses.terms.numeric import DigitVocabulary, Numeric
from recipe_losses.losses.terms.token import GoldRows, Slopes, TokenTerm
from recipe_losses.losses.terms.topological import Topological

REGISTRY: tuple[type[Term], ...] = (
    CrossEntropy,
    Focal,
    Dice,
    Topological,
    AlignedMse,
    Numeric,
    Credited,
)
"""The YAML, the fused pass, the reference, the log and the tests all go by this."""

TOKEN_TERMS: tuple[type[Term], ...] = tuple(
    term for term in REGISTRY if issubclass(term, TokenTerm)
)
"""Terms whose items are tokens."""
CLOUD_TERMS: tuple[type[Term], ...] = tuple(
    term for term in REGISTRY if issubclass(term, CloudTerm)
)
"""Terms whose items are the point clouds of examples."""
TERMS = (*(term.name for term in TOKEN_TERMS + CLOUD_TERMS), Numeric.name)
"""Every term by name; the order of the columns of weights."""

__all__ = [
    "CLOUD_TERMS",
    "REGISTRY",
    "TERMS",
    "TOKEN_TERMS",
    "AlignedMse",
    "CloudTerm",
    "Compared",
    "Credited",
    "CrossEntropy",
    "Dice",
    "DigitVocabulary",
    "Focal",
    "GoldRows",
    "Numeric",
    "Slopes",
    "Term",
    "TokenTerm",
    "Topological",
    "setting",
]
