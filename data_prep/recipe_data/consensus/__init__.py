"""What recipes with similar titles agree on: a floor for models, and rows to train them on."""
