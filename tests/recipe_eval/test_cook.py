from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recipe_data.errors import TopochefError
from recipe_eval.backends import Completion
from recipe_eval.cook import finished, main, newest_model


def test_the_newest_q4_model_is_the_default(tmp_path: Path) -> None:
    for age, name in enumerate(("a", "b", "c")):
        path = tmp_path / "runs" / name / "gguf" / f"{name}-Q4_K_M.gguf"
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (1_000 - age, 1_000 - age))
    assert newest_model(tmp_path).name == "a-Q4_K_M.gguf"


def test_without_a_model_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["Rice"]) == 1
    assert "make demo" in capsys.readouterr().err
    assert main(["Rice", "--model", "gone.gguf"]) == 1
    assert "gone.gguf does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("title", ["", "  ", "<|im_start|>", "\x1b"])
def test_a_title_without_words_is_refused(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([title]) == 1
    assert "say what to cook" in capsys.readouterr().err


def test_an_unfinished_recipe_is_never_shown_as_one() -> None:
    with pytest.raises(TopochefError, match="--max-tokens above 9"):
        finished(Completion('{"ingr', "length", 5, 9, 0.1), max_tokens=9)
    with pytest.raises(TopochefError, match="not JSON"):
        finished(Completion("sorry", "stop", 5, 9, 0.1), max_tokens=9)


def test_a_recipe_is_cooked_as_json_and_as_a_card(
    tiny_gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["Garlic Spaghetti", "--servings", "2", "--model", str(tiny_gguf), "--seed", "1",
               "--temperature", "1", "--max-tokens", "8000"]  # fmt: skip
    assert main([*command, "--json"]) == 0
    recipe = json.loads(capsys.readouterr().out)
    assert recipe["title"] == "Garlic Spaghetti"
    assert recipe["servings"] == 2
    assert recipe["ingredients"]
    assert recipe["instructions"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "Garlic Spaghetti" in shown
    assert "serves 2" in shown


def test_cooking_never_imports_torch(tiny_gguf: Path) -> None:
    script = (
        "import sys; from recipe_eval.cook import main; "
        f"main(['Rice', '--json', '--max-tokens', '8000', '--model', {str(tiny_gguf)!r}]); "
        "heavy = {'torch', 'transformers', 'outlines', 'matplotlib', 'nltk'} & set(sys.modules); "
        "print(heavy or 'light', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip().splitlines()[-1] == "light"
