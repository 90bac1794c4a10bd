"""Arms: ways to go on from one supervised checkpoint a seed, compared at equal trained tokens."""
