"""Predictions against gold: entities of both, then every metric, recipe by recipe."""
