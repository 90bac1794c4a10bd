"""Credit by span: a run's own answers to training prompts, scored part by part against gold."""
