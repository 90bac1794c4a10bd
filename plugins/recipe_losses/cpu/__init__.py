"""Training without an accelerator: precision, threads, attention and adapters that suit a CPU."""
