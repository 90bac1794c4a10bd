"""The words of kitchens: dirt, amounts, units, names, verbs, durations."""
