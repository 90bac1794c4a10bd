"""More questions, proposed by a language model and used once a person has approved them."""
