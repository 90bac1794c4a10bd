"""The recipe metrics as a module of Hugging Face's evaluate: `evaluate.load` this folder."""
