"""Composite token losses as an Axolotl plugin: knows spans and kinds, not food."""
