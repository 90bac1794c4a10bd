"""LLaMA-Factory's reading of rows and its trainer, by names of ours.

It has no place where a loss or a column could be registered, so three of its functions and a class
are exchanged while a run of ours lasts: `exchanged` says which. It is imported when called.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

Row = dict[str, Any]

KEPT = "_recipe_losses"
"""The column, JSON, in which what `KEYS` name comes through LLaMA-Factory's own conversion."""
KEYS = ("id", "task", "spans", "trained")
NO_CUTOFF = 2**31


class Written(NamedTuple):
    """An answer as the template writes it, with the end of its turn."""

    ids: list[int]
    text: str
    starts: list[int]
    """Where each token begins in the text."""
    ends: list[int]


class Hooks(NamedTuple):
    """What a run of ours does in LLaMA-Factory's places."""

    process: Callable[[Any], Any]
    """Makes what turns rows into tokens, a `HostProcessor`, of LLaMA-Factory's own."""
    check: Callable[[int, Any, bool], None]
    """Looks at rows that are tokenized: their number before, what is left, whether to evaluate."""
    dress: Callable[[Any], Any]
    """Makes the trainer that LLaMA-Factory has built train another loss."""


class KeepingConverter:
    """One of LLaMA-Factory's converters, which forgets all columns that it does not know."""

    def __init__(self, inner: Any) -> None:
        """Wrap a converter of one dataset."""
        self.inner = inner

    def __call__(self, example: Row) -> Row:
        """Convert a row, and keep ours."""
        kept = {key: example.get(key) for key in KEYS}
        return {**self.inner(example), KEPT: json.dumps(kept, default=str)}


