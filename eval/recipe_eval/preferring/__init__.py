"""Preferences for DPO: pairs of a run's own recipes for training titles, ordered by the metric."""
