"""How well the parsers read hand-labelled lines: the measurement behind `recipe-data gold`."""
