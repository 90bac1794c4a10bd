"""Lines that name the food before its amount say the same to every reader."""

from __future__ import annotations

import gzip
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, sha256, update_manifest
from recipe_data.answers import chat_row, render_ingredient, rounded
from recipe_data.building.build import OUTPUTS, Options, build
from recipe_data.check import check_recipe
from recipe_data.cli import main
from recipe_data.demo.compose import write_corpus
from recipe_data.ingredients import is_section_header, parse_ingredient
from recipe_data.line_order import amount_first, name_first, written
from recipe_data.repeats import NO_REPEATS, name_start, repeated_foods
from recipe_data.schema import MAX_INGREDIENT_CHARS, Ingredient, Recipe, Span
from recipe_data.tasks.registry import ALL, QUESTIONS

PAIRS = [
    ("250 g lentils", "lentils, 250 g"),
    ("15 ml sesame oil, toasted", "sesame oil, 15 ml, toasted"),
    ("4 shallots, sliced", "shallots, 4, sliced"),
    ("2-3 carrots", "carrots, 2-3"),
    ("0.5 lime, juiced", "lime, 0.5, juiced"),
    ("2 cloves garlic, crushed", "garlic, 2 cloves, crushed"),
    ("1-2 cans beans, drained", "beans, 1-2 cans, drained"),
    ("pinch of saffron", "saffron, pinch"),
    ("240 ml half and half", "half and half, 240 ml"),
    ("6 anchovies, packed in oil", "anchovies, 6, packed in oil"),
    ("2 veal chops, 2 inches thick", "veal chops, 2, 2 inches thick"),
    ("3 red, yellow, and orange peppers", "red, yellow, and orange peppers, 3"),
]


@pytest.mark.parametrize(("usual", "turned"), PAIRS)
def test_the_two_orders_are_one_line(usual: str, turned: str) -> None:
    read = rounded(parse_ingredient(usual))
    assert rounded(parse_ingredient(turned)) == read
    assert render_ingredient(read) == usual
    assert render_ingredient(read, "name-first") == turned
    assert amount_first(turned) == usual
    assert amount_first(usual) == usual
    assert name_start(turned) == 0
    assert repeated_foods([usual, turned]) == [turned]


@pytest.mark.parametrize("line", ["salt", "chives, chopped", "salt, to taste", "", ", ", "a, , b"])
def test_a_line_without_an_amount_keeps_its_order(line: str) -> None:
    assert amount_first(line) == line
    read = rounded(parse_ingredient(line))
    assert render_ingredient(read, "name-first") == render_ingredient(read)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (("340 g ", "12-inch pizza bases", ""), "the number in the name would be the amount"),
        (("1 ", "leek", f", {'x' * (MAX_INGREDIENT_CHARS - 8)}"), "a character too long"),
    ],
)
def test_what_would_be_read_otherwise_keeps_its_order(
    parts: tuple[str, str, str], why: str
) -> None:
    assert name_first(*parts) is None, why
    assert len("".join(parts)) <= MAX_INGREDIENT_CHARS


@pytest.mark.parametrize(
    ("line", "amount", "name", "preparation"),
    [
        ("lentils, 250 g", (250.0, None, "g"), "lentils", None),
        ("Lentils: 250g", (250.0, None, "g"), "Lentils", None),
        ("lentils; 250 g", (250.0, None, "g"), "lentils", None),
        ("lentils - 250 g, rinsed", (250.0, None, "g"), "lentils", "rinsed"),
        ("sesame oil, 1 1/2 tbsp", (22.5, None, "ml"), "sesame oil", None),
        ("sesame oil, a tablespoon", (15.0, None, "ml"), "sesame oil", None),
        ("limes, two", (2.0, None, "unit"), "limes", None),
        ("limes, about 3", (3.0, None, "unit"), "limes", None),
        ("lime, ½, juiced", (0.5, None, "unit"), "lime", "juiced"),
        ("shallots, 2 large, sliced", (2.0, None, "unit"), "shallots", "sliced"),
        ("shallots, four small", (4.0, None, "unit"), "shallots", None),
        ("garlic, two cloves, crushed", (2.0, None, "unit"), "garlic", "cloves, crushed"),
        ("duck eggs, a dozen", (12.0, None, "unit"), "duck eggs", None),
        ("saffron, a pinch", (None, None, None), "saffron", "pinch"),
        ("beans, 2 x 400 g cans", (800.0, None, "g"), "beans", None),
        ("米, 150 g", (150.0, None, "g"), "米", None),
        ("turkey, one-inch pieces", (1.0, None, "unit"), "turkey", "one-inch pieces"),
        ("turkey, two ways", (None, None, None), "turkey", "two ways"),
        ("dill, a good handful", (None, None, None), "dill", "handful"),
    ],
)
def test_a_person_may_name_the_food_first(
    line: str, amount: tuple[Any, ...], name: str, preparation: str | None
) -> None:
    assert parse_ingredient(line) == Ingredient(*amount, name, preparation)


