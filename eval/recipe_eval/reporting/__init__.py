"""Scored runs in tables, figures and pages."""
