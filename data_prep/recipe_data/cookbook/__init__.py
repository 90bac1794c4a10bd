"""A person's own recipes, indexed by words and by meaning, and found again by title or foods."""
