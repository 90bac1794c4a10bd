"""One recipe from whatever engine: constrained writing, reading of answers, and `recipe-cook`."""
