"""Entities of an answer: read by rules or by a language model, and how well the rules read."""
