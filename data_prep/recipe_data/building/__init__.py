"""From a source's rows to chat rows in splits, every row used or rejected with a reason."""
