"""Rounds: a run writes, is credited, goes on learning, and is evaluated, again and again."""
