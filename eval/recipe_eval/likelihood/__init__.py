"""How likely a model finds held-out recipes: nothing is decoded, so little is left to chance."""
