"""All checks of a recipe, in the order in which a cook reads their warnings."""

from __future__ import annotations

from collections.abc import Iterable

from recipe_data.check.amounts import implausible_amounts
from recipe_data.check.heat import implausible_heat
from recipe_data.check.substances import allergens, diet_violations
from recipe_data.check.times import implausible_times
from recipe_data.check.undercooked import undercooked
from recipe_data.check.usage import unlisted, unused
from recipe_data.check.warning import Warning
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe


def check_recipe(
    recipe: Recipe, avoid: Iterable[str] = (), diet: Diet | None = None
) -> list[Warning]:
    """Return what is doubtful in a recipe; an empty list means that nothing was noticed.

    `avoid` holds allergens (`recipe_data.check.substances.ALLERGENS`, or other words for them) and
    single foods, such as `cilantro`; `diet` is what the recipe was asked to keep to. What might
    harm is named where it is only likely; all other checks are silent where they are in doubt:
    an ingredient counts as used if a step names any of its words, its family (`pasta` for
    spaghetti) or all ingredients at once.
    """
    return [
        *allergens(recipe, avoid),
        *diet_violations(recipe, diet),
        *undercooked(recipe),
        *unused(recipe),
        *unlisted(recipe),
        *implausible_amounts(recipe),
        *implausible_heat(recipe),
        *implausible_times(recipe),
    ]
