"""Means, intervals and tests of plain numbers."""
