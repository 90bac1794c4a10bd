"""The programs that the losses run in: their versions, and all of theirs that has no public name.

What another version may call otherwise is called by these modules alone, so that an upgrade is: the
range in `versions`, then whatever `tests/recipe_losses/test_hosts.py` says has moved.
"""
