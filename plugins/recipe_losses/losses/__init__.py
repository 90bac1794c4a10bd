"""The losses: pure torch, tensors in, a scalar and its named parts out."""

from recipe_losses.losses.clouds import EmbeddingScale, embedding_scale
from recipe_losses.losses.composite import CompositeLoss, composite_loss, gradient_squares
from recipe_losses.losses.marks import Marks
from recipe_losses.losses.objective import MEASURES, Objective, TaskMix
from recipe_losses.losses.reference import reference_loss
from recipe_losses.losses.rows import count_items
from recipe_losses.losses.sinkhorn import sinkhorn_divergence
from recipe_losses.losses.terms import (
    CLOUD_TERMS,
    TERMS,
    TOKEN_TERMS,
    AlignedMse,
    Credited,
    CrossEntropy,
    Dice,
    DigitVocabulary,
    Focal,
    TokenTerm,
    Topological,
)

__all__ = [
    "CLOUD_TERMS",
    "MEASURES",
    "TERMS",
    "TOKEN_TERMS",
    "AlignedMse",
    "CompositeLoss",
    "Credited",
    "CrossEntropy",
    "Dice",
    "DigitVocabulary",
    "EmbeddingScale",
    "Focal",
    "Marks",
    "Objective",
    "TaskMix",
    "TokenTerm",
    "Topological",
    "composite_loss",
    "count_items",
    "embedding_scale",
    "gradient_squares",
    "reference_loss",
    "sinkhorn_divergence",
]
