"""Raw rows to clean metric recipes, tasks and chat rows with spans."""
