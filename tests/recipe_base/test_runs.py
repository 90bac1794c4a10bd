"""The run folder is spelled in one place, and the plugin spells the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import write_object
from recipe_base.runs import Run, of_profile

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    str(path): path.read_text("utf-8")
    for top in ("data_prep", "export", "eval")
    for path in (ROOT / top).rglob("*.py")
}
RECORDS = (
    "predictions.jsonl", "entities.jsonl", "scores.jsonl", "summary.json", "sampler.json",
    "likelihood.jsonl", "retention.json", "judgements.jsonl", "ladder.json", "recipe_loss.json",
    "cost.json", "manifest.json",
)  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_no_stage_spells_the_name_of_a_record(name: str) -> None:
    spelled = re.compile(rf'["/]{re.escape(name)}"')
    assert [path for path, source in SOURCES.items() if spelled.search(source)] == []


def named(file: str, constant: str) -> str:
    """Read a constant of the plugin without importing torch."""
    source = (ROOT / "plugins" / "recipe_losses" / f"{file}.py").read_text("utf-8")
    (name,) = re.findall(rf'^{constant} = "(.+)"$', source, re.M)
    return str(name)


def test_the_plugin_writes_what_is_read(tmp_path: Path) -> None:
    claim, cost = (named(file, name) for file, name in (("run", "CLAIM"), ("views/cost", "FILE")))
    write_object(tmp_path / "adapter" / claim, {"fingerprint": {"seed": 1}, "complete": True})
    assert Run(tmp_path).training == {"seed": 1}
    for place in ("merged", "adapter"):  # of all weights, and of an adapter, which comes first
        write_object(tmp_path / place / cost, {"steps": len(place)})
        assert Run(tmp_path).cost == {"steps": len(place)}


def test_an_empty_run_says_which_command_is_missing(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert (run.training, run.cost, run.manifest) == (None, None, {})
    with pytest.raises(TopochefError, match=rf"run `recipe-eval generate {tmp_path}` first"):
        next(run.predictions.read())
    with pytest.raises(TopochefError, match=r"run `recipe-eval score .* --profile thesis` first"):
        run.summary("thesis").read()
    with pytest.raises(TopochefError, match=r"0 files \*-F16.gguf: run `recipe-export all"):
        run.the_gguf("F16")


def test_a_model_is_its_own_whole_model(tmp_path: Path) -> None:
    assert Run(tmp_path).merged == tmp_path / "merged"
    write_object(tmp_path / "config.json", {})
    assert Run(tmp_path).merged == tmp_path


def test_profiles_have_files_of_their_own(tmp_path: Path) -> None:
    assert of_profile("scores.jsonl", "thesis") == "scores.thesis.jsonl"
    assert Run(tmp_path).scores().path.name == "scores.jsonl"
    assert Run(tmp_path).judgements(against="ce").path.name == "judgements-against-ce.jsonl"
