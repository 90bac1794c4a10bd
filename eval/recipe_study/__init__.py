"""A study: every configuration of a model with every seed, then one report with the questions."""
