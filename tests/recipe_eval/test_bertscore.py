"""BERTScore by the packaged model; the model loads once."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_eval.metrics import bertscore
from recipe_eval.metrics.bertscore import BertScorer, bertscore_metric
from recipe_eval.reading.entities import NOTHING, Entities

pytestmark = pytest.mark.heavy


def written(text: str) -> Entities:
    return Entities((text,), (), ())


GOLD = written("Boil the rice for ten minutes, then drain it.")
PAIRS = [
    (GOLD, GOLD),
    (GOLD, written("Cook the rice for ten minutes and drain.")),
    (GOLD, written("Repaint the fence before the winter comes.")),
]


@pytest.fixture(scope="module")
def scorer() -> BertScorer:
    scorer = BertScorer()
    scorer.learn(PAIRS)
    return scorer


def test_no_text_scores_nothing_and_gold_scores_one(scorer: BertScorer) -> None:
    assert scorer.count(GOLD, NOTHING).total == 0.0
    assert scorer.count(*PAIRS[0]).total == pytest.approx(1.0, abs=1e-5)


def test_spaces_are_no_text(scorer: BertScorer) -> None:
    blank = written(" \f\u00a0")
    scorer.learn([(GOLD, blank)])
    assert scorer.count(GOLD, blank).total == 0.0


def test_a_paraphrase_is_nearer_than_another_subject(scorer: BertScorer) -> None:
    _, near, far = (scorer.count(*pair).total for pair in PAIRS)
    assert 0.0 < far < near < 1.0


def test_the_number_is_that_of_its_definition(scorer: BertScorer) -> None:
    """Greedy matching by cosine over the last layer, without the two special tokens."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    from recipe_eval.metrics.models import location

    path = location("minilm")
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path)
    vectors = []
    for answer in PAIRS[1]:
        with torch.no_grad():
            last = model(**tokenizer(answer.text, return_tensors="pt")).last_hidden_state[0]
        vectors.append(torch.nn.functional.normalize(last, dim=1))
    similarity = vectors[0] @ vectors[1].T
    recall = similarity.max(dim=1).values[1:-1].mean()
    precision = similarity.max(dim=0).values[1:-1].mean()
    expected = float(2 * precision * recall / (precision + recall))
    assert scorer.count(*PAIRS[1]).total == pytest.approx(expected, abs=0.02)


def test_a_killed_run_goes_on_with_the_same_numbers(
    tmp_path: Path, scorer: BertScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bertscore, "_CHUNK", 1)
    scored: list[str] = []

    class Impatient(BertScorer):
        def _score(self, chunk: object) -> list[float]:
            if len(scored) == 2:
                raise KeyboardInterrupt
            scored.append(str(chunk))
            return [len(scored) / 10]

    with pytest.raises(KeyboardInterrupt):
        Impatient("minilm", tmp_path).learn(PAIRS)
    again = Impatient("minilm", tmp_path)
    scored.pop()
    again.learn(PAIRS)
    assert sorted(again.count(*pair).total for pair in PAIRS) == [0.1, 0.2, 0.2]


def test_numbers_of_another_model_are_signed_otherwise() -> None:
    assert "model:all-MiniLM-L6-v2|" in bertscore_metric().rule
    assert "model:roberta-large|" in bertscore_metric("roberta-large").rule


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"--bertscore .*nowhere: the model cannot be loaded"):
        BertScorer(str(tmp_path / "nowhere")).learn(PAIRS)
