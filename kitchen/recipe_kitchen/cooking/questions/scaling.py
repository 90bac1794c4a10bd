"""How much everything is for others: arithmetic, which the rule does and a model imitates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recipe_base.errors import TopochefError
from recipe_data.answers import render_ingredient
from recipe_data.schema import Ingredient
from recipe_data.tasks.line_measures import TOLERANCE, amount_error, pairs
from recipe_data.tasks.scale import scaled
from recipe_data.tasks.scaling import ONE_BATCH, TASK, batches, lines_in, quoted, servings_text
from recipe_kitchen.cooking.questions.asked import About, Asked, Kind, Rule
from recipe_kitchen.cooking.questions.counts import NUMBER, change
from recipe_kitchen.cooking.ready import unscaled


class Scaling(Kind):
    """The rule answers, and says so; the model shows what it learnt of it."""

    task = TASK
    pattern = re.compile(
        rf"\bfor (?:\w+ )?(?:{NUMBER}|me|myself)\b"
        r"|\bscal(?:e|ed|ing)\b|\bdoubl\w+|\btwice\b|\btripl\w+|\bhal(?:f|ve)\b"
        r"|\b(?:people|persons|servings|portions|guests|of us)\b|\bwe are\b|\btimes\b"
        r"|\bbatch(?:es)?\b|\bfeeds?\b|\bserves?\b|\b(?:just|only) me\b|^\W*\d{1,3}\W*$"
        r"|\b(?:a|one) (?:third|quarter)\b",
        re.IGNORECASE,
    )
    rank = 2
    example = "For 6."

    def ask(self, question: str, about: About) -> Asked:
        """Work the new list out."""
        recipe = about.recipe
        if recipe is None or not recipe.ingredients:
            raise TopochefError(
                "scaling needs a list: cook a recipe first, name one with --recipe FILE, or ask "
                '"Rice for 2: 150 g rice, 4 g salt. For 4?"'
            )
        wanted = change(_outside(question), recipe.servings)
        if wanted is None:
            raise TopochefError('say for how many, or how much more: "For 6.", "Twice as much."')
        if not wanted.factor:
            raise TopochefError(
                f"{recipe.title} does not say for how many it is: give --servings, or ask for "
                "twice as much"
            )
        lines = scaled(recipe.ingredients, wanted.factor)
        if recipe.servings and wanted.servings:
            now, then = servings_text(recipe.servings), servings_text(wanted.servings)
        else:
            now, then = ONE_BATCH, batches(wanted.factor)
        prompt = TASK.asked(
            "scaling", title=recipe.title, now=now, then=then, lines=quoted(recipe.ingredients)
        )
        rule = Rule(
            tuple(map(render_ingredient, lines)),
            f"arithmetic: times {wanted.factor:.3g}, seasoning less",
            lambda answered: _differs(answered, lines),
        )
        steps = [step.text for step in recipe.instructions]
        notes = tuple(f"{w.where}: {w.message}" for w in unscaled(steps, recipe.servings or 1))
        return Asked(TASK, prompt, rule, lambda answered: [], notes if recipe.servings else ())


KIND = Scaling()


def _outside(question: str) -> str:
    """Return what a question says beside the list in it."""
    lines = lines_in(question)
    if not lines:
        return question
    before, _, _ = question.partition(lines[0])
    for line in lines:
        question = question.replace(line, "", 1)
    return question[len(before) :]


def _differs(answered: Sequence[Ingredient], lines: Sequence[Ingredient]) -> list[str]:
    found = []
    for model, rule in pairs(answered, lines):
        written = render_ingredient(rule)
        if model is None:
            found.append(f"the model leaves out {written}")
        elif amount_error(model, rule) > TOLERANCE:
            found.append(f"{written}: the model says {render_ingredient(model)}")
    more = len(answered) - sum(model is not None for model, _ in pairs(answered, lines))
    return [*found, *([f"the model has {more} lines more"] if more > 0 else [])]
