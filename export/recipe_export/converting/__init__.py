"""A full model → GGUF files of any type."""
