"""The config of every run of a study of arms: that of the model, with what the arms share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import write_text
from recipe_data.rationing import PREPARED
from recipe_study.continuing.arms import START, Arm
from recipe_study.continuing.runs import ROWS, Continuing


def write_configs(continuing: Continuing, folder: Path) -> None:
    """Write the config of every run into the folder of the study.

    What decides a run is then all in that folder, by paths that begin there. Raises
    `TopochefError` where a config would train something else than its ration, once.
    """
    import yaml

    for seed in continuing.study.seeds:
        for name, loaded in _configs(continuing, seed):
            text = f"# {continuing.job_name(name, seed)}, as it is trained.\n"
            text += yaml.safe_dump(loaded, sort_keys=False)
            write_text(folder / continuing.config_of(name, seed), text)


def _configs(continuing: Continuing, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    start = continuing.run(START, seed)
    loaded = _loaded(continuing.study.config(continuing.start))
    yield START, {**loaded, "output_dir": str(start.adapter)}
    for arm in continuing.arms.arms:
        if arm.decodes:
            continue
        run = continuing.run(arm.name, seed)
        given = settings_of(continuing, arm)
        entry = given["datasets"][0]
        config = {
            **given,
            "base_model": str(start.merged),
            "datasets": [{**entry, "path": str(path)} for path in continuing.rationed(arm, seed)],
            "dataset_prepared_path": str(run.folder / ROWS / PREPARED),
            "output_dir": str(run.adapter),
        }
        _refuse_other_lengths(arm, continuing.study.config(arm.config), config)
        yield arm.name, config


def settings_of(continuing: Continuing, arm: Arm) -> dict[str, Any]:
    """Return the config of an arm with what the file of arms sets in it."""
    loaded = _loaded(continuing.study.config(arm.config))
    return {**loaded, **continuing.arms.settings, **arm.settings}


def _loaded(file: Path) -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


def _refuse_other_lengths(arm: Arm, file: Path, config: Mapping[str, Any]) -> None:
    given = {key: config.get(key) for key in ("num_epochs", "max_steps", "val_set_size")}
    if given["num_epochs"] != 1 or given["max_steps"] or given["val_set_size"]:
        raise TopochefError(
            f"{file}, arm {arm.name}: an arm trains once on all of its ration, not with {given}: "
            "write `settings: {num_epochs: 1, val_set_size: 0}` into the file of arms, and no "
            "max_steps"
        )
