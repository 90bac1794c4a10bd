"""What a model is on disk: its files, its weights as safetensors and GGUF, what they compute."""
