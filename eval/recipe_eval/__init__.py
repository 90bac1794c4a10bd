"""Constrained generation, entities, metrics, statistics, report, and `recipe-cook`."""
