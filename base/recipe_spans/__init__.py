"""Which tokens are an answer's, which span each belongs to, and which text is none: one rule.

What is trained, what a report counts and what a likelihood is measured over are the same tokens.
"""

from recipe_spans.blanks import is_blank
from recipe_spans.tokens import find_answer, part_tokens, spans_of_tokens, trained_tokens

__all__ = ["find_answer", "is_blank", "part_tokens", "spans_of_tokens", "trained_tokens"]
