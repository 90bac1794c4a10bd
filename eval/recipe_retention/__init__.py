"""Did it forget? What the base model knew and read, against what is left after tuning."""
