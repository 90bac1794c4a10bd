"""A page about built data: what was kept, how it was split, how long its rows are."""
