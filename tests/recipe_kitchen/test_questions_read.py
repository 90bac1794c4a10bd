"""Questions in many words: which task each is, what food it means, and which number answers it."""

from __future__ import annotations

import pytest

from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Recipe
from recipe_kitchen.cooking.questions import pose

STEW = Recipe(
    "",
    "Beef Stew with Carrots",
    4,
    tuple(
        map(
            parse_ingredient,
            [
                "800 g beef chuck", "4 carrots", "2 onions", "30 g butter", "240 ml heavy cream",
                "500 ml beef stock", "8 g salt", "15 g flour",
            ],
        )
    ),
    tuple(
        map(
            parse_instruction,
            [
                "Preheat the oven to 160 °C.",
                "Brown the beef in the butter for 8 minutes.",
                "Soften the onions and carrots for 10 minutes, then dust with flour.",
                "Pour in the stock, cover and braise in the oven for 120 minutes.",
                "Stir in the cream and salt and let it rest for 15 minutes.",
            ],
        )
    ),
    "",
)  # fmt: skip

# The question, its task, a food or step of the prompt that the model gets, the first answer.
QUESTIONS = [
    # What can replace it: the curated list's amount for the recipe's own line.
    ("What can replace the butter?", "substitution", "30 g butter", ""),
    ("What could I use instead of heavy cream?", "substitution", "240 ml heavy cream", ""),
    ("Is there a substitute for the cream?", "substitution", "heavy cream", ""),
    ("I'm out of butter. What now?", "substitution", "butter", ""),
    ("I have no cream, what can I take?", "substitution", "heavy cream", ""),
    ("Can I swap the cream for something?", "substitution", "heavy cream", ""),
    ("Butter alternatives?", "substitution", "butter", ""),
    ("What would you use in place of the flour", "substitution", "flour", ""),
    ("replace butter", "substitution", "butter", ""),
    ("Replace the cream with something lighter", "substitution", "heavy cream", ""),
    ("What's a good replacement for heavy cream here?", "substitution", "heavy cream", ""),
    ("My daughter hates carrots, what could I use instead?", "substitution", "carrots", ""),
    ("We ran out of stock - what else can I use?", "substitution", "stock", ""),
    ("What stands in for butter?", "substitution", "butter", ""),
    ("Which oil can take the place of the butter?", "substitution", "butter", ""),
    ("Could I use something other than cream?", "substitution", "cream", ""),
    ("There's no flour in the house. What can I use instead?", "substitution", "flour", ""),
    ("Don't have any butter, alternatives?", "substitution", "butter", ""),
    # What is missing: of the list, or of what is at home.
    ("What is missing?", "missing_ingredient", "Beef Stew", ""),
    ("Did I forget something?", "missing_ingredient", "Beef Stew", ""),
    ("What else do I need?", "missing_ingredient", "Beef Stew", ""),
    ("Is anything missing from this list?", "missing_ingredient", "Beef Stew", ""),
    ("What do I still have to buy?", "missing_ingredient", "Beef Stew", ""),
    ("I have beef, carrots, onions, butter, stock and salt. What's missing?",
     "missing_ingredient", "carrots", "heavy cream"),
    ("We have got everything but what am I missing", "missing_ingredient", "Beef Stew", ""),
    ("Write me a shopping list", "missing_ingredient", "Beef Stew", ""),
    ("Which ingredient is lacking?", "missing_ingredient", "Beef Stew", ""),
    # For how many: arithmetic on the first line, 200 g beef for each of the eaters.
    ("For 6.", "scaling", "4 servings", "1200 g beef chuck"),
    ("for six people", "scaling", "4 servings", "1200 g beef chuck"),
    ("Make it for ten", "scaling", "4 servings", "2000 g beef chuck"),
    ("Scale this to 8 servings please", "scaling", "4 servings", "1600 g beef chuck"),
    ("There will be 5 of us", "scaling", "4 servings", "1000 g beef chuck"),
    ("How much for three?", "scaling", "4 servings", "600 g beef chuck"),
    ("I'm cooking for twenty guests", "scaling", "4 servings", "4000 g beef chuck"),
    ("We are twenty-five this time", "scaling", "4 servings", "5000 g beef chuck"),
    ("Double the recipe", "scaling", "4 servings", "1600 g beef chuck"),
    ("Half of it", "scaling", "4 servings", "400 g beef chuck"),
    ("I only cook for myself", "scaling", "4 servings", "200 g beef chuck"),
    ("Twice as much, please", "scaling", "4 servings", "1600 g beef chuck"),
    ("What if two more people turn up?", "scaling", "4 servings", "1200 g beef chuck"),
    ("Can you do a dozen portions?", "scaling", "4 servings", "2400 g beef chuck"),
    ("Adjust the amounts to feed 2", "scaling", "4 servings", "400 g beef chuck"),
    ("1.5 times the recipe", "scaling", "4 servings", "1200 g beef chuck"),
    # How much: the line of the food, scaled where others are asked about.
    ("How much salt?", "quantity", "salt", "8 g salt"),
    ("How many carrots do I need?", "quantity", "carrots", "4 carrots"),
    ("What amount of butter goes in?", "quantity", "butter", "30 g butter"),
    ("how much of the cream", "quantity", "heavy cream", "240 ml heavy cream"),
    ("How many grams of beef?", "quantity", "beef chuck", "800 g beef chuck"),
    ("How much beef for 6 people?", "quantity", "beef chuck", "1200 g beef chuck"),
    ("And how much butter do I need for two?", "quantity", "butter", "15 g butter"),
    ("How many onions are in it?", "quantity", "onions", "2 onions"),
    ("Which quantity of stock should I pour in?", "quantity", "beef stock", "500 ml beef stock"),
    ("how many ml of stock?", "quantity", "beef stock", "500 ml beef stock"),
    ("How much flour does it take?", "quantity", "flour", "15 g flour"),
    # How long: the step that names what is asked, else all of them.
    ("How long?", "time", "braise", "153 min"),
    ("How long does it take altogether?", "time", "braise", "153 min"),
    ("How long do I brown the beef?", "time", "Brown the beef", "8 min"),
    ("How many minutes should the onions soften?", "time", "Soften the onions", "10 min"),
    ("How long must it rest?", "time", "rest", "15 min"),
    ("For how long do I braise it?", "time", "braise", "120 min"),
    ("How much time does step 3 need?", "time", "Soften", "10 min"),
    ("How many hours is it in the oven?", "time", "in the oven", "120 min"),
    ("What's the resting time?", "time", "rest", "15 min"),
    ("When is it done?", "time", "braise", "153 min"),
    ("Tell me how long the onions take", "time", "onions", "10 min"),
    ("How long do the carrots of the stew take?", "time", "braise", "153 min"),  # the whole dish
    # How hot.
    ("How hot?", "temperature", "oven", "160 °C"),
    ("What temperature?", "temperature", "oven", "160 °C"),
    ("How hot does the oven have to be?", "temperature", "oven", "160 °C"),
    ("At how many degrees does it braise?", "temperature", "", "160 °C"),
    ("Which oven temperature should I set?", "temperature", "oven", "160 °C"),
    ("What heat do I preheat the oven to?", "temperature", "oven", "160 °C"),
    ("How warm must the oven be", "temperature", "oven", "160 °C"),
    ("Oven setting in degrees?", "temperature", "oven", "160 °C"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "task", "about", "answer"), QUESTIONS)
def test_a_question_finds_task_food_and_number(
    question: str, task: str, about: str, answer: str
) -> None:
    posed = pose(question, STEW)
    assert posed.asked.task.name == task
    assert about.lower() in posed.asked.prompt.lower()
    if answer:
        known = posed.by_rule()
        assert known
        assert known.lines[0] == answer


def test_there_are_as_many_as_show_something() -> None:
    assert len({question.lower() for question, *_ in QUESTIONS}) == len(QUESTIONS) >= 60
