"""Does the jobs of a plan, several at once: what is done is not repeated, what fails is told."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import fingerprint, read_manifest, sha256, update_manifest
from recipe_study.plan import Job, Plan, Stage

STAGE = "study"
LOGS = "logs"


class Cost(NamedTuple):
    """What a command took."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    """The largest resident size of one of its processes."""


class Outcome(NamedTuple):
    """What became of a job."""

    job: Job
    failed: str | None
    """The stage that failed, or None."""
    log: Path | None
    """What that stage printed."""
    costs: dict[str, Cost]
    """By stage, as measured when it was done."""


def tell_failures(outcomes: Iterable[Outcome]) -> int:
    """Print what failed and where to read why; return the exit status of a command."""
    failed = [outcome for outcome in outcomes if outcome.failed]
    for outcome in failed:
        print(f"{outcome.job.name}: {outcome.failed} failed, see {outcome.log}")
    return 1 if failed else 0


Watch = Callable[[Job, Stage, "Cost | None"], None]
"""Hears of every stage that starts (no cost yet) and ends."""


def run_plan(plan: Plan, folder: Path, workers: int, watch: Watch) -> list[Outcome]:
    """Do every job in the folder of the study; return what became of each, in the plan's order.

    The first jobs are done one after the other, and if one fails the others are not begun; of the
    others, `workers` at once, and none is stopped by another's failure. A stage that was done from
    the same command and files is not done again, also if this process was killed since.
    """
    runner = _Runner(folder, watch)
    try:
        outcomes = [runner.do(job) for job in plan.first]
    except BaseException:
        runner.stop()
        raise
    if any(outcome.failed for outcome in outcomes):
        return outcomes
    if workers > 1:
        # Threads that wait for each other's core make every job slower than one thread would.
        runner.environment["OMP_NUM_THREADS"] = "1"
    with ThreadPoolExecutor(workers) as pool:
        try:
            return outcomes + list(pool.map(runner.do, plan.matrix))
        except BaseException:
            runner.stop()
            pool.shutdown(cancel_futures=True)
            raise


class _Runner:
    def __init__(self, folder: Path, watch: Watch) -> None:
        self.environment = dict(os.environ)
        self._folder = folder
        self._watch = watch
        self._stopped = threading.Event()
        self._running: set[subprocess.Popen[bytes]] = set()

    def do(self, job: Job) -> Outcome:
        """Do the stages of a job that are not done yet, up to one that fails."""
        run = self._folder / job.folder
        costs: dict[str, Cost] = {}
        before = ""
        for stage in job.stages:
            # A stage done again makes those after it stale.
            content = [self._content(file) for file in stage.reads]
            before = fingerprint([before, portable(stage), content])
            cost = _done(run, stage, before)
            if cost is None:
                if self._stopped.is_set():
                    return Outcome(job, stage.name, None, costs)
                self._watch(job, stage, None)
                log = self._folder / LOGS / job.name / f"{stage.name}.log"
                cost = self._run(stage, log)
                if cost is None:
                    return Outcome(job, stage.name, log, costs)
                _record(run, stage, before, cost)
            costs[stage.name] = cost
            self._watch(job, stage, cost)
        return Outcome(job, None, None, costs)

    def stop(self) -> None:
        """End every command that runs, and begin no other."""
        self._stopped.set()
        for process in list(self._running):
            process.terminate()

    def _content(self, file: Path) -> str | None:
        path = self._folder / file
        return sha256(path) if path.is_file() else None

    def _run(self, stage: Stage, log: Path) -> Cost | None:
        """Run a command with its output in `log`; return what it took, or None if it failed."""
        log.parent.mkdir(parents=True, exist_ok=True)
        start = time.monotonic()
        with log.open("wb") as out:
            try:
                process = subprocess.Popen(
                    stage.command,
                    cwd=self._folder,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            except OSError as error:
                out.write(f"{error}\n".encode())
                return None
            self._running.add(process)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self._running.discard(process)
        if process.returncode != 0:
            return None
        seconds = time.monotonic() - start
        return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def portable(stage: Stage) -> list[str]:
    """Return the command as it decides a result on any machine.

    A file that it reads and whose path does not begin in the folder of the study is named without
    its path: its content decides.
    """
    elsewhere = {str(file): file.name for file in stage.reads if file.is_absolute()}
    return [elsewhere.get(word, word) for word in stage.command]


def _done(run: Path, stage: Stage, inputs: str) -> Cost | None:
    """Return what a stage took if it was done from these inputs, else None."""
    recorded = _recorded(run).get(stage.name)
    if recorded is None or recorded["inputs"] != inputs:
        return None
    return Cost(*recorded["cost"])


def _record(run: Path, stage: Stage, inputs: str, cost: Cost) -> None:
    stages = {**_recorded(run), stage.name: {"inputs": inputs, "cost": list(cost)}}
    update_manifest(run, STAGE, stages)


def _recorded(run: Path) -> Mapping[str, Any]:
    recorded: Mapping[str, Any] = read_manifest(run).get(STAGE, {})
    return recorded
