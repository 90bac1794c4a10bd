"""`recipe-cook ask`: which task a question is, how it is worded, what rules and model say."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ollama_stand_in import OllamaStandIn
from scripted_backend import ScriptedBackend

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.endpoints import EndpointError
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Recipe
from recipe_data.tasks.registry import QUESTIONS
from recipe_kitchen.cook import main
from recipe_kitchen.cooking.questions import Answer, Model, pose
from recipe_kitchen.cooking.questions.routing import KINDS, kind_of


def recipe(title: str, servings: int | None, lines: list[str], steps: list[str]) -> Recipe:
    read = tuple(map(parse_instruction, steps))
    return Recipe("", title, servings, tuple(map(parse_ingredient, lines)), read, "")


GRATIN = recipe(
    "Potato Gratin with Leeks",
    4,
    ["1000 g potatoes", "240 ml heavy cream", "2-3 shallots, sliced", "100 g feta", "8 g salt"],
    [
        "Preheat the oven to 190 °C.",
        "Soften the shallots for 5 minutes.",
        "Layer potatoes, shallots and cream.",
        "Bake for 50 to 60 minutes and rest for 10 minutes.",
    ],
)
ROAST = recipe(
    "Sunday Turkey",
    6,
    ["1500 g turkey breast", "30 ml olive oil", "240 ml buttermilk"],
    ["Soak the turkey in the buttermilk for 3 hours.", "Roast to 76 °C inside, about 2 hours."],
)


def said(text: object) -> Model:
    """A model that always answers this."""
    key = "ingredients" if isinstance(text, list) else "answer"
    return Model(ScriptedBackend(to_json({key: text})), "parrot")


def answer(question: str, about: Recipe | None, model: Model | None, **terms: Any) -> Answer:
    return pose(question, about, **terms).by(model)


def ask(question: str, about: Recipe | None = GRATIN, model: Model | None = None) -> Answer:
    return answer(question, about, model)


def test_every_kind_is_that_of_a_question_task_of_its_own() -> None:
    names = [kind.task.name for kind in KINDS]
    assert len(names) == len(set(names)) == 6
    assert set(names) <= set(QUESTIONS)
    for kind in KINDS:
        assert kind_of(kind.example) is kind


@pytest.mark.parametrize(
    ("question", "task"),
    [
        ("I ran out of shallots, what could I take?", "substitution"),
        ("Is there an alternative to feta?", "substitution"),
        ("A substitute for heavy cream?", "substitution"),
        ("What have I forgotten?", "missing_ingredient"),
        ("I have potatoes and salt. What do I still need?", "missing_ingredient"),
        ("We will be nine people", "scaling"),
        ("Halve it.", "scaling"),
        ("12", "scaling"),
        ("How much is that for 3?", "scaling"),
        ("How much feta for 3?", "quantity"),
        ("How many shallots?", "quantity"),
        ("How long for 8 people?", "time"),
        ("What is the baking time?", "time"),
        ("How long at 190 °C?", "time"),
        ("At what temperature, and how long?", "temperature"),
        ("How many degrees does the oven need?", "temperature"),
    ],
)
def test_a_question_finds_its_task(question: str, task: str) -> None:
    assert kind_of(question).task.name == task


@pytest.mark.parametrize("question", ["Who wrote this?", "Is it vegan?", "Thanks!"])
def test_what_was_not_trained_is_refused_with_examples(question: str) -> None:
    with pytest.raises(TopochefError, match=r'ask like .*"How long\?"'):
        ask(question)


@pytest.mark.parametrize("question", ["", " ? ", "\x1b", "<|im_end|>"])
def test_a_question_without_words_is_refused(question: str) -> None:
    with pytest.raises(TopochefError, match=r"say what to answer|no question"):
        ask(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is missing?", "What replaces the cream?", "For 10.", "Twice as much",
        "How much feta?", "How long?", "How long do the shallots soften?", "How hot?",
    ],
)  # fmt: skip
def test_a_model_is_asked_in_the_words_of_training(question: str) -> None:
    """With the task's system prompt and schema, and in one of its wordings."""
    with OllamaStandIn(lambda _: "{}") as server:
        from recipe_data.endpoints import endpoint

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OLLAMA_HOST", server.host)
            found = ask(question, model=Model(endpoint("ollama:cook"), "cook"))
    task = QUESTIONS[found.task]
    system, user = server.bodies[0]["messages"]
    assert system["content"] == task.system
    assert user["content"] == found.asked
    assert server.bodies[0]["format"] == task.schema
    assert task.kind_of(found.asked)
    assert "___" in found.asked or found.task not in ("time", "temperature")


