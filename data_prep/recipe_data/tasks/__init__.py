"""The seven tasks as chat rows: questions made from recipes, and questions written by hand.

`rows` chooses what is asked about a recipe: the recipe itself (`whole`), lists (`lists`,
`substitution`) and numbers (`numbers`). `drawing` makes every choice a hash of recipe and seed;
`scale`, `foods` and `diets` ask the pantry. `curated` reads `questions.yaml`. The wording
is in `recipe_data.prompts`, the form of each answer in `recipe_data.schema.TASK_SCHEMAS`.
"""

from recipe_data.tasks.curated import curated_rows
from recipe_data.tasks.rows import rows_of

__all__ = ["curated_rows", "rows_of"]
