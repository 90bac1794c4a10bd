"""GGUF → Hugging Face: the way back from what Ollama and LM Studio keep."""
