"""What a run itself writes for training prompts, drawn once for all that learn from it."""
