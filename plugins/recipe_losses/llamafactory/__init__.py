"""The losses under LLaMA-Factory: `topochef-llamafactory train CONFIG.yaml`."""
