"""A study of arms on one page: the verdict, what it rests on, every arm, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import write_text
from recipe_base.runs import Run
from recipe_eval.comparing.runs import Configuration
from recipe_study.continuing.guards import ACTIONS
from recipe_study.continuing.runs import ROWS, Continuing
from recipe_study.continuing.scored import (
    Length,
    Tokens,
    Written,
    length_of,
    read_written,
    tokens_of,
    valid_share,
)
from recipe_study.continuing.verdict import (
    LEVEL,
    LIST_METRICS,
    WHOLE_METRICS,
    Verdict,
    find_verdict,
    unequal_tokens,
)
from recipe_study.forest import plot_answers
from recipe_study.gold import Gold, read_gold
from recipe_study.report import render
from recipe_study.results import Spent, spent
from recipe_study.runner import Outcome

PAGES = ("arms.html", "arms.md")


class Cell(NamedTuple):
    """One metric of one arm or floor."""

    mean: float | None
    seed_sd: float | None


class Line(NamedTuple):
    """One arm, or one floor."""

    name: str
    cells: tuple[Cell, ...]
    length: Length | None
    valid: float | None
    temperature: float | None
    tokens: int | None
    """Of its first run."""
    seeds: int


class Took(NamedTuple):
    """What a job took, its own rows told apart."""

    spent: Spent
    rows_seconds: float
    """Sampling for training titles among them, in the first arm of a seed that needs it."""


class Page(NamedTuple):
    """All that a page shows."""

    metrics: list[str]
    """Titles of the columns."""
    titles: dict[str, str]
    """Of metrics, by name."""
    lines: list[Line]
    floors: list[Line]
    verdict: Verdict
    unequal: str | None
    gold: Gold | None
    """How likely the held-out recipes are by each trained arm, against `ce`."""
    counts: tuple[int, int]
    """Test titles of lists, and of whole recipes."""


def write_arms(
    continuing: Continuing, folder: Path, outcomes: Sequence[Outcome], watts: float
) -> tuple[Path, ...]:
    """Write `PAGES` of what is done so far; nothing where no arm is. Return them."""
    page = read_page(continuing, folder, outcomes)
    if page is None:
        return ()
    asked = page.verdict.primary
    drawn = plot_answers(asked, [page.titles[one.metric] for one in asked]) if asked else None
    facts = {
        "page": page,
        "forest": _markup(drawn),
        "failed": [outcome for outcome in outcomes if outcome.failed],
        "took": [_took(folder, outcome) for outcome in outcomes],
        "watts": watts,
        "title": f"{continuing.study.model}: arms from {continuing.start}",
        "level": LEVEL,
    }
    for name in PAGES:
        write_text(folder / name, render(f"{name}.j2", facts))
    return tuple(folder / name for name in PAGES)


def read_page(continuing: Continuing, folder: Path, outcomes: Sequence[Outcome]) -> Page | None:
    """Read what arms and floors scored; None where no arm is done."""
    names = {arm.name for arm in continuing.arms.arms}
    done = [one for one in outcomes if one.job.configuration in names]
    lists, whole = read_written(folder, done)
    if not lists.arms:
        return None
    tokens = {
        one.job.name: found
        for one in done
        if one.failed is None and (found := tokens_of(Run(folder / one.job.folder)))
    }
    decoding = {arm.name for arm in continuing.arms.arms if arm.decodes}
    columns = [(whole, name) for name in (*WHOLE_METRICS, ACTIONS)]
    columns[1:1] = [(lists, name) for name in LIST_METRICS]
    titles = {name: _facts(part)[name]["title"] for part, name in columns}
    return Page(
        metrics=[titles[name] for _, name in columns],
        titles=titles,
        lines=[_line(continuing, folder, name, columns, lists, whole, tokens)
               for name in lists.arms],
        floors=[_floor(one, columns) for one in lists.floors],
        verdict=find_verdict(continuing.arms, lists, whole, tokens),
        unequal=unequal_tokens(tokens),
        gold=read_gold({name: one for name, one in whole.arms.items() if name not in decoding}),
        counts=(_titles(lists), _titles(whole)),
    )  # fmt: skip


def _facts(part: Written) -> dict[str, Any]:
    facts: dict[str, Any] = next(iter(part.arms.values())).first.summary["metrics"]
    return facts


def _titles(part: Written) -> int:
    return int(next(iter(part.arms.values())).first.summary["recipes"])


def _line(
    continuing: Continuing,
    folder: Path,
    name: str,
    columns: Sequence[tuple[Written, str]],
    lists: Written,
    whole: Written,
    tokens: dict[str, Tokens],
) -> Line:
    arm = continuing.arms.arm(name)
    first = continuing.study.seeds[0]
    searched = Run(folder / continuing.run(arm.decodes or name, first).folder).sampler
    found = searched.read_if_there()
    trained = tokens.get(continuing.job_name(name, first))
    return Line(
        name=name,
        cells=tuple(_cell(part.arms[name], metric) for part, metric in columns),
        length=length_of(lists.arms[name]),
        valid=valid_share(whole.arms[name]),
        temperature=found["chosen"]["temperature"] if found else None,
        tokens=trained.trained if trained else None,
        seeds=len(lists.arms[name].runs),
    )


def _floor(one: Configuration, columns: Sequence[tuple[Written, str]]) -> Line:
    """Return a floor on the titles of each column."""
    cells = []
    for part, metric in columns:
        same = next((floor for floor in part.floors if floor.name == one.name), None)
        cells.append(_cell(same, metric) if same else Cell(None, None))
    return Line(one.name, tuple(cells), length_of(one), valid_share(one), None, None, 0)


def _cell(one: Configuration, metric: str) -> Cell:
    mean = one.mean(metric) if metric in one.first.scores else None
    return Cell(mean.mean, one.seed_sd(metric)) if mean else Cell(None, None)


def _took(folder: Path, outcome: Outcome) -> Took:
    cost = outcome.costs.get(ROWS)
    return Took(spent(folder, outcome), cost.seconds if cost else 0.0)


def _markup(svg: str | None) -> str | None:
    from markupsafe import Markup

    return None if svg is None else Markup(svg)
