"""Opinions: a language model as judge, human ratings, and how far they agree."""
