"""A language model as converter: asked once, checked against the text, listed where it differs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_stand_in import OllamaStandIn

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.answers import answer as written
from recipe_data.converters import RULES, Check, Converter, Disagreement, Parsed
from recipe_data.converters.llm import LanguageModel
from recipe_data.converters.plausible import ingredient_fault, instruction_fault
from recipe_data.converters.prompts import PROMPT_VERSION, SCHEMAS, TextKind, messages
from recipe_data.endpoints import Patience, endpoint
from recipe_data.endpoints.cache import Cached
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Ingredient, Instruction, Recipe, Unit

QUICK = Patience(timeout_seconds=2, tries=2, wait_seconds=0.01)


def spoken(kind: TextKind, **changes: Any) -> str:
    """Return an answer of the schema; what is not named is null."""
    empty: dict[str, Any] = {"name": "", "actions": []}
    answer = {key: empty.get(key) for key in SCHEMAS[kind]["required"]}
    return to_json({**answer, **changes})


@pytest.fixture
def server(ollama_server: OllamaStandIn) -> OllamaStandIn:
    return ollama_server


def model(server: OllamaStandIn, cache: Path) -> LanguageModel:
    return LanguageModel(Cached(endpoint("ollama:cook", patience=QUICK), cache))


def read_line(server: OllamaStandIn, tmp_path: Path, line: str, answer: str) -> Parsed:
    server.answer = lambda body: answer
    return model(server, tmp_path / "cache").parse([line], [])


def read_step(server: OllamaStandIn, tmp_path: Path, step: str, answer: str) -> Parsed:
    server.answer = lambda body: answer
    return model(server, tmp_path / "cache").parse([], [step])


def test_the_rules_are_the_parsers() -> None:
    converter: Converter = RULES
    parsed = converter.parse(["2 c. milk"], ["Boil for 5 minutes."])
    assert parsed.ingredients == (parse_ingredient("2 c. milk"),)
    assert parsed.instructions == (parse_instruction("Boil for 5 minutes."),)
    assert parsed.check is None
    assert converter.facts() == {}


def test_a_reading_that_differs_is_taken_and_listed(server: OllamaStandIn, tmp_path: Path) -> None:
    line = "200 g smoked salmon trimmings"
    answer = spoken("ingredient", quantity=200, unit="g", name="salmon", preparation="smoked")
    parsed = read_line(server, tmp_path, line, answer)
    assert parsed.ingredients == (Ingredient(200.0, None, "g", "salmon", "smoked"),)
    rules = parse_ingredient(line)
    assert parsed.check == Check(
        1,
        (
            Disagreement(line, "name", rules.name, "salmon", None),
            Disagreement(line, "preparation", rules.preparation, "smoked", None),
        ),
        (),
    )


def test_rounding_is_no_disagreement(server: OllamaStandIn, tmp_path: Path) -> None:
    answer = spoken("ingredient", quantity=237, unit="ml", name="milk")
    parsed = read_line(server, tmp_path, "1 cup milk", answer)
    assert parsed == Parsed((parse_ingredient("1 cup milk"),), (), Check(1, (), ()))


def test_the_volume_of_a_solid_is_weighed_as_the_rules_do(
    server: OllamaStandIn, tmp_path: Path
) -> None:
    answer = spoken("ingredient", quantity=240, unit="ml", name="flour")
    parsed = read_line(server, tmp_path, "1 cup flour", answer)
    assert parsed == Parsed((parse_ingredient("1 cup flour"),), (), Check(1, (), ()))
    assert parsed.ingredients[0].unit == "g"


def test_a_step_is_read(server: OllamaStandIn, tmp_path: Path) -> None:
    step = "Let it plump for 5-10 minutes, then bake at 180 °C."
    answer = spoken(
        "instruction", actions=["plump", "Bake"], minutes=5, minutes_max=10, celsius=180
    )
    parsed = read_step(server, tmp_path, step, answer)
    (read,) = parsed.instructions
    assert read.actions == ("plump", "bake")
    assert (read.text, read.minutes, read.minutes_max, read.celsius) == (step, 5.0, 10.0, 180.0)
    plums = (parse_ingredient("200 g plums"),)
    text, spans = written(Recipe("r1", "Plums", 2, plums, parsed.instructions, "s"))
    named = [text[span.start : span.end] for span in spans if span.kind == "action"]
    assert named == ["plump", "bake"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("not json", "not JSON"),
        ("[" * 5000, "not JSON"),
        ('["rice"]', "not of the schema"),
        ('{"name":"rice"}', "not of the schema"),
        (spoken("ingredient", quantity="200", unit="g", name="rice"), "not of the schema"),
        (spoken("ingredient", quantity=True, unit="g", name="rice"), "not of the schema"),
        (spoken("ingredient", quantity=200, unit="cup", name="rice"), "unknown unit"),
        (spoken("ingredient", quantity=200, unit=["g"], name="rice"), "unknown unit"),
        (spoken("ingredient", quantity=250, unit="g", name="rice"), "number not in the text"),
        (spoken("ingredient", quantity=200, name="rice"), "amount without unit, or unit with"),
        (spoken("ingredient", quantity=200, quantity_max=9, unit="g", name="rice"), "not a range"),
        (spoken("ingredient", quantity=-200, unit="g", name="rice"), "not a range"),
        ('{"quantity":NaN,"quantity_max":null,"unit":"g","name":"rice","preparation":null}', "not"),
        (spoken("ingredient", quantity=200, unit="g", name="wild rice"), "name not in the text"),
        (spoken("ingredient", quantity=200, unit="g", name="rice|>"), "name not in the text"),
        (spoken("ingredient", quantity=200, unit="g"), "name not in the text"),
        (
            spoken("ingredient", quantity=200, unit="g", name="rice", preparation="burnt"),
            "preparation not in the text",
        ),
    ],
)
def test_what_cannot_be_in_the_line_falls_back_to_the_rules(
    server: OllamaStandIn, tmp_path: Path, answer: str, why: str
) -> None:
    parsed = read_line(server, tmp_path, "200 g rice, rinsed", answer)
    assert parsed.ingredients == (parse_ingredient("200 g rice, rinsed"),)
    assert parsed.check is not None
    (fallback,) = parsed.check.fallbacks
    assert fallback.startswith(why)
    assert parsed.check.disagreements
    assert {d.fallback for d in parsed.check.disagreements} == {fallback}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (spoken("instruction", actions=["fry"], minutes=20), "action not in the text"),
        (spoken("instruction", actions="bake", minutes=20), "not of the schema"),
        (spoken("instruction", actions=["bake"], minutes=45), "number not in the text"),
        (spoken("instruction", actions=["bake"], celsius=350), "number not in the text"),
        (spoken("instruction", actions=["bake"], minutes_max=20), "not a range"),
    ],
)
def test_what_cannot_be_in_the_step_falls_back_to_the_rules(
    server: OllamaStandIn, tmp_path: Path, answer: str, why: str
) -> None:
    step = "Bake at 175 °C for 20 minutes."
    parsed = read_step(server, tmp_path, step, answer)
    assert parsed.instructions == (parse_instruction(step),)
    assert parsed.check is not None
    assert parsed.check.fallbacks == (why,)


def test_a_cut_off_answer_falls_back_too(server: OllamaStandIn, tmp_path: Path) -> None:
    server.script.append("cut off")
    parsed = read_line(server, tmp_path, "1 egg", spoken("ingredient", name="egg"))
    assert parsed.check is not None
    assert parsed.check.fallbacks == ("cut off",)


@pytest.mark.parametrize(
    ("line", "amount", "unit", "plausible"),
    [
        ("2 (14 oz.) cans beans", 793.8, "g", True),
        ("2 (14 oz.) cans beans", 2, "unit", True),
        ("2 (14 oz.) cans beans", 396.9, "g", True),
        ("2 (14 oz.) cans beans", 700, "g", False),
        ("1½ lb. carrots", 680.4, "g", True),
        ("1½ lb. carrots", 1.5, "unit", True),
        ("twelve eggs", 12, "unit", True),
        ("1 cup plus 2 tbsp. cream", 270, "ml", True),
        ("1 cup plus 2 tbsp. cream", 300, "ml", False),
        ("2 to 3 tbsp. oil", 45, "ml", True),
    ],
)
def test_numbers_are_those_of_the_line_or_their_conversion(
    line: str, amount: float, unit: Unit, plausible: bool
) -> None:
    name = line.split()[-1]
    blind = Ingredient(None, None, None, name)  # so that only the line itself vouches
    fault = ingredient_fault(Ingredient(float(amount), None, unit, name), line, blind)
    assert (fault is None) is plausible, fault


@given(st.text(max_size=80))
def test_what_the_rules_read_is_nearly_always_plausible(text: str) -> None:
    rules = parse_ingredient(text)
    fault = ingredient_fault(rules, text, rules)
    assert fault in (None, "name not in the text", "preparation not in the text", "not a range")
    assert instruction_fault(parse_instruction(text), parse_instruction(text)) in (
        None,
        "not a range",
    )


def test_nothing_is_asked_twice(server: OllamaStandIn, tmp_path: Path) -> None:
    server.answer = lambda body: spoken("ingredient", quantity=1, unit="unit", name="egg")
    lines = ["1 egg", "1 onion", "1 egg"]
    first = model(server, tmp_path / "cache").parse(lines, [])
    assert len(server.bodies) == 2
    assert model(server, tmp_path / "cache").parse(lines, []) == first
    assert len(server.bodies) == 2


def test_another_model_and_another_kind_of_text_are_asked_anew(
    server: OllamaStandIn, tmp_path: Path
) -> None:
    server.models.add("baker")
    for name in ("cook", "baker"):
        cached = Cached(endpoint(f"ollama:{name}", patience=QUICK), tmp_path / "cache")
        LanguageModel(cached).parse(["salt"], ["salt"])
    assert len(server.bodies) == 4


def test_a_remembered_answer_is_heard_and_whole(server: OllamaStandIn, tmp_path: Path) -> None:
    server.answer = lambda body: '{"crème":"½"}'
    asked = [{"role": "user", "content": "?"}]
    cached = Cached(endpoint("ollama:cook", patience=QUICK), tmp_path / "cache")
    heard: list[str] = []
    replies = [
        cached.complete(asked, schema=None, max_tokens=9, on_text=heard.append) for _ in range(2)
    ]
    assert replies[0] == replies[1]
    assert "".join(heard) == replies[0].text * 2
    assert len(server.bodies) == 1


def test_a_file_that_is_no_cache_is_told(server: OllamaStandIn, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("tomatoes " * 200)
    with pytest.raises(TopochefError, match=r"delete it, or name another file with --cache"):
        model(server, tmp_path / "cache")


def test_the_model_sees_the_job_examples_and_the_text(
    server: OllamaStandIn, tmp_path: Path
) -> None:
    read_line(server, tmp_path, "1 egg", spoken("ingredient", name="egg"))
    (body,) = server.bodies
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", *["user", "assistant"] * 3, "user"]
    assert body["messages"][-1]["content"] == "1 egg"
    assert body["format"] == SCHEMAS["ingredient"]


@pytest.mark.parametrize("kind", ["ingredient", "instruction"])
def test_the_examples_obey_the_schema_and_are_plausible(kind: TextKind) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    said = messages(kind, "")[1:-1]
    assert said
    for asked, answered in zip(said[::2], said[1::2], strict=True):
        answer = json.loads(answered["content"])
        jsonschema.validate(answer, SCHEMAS[kind])
        text = asked["content"]
        if kind == "ingredient":
            rules = parse_ingredient(text)
            assert ingredient_fault(Ingredient(**answer), text, rules) is None
        else:
            step = parse_instruction(text)
            read = Instruction(text, **{**answer, "actions": tuple(answer["actions"])})
            assert read == step


def test_a_changed_prompt_has_a_new_version() -> None:
    prompts = [messages(kind, "") for kind in SCHEMAS]
    digest = hashlib.sha256(to_json([prompts, SCHEMAS]).encode()).hexdigest()[:12]
    assert (PROMPT_VERSION, digest) == (2, "dc0d4d7e7edb")
