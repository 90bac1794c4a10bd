"""BERTScore F1: the words of two texts paired by their contextual embeddings (bert_score)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_base.files import fingerprint
from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.metrics.base import Metric, Summed, average
from recipe_eval.metrics.models import MINILM, display_name, location, quiet, unloadable
from recipe_eval.reading.entities import Entities

_CHUNK = 64
_BATCH = 32


class BertScorer:
    """Scores pairs of texts, in chunks that are kept as they are done."""

    def __init__(self, model: str = MINILM, folder: Path | None = None) -> None:
        self.model = model
        self._scorer: Any = None
        self._f1: dict[tuple[str, str], float] = {}
        path = folder / f"bertscore-{fingerprint(model)[:12]}.jsonl" if folder else None
        self._cache = JsonlCache(path)

    def learn(self, pairs: Sequence[tuple[Entities, Entities]]) -> None:
        """Score the pairs (gold, predicted) that are new, texts of like length together.

        A chunk is remembered by everything in it: a text's last digits depend on those it was
        padded with, and a killed run must end with the bytes of one that was not.
        Raises `TopochefError` if the model cannot be loaded.
        """
        from recipe_base.console import progress_bar

        texts = {
            (gold.text, predicted.text)
            for gold, predicted in pairs
            if not _is_empty(gold, predicted)
        }
        texts -= self._f1.keys()
        todo = sorted(texts, key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
        chunks = [todo[start : start + _CHUNK] for start in range(0, len(todo), _CHUNK)]
        known = {i for i, chunk in enumerate(chunks) if self._recall(chunk)}
        if len(known) == len(chunks):
            return
        with progress_bar("BERTScore", len(chunks), done=len(known)) as advance:
            for i, chunk in enumerate(chunks):
                if i not in known:
                    self._cache.put(fingerprint(chunk), self._score(chunk))
                    self._recall(chunk)
                    advance()

    def count(self, gold: Entities, predicted: Entities) -> Summed:
        """Return the F1 of one pair; 0 where nothing was written, or nothing but spaces."""
        if _is_empty(gold, predicted):
            return Summed(0.0, 1)
        pair = (gold.text, predicted.text)
        if pair not in self._f1:
            self.learn([(gold, predicted)])
        return Summed(self._f1[pair], 1)

    def _recall(self, chunk: Sequence[tuple[str, str]]) -> bool:
        values = self._cache.get(fingerprint(chunk))
        if values is None:
            return False
        self._f1.update(zip(chunk, values, strict=True))
        return True

    def _score(self, chunk: Sequence[tuple[str, str]]) -> list[float]:
        self._scorer = self._scorer or _load(self.model)
        gold, predicted = zip(*chunk, strict=True)
        with quiet():
            scores = self._scorer.score(list(predicted), list(gold), batch_size=_BATCH)
        return [round(float(f1), 6) for f1 in scores[2]]


def _is_empty(*written: Entities) -> bool:
    """Tell whether a text has no token: bert_score cannot embed it."""
    return not all(one.text.strip() for one in written)


def _load(model: str) -> Any:
    """Load a model at the layer that was published as its best, or at its last one."""
    with quiet():
        from bert_score import BERTScorer
        from bert_score.utils import model2layers
        from transformers import AutoConfig

        path = location(model)
        try:
            layers = model2layers.get(model) or AutoConfig.from_pretrained(path).num_hidden_layers
            return BERTScorer(path, num_layers=layers, device="cpu", use_fast_tokenizer=True)
        except (OSError, ValueError) as error:
            raise unloadable("--bertscore", model, error) from error


def bertscore_metric(model: str = MINILM, folder: Path | None = None) -> Metric[Summed]:
    """Return BERTScore F1 by a model; what is computed is kept in `folder`.

    Numbers of different models must not be compared: the signature names the model.
    """
    scorer = BertScorer(model, folder)
    return Metric(
        name="bertscore",
        title="BERTScore F1",
        count=scorer.count,
        value=average,
        rule=f"f1|model:{display_name(model)}|idf:no|rescaled:no|bert_score",
        warm=scorer.learn,
    )
