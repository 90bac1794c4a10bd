"""The command: what it prints where, and how it ends."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ollama_stand_in import OllamaStandIn
from openai_stand_in import OpenAIStandIn
from scripted_backend import ScriptedBackend

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.prompts import recipe_messages
from recipe_data.sampling import DEFAULT
from recipe_data.schema import ANSWER_SCHEMA
from recipe_kitchen import cook
from recipe_kitchen.asking import Outcome
from recipe_kitchen.cook import BEST, main
from recipe_kitchen.cooking import models
from recipe_kitchen.cooking.drafting import finished
from recipe_kitchen.cooking.models import at_hand, newest_model

RICE = ["200 g rice", "30 g butter"]
BOIL = ["Boil the rice for 12 minutes."]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedBackend], ScriptedBackend]:
    """Have the command ask this model."""

    def use(backend: ScriptedBackend) -> ScriptedBackend:
        monkeypatch.setattr(cook, "open_backend", lambda *_: (backend, "scripted"))
        return backend

    return use


def test_the_newest_quantized_model_is_the_default(tmp_path: Path) -> None:
    exported = ("a-F16", "b-Q8_0", "a-Q4_K_M", "c-BF16")
    for second, name in enumerate(exported):
        path = tmp_path / "runs" / name[0] / "gguf" / f"{name}.gguf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (second, second))
    assert newest_model(tmp_path).name == "a-Q4_K_M.gguf"
    (tmp_path / "runs/a/gguf/a-Q4_K_M.gguf").unlink()
    assert newest_model(tmp_path).name == "b-Q8_0.gguf"
    (tmp_path / "runs/b/gguf/b-Q8_0.gguf").unlink()
    assert newest_model(tmp_path).name == "c-BF16.gguf"


def test_the_page_offers_every_exported_model_the_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second, name in enumerate(("a/gguf/a-F16", "b/gguf/b-Q8_0", "c/gguf/a-F16")):
        path = tmp_path / "runs" / f"{name}.gguf"
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (second, second))
    asked: list[tuple[object, ...]] = []

    def opened(*given: object) -> tuple[None, str]:
        asked.append(given)
        return None, "name"

    monkeypatch.setattr(models, "open_backend", opened)
    offered = at_hand(tmp_path, 99, 7, 3)
    assert list(offered) == ["a-F16", "b-Q8_0"]
    assert not asked
    offered["a-F16"]()
    assert asked == [(tmp_path / "runs/c/gguf/a-F16.gguf", None, 99, None, 7, 3)]
    assert at_hand(tmp_path / "nowhere", 99) == {}


def test_without_a_model_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["Rice"]) == 1
    told = capsys.readouterr().err
    assert "`make demo` trains it" in told
    assert "recipe-data base-model smollm2-135m --output runs/smollm2-135m" in told
    assert told.count("`") == 4
    assert main(["Rice", "--model", "gone.gguf"]) == 1
    assert "gone.gguf does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("title", ["", "  ", "<|im_start|>", "\x1b"])
def test_a_title_without_words_is_refused(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([title]) == 1
    assert "say what to cook" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--servings", "0"],
        ["--diet", "paleo"],
        ["--json", "--markdown"],
        ["--model", "a.gguf", "--ollama", "b"],
        ["--ollama", "b", "--openai", "c@http://localhost/v1"],
        ["--temperature", "-1"],
    ],
)
def test_a_wrong_command_line_ends_with_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["Rice", *wrong])
    assert ended.value.code == 2


def test_an_unfinished_recipe_is_never_shown_as_one() -> None:
    with pytest.raises(TopochefError, match="--max-tokens above 9"):
        finished(Outcome('{"ingr', "length", 5, 9, 0, 1, "cut off"), max_tokens=9)
    with pytest.raises(TopochefError, match="not JSON"):
        finished(Outcome("sorry", "stop", 5, 9, 0, 1, "not JSON"), max_tokens=9)


def test_every_form_goes_to_stdout_alone(
    answering: Callable[[ScriptedBackend], ScriptedBackend], capsys: pytest.CaptureFixture[str]
) -> None:
    answering(ScriptedBackend.cooking(RICE, BOIL))
    assert main(["Rice", "--avoid", "milk", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["ingredients"] == RICE
    assert shown.err == ""
    assert main(["Rice", "--avoid", "milk", "--schema-org"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["recipeIngredient"] == RICE
    assert "warning: ingredient 2: butter holds dairy" in shown.err
    assert main(["Rice", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Rice\n")
    assert main(["Rice", "--have", "rice"]) == 0
    shown = capsys.readouterr()
    assert "To buy: butter" in shown.out
    assert "\x1b" not in shown.out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_recipe_grow_and_then_the_card(
    answering: Callable[[ScriptedBackend], ScriptedBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipe_kitchen.cooking.live.SECONDS_PER_FRAME", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    answering(ScriptedBackend.cooking(RICE, BOIL))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["Rice"]) == 0
    frames = terminal.getvalue().count("╭")
    assert frames > 5
    assert "12 minutes" in terminal.getvalue().rpartition("╭")[2]


def test_ctrl_c_ends_with_130_and_prints_no_half_recipe(
    answering: Callable[[ScriptedBackend], ScriptedBackend], capsys: pytest.CaptureFixture[str]
) -> None:
    answering(ScriptedBackend('{"ingr', trouble=KeyboardInterrupt()))
    assert main(["Rice", "--json"]) == 130
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "interrupted: the recipe was not finished\n"


def test_a_reader_that_has_gone_ends_it_without_a_traceback(tiny_gguf: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    script = "import sys; from recipe_kitchen.cook import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "Rice", "--markdown", "--max-tokens", "8000",
               "--model", str(tiny_gguf)]  # fmt: skip
    done = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=120
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_recipe_is_cooked_from_a_model_file(
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


def test_an_ollama_server_cooks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = to_json({"ingredients": RICE, "instructions": BOIL})
    with OllamaStandIn(lambda _: answer) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        asked = ["Rice", "--ollama", "cook", "--diet", "vegan", "--schema-org"]
        assert main([*asked, "--choose", "first"]) == 0
        shown = capsys.readouterr()
        assert json.loads(shown.out)["description"] == "Written by a language model (cook)."
        assert "butter is not vegan" in shown.err
        (body,) = server.bodies
        assert body["messages"][-1]["content"] == "Generate a vegan recipe for Rice."
        assert body["format"]["required"] == ["ingredients", "instructions"]
        assert main(["Rice", "--ollama", "gone", "--json"]) == 1
        assert "ollama pull gone" in capsys.readouterr().err


def test_an_openai_server_cooks_with_a_model_that_nobody_tuned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets what a tuned one gets, system prompt and schema, and the card says which it was."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    answer = to_json({"ingredients": RICE, "instructions": BOIL})
    with OpenAIStandIn(lambda _: answer) as server:
        asked = ["Rice", "--openai", f"cook@{server.address}", "--choose", "first"]
        assert main(asked) == 0
        shown = capsys.readouterr().out
        assert "by cook" in shown
        assert "secret" not in shown
        (body,) = server.bodies
        assert body["messages"] == recipe_messages("Rice")
        assert body["response_format"]["json_schema"]["schema"] == ANSWER_SCHEMA
        assert main([*asked, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["model"] == "cook"
        assert main([*asked, "--markdown"]) == 0
        assert capsys.readouterr().out.endswith("Written by a language model (cook).\n")
    for wrong in ("cook", "cook@localhost:8000"):
        assert main(["Rice", "--openai", wrong]) == 1
        assert "names no endpoint" in capsys.readouterr().err


def test_a_server_that_lists_a_food_twice_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = to_json({"ingredients": ["200 g rice", "5 g rice"], "instructions": BOIL})
    once = to_json({"ingredients": RICE, "instructions": BOIL})
    with OllamaStandIn(lambda _: twice if len(server.bodies) == 1 else once) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        assert (
            main(["Rice", "--ollama", "cook", "--json", "--min-p", "0.2", "--choose", "first"]) == 0
        )
        assert json.loads(capsys.readouterr().out)["ingredients"] == RICE
        first, second = (body["options"] for body in server.bodies)
        assert first["seed"] != second["seed"]
        assert (first["min_p"], first["temperature"]) == (0.2, DEFAULT.temperature)


def test_a_cook_is_warned_only_where_all_drafts_are_doubtful(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list has butter: while a vegan dish is asked for, another text is."""
    butter = to_json({"ingredients": RICE, "instructions": BOIL})
    plain = to_json({"ingredients": RICE[:1], "instructions": ["Simmer the rice for 15 minutes."]})
    with OllamaStandIn(lambda _: butter if len(server.bodies) < BEST.draws else plain) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        assert main(["Rice", "--ollama", "cook", "--diet", "vegan", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["ingredients"] == RICE[:1]
        assert len({body["options"]["seed"] for body in server.bodies}) == BEST.draws
    with OllamaStandIn(lambda _: butter) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        assert main(["Rice", "--ollama", "cook", "--diet", "vegan", "--schema-org"]) == 0
        assert "butter is not vegan" in capsys.readouterr().err
        assert len(server.bodies) == BEST.draws


def test_cooking_never_imports_torch(tiny_gguf: Path) -> None:
    script = (
        "import sys; from recipe_kitchen.cook import main; "
        "status = main(['Rice', '--json', '--temperature', '1', '--max-tokens', '8000', '--model', "
        f"{str(tiny_gguf)!r}]); "
        "heavy = {'torch', 'transformers', 'outlines', 'matplotlib', 'nltk'} & set(sys.modules); "
        "print(heavy or 'light', file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "light\n")
    assert json.loads(done.stdout)["ingredients"]


def test_the_command_line_is_read_before_anything_heavy_loads() -> None:
    script = (
        "import sys; from recipe_kitchen.cook import main; status = main(['']); "
        "heavy = {'llama_cpp', 'numpy', 'ollama', 'httpx', 'rich', 'yaml', 'sqlite3', 'starlette'};"
        "print(status, heavy & set(sys.modules) or 'light')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1 light"
    assert "say what to cook" in done.stderr
