"""What a cook asks about a recipe: rules and a model answer, each knowing what it knows.

`routing` finds which trained task a question is one of; a file a task words it as training does
and says what the rules know of it; `answering` asks the model and shows where the two differ.
"""

from recipe_kitchen.cooking.questions.answering import Answer, Model, Posed, pose

__all__ = ["Answer", "Model", "Posed", "pose"]
