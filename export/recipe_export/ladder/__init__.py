"""One model in many sizes: what each costs, and what it loses."""
