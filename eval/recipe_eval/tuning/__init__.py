"""Which sampler a model writes its best recipes with: a search on validation titles."""
