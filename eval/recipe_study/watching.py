"""What a person sees of a study that runs: every job at work, and an estimate of what is left."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from recipe_base.console import STDERR
from recipe_study.plan import Job, Plan, Stage
from recipe_study.runner import Cost, Watch


class Estimate:
    """How long the stages that are left will take, from those of the same name that are done.

    >>> grow, train = Stage("grow", ()), Stage("train", ())
    >>> estimate = Estimate([grow, train, train, train], workers=2)
    >>> estimate.seconds_left() is None
    True
    >>> estimate.done(grow, 5.0)
    >>> estimate.done(train, 60.0)
    >>> estimate.seconds_left()
    60.0
    """

    def __init__(self, stages: list[Stage], workers: int) -> None:
        self._left = Counter(stage.name for stage in stages)
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._workers = workers

    def done(self, stage: Stage, seconds: float) -> None:
        """Count a stage as done."""
        self._left[stage.name] -= 1
        self._seconds[stage.name].append(seconds)

    def seconds_left(self) -> float | None:
        """Return the estimate; None while a kind of stage is left that was never done."""
        left = [(name, count) for name, count in self._left.items() if count]
        if any(not self._seconds[name] for name, _ in left):
            return None
        means = {name: sum(s) / len(s) for name, s in self._seconds.items() if s}
        seconds: float = sum(means[name] * count for name, count in left)
        return seconds / self._workers


@contextmanager
def watching(plan: Plan, workers: int) -> Iterator[Watch]:
    """Show the matrix as it fills, on stderr; a line a stage where there is no terminal."""
    stages = [stage for job in plan.jobs for stage in job.stages]
    estimate = Estimate(stages, workers)
    lock = threading.Lock()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=STDERR, disable=not STDERR.is_terminal) as progress:
        total = progress.add_task("Study", total=len(stages), left="")
        rows = {}

        def watch(job: Job, stage: Stage, cost: Cost | None) -> None:
            with lock:
                if job.name not in rows:
                    rows[job.name] = progress.add_task(job.name, total=len(job.stages), left="")
                row = rows[job.name]
                if cost is None:
                    progress.update(row, left=stage.name)
                    return
                estimate.done(stage, cost.seconds)
                left = estimate.seconds_left()
                about = "" if left is None else f"about {left / 60:.0f} min left"
                progress.update(total, advance=1, left=about)
                progress.update(row, advance=1, left="")
                if stage is job.stages[-1]:
                    progress.update(row, visible=False)
                if not STDERR.is_terminal:
                    STDERR.print(f"{job.name}: {stage.name} in {cost.seconds:.0f} s  {about}")

        yield watch
