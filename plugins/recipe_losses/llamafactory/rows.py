"""A row of LLaMA-Factory as columns of its tokens: ids are theirs, spans are laid over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from recipe_losses.chat_rows import read_answer, row_name, trained_part
from recipe_losses.codes import task_code
from recipe_losses.errors import FAULTS, RecipeLossError
from recipe_losses.hosts.llamafactory import HostProcessor, Row
from recipe_losses.losses.marks import OPTIONAL, PADDING
from recipe_losses.spans import align, only_part, typed, up_to_ends
from recipe_spans import find_answer, part_tokens

CODE = 1
"""To be raised where other columns are made of a row: then rows are prepared anew."""
MEDIA = ("images", "videos", "audios")


@dataclass
class SpanProcessor(HostProcessor):
    """LLaMA-Factory's templates, with a column for each mark of `losses.marks`.

    A turn is trained up to its end token and not beyond, where templates write a line break.
    """

    mixed_tasks: frozenset[str] = field(default_factory=frozenset)
    """The tasks that `recipe_loss.tasks` names."""
    code: int = CODE
    """By which prepared rows are told apart from those of other versions."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "input_ids", "attention_mask", "labels", *MEDIA, *PADDING, *OPTIONAL,
    )  # fmt: skip

    def columns_of(self, row: Row) -> dict[str, Any] | None:
        """Return the columns of a row; None where it is longer than `cutoff_len`.

        Raises:
            RecipeLossError: names the row, and what to do about it.
        """
        name = row_name(row)
        try:
            return self._columns(row, name)
        except RecipeLossError:
            raise  # it names the row
        except FAULTS as error:
            raise RecipeLossError(
                f"{name} cannot be tokenized ({error}): mend the row, or choose another `template`"
            ) from error

    def _columns(self, row: Row, name: str) -> dict[str, Any] | None:
        if not row["_response"]:
            raise RecipeLossError(
                f"{name}: LLaMA-Factory would skip it: messages must be the user's and the "
                "assistant's by turns and end with an answer: mend the row, or the columns and "
                "tags of dataset_info.json"
            )
        if self.reads_media or any(row[f"_{kind}"] for kind in MEDIA):
            raise RecipeLossError(
                f"{name}: what a model of images or sound makes of it has no characters to count "
                "spans in: only text is trained here"
            )
        answer = read_answer(row, self.tokenizer)
        ids, labels = self.tokens_of(row)
        written = self.written(answer)
        before = len(ids) - len(written.ids)
        if before < 0 or ids[before:] != written.ids:
            raise RecipeLossError(
                f"{name}: the template changes the text of the answer (thoughts are taken out "
                "where `enable_thinking: false`), so spans cannot be placed: choose another "
                "`template`, or mend the row"
            )
        offset = find_answer(written.text, answer, lambda other: self.written(other).text)
        if offset is None:
            raise RecipeLossError(
                f"{name}: the template changes the text of the answer, so spans cannot be placed: "
                "choose another `template`, or, where it trims them, strip the answers of blanks"
            )
        # What stands before the answer's turn has no characters in its text.
        starts, ends = [0] * before + written.starts, [0] * before + written.ends
        labels = up_to_ends(ids, labels, self.ends_of_turns())
        if part := trained_part(row):
            stop = offset + len(answer)
            alone = part_tokens(starts, ends, (offset, stop), part)
            labels = only_part(alone, labels, ends, offset)
        if len(ids) > self.longest:
            return None
        task = task_code(row, self.mixed_tasks)
        return {
            "input_ids": ids,
            "attention_mask": [1] * len(ids),
            "labels": labels,
            **dict.fromkeys(MEDIA),
            **typed(align(row["spans"], offset, starts, ends, written.text, task)),
        }
