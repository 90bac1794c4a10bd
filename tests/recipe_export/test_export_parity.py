"""Template parity: proven on every row, or an export that stops and says where prompts part."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, write_jsonl
from recipe_base.runs import Run
from recipe_data.tasks.registry import TASKS
from recipe_export.chat import pin_trained
from recipe_export.converting.convert import write_gguf
from recipe_export.merging.adapter import Adapter
from recipe_export.merging.merge import write_merged
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.parity import check_parity
from recipe_export.modelfile.syntax import read
from recipe_export.modelfile.write import go_template, write_modelfile
from recipe_export.proofs.conversations import built_in_rows, rows_of
from recipe_export.proofs.verdict import require

from .conftest import BASE
from .jinja_templates import CHATML, DATED, EMPTY_THINKING, HEADERS, TEMPLATES

MARCH = datetime(2026, 3, 14, 12).timestamp()
Make = Callable[..., Run]


@pytest.fixture
def make(work: Path) -> Make:
    """A run as training and merging leave it, with a chat template of one's choice."""

    def make(template: str, *, bos: bool = False, **settings: Any) -> Run:
        run = Run.open(Path("runs/tiny-topo"))
        shutil.copytree(BASE, run.merged)
        if bos:
            add_bos(run.merged)
        for folder in (run.adapter, run.merged):
            (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
        claim = {"fingerprint": {"chat_template_kwargs": settings}} if settings else {}
        (run.adapter / "recipe_loss.json").write_text(json.dumps(claim))
        os.utime(run.adapter / "adapter_config.json", (MARCH, MARCH))
        pin_trained(run.adapter, run.merged)
        run.gguf("F16").parent.mkdir()
        write_gguf(run.merged, run.gguf("F16"), "F16", run.name)
        return run

    return make


def add_bos(folder: Path) -> None:
    """Make a tokenizer begin every text with a BOS, as Llama 3's does."""
    bos = {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}
    text, other = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    ids = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    around = {
        "type": "TemplateProcessing",
        "single": [bos, text],
        "pair": [bos, text, bos, other],
        "special_tokens": {
            name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ["<|endoftext|>"]
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps({**tokenizer, "post_processor": around}))
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "bos_token": "<|endoftext|>"}))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_kind_of_template_is_proven(name: str, make: Make) -> None:
    run = make(TEMPLATES[name], bos=name == "headers")
    assert "prompts equal on" in write_modelfile(run, "F16")
    verdict = read_manifest(run.folder)["modelfile"]["checks"][0]
    rows = len(built_in_rows())
    assert rows > 30
    assert verdict["measured"] == {
        "rows": rows, "answers": 0, "transformers": 0, "llama_cpp": 0, "modelfile": 0
    }  # fmt: skip


def test_a_bos_that_llama_cpp_adds_is_not_written_twice(make: Make) -> None:
    run = make(HEADERS, bos=True)
    write_modelfile(run, "F16")
    template = dict(read(run.modelfile.read_text(encoding="utf-8")))["TEMPLATE"]
    assert "<|endoftext|>" not in template.split(".System")[0]
    assert read_manifest(run.folder)["modelfile"]["checks"][0]["measured"]["modelfile"] == 0


def test_a_bos_that_only_llama_cpp_would_write_stops_the_export(make: Make) -> None:
    with pytest.raises(TopochefError, match=r"llama_cpp has '<.endoftext.>.* where training has"):
        write_modelfile(make(HEADERS), "F16")


def test_the_day_and_the_mode_of_the_training_are_pinned(make: Make) -> None:
    run = make(DATED)
    pinned = (run.merged / "chat_template.jinja").read_text(encoding="utf-8")
    assert "14 March 2026" in pinned
    assert "{% set enable_thinking = true %}" in pinned  # training knew no other mode
    write_modelfile(run, "F16")
    assert "Today: 14 March 2026\nMode: /think\n" in run.modelfile.read_text(encoding="utf-8")


def test_merging_pins(work: Path) -> None:
    adapter = Path("runs/tiny-topo/adapter")
    (adapter / "chat_template.jinja").write_text(DATED, encoding="utf-8")
    os.utime(adapter / "adapter_config.json", (MARCH, MARCH))
    Path("out").mkdir()
    write_merged(Adapter.open(adapter), Path(BASE), Path("out"))
    pinned = Path("out/chat_template.jinja").read_text(encoding="utf-8")
    assert "{% macro strftime_now(format) %}14 March 2026{% endmacro %}\n" in pinned
    assert pinned.endswith(DATED)


