"""Adapter to merged model to GGUF to Modelfile, every step verified.

`merging`, `converting`, `modelfile` and `ollama` are the way there, `importing` is the way back,
and `ladder` compares sizes. `proofs` verify each step; `models` are what lies on disk.
"""
