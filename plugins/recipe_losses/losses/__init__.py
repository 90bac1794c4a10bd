"""The losses: pure torch, tensors in, a scalar and its named parts out."""

from recipe_losses.losses.clouds import EmbeddingScale, embedding_scale
from recipe_losses.losses.composite import CompositeLoss, composite_loss, gradient_squares
from recipe_losses.losses.numeric import DigitVocabulary
from recipe_losses.losses.objective import MEASURES, TERMS, Geometry, Objective, TaskMix
from recipe_losses.losses.reference import reference_loss
from recipe_losses.losses.rows import Marks, count_items
from recipe_losses.losses.sinkhorn import sinkhorn_divergence
from recipe_losses.losses.token_terms import TOKEN_TERMS, CrossEntropy, Dice, Focal, TokenTerm

__all__ = [
    "MEASURES",
    "TERMS",
    "TOKEN_TERMS",
    "CompositeLoss",
    "CrossEntropy",
    "Dice",
    "DigitVocabulary",
    "EmbeddingScale",
    "Focal",
    "Geometry",
    "Marks",
    "Objective",
    "TaskMix",
    "TokenTerm",
    "composite_loss",
    "count_items",
    "embedding_scale",
    "gradient_squares",
    "reference_loss",
    "sinkhorn_divergence",
]
