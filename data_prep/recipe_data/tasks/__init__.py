"""The tasks as chat rows: questions made from recipes, and questions written by hand.

One file holds all of a task (`recipe`, `missing_ingredient`, `substitution`, `scaling`,
`quantity`, `time`, `temperature`), and `registry` finds them; `task`, `listing` and `number` say
what a task is. `drawing` makes every choice a hash of recipe and seed; `scale`, `foods`, `steps`
and `diets` know dishes. `by_hand` holds the questions of people.
"""

from recipe_data.tasks.by_hand.curated import curated_rows
from recipe_data.tasks.registry import rows_of

__all__ = ["curated_rows", "rows_of"]
