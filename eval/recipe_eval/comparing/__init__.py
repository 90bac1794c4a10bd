"""What two configurations' scores say of each other: tests, effect sizes, seeds, confounds."""
