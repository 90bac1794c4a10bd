"""What a careful reader would ask about a recipe: a pure function from recipe to warnings.

`usage` compares the list with the steps, `amounts`, `heat` and `times` look at numbers,
`undercooked` at core temperatures, `substances` at allergens and diets. What they know of foods is
in `recipe_data.pantry`.
"""

from recipe_data.check.checking import check_recipe
from recipe_data.check.heat import MAX_CELSIUS, MIN_CELSIUS
from recipe_data.check.warning import Warning

__all__ = ["MAX_CELSIUS", "MIN_CELSIUS", "Warning", "check_recipe"]
