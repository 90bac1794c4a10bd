"""The headline metric as a reward: what GRPO draws is held against gold while it is trained."""
