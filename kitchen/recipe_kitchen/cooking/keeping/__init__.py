"""What was cooked, kept on this machine: one SQLite file, and the commands that look into it.

`place` says where it lies, `file` opens it and words what is wrong with it, `record` writes a dish
as a row, `history` keeps, finds and forgets; `command` is `recipe-cook history`.
"""
