"""The question tasks: asked of a run, scored beside floors, compared between runs."""