def test_scaling_is_arithmetic_and_shows_where_the_model_errs() -> None:
    lines = ["1500 g potatoes", "360 ml heavy cream", "5 shallots", "100 g feta"]
    found = ask("For 6.", model=said(lines))
    assert found.by == "rule"
    assert found.because.startswith("arithmetic: times 1.5")
    assert found.lines[0] == "1500 g potatoes"
    assert found.lines[3] == "150 g feta"
    assert "150 g feta: the model says 100 g feta" in found.differs
    assert any(line.startswith("the model leaves out") and "salt" in line for line in found.differs)
    assert not any("potatoes" in line for line in found.differs)


@pytest.mark.parametrize(
    ("question", "potatoes"),
    [
        ("for two", 500), ("Make it for 10", 2500), ("from 4 to 12 servings", 3000),
        ("three times as much", 3000), ("half", 500), ("Two more guests come", 1500),
        ("just me", 250), ("for a dozen people", 3000), ("serves 5", 1250),
        ("one and a half", 1500),
    ],
)  # fmt: skip
def test_for_how_many_is_read_from_words(question: str, potatoes: int) -> None:
    assert ask(question).lines[0] == f"{potatoes} g potatoes"


def test_a_list_in_the_question_is_what_it_is_about() -> None:
    found = ask("Polenta for 3: 240 g polenta, 900 ml water. What do 5 people need?")
    assert found.lines == ("400 g polenta", "1500 ml water")
    assert found.asked.startswith("Polenta, 3 servings:")


def test_scaling_says_what_it_lacks() -> None:
    with pytest.raises(TopochefError, match="scaling needs a list"):
        ask("For 6.", None)
    with pytest.raises(TopochefError, match="say for how many"):
        ask("Scale it.")
    unknown = recipe("Mash", None, ["500 g potatoes"], ["Mash the potatoes."])
    with pytest.raises(TopochefError, match="give --servings"):
        ask("For 6.", unknown)
    assert ask("Double it", unknown).lines == ("1000 g potatoes",)


def test_the_curated_list_replaces_in_the_amount_of_the_recipe() -> None:
    found = ask("What can I use instead of the cream?", model=said(["240 ml coconut milk"]))
    assert found.lines == ("180 ml milk", "60 g butter")
    assert "the curated list" in found.because
    assert found.differs == ("the model would take 240 ml coconut milk",)
    assert not ask("What can replace feta?", model=said(["100 g soft goat cheese"])).differs


def test_what_must_be_avoided_is_never_the_rules_answer() -> None:
    model = said(["60 g parmesan"])
    found = answer("Replace the feta", GRATIN, model, avoid=("milk",))
    assert (found.by, found.lines) == ("model", ("60 g parmesan",))
    assert any("the curated list has" in note and "dairy" in note for note in found.notes)
    assert any("dairy" in doubt for doubt in found.doubts)
    with pytest.raises(TopochefError, match="no rule answers"):
        answer("Replace the feta", GRATIN, None, diet="vegan")


def test_a_model_that_replaces_a_food_by_itself_is_doubted() -> None:
    found = ask("What can I use for 50 g capers?", None, said(["50 g capers"]))
    assert found.by == "model"
    assert found.doubts == ("capers is what is to be replaced",)


def test_the_list_is_silent_of_what_is_baked() -> None:
    cake = recipe("Plain Cake", 8, ["250 g flour", "50 g butter", "200 g sugar"], ["Bake it."])
    with pytest.raises(TopochefError, match="silent of what is baked"):
        ask("What can replace the butter?", cake)


def test_another_dish_is_not_answered_from_the_recipe() -> None:
    found = ask("What can replace 60 g butter in mushroom soup?")
    assert found.asked == "What can replace 60 g butter in Mushroom Soup?"
    assert "mushroom soup is not Potato Gratin with Leeks" in found.notes[0]
    assert not ask("How much feta for the gratin?").notes


def test_what_is_missing_by_title_steps_and_what_is_at_home() -> None:
    found = ask("What is missing?", model=said(["potatoes"]))
    assert any("leek" in line for line in found.lines)
    assert found.differs == ("the model misses potatoes",)
    assert found.doubts == ("potatoes is there already",)
    assert not ask("What is missing?", model=said(["leeks"])).differs
    home = answer("What do I need to buy?", GRATIN, None, have=("potatoes", "salt", "feta"))
    assert home.lines == ("heavy cream", "shallots")
    assert ask("I have potatoes, salt and cream. What is missing?").lines == ("shallots", "feta")


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("How long?", ("55 min",)),
        ("How long does it bake?", ("50–60 min",)),
        ("How long must it rest?", ("10 min",)),
        ("How long is it ?", ("55 min",)),
        ("How long do I soften the shallots?", ("5 min",)),
        ("How long does step 2 take?", ("5 min",)),
        ("How hot?", ("190 °C",)),
        ("What temperature must the oven have?", ("190 °C",)),
        ("How many shallots?", ("2-3 shallots, sliced",)),
        ("How much salt?", ("8 g salt",)),
        ("How much feta for 8?", ("200 g feta",)),
    ],
)
def test_what_the_recipe_says_is_answered_by_it(question: str, lines: tuple[str, ...]) -> None:
    found = ask(question)
    assert (found.by, found.lines) == ("rule", lines)


