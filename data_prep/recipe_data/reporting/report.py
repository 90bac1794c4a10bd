"""`recipe-data report`: a build as one HTML file, with a Markdown twin beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, write_text
from recipe_base.look import COLOURS, pages
from recipe_data.building.build import STAGE
from recipe_data.building.near import NEAR_DUPLICATE
from recipe_data.reporting import figures
from recipe_data.reporting.measures import Characters, Measure, Tokens
from recipe_data.reporting.survey import Lengths, Survey, longer, quantile, survey

DEFAULT_TOKENIZER = Path("runs/tiny-init")
_NEEDED = ("rows", "splits", "tasks", "groups", "largest_group", "largest_similarity")


class Cut(NamedTuple):
    """How many of the rows do not fit in a sequence length."""

    rows: int
    of: int

    def __str__(self) -> str:
        return f"{100 * self.rows / self.of:.1f} % ({self.rows:,})" if self.rows else "none"


class LengthRow(NamedTuple):
    """One line of the table of lengths."""

    name: str
    rows: int
    median: int
    most: int  # 95 % of the rows are no longer
    longest: int
    cuts: list[Cut]  # one a sequence length


class Page(NamedTuple):
    """Everything that the page and its Markdown twin say."""

    data: Path
    facts: dict[str, Any]
    survey: Survey
    limits: list[int]
    """Sequence lengths asked for, shortest first; none where lengths are in characters."""

    def lengths_of(self, lengths: Lengths) -> list[LengthRow]:
        """Return the lengths of all rows, and of each task where there are several."""
        rows = [self._row("all rows", lengths.all)]
        if len(lengths.by_task) > 1:
            rows += [self._row(task, values) for task, values in lengths.by_task.items()]
        return rows

    def _row(self, name: str, values: Sequence[int]) -> LengthRow:
        cuts = [Cut(longer(values, limit), len(values)) for limit in self.limits]
        middle, most = quantile(values, 0.5), quantile(values, 0.95)
        return LengthRow(name, len(values), middle, most, values[-1], cuts)

    @property
    def pairs(self) -> list[tuple[str, dict[str, Any]]]:
        """The most similar pairs across the split, and what was compared."""
        return [
            ("title words", self.facts["largest_title_overlap"]),
            ("title words and ingredient names", self.facts["largest_similarity"]),
        ]

    @property
    def manifest(self) -> str:
        """All that the build recorded."""
        return json.dumps(self.facts, ensure_ascii=False, indent=2)


def write_report(
    data: Path,
    output: Path,
    tokenizers: Sequence[str] = (),
    sequence_lengths: Sequence[int] = (512, 1024, 2048),
) -> Page:
    """Describe the build in the folder `data`; write `output`, and `.md` beside it.

    Without `tokenizers`, lengths are those of `DEFAULT_TOKENIZER` if it is there, else in
    characters. Raises `TopochefError` if there is no build or a tokenizer cannot be used.
    """
    if output.suffix != ".html":
        raise TopochefError(f"--output {output}: the report is one .html file")
    facts = _facts(data)
    measures = _measures(tokenizers)
    limits = sorted(set(sequence_lengths)) if measures[0].unit == "tokens" else []
    page = Page(data, facts, survey(data, facts["tasks"], measures), limits)
    html = render(page)
    write_text(output.with_suffix(".md"), markdown(page))
    write_text(output, html)
    return page


def _facts(data: Path) -> dict[str, Any]:
    facts: dict[str, Any] | None = read_manifest(data).get(STAGE)
    command = f"`{DataFolder(data).made_by}`"
    if facts is None:
        raise TopochefError(f"{data} holds no build: run {command}")
    if missing := [name for name in _NEEDED if name not in facts]:
        raise TopochefError(
            f"{data}/manifest.json lacks {', '.join(missing)}, an earlier version wrote it: "
            f"delete {data} and run {command}"
        )
    return facts


def _measures(tokenizers: Sequence[str]) -> list[Measure]:
    if not tokenizers and DEFAULT_TOKENIZER.is_dir():
        tokenizers = [str(DEFAULT_TOKENIZER)]
    return [Tokens(name) for name in dict.fromkeys(tokenizers)] or [Characters()]


def render(page: Page) -> str:
    """Return the page: self-contained, and everything that came from the data is escaped."""
    return (
        pages("recipe_data.reporting", escape=True)
        .get_template("report.html.j2")
        .render(
            page=page,
            near=NEAR_DUPLICATE,
            colour=COLOURS,
            **_figures(page),
        )
    )


def markdown(page: Page) -> str:
    """Return the same numbers as Markdown tables."""
    template = pages("recipe_data.reporting", escape=False).get_template("report.md.j2")
    return template.render(page=page, near=NEAR_DUPLICATE)


def _figures(page: Page) -> dict[str, Any]:
    from markupsafe import Markup

    reasons = page.facts["rows"]["rejected"]
    return {
        "reasons": Markup(figures.plot_reasons(reasons)) if reasons else None,
        "kinds": Markup(figures.plot_kinds(page.survey)) if page.survey.kinds else None,
        "histograms": [
            (lengths, Markup(figures.plot_lengths(lengths, page.limits)))
            for lengths in page.survey.lengths
        ],
    }
