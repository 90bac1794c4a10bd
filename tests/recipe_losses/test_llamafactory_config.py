"""What a config of LLaMA-Factory may say beside the block, and how the launcher says no."""

from __future__ import annotations

import json

import pytest
from datasets import Dataset

from recipe_losses.codes import code
from recipe_losses.errors import RecipeLossError
from recipe_losses.hosts import versions
from recipe_losses.hosts.versions import SUPPORTED, UNDER_LLAMAFACTORY, supports
from recipe_losses.llamafactory import launcher
from recipe_losses.llamafactory.launcher import checked_block
from recipe_losses.llamafactory.refusals import (
    CONFLICTS,
    ENVIRONMENT,
    dataset_names,
    refuse_conflicts,
    refuse_several_devices,
)

pytestmark = pytest.mark.heavy

BLOCK = {"tasks": {"default": {"cross_entropy": 1.0}}}
GOOD = {
    "stage": "sft",
    "do_train": True,
    "dataset": "rows",
    "lora_target": "all",
    "output_dir": "out",
    "packing": False,
    "recipe_loss": BLOCK,
}


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    for name in (*ENVIRONMENT, "FORCE_TORCHRUN", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)


def test_what_can_be_honoured_is_not_refused():
    refuse_conflicts(GOOD)
    assert checked_block(GOOD).tasks == BLOCK["tasks"]


@pytest.mark.parametrize("key", CONFLICTS)
def test_a_setting_that_cannot_be_honoured_is_refused_by_its_key(key):
    with pytest.raises(RecipeLossError, match=f"`{key}` "):
        refuse_conflicts({**GOOD, key: True})


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_so_is_a_variable_that_starts_another_trainer(name, monkeypatch):
    monkeypatch.setenv(name, "1")
    with pytest.raises(RecipeLossError, match=name):
        refuse_conflicts(GOOD)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stage": "dpo"}, "`stage: dpo`"),
        ({"stage": None}, "`stage: None`"),
        ({"do_train": False}, "`do_train`"),
        ({"output_dir": None}, "`output_dir` is missing"),
        ({"ignore_pad_token_for_loss": False}, "`ignore_pad_token_for_loss: false`"),
        ({"additional_target": "embed_tokens, norm"}, "`additional_target` names embed_tokens"),
        ({"lora_target": "q_proj,lm_head"}, "`lora_target` names lm_head"),
        ({"recipe_loss": {**BLOCK, "samples": {"rows": 1}}}, "`recipe_loss.samples`"),
    ],
)
def test_so_are_these_values(change, words):
    with pytest.raises(RecipeLossError, match=words):
        refuse_conflicts({**GOOD, **change})


def test_a_column_of_ours_under_another_name_is_refused(tmp_path):
    columns = {"messages": "talk", "spans": "marks"}
    described = {"rows": {"file_name": "rows.jsonl", "columns": columns}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(described))
    with pytest.raises(RecipeLossError, match=r"rows: `columns\.spans: marks`"):
        refuse_conflicts({**GOOD, "dataset_dir": str(tmp_path)})
    refuse_conflicts({**GOOD, "dataset_dir": str(tmp_path), "dataset": "others"})


def test_several_processes_are_started_by_torchrun_alone(monkeypatch):
    refuse_several_devices()
    monkeypatch.setenv("FORCE_TORCHRUN", "1")
    with pytest.raises(RecipeLossError, match="torchrun --nproc_per_node"):
        refuse_several_devices()
    monkeypatch.setenv("LOCAL_RANK", "0")
    refuse_several_devices()


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (None, "no block `recipe_loss`"),
        ({**BLOCK, "focall": {}}, r"recipe_loss\.focall: Extra inputs"),
        (
            {"tasks": {"default": {"vocal": 1.0}}},
            r"recipe_loss\.tasks\.default: unknown term vocal",
        ),
        ({"tasks": {"default": {"dice": 0.5}}}, r"recipe_loss\.tasks\.default: the weights add up"),
        ({"tasks": {"default": "thesis-cd"}}, r"recipe_loss\.tasks\.default: no mix is called"),
        ({"tasks": {"default": {"topological": 1.0}}}, r"recipe_loss\.topological: missing"),
        ({**BLOCK, "focal": {"gamma": 1}}, r"recipe_loss\.focal: has settings but no weight"),
        (["dice"], r"recipe_loss: Input should be a valid dictionary"),
    ],
)
def test_a_broken_block_is_told_with_its_key(block, words):
    with pytest.raises(RecipeLossError, match=words):
        checked_block({**GOOD, "recipe_loss": block})