@dataclass
class HostProcessor:
    """What a processor of ours asks of LLaMA-Factory's: ids and labels of a conversation."""

    inner: Any
    """LLaMA-Factory's own, with template, tokenizer and settings."""

    COLUMNS: ClassVar[tuple[str, ...]]
    """What `columns_of` returns."""

    def columns_of(self, row: Row) -> dict[str, Any] | None:
        """Return the columns of a row, None to leave it out: for a subclass to say.

        `row` has what `KEYS` name, and `messages`, in LLaMA-Factory's own roles.
        """
        raise NotImplementedError

    def preprocess_dataset(self, examples: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Return the columns of those rows of a batch that are not left out."""
        rows = (
            dict(zip(examples, row, strict=True)) for row in zip(*examples.values(), strict=True)
        )
        found = [
            self.columns_of({**row, **json.loads(row[KEPT]), **_messages(row)}) for row in rows
        ]
        return {name: [row[name] for row in found if row] for name in self.COLUMNS}

    def tokens_of(self, row: Row) -> tuple[list[int], list[int]]:
        """Return ids and labels of a whole conversation, however long it is."""
        whole = copy(self.inner)
        whole.data_args = copy(self.inner.data_args)
        whole.data_args.cutoff_len = NO_CUTOFF
        ids, labels = whole._encode_data_example(
            prompt=row["_prompt"],
            response=row["_response"],
            system=row["_system"],
            tools=row["_tools"],
            images=row["_images"] or [],
            videos=row["_videos"] or [],
            audios=row["_audios"] or [],
        )
        return list(ids), list(labels)

    def written(self, answer: str) -> Written:
        """Return an answer as the template writes it in its place at the end."""
        template = self.inner.template
        elements = [*template.format_assistant.apply(content=answer)]
        if template.efficient_eos:
            elements.append({"eos_token"})
        found = Written([], "", [], [])
        for element in elements:
            found = self._with_element(found, element)
        return found

    def ends_of_turns(self) -> set[int]:
        """Return the tokens at which an answer ends."""
        return set(self.inner.template.get_stop_token_ids(self.tokenizer))

    def print_data_example(self, example: Row) -> None:
        """Show a row, as LLaMA-Factory does of every run."""
        self.inner.print_data_example(example)

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the run, with the tokens that the template adds."""
        return self.inner.tokenizer

    @property
    def longest(self) -> int:
        """How many tokens a row may have: `cutoff_len`."""
        return int(self.inner.data_args.cutoff_len)

    @property
    def reads_media(self) -> bool:
        """Tell whether the model has a processor of images or sound."""
        return self.inner.processor is not None

    def _with_element(self, before: Written, element: Any) -> Written:
        begin = len(before.text)
        if isinstance(element, str):
            tokens = self.tokenizer(element, add_special_tokens=False, return_offsets_mapping=True)
            ids, text = tokens["input_ids"], element
            offsets = tokens["offset_mapping"]
        else:
            ids = self.inner.template._convert_elements_to_ids(self.tokenizer, [element])
            text = "".join(self.tokenizer.convert_ids_to_tokens(ids))
            offsets = [(0, len(text))] * len(ids)
        return Written(
            [*before.ids, *ids],
            before.text + text,
            [*before.starts, *(begin + start for start, _ in offsets)],
            [*before.ends, *(begin + end for _, end in offsets)],
        )


def _messages(example: Row) -> Row:
    """Return LLaMA-Factory's columns of a row as messages."""
    system = [{"role": "system", "content": example["_system"]}] if example["_system"] else []
    return {"messages": [*system, *example["_prompt"], *example["_response"]]}


def config_of(path: Path, settings: Sequence[str]) -> Row:
    """Read a YAML file as LLaMA-Factory does, with settings in place of its own."""
    from llamafactory.hparams import read_args

    before, sys.argv = sys.argv, ["llamafactory-cli", str(path), *settings]
    try:
        config: Row = read_args()
    finally:
        sys.argv = before
    return config


def files_of(names: Sequence[str], folder: str) -> list[str]:
    """Name what each dataset of `dataset_info.json` is loaded from, where that is local."""
    from llamafactory.data.parser import get_dataset_list

    return [one.dataset_name for one in get_dataset_list(names, folder) if one.load_from == "file"]


def train(config: Row, hooks: Hooks) -> None:
    """Train as `llamafactory-cli train` does, with hooks in its places."""
    from llamafactory.train.tuner import run_exp

    with exchanged(hooks):
        run_exp(config)


@contextmanager
def exchanged(hooks: Hooks) -> Iterator[None]:
    """Put hooks where LLaMA-Factory looks for its own functions, and take them out again."""
    import llamafactory.data.converter as converting
    import llamafactory.data.loader as loading
    import llamafactory.train.sft.workflow as workflow

    converter, processor = converting.get_dataset_converter, loading._get_dataset_processor
    preprocessed, built = loading._get_preprocessed_dataset, workflow.CustomSeq2SeqTrainer

    def keeping(*args: Any, **kwargs: Any) -> KeepingConverter:
        return KeepingConverter(converter(*args, **kwargs))

    def processing(*args: Any, **kwargs: Any) -> Any:
        return hooks.process(processor(*args, **kwargs))

    def checked(dataset: Any, *args: Any, is_eval: bool = False, **kwargs: Any) -> Any:
        if dataset is None:
            return None
        try:
            rows = preprocessed(dataset, *args, is_eval=is_eval, **kwargs)
        except RuntimeError as error:
            # What LLaMA-Factory says where it has no row to print.
            if not isinstance(error.__context__, StopIteration):
                raise
            rows = []
        hooks.check(len(dataset), rows, is_eval)
        return rows

    def dressed(*args: Any, **kwargs: Any) -> Any:
        return hooks.dress(built(*args, **kwargs))

    places = (
        (converting, "get_dataset_converter", keeping),
        (loading, "_get_dataset_processor", processing),
        (loading, "_get_preprocessed_dataset", checked),
        (workflow, "CustomSeq2SeqTrainer", dressed),
    )
    before = [getattr(module, name) for module, name, _ in places]
    for module, name, ours in places:
        setattr(module, name, ours)
    try:
        yield
    finally:
        for (module, name, _), theirs in zip(places, before, strict=True):
            setattr(module, name, theirs)
