"""Which tokens are an answer's, and which span each belongs to: one rule for whoever asks.

What is trained, what a report counts and what a likelihood is measured over are the same tokens.
"""

from recipe_spans.tokens import find_answer, part_tokens, spans_of_tokens, trained_tokens

__all__ = ["find_answer", "part_tokens", "spans_of_tokens", "trained_tokens"]
