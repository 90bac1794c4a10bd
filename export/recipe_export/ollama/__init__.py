"""The exported model on a real Ollama server: created, asked, compared and deleted."""
