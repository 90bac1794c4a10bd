"""A recipe written for an order: the one that is kept, and the drafts beside it."""

from __future__ import annotations

from recipe_base.errors import TopochefError
from recipe_kitchen.answers import Answer, read_answer
from recipe_kitchen.asking import Asker, Decoder, Listen, Outcome
from recipe_kitchen.backends import Backend
from recipe_kitchen.cooking.order import Order
from recipe_kitchen.request import Request


def drafts(order: Order, backend: Backend, decoder: Decoder, listen: Listen | None) -> list[Answer]:
    """Have a recipe written, and again where it is none, says something twice, or may be better.

    `listen` is called for every text that is begun alone, and for one of several that are begun
    together. Returns the recipe that is kept, then the other ones that were drawn, the better
    first. Raises `TopochefError` if no try is a recipe, and whatever the backend raises.
    """
    request = Request(
        order.heading,
        order.heading,
        order.messages(),
        gold="",
        servings=order.asked_servings,
        avoid=order.avoid,
        diet=order.diet,
    )
    asker = Asker(backend, decoder, listen, survives=())
    ((kept, *others),) = asker.drafts([request])
    found = [finished(kept, decoder.max_tokens)]
    found += [read_answer(other.text) for other in others if not other.error]
    return list(dict.fromkeys(found))


def finished(outcome: Outcome, max_tokens: int) -> Answer:
    """Return the answer of an outcome; raises `TopochefError` if it is not a whole one."""
    if outcome.finish_reason == "length":
        raise TopochefError(
            f"the recipe was not finished after {outcome.completion_tokens} tokens: raise "
            f"--max-tokens above {max_tokens}, or shorten the title"
        )
    if outcome.error:
        raise TopochefError(f"the model wrote no recipe ({outcome.error}): choose another --model")
    return read_answer(outcome.text)
