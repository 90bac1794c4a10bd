"""What is known of foods: one table, and which food a name means.

`foods/*.yaml` is the table: family, allergens, diet, core temperature; `table` reads it. `mentions`
finds foods in texts, the longest name first, `negations` what they are said to be without, and
`identity` answers which food a name means. `densities` weighs volumes, `families` and `meanings`
know which words of a step may mean which food. Everything that asks about foods asks here.
"""
