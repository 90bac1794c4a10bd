"""Benchmarks of lm-eval: found on the hub or in a folder, and answered item by item."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import chdir
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint

DEFAULT_TASKS = ("mmlu", "hellaswag")
METRICS = ("acc_norm", "acc", "exact_match")
"""What counts as right, from 0 to 1 for each item; the first one that a task has is taken.

Length-normalised accuracy is what HellaSwag is reported in, plain accuracy what MMLU is."""
_FEWSHOT_SEED = 1234


class Leaf(NamedTuple):
    """A task without parts: one subject of MMLU."""

    name: str
    task: Any
    """lm-eval's own object, with its items loaded."""
    metric: str
    inputs: dict[str, Any]
    """What decides the score of a model beside the model."""


class Benchmark(NamedTuple):
    """What was asked for by name: a task, or a group of tasks."""

    name: str
    leaves: tuple[Leaf, ...]


def require_library() -> None:
    """Raise `TopochefError` that names the extra where lm-eval is not installed."""
    try:
        import lm_eval.models.huggingface  # noqa: F401
    except ImportError as error:
        raise TopochefError(
            f"lm-eval cannot be imported ({error}): run `pip install 'topochef[eval]'`"
        ) from error


def load_benchmarks(
    names: Sequence[str], folder: Path | None, limit: int | None
) -> tuple[Benchmark, ...]:
    """Load benchmarks by name; all of `folder` where none is named.

    A folder holds lm-eval task files (YAML); data files that they name are taken from that folder.
    `limit` is the most items of a leaf. Raises `TopochefError` if a name is unknown, if the items
    cannot be had, or if a task has none of `METRICS`.
    """
    require_library()
    from lm_eval.tasks import TaskManager

    where = folder.resolve() if folder else Path.cwd()
    if not where.is_dir():
        raise TopochefError(f"{folder} is not a folder: name one that holds lm-eval task files")
    with chdir(where):
        include = str(where) if folder else None
        manager = TaskManager(include_path=include, include_defaults=folder is None)
        if not set(names) <= set(manager.all_tasks):
            manager = TaskManager(include_path=include)
        wanted = tuple(names) or (DEFAULT_TASKS if folder is None else tuple(manager.all_subtasks))
        if unknown := sorted(set(wanted) - set(manager.all_tasks)):
            raise TopochefError(
                f"lm-eval knows no task called {', '.join(unknown)}: see `lm_eval ls tasks`, or "
                "name a folder that defines it with --task-files"
            )
        if not wanted:
            raise TopochefError(f"{folder} defines no task: put an lm-eval task file (YAML) there")
        return tuple(_benchmark(manager, name, limit) for name in wanted)


def _benchmark(manager: Any, name: str, limit: int | None) -> Benchmark:
    from datasets.exceptions import DatasetsError
    from lm_eval.evaluator_utils import get_task_list

    try:
        outputs = get_task_list(manager.load_task_or_group(name))
    # RuntimeError: the hub's client, where an earlier failure has closed it.
    except (OSError, RuntimeError, ValueError, DatasetsError) as error:
        raise TopochefError(
            f"the items of {name} cannot be had ({' '.join(str(error).split())[:200]}): allow "
            "downloads (HF_HUB_OFFLINE=0), or name local tasks with --task-files FOLDER"
        ) from error
    return Benchmark(name, tuple(_leaf(output, limit) for output in outputs))


def _leaf(output: Any, limit: int | None) -> Leaf:
    task, name = output.task, str(output.task_name)
    metric = next((known for known in METRICS if known in task.aggregation()), None)
    if metric is None:
        raise TopochefError(
            f"task {name} is measured in {', '.join(task.aggregation()) or 'nothing'}, not in "
            f"{' or '.join(METRICS)}: leave it out, or give its file one of these metrics"
        )
    task.set_fewshot_seed(seed=_FEWSHOT_SEED)
    described = json.dumps([task.dump_config(), list(task.eval_docs)], default=str)
    inputs = {
        "task": name,
        "metric": metric,
        "content": fingerprint(described),
        "lm_eval": metadata.version("lm_eval"),
        "limit": limit,
    }
    return Leaf(name, task, metric, inputs)


def answer(model: Any, leaf: Leaf) -> dict[str, float]:
    """Have a model answer the items of a leaf; return the score of each by its number."""
    from lm_eval.evaluator import evaluate

    results: Mapping[str, Any] = evaluate(
        model,
        {leaf.name: leaf.task},
        limit=leaf.inputs["limit"],
        bootstrap_iters=0,
        log_samples=True,
    )
    scores: dict[str, float] = {}
    for sample in results["samples"][leaf.name]:
        scores.setdefault(str(sample["doc_id"]), float(sample[leaf.metric]))
    return scores
