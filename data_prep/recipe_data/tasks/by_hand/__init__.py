"""Questions that people wrote, or language models as people would: read, checked and split."""
