"""One model with and without the recipes that a prompt leans on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ollama_stand_in import OllamaStandIn

from recipe_base.datasets import DataFolder
from recipe_base.files import read_manifest, update_manifest, write_jsonl
from recipe_data.grounded_prompts import MAX_TOKENS, Neighbour, grounded_messages
from recipe_eval.cli import main
from recipe_eval.comparing.confounds import confounds
from recipe_eval.generating.requests import read_requests
from recipe_eval.generating.session import PROMPT_TOKENS

VALID = '{"ingredients":["200 g rice"],"instructions":["Boil."]}'
NEAR = Neighbour("Rice Salad", ("200 g rice",), ("Boil the rice.",), 0.8)


@pytest.fixture
def grounded(data: Path) -> Path:
    """The data folder with prompts that lean on a recipe."""
    rows: list[dict[str, Any]] = list(DataFolder(data).test.read())
    for row in rows:
        *asked, answer = row["messages"]
        row["messages"] = [*grounded_messages(asked, [NEAR]), answer]
    write_jsonl(data / "test.jsonl", rows)
    update_manifest(data, "build", {"inputs": {"ground": "1|by hand"}})
    return data


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    with OllamaStandIn(lambda _: VALID) as stand_in:
        monkeypatch.setenv("OLLAMA_HOST", stand_in.host)
        yield stand_in


def test_the_same_titles_are_asked_with_and_without(
    grounded: Path, server: OllamaStandIn, tmp_path: Path
) -> None:
    command = ["--data", str(grounded), "--backend", "ollama:cook", "--max-tokens", "99"]
    with_, without = tmp_path / "with", tmp_path / "without"
    assert main(["generate", str(with_), *command]) == 0
    assert main(["generate", str(without), *command, "--without-neighbours"]) == 0
    titles = [request.title for request in read_requests(grounded)]
    prompts = [body["messages"][-1]["content"] for body in server.bodies]
    leaning, bare = prompts[: len(titles)], prompts[len(titles) :]
    assert bare == [f"Generate a recipe for {title}, 2 servings." for title in titles]
    assert leaning == [
        f"Recipes to lean on:\n1. Rice Salad: 200 g rice. Boil the rice.\n\n{asked}"
        for asked in bare
    ]
    assert {b["options"]["num_ctx"] for b in server.bodies} == {99 + PROMPT_TOKENS + MAX_TOKENS}
    assert "without_neighbours" not in read_manifest(with_)["generate"]["inputs"]
    differing = {confound.key: confound.values for confound in confounds(with_, without)}
    assert differing == {"decode.without_neighbours": ("–", "true")}


def test_a_run_of_the_other_kind_is_not_taken_for_this_one(
    grounded: Path, server: OllamaStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["generate", str(tmp_path / "run"), "--data", str(grounded)]
    command += ["--backend", "ollama:cook"]
    assert main(command) == 0
    assert main([*command, "--without-neighbours"]) == 1
    assert "without_neighbours differ" in capsys.readouterr().err


def test_a_build_without_neighbours_has_none_to_leave_out(
    data: Path, server: OllamaStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["generate", str(tmp_path / "run"), "--data", str(data), "--backend", "ollama:cook"]
    assert main([*command, "--without-neighbours"]) == 1
    assert "no prompt of" in capsys.readouterr().err
    assert server.bodies == []
