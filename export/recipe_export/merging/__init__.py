"""Adapter + base → a full model."""
