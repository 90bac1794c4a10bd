"""Judges of recipes: a language model, or people with a sheet, and how far they agree."""
