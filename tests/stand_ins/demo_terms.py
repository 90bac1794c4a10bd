"""What several tests of the demo corpus say: a plain style of writing, and what is meat."""

from __future__ import annotations

import re

from recipe_data.demo.style import Style

PLAIN = Style(
    "short", hyphenated=False, vulgar=False, dual=False, degree="{}°F", clock="{}", voice=0
)
"""How a cook writes who abbreviates and does nothing else."""

MEAT = re.compile(
    r"\b(?:chicken|bacon|ham|sausage|pork|shrimp|beef|mince|anchovy|pancetta|tuna|turkey|Parmesan)\b"
)