def test_another_food_is_named_where_the_line_begins() -> None:
    former = ["rice, 200 g", "water, 400 ml"]
    assert NO_REPEATS.refuses("ingredients", former, "boiling water, 50 ml") == 0
    assert NO_REPEATS.refuses("ingredients", former, "rice vinegar, 50 ml") is None


names = st.text(st.one_of(st.sampled_from('"\\ é,🍚'), st.characters(codec="utf-8")), min_size=1)
lists = st.lists(
    st.builds(
        Ingredient,
        quantity=st.one_of(st.none(), st.integers(1, 900).map(float)),
        quantity_max=st.none(),
        unit=st.sampled_from(["g", "ml", "unit"]),
        name=st.one_of(st.sampled_from(["rice", "crème fraîche", '9" tart "shell"']), names),
        preparation=st.sampled_from([None, "chopped", "cloves, crushed", 'in 1" pieces']),
    ),
    min_size=1,
    max_size=5,
)


def _meant(text: str, spans: tuple[Span, ...]) -> list[tuple[Any, ...]]:
    """Return what spans say, whatever their order: with it no word of theirs may change."""
    said = (
        (json.loads(f'"{text[s.start : s.end]}"'), s.kind, s.group, s.value, s.unit) for s in spans
    )
    return sorted(said, key=repr)


@given(lists)
def test_spans_stay_on_their_words(listed: list[Ingredient]) -> None:
    from recipe_data.instructions import parse_instruction

    step = parse_instruction('Bake in a 9" dish at 180 °C for 20 minutes.')
    row = chat_row(Recipe("r1", "Odd", 2, tuple(map(rounded, listed)), (step,), ""))
    turned = written(row, "name-first")
    text, new = row.messages[-1]["content"], turned.messages[-1]["content"]
    assert _meant(new, turned.spans) == _meant(text, row.spans)
    assert json.loads(new)["ingredients"] == [
        render_ingredient(rounded(item), "name-first") for item in listed
    ]
    assert json.loads(new)["instructions"] == json.loads(text)["instructions"]
    ends = [0, *(span.end for span in turned.spans)]
    assert all(end <= span.start for end, span in zip(ends, turned.spans, strict=False))
    assert written(row, "amount-first") is row


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The project's own corpus, built in both orders, with every task and consensus rows."""
    folder = tmp_path_factory.mktemp("orders")
    corpus = folder / "corpus.csv"
    write_corpus(corpus, folder / "gold.jsonl", rows=90, seed=5)
    common: dict[str, Any] = {"tasks": ALL, "consensus": 4}
    build(corpus, folder / "usual", Options(**common))
    build(corpus, folder / "turned", Options(**common, lines="name-first"))
    return {name: folder / name for name in ("usual", "turned")}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_only_answers_and_spans_of_a_build_differ(built: dict[str, Path]) -> None:
    same = {"recipes.jsonl", "rejected.jsonl", "pretrain.jsonl"}
    turned_lines: Counter[str] = Counter()
    for file in OUTPUTS:
        usual, turned = built["usual"] / file, built["turned"] / file
        assert (sha256(usual) == sha256(turned)) == (file in same)
        if file in same:
            continue
        for one, other in zip(_rows(usual), _rows(turned), strict=True):
            answers = [row.pop("messages") for row in (one, other)]
            assert answers[0][:-1] == answers[1][:-1]
            texts = [messages[-1]["content"] for messages in answers]
            spans = [tuple(Span(**span) for span in row.pop("spans")) for row in (one, other)]
            assert _meant(texts[0], spans[0]) == _meant(texts[1], spans[1])
            trained = [row.pop("trained", None) for row in (one, other)]
            if trained[0]:
                parts = [
                    json.loads(text[start:end] + "}")
                    for text, (start, end) in zip(texts, trained, strict=True)
                ]
                assert list(map(amount_first, parts[1]["ingredients"])) == parts[0]["ingredients"]
            assert one == other
            listed = [json.loads(text).get("ingredients", []) for text in texts]
            assert [*map(amount_first, listed[1])] == listed[0]
            turned_lines[one["task"]] += listed[0] != listed[1]
    asked_for_amounts = {"recipe", "consensus", "scaling", "substitution"}
    assert {task for task, count in turned_lines.items() if count} == asked_for_amounts