def test_datasets_are_named_as_llama_factory_reads_them():
    assert dataset_names({"dataset": "a, b", "eval_dataset": "c"}) == ["a", "b", "c"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("stage: sft")
    return path


@pytest.fixture
def pretend(monkeypatch):
    def environment(**found):
        found = {"Python": "3.11.7", **found}
        monkeypatch.setattr(versions, "installed", found.get)
        monkeypatch.setattr(launcher, "installed", found.get)

    return environment


@pytest.mark.parametrize(
    ("host", "other"),
    [("llamafactory", "0.9.4"), ("llamafactory", "0.9.6.dev0"), ("transformers", "5.16.1"),
     ("peft", "0.20.0"), ("trl", "1.9.0")],
)  # fmt: skip
def test_another_version_is_refused_by_name(pretend, file, host, other):
    found = {"llamafactory": "0.9.5", "transformers": "5.6.0", "peft": "0.18.1", "trl": "0.24.0"}
    pretend(**{**found, host: other})
    with pytest.raises(RecipeLossError) as refused:
        launcher.run(file)
    wanted = UNDER_LLAMAFACTORY[host]
    assert f"{host} {other}, where {wanted} is supported" in str(refused.value)
    assert f"pip install '{host}{wanted}'" in str(refused.value)


def test_the_hosts_that_axolotl_has_are_others():
    assert supports("transformers", "5.6.0", UNDER_LLAMAFACTORY)
    assert not supports("transformers", "5.6.0")
    assert set(UNDER_LLAMAFACTORY) - set(SUPPORTED) == {"llamafactory"}


def test_without_llama_factory_it_says_what_to_install(pretend, file):
    pretend()
    with pytest.raises(RecipeLossError, match=r"pip install 'llamafactory>=0\.9\.5"):
        launcher.run(file)


@pytest.mark.parametrize("words", [[], ["train"], ["export", "run.yaml"], ["train", "a", "--b"]])
def test_other_commands_are_llama_factorys(words):
    with pytest.raises(SystemExit) as ended:
        launcher.main(words)
    assert ended.value.code == 2


def test_the_command_ends_with_one_line_and_a_code(pretend, file, capsys):
    pretend()
    assert launcher.main(["train", str(file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("topochef-llamafactory: LLaMA-Factory is not installed here")
    for wrong in ("none.yaml", str(file.parent)):
        assert launcher.main(["train", wrong]) == 1
        assert f"{wrong} is no YAML file" in capsys.readouterr().err


@pytest.fixture
def hosted(pretend, tmp_path, monkeypatch):
    """Run configs where LLaMA-Factory is a stand-in that does what it is given."""
    found = {"llamafactory": "0.9.5", "transformers": "5.6.0", "peft": "0.18.1", "trl": "0.24.0"}
    pretend(**found)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.yaml"
    path.write_text("")

    def run(config, train):
        monkeypatch.setattr(launcher, "config_of", lambda *_: {**GOOD, **config})
        monkeypatch.setattr(launcher, "files_of", lambda *_: [])
        monkeypatch.setattr(launcher, "train", train)
        launcher.run(path)

    return run


def test_a_run_has_its_folder_for_itself_and_is_not_repeated(hosted, capsys):
    given = []

    def train(config, hooks):
        given.append(config)

    hosted({}, train)
    assert given == [{key: value for key, value in GOOD.items() if key != "recipe_loss"}]
    with pytest.raises(RecipeLossError, match=r"another run \(recipe_loss differ\)"):
        hosted({"recipe_loss": {"tasks": {"default": {"dice": 1.0}}}}, train)
    with pytest.raises(SystemExit):
        hosted({}, train)
    assert "complete: nothing to train" in capsys.readouterr().out
    assert len(given) == 1


def test_a_run_that_is_refused_leaves_its_folder_to_the_next(hosted, tmp_path):
    def refused(config, hooks):
        hooks.check(3, [], False)

    with pytest.raises(RecipeLossError, match=r"all 3 are longer than `cutoff_len` \(8\)"):
        hosted({"cutoff_len": 8}, refused)
    hosted({"cutoff_len": 80}, lambda config, hooks: None)
    assert (tmp_path / "out" / "recipe_loss.json").is_file()


def test_rows_that_are_left_out_are_counted_and_training_rows_have_what_the_block_names(
    hosted, capsys
):
    def few(config, hooks):
        hooks.check(3, [{"input_ids": [1]}], True)

    hosted({}, few)
    assert "left out: 2 of 3 evaluation rows: longer than cutoff_len" in capsys.readouterr().out
    rows = Dataset.from_list([{"span_kind": [code("quantity")], "loss_task": [0]}])
    spice = {"tasks": {"default": {"dice": 1.0}}, "dice": {"spans": ["spice"]}}
    with pytest.raises(RecipeLossError, match="span kind spice, but no training row has it"):
        hosted(
            {"recipe_loss": spice, "output_dir": "b"}, lambda _, hooks: hooks.check(1, rows, False)
        )