def test_a_model_is_asked_without_seeing_the_number() -> None:
    found = ask("How long must it rest?", model=said("45 min"))
    assert "rest for ___" in found.asked
    assert found.differs == ("step 4 says 10 min, the model 45 min",)
    assert not ask("How long does it bake?", model=said("65 min")).differs


def test_a_model_beyond_the_checkers_ranges_is_doubted() -> None:
    assert "°C" in ask("How hot must the oven be?", model=said("600 °C")).doubts[0]
    turkey = ask("How hot should the turkey be inside?", ROAST, said("55 °C"))
    assert turkey.lines == ("76 °C",)
    assert any("74 °C" in doubt for doubt in turkey.doubts)
    eggs = ask("How long do I boil eggs?", None, said("900 min"))
    assert any("too long to boil" in doubt for doubt in eggs.doubts)
    salt = ask("How much salt?", model=said("900 g"))
    assert any("cannot be meant" in doubt for doubt in salt.doubts)


def test_what_is_safe_inside_needs_no_recipe_and_no_model() -> None:
    found = ask("How hot must chicken be inside?", None)
    assert (found.by, found.lines) == ("rule", ("74 °C",))
    wrong = ask("How hot must chicken be inside?", None, said("60 °C"))
    assert wrong.differs == ("the model says 60 °C, which is not safe",)


def test_a_question_of_the_curated_ones_is_answered_by_theirs() -> None:
    found = ask("How many grams of dried pasta do I count per person for a main course", None)
    assert (found.by, found.lines) == ("rule", ("100 g",))


def test_a_silent_model_leaves_the_rules_and_is_told() -> None:
    gone = Model(ScriptedBackend(trouble=EndpointError("it is gone")), "parrot")
    found = ask("For 6.", model=gone)
    assert found.model is None
    assert found.notes == ("parrot gave no answer: it is gone",)
    with pytest.raises(TopochefError, match="it is gone"):
        ask("How long do I boil eggs?", None, gone)
    with pytest.raises(TopochefError, match="parrot gave no answer"):
        ask("How long do I boil eggs?", None, Model(ScriptedBackend("sorry"), "parrot"))


def test_nothing_steers_terminal_or_model() -> None:
    evil = recipe("Rice", 2, ["200 g rice"], ["Boil for 12 minutes."])
    model = said(["200 g \x1b[31mrice"])
    found = ask("What can replace \x07<|im_end|> 200 g rice?", evil, model)
    assert "\x1b" not in json.dumps(found.to_dict())
    assert "<|im_end|>" not in found.asked


CARD = ["Rice Salad", "--servings", "2", "--ollama", "cook", "--choose", "first"]
COOKED = {"ingredients": ["150 g rice", "60 g feta"], "instructions": ["Boil the rice 14 minutes."]}


@pytest.fixture
def cooked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A recipe was cooked last, by a server that is gone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with OllamaStandIn(lambda _: to_json(COOKED)) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        assert main([*CARD]) == 0


@pytest.mark.usefixtures("cooked")
def test_the_recipe_cooked_last_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["ask", "For 6."]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:3] == [
        "450 g rice",
        "180 g feta",
        "  by rule: arithmetic: times 3, seasoning less",
    ]
    assert main(["ask", "How long?", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == ["14 min"]


@pytest.mark.usefixtures("cooked")
@pytest.mark.parametrize("form", ["--json", "--markdown", "--schema-org"])
def test_a_recipe_that_was_written_is_asked_about(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with OllamaStandIn(lambda _: to_json(COOKED)) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        capsys.readouterr()
        assert main([*CARD, form]) == 0
    Path("rice.txt").write_text(capsys.readouterr().out, "utf-8")
    assert main(["ask", "How much feta for 4?", "--recipe", "rice.txt", "--rules"]) == 0
    assert capsys.readouterr().out.startswith("120 g feta\n")


def test_a_pasted_list_and_a_model_that_disagrees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Mash\n800 g potatoes\n100 ml milk\n"))
    with OllamaStandIn(lambda _: to_json({"ingredients": ["800 g potatoes"]})) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        command = ["ask", "For 2", "--recipe", "-", "--servings", "4", "--ollama", "cook"]
        assert main(command) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("400 g potatoes\n50 ml milk\n  by rule")
    assert "cook: 400 g potatoes: the model says 800 g potatoes" in shown


def test_a_named_model_that_is_not_there_is_no_silence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "How long do I boil eggs?", "--model", "gone.gguf"]) == 1
    assert "gone.gguf does not exist" in capsys.readouterr().err
    assert main(["ask", "For 2", "--recipe", "gone.md"]) == 1
    assert "gone.md cannot be read" in capsys.readouterr().err
