"""The words of kitchens: dirt, amounts, units, densities, names, verbs, durations."""
