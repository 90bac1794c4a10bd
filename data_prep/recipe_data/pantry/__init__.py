"""What is known of foods: one table, and which food a name means.

`foods/*.yaml` is the table: family, allergens, diet, core temperature, weight of a cup, whether it
seasons; `table` reads it. `mentions` finds foods in texts, the longest name first, `negations` what
they are said to be without, and `identity` answers which food a name means. `densities` and
`seasoning` ask the table, `meanings` knows which words of a step may mean which foods. Everything
that asks about foods asks here.
"""