def test_the_settings_of_the_training_are_pinned(make: Make) -> None:
    run = make(DATED, enable_thinking=False)
    write_modelfile(run, "F16")
    assert "Mode: /no_think\n" in run.modelfile.read_text(encoding="utf-8")


def test_templates_without_modes_and_dates_are_left_alone(make: Make) -> None:
    run = make(CHATML)
    assert (run.merged / "chat_template.jinja").read_text(encoding="utf-8") == CHATML


def test_a_template_that_changes_every_day_is_refused(make: Make) -> None:
    run = make(CHATML)
    (run.merged / "chat_template.jinja").write_text(DATED)
    with pytest.raises(TopochefError, match="writes today's date into every prompt"):
        write_modelfile(run, "F16")
    assert not run.modelfile.exists()


def test_a_prompt_that_training_did_not_see_stops_the_export(make: Make) -> None:
    run = make(EMPTY_THINKING)
    for folder in (run.adapter, run.merged):  # a GGUF file of another training
        path = folder / "chat_template.jinja"
        path.write_text(path.read_text().replace("<think>\\n\\n</think>\\n\\n", ""))
    with pytest.raises(TopochefError, match=r"first: llama_cpp has .*<think>.* where training has"):
        write_modelfile(run, "F16")
    assert not run.modelfile.exists()
    assert "modelfile" not in read_manifest(run.folder)


@pytest.mark.parametrize(
    ("change", "with_"),
    [("<|im_start|>user\n", "<|im_start|>user"), ("<|im_end|>", "<|im_end|>\n"), (".System", ".X")],
)
def test_a_go_template_that_differs_is_found(change: str, with_: str, make: Make) -> None:
    run = make(CHATML)
    right = go_template(run, run.gguf("F16"))
    if with_ == ".X":
        with pytest.raises(TopochefError, match=r"the field \.X, which the data has not"):
            check_parity(run, run.gguf("F16"), GoTemplate(right.replace(change, with_)), rows())
        return
    wrong = GoTemplate(right.replace(change, with_, 1))
    verdict = check_parity(run, run.gguf("F16"), wrong, rows())
    assert verdict.measured["modelfile"] > 0
    assert verdict.measured["llama_cpp"] == verdict.measured["transformers"] == 0
    with pytest.raises(TopochefError, match="first: modelfile has"):
        require(verdict)


def rows() -> list[list[dict[str, str]]]:
    return built_in_rows()[:3]


def test_an_answer_that_training_cut_otherwise_is_found(make: Make) -> None:
    run = make(
        CHATML.replace("message.content + '", "message.content | replace('rice', 'Ric') + '")
    )
    right = GoTemplate(go_template(run, run.gguf("F16")))
    changed = [[{"role": "user", "content": "x"}, {"role": "assistant", "content": "fried rice"}]]
    assert check_parity(run, run.gguf("F16"), right, changed).measured["answers"] == 1


def test_rows_of_the_data_are_taken_from_all_tasks_alike(tmp_path: Path) -> None:
    data = [
        {"task": task, "messages": [{"role": "user", "content": f"{task} {i}"}]}
        for task, count in (("recipe", 30), ("time", 3), ("scaling", 20))
        for i in range(count)
    ]
    write_jsonl(tmp_path / "train.jsonl", data)
    contents = [row[0]["content"] for row in rows_of(tmp_path, most=10)]
    assert contents[:3] == ["recipe 0", "scaling 0", "time 0"]
    assert sum(content.startswith("time") for content in contents) == 3
    assert len(contents) == 10
    assert len(rows_of(tmp_path)) == 53


def test_data_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match="run `recipe-data build"):
        rows_of(tmp_path)
    write_jsonl(tmp_path / "train.jsonl", [])
    with pytest.raises(TopochefError, match="has no rows"):
        rows_of(tmp_path)


def test_a_proof_on_data_is_not_repeated_but_other_data_is(make: Make, tmp_path: Path) -> None:
    run = make(CHATML)
    asked = [
        {"role": "system", "content": TASKS["time"].system},
        {"role": "user", "content": "Rice: how long?"},
        {"role": "assistant", "content": '{"answer":"9 min"}'},
    ]
    write_jsonl(tmp_path / "train.jsonl", [{"task": "time", "messages": asked}] * 2)
    assert "2 rows of" in write_modelfile(run, "F16", tmp_path)
    stamp = run.modelfile.stat().st_mtime_ns
    assert "as proven before" in write_modelfile(run, "F16", tmp_path)
    assert run.modelfile.stat().st_mtime_ns == stamp
    assert "as proven before" not in write_modelfile(run, "F16")
    assert read_manifest(run.folder)["modelfile"]["data"] is None
