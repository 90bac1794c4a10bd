"""What Ollama reads: a Modelfile, and in it the Go template of the training's prompts."""
