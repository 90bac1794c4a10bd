"""Systems without a model, as runs: what a number is worth, they tell."""