def test_questions_are_answered_and_scored_alike(built: dict[str, Path]) -> None:
    golds = [_rows(folder / "train.jsonl") for folder in built.values()]
    asked = [pair for pair in zip(*golds, strict=True) if pair[0]["task"] in QUESTIONS]
    assert {one["task"] for one, _ in asked} >= {"scaling", "substitution"}
    for one, other in asked:
        task = QUESTIONS[one["task"]]
        texts = [row["messages"][-1]["content"] for row in (one, other)]
        assert task.text_fault(texts[1]) is None
        assert task.score(texts[1], texts[0]) == task.score(texts[0], texts[1]) == 1.0


def test_a_recipe_is_checked_alike(built: dict[str, Path]) -> None:
    for one, other in zip(*(_rows(f / "test.jsonl") for f in built.values()), strict=True):
        if one["task"] != "recipe":
            continue
        doubts = []
        for row in (one, other):
            lines = json.loads(row["messages"][-1]["content"])["ingredients"]
            read = tuple(map(parse_ingredient, lines))
            doubts.append(check_recipe(Recipe("", row["title"], row["servings"], read, (), "")))
            assert not repeated_foods(lines) or repeated_foods(lines) != lines
        assert doubts[0] == doubts[1]


def test_the_manifest_tells_later_stages_and_says_nothing_of_what_is_usual(
    built: dict[str, Path], tmp_path: Path
) -> None:
    inputs = {name: read_manifest(folder)["build"]["inputs"] for name, folder in built.items()}
    assert inputs["turned"] == {**inputs["usual"], "lines": "name-first"}
    assert "lines" not in inputs["usual"]
    assert DataFolder(built["turned"]).lines == "name-first"
    assert DataFolder(built["usual"]).lines == DataFolder(tmp_path).lines == "amount-first"
    update_manifest(tmp_path, "build", {"inputs": {"lines": "unit-first"}})
    with pytest.raises(TopochefError, match="'unit-first' are none of amount-first, name-first"):
        _ = DataFolder(tmp_path).lines


def test_the_command_builds_them_and_another_order_is_another_build(
    built: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = built["usual"].parent / "corpus.csv"
    command = ["build", str(corpus), "--output", str(tmp_path / "data")]
    assert main([*command, "--lines", "name-first"]) == 0
    assert "name-first" in capsys.readouterr().out
    assert main(command) == 1
    assert "build: lines differ" in capsys.readouterr().err


def test_real_lines_come_back(shared_data: Path) -> None:
    """Of 500 real recipes all lines but one in 300, mostly names with numbers, can be turned."""
    lines: set[str] = set()
    with gzip.open(shared_data / "recipes.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in itertools.islice(file, 500):
            lines.update(json.loads(row)["ingredients"])
    kept = amounts = 0
    for line in sorted(line for line in lines if not is_section_header(line)):
        read = rounded(parse_ingredient(line))
        usual, turned = (render_ingredient(read, order) for order in ("amount-first", "name-first"))
        assert parse_ingredient(turned) == parse_ingredient(usual)
        assert amount_first(turned) == amount_first(usual) == usual
        kept += turned == usual and read.quantity is not None
        amounts += read.quantity is not None
    assert amounts > 2000
    assert kept <= amounts / 300
