"""Adapter to merged model to GGUF to Modelfile, every step verified."""
