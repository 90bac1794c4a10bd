"""The demo corpus: RecipeNLG's form, repeatable bytes, correct gold, sensible cooking."""

from __future__ import annotations

import csv
import json
import re
import time
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl
from recipe_data.demo.compose import HEADER, compose_rows, write_corpus
from recipe_data.demo.dirt import DIRT, Draft
from recipe_data.demo.drawing import choose
from recipe_data.demo.faults import FAULTS
from recipe_data.demo.kitchen import CUPS, POUNDS, Portion, equals, volume, weight
from recipe_data.demo.knowledge import MEAT_EXTRAS, Dish, dishes, read_dish, read_item
from recipe_data.demo.lines import write_line
from recipe_data.demo.patterns import patterns
from recipe_data.demo.recipes import SERVINGS, compose_recipe
from recipe_data.demo.style import Style, write_heat
from recipe_data.demo.wording import Facts, facts

PLAIN = Style(
    "short", hyphenated=False, vulgar=False, dual=False, degree="{}°F", clock="{}", voice=0
)
FAMOUS = (
    "Mushroom Risotto", "Spaghetti Carbonara", "BLT", "Club Sandwich", "Paella", "Fried Rice",
    "Chicken Biryani", "Lasagne", "Mac and Cheese", "Grilled Cheese", "Reuben", "Pork Banh Mi",
    "Cacio e Pepe", "Spaghetti Aglio e Olio", "Spaghetti Puttanesca", "Amatriciana Pasta",
    "Pesto Pasta", "Spaghetti Bolognese", "Jambalaya", "Rice Pilaf",
)  # fmt: skip
MEAT = re.compile(
    r"\b(?:chicken|bacon|ham|sausage|pork|shrimp|beef|mince|anchovy|pancetta|tuna|turkey|Parmesan)\b"
)


class Corpus(NamedTuple):
    csv_path: Path
    gold_path: Path
    facts: dict[str, Any]
    cells: list[list[str]]
    gold: list[dict[str, Any]]

    @property
    def kept(self) -> list[tuple[list[str], dict[str, Any]]]:
        pairs = zip(self.cells, self.gold, strict=True)
        return [(cells, gold) for cells, gold in pairs if gold["expected"] == "kept"]

    @property
    def of_dishes(self) -> list[dict[str, Any]]:
        """Gold of the kept rows whose dish stands in the knowledge base."""
        return [gold for _, gold in self.kept if gold["pattern"] is None]


def made_dishes() -> list[Dish]:
    """Two dishes of every pattern, as chance fills it."""
    return [
        pattern.fill(choose(pattern, {}, Random(seed))) for pattern in patterns() for seed in (1, 2)
    ]


DISHES = (*dishes(), *made_dishes())


def read_cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.reader(f))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("demo")
    csv_path, gold_path = folder / "corpus.csv", folder / "corpus.gold.jsonl"
    known = write_corpus(csv_path, gold_path)
    gold = list(read_jsonl(gold_path, "recipe-data demo-corpus"))
    return Corpus(csv_path, gold_path, known, read_cells(csv_path)[1:], gold)


def test_the_csv_has_recipenlg_form(corpus: Corpus) -> None:
    header, *rows = read_cells(corpus.csv_path)
    assert tuple(header) == HEADER
    assert corpus.csv_path.read_bytes().startswith(
        b",title,ingredients,directions,link,source,NER\n"
    )
    assert [row[0] for row in rows] == [str(i) for i in range(2400)]
    assert {len(row) for row in rows} == {7}
    for cells, _ in corpus.kept:
        for column in (2, 3, 6):
            values = json.loads(cells[column])
            assert values
            assert all(isinstance(value, str) and value for value in values)
            assert cells[column].isascii()


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> bytes:
        paths = tmp_path / f"{name}.csv", tmp_path / f"{name}.jsonl"
        write_corpus(*paths, rows=150, seed=seed)
        return b"\0".join(path.read_bytes() for path in paths)

    assert written("a", seed=3) == written("b", seed=3)
    assert written("a", seed=3) != written("c", seed=4)


def test_composing_is_fast() -> None:
    start = time.process_time()
    rows = sum(1 for _ in compose_rows(600, seed=1))
    assert rows == 600
    assert time.process_time() - start < 1.5


def test_there_are_many_dishes_and_the_famous_ones() -> None:
    families = Counter(dish.family for dish in dishes())
    assert len(dishes()) >= 65
    assert min(families[family] for family in ("pasta", "rice", "sandwich")) >= 16
    titles = {title for dish in dishes() for title in dish.titles}
    assert [famous for famous in FAMOUS if famous not in titles] == []
    assert len(titles) == sum(len(dish.titles) for dish in dishes())


def test_every_dish_has_rows_under_many_titles(corpus: Corpus) -> None:
    titles = defaultdict(list)
    for gold in corpus.of_dishes:
        titles[gold["dish"]].append(gold["title"].lower())
    assert len(titles) == len(dishes())
    fewest, most = (f(map(len, titles.values())) for f in (min, max))
    assert fewest >= 1
    assert most - fewest <= 4
    distinct = [len(set(of_dish)) / len(of_dish) for of_dish in titles.values()]
    assert sum(distinct) / len(distinct) > 0.75


def test_no_two_kept_rows_are_the_same_recipe(corpus: Corpus) -> None:
    contents = [
        (gold["title"].lower(), *((i["name"], i["quantity"]) for i in gold["ingredients"]))
        for _, gold in corpus.kept
    ]
    assert len(set(contents)) == len(contents)


def test_gold_is_aligned_with_the_rows(corpus: Corpus) -> None:
    assert [gold["row"] for gold in corpus.gold] == list(range(1, 2401))
    for cells, gold in corpus.kept:
        lines = json.loads(cells[2])
        headers = "section_header" in gold["dirt"]
        assert [i["line"] for i in gold["ingredients"]] == lines[headers:]
        if not gold["dirt"]:
            assert cells[1] == gold["title"]
            directions = json.loads(cells[3])
            steps = [step["text"] for step in gold["steps"]]
            assert directions[: len(steps)] == steps
            assert len(directions) - len(steps) in (0, 1)


def test_faults_are_what_gold_says(corpus: Corpus) -> None:
    expected = corpus.facts["expected"]
    assert set(expected) == {"kept", "duplicate", *FAULTS}
    assert 0.015 < 1 - expected["kept"] / 2400 < 0.025
    for cells, gold in zip(corpus.cells, corpus.gold, strict=True):
        if gold["expected"] == "broken JSON":
            with pytest.raises(json.JSONDecodeError):
                json.loads(cells[2])
        elif gold["expected"] == "no title":
            assert cells[1] == ""
        elif gold["expected"] in ("no ingredients", "no directions"):
            assert "[]" in cells[2:4]
        elif gold["expected"] == "duplicate":
            assert sum(cells[1:] == others[1:] for others in corpus.cells) >= 2


def test_dirt_is_frequent_and_most_rows_are_clean(corpus: Corpus) -> None:
    dirt = corpus.facts["dirt"]
    assert {name for name, _, _ in DIRT} <= set(dirt)
    assert {"range", "dual_measure", "vulgar_fraction", "hyphenated_fraction"} <= set(dirt)
    assert 0.5 < dirt["none"] / 2400 < 0.75
    assert any("<|" in cells[1] for cells, _ in corpus.kept)


@pytest.mark.parametrize(("name", "apply"), [(name, apply) for name, _, apply in DIRT])
def test_each_dirt_changes_text_but_loses_no_line(name: str, apply: Any) -> None:
    draft = Draft(
        title="Nonna's Mac and Cheese",
        lines=("1/2 c. butter", "2 cups whole milk", "1 c. long-grain rice"),
        directions=("Bake at 350°F for 10-12 minutes.", "Serve."),
    )
    changed = apply(draft, Random(1))
    assert changed != draft, name
    assert len(changed.lines) == 3
    assert all(changed.lines)


def test_recipes_are_short_enough_for_a_small_model(corpus: Corpus) -> None:
    for _, gold in corpus.kept:
        assert 4 <= len(gold["ingredients"]) <= 10, gold["title"]
        assert 3 <= len(gold["steps"]) <= 7, gold["title"]
        longest = max((step["text"] for step in gold["steps"]), key=len)
        assert len(longest) <= 112, longest


def test_times_and_temperatures_of_gold_are_the_printed_ones(corpus: Corpus) -> None:
    for _, gold in corpus.kept:
        for step in gold["steps"]:
            heat = re.search(r"(\d{3})(?:°| degrees)", step["text"])
            assert (step["celsius"] is None) == (heat is None)
            if heat:
                assert step["celsius"] == pytest.approx((int(heat[1]) - 32) / 1.8, abs=0.01)
            minutes = re.search(r"(\d+)(?: to |-)?(\d+)? min", step["text"])
            if minutes:
                assert step["minutes"] == int(minutes[1])
                assert step["minutes_max"] == (int(minutes[2]) if minutes[2] else None)


def test_servings_are_stated_where_gold_says_so(corpus: Corpus) -> None:
    words = {2: "Two", 3: "Three", 4: "Four", 6: "Six", 8: "Eight"}
    stated = 0
    for cells, gold in corpus.kept:
        served = gold["servings"]
        last = json.loads(cells[3])[-1].replace("\u00a0", " ")
        says = re.search(rf"(?:Serves {served}|: {served} serv\w+|Makes {served} serv\w+)\.$", last)
        says = says or re.search(rf"for {words[served]}|\(Serves {served}\)", gold["title"])
        assert bool(says) == gold["servings_stated"]
        stated += gold["servings_stated"]
    assert stated / len(corpus.kept) > 0.8


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_every_chosen_ingredient_is_used_in_a_step(dish: Dish) -> None:
    rng = Random(5)
    for _ in range(30):
        recipe = compose_recipe(dish, rng)
        text = " ".join(step.text for step in recipe.steps)
        for line in recipe.lines:
            key = next(
                item.key
                for item in (*dish.items, *(dish.vegetarian or {}).values())
                if line.name.startswith(item.name[:-2])
            )
            assert key.replace("_", " ")[:-2] in text, (recipe.title.text, line.text)


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_amounts_are_plausible_for_one_eater(dish: Dish) -> None:
    fixed = [item for item in dish.items if not item.optional]
    per_head = {i.key: (i.quantity or 0) / dish.serves for i in dish.items if i.unit != "unit"}
    water = {"water", "stock"}
    assert all(0.3 <= v <= 275 for k, v in per_head.items() if v and k not in water), per_head
    assert sum(per_head[i.key] for i in fixed if i.unit != "unit") <= 700
    assert all((i.quantity or 1) / dish.serves <= 3 for i in dish.items if i.unit == "unit")
    assert dish.serves in SERVINGS
    assert sum(item.unit == "g" or item.unit == "unit" for item in fixed) >= 2
    for item in dish.items:
        last = item.key.split("_")[-1].removesuffix("s")
        assert last in item.name.lower(), (item.key, item.name)


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_amounts_grow_with_the_servings(dish: Dish) -> None:
    for item in dish.items:
        for servings in SERVINGS:
            line = write_line(item, servings / dish.serves, PLAIN, Random(0))
            wanted = (item.quantity or 0) * servings / dish.serves
            if item.unit == "unit":
                assert abs((line.quantity or 0) - wanted) <= max(0.5, 1 - wanted), line.text
            else:
                # Foods are not portioned for each pattern: up to half the way from 1/3 to 1/2 cup.
                near = 0.23 if dish.pattern else 0.14
                assert (line.quantity or 0) == pytest.approx(wanted, rel=near, abs=1.3), line.text


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: dish.name)
def test_wordings_of_a_step_differ_in_words_only(dish: Dish) -> None:
    for wordings in dish.steps:
        stated: set[Facts] = {facts(wording) for wording in wordings}
        assert len(stated) == 1
        assert 2 <= len(set(wordings)) == len(wordings) <= 4


def test_a_meatless_title_keeps_its_promise(corpus: Corpus) -> None:
    promised = 0
    for _, gold in corpus.kept:
        if re.search(r"\b(?:Vegetarian|Meatless|Veggie)\b", gold["title"]):
            promised += 1
            for ingredient in gold["ingredients"]:
                name = ingredient["name"]
                assert not MEAT.search(name) or re.match(r"plant-based|meatless|vegetar", name), (
                    name
                )
    assert promised > 50


def test_meat_among_the_extras_is_known() -> None:
    extras = {
        item.key
        for dish in DISHES
        if dish.vegetarian is not None
        for item in dish.items
        if item.optional
    }
    assert {key for key in extras if MEAT.search(key)} <= MEAT_EXTRAS


def test_a_title_names_an_extra_only_if_it_was_chosen(corpus: Corpus) -> None:
    extras = {dish.name: {i.key: i.name for i in dish.items if i.optional} for dish in dishes()}
    base = {dish.name: dish.titles for dish in dishes()}
    named = 0
    for gold in corpus.of_dishes:
        title = gold["title"]
        for written in sorted(base[gold["dish"]], key=len, reverse=True):
            title = title.replace(written, "")
        for key, name in extras[gold["dish"]].items():
            if re.search(rf"(?:with|and) {key.replace('_', ' ')}\b", title, re.IGNORECASE):
                named += 1
                assert any(i["name"].startswith(name[:-2]) for i in gold["ingredients"]), title
    assert named > 100


@pytest.mark.parametrize(
    ("text", "factor", "written", "quantity", "unit"),
    [
        ("340 g spaghetti", 1.0, "12 oz. spaghetti", 340.2, "g"),
        ("340 g spaghetti", 1.5, "18 oz. spaghetti", 510.3, "g"),
        ("455 g ground beef", 2.0, "2 lb. ground beef", 907.2, "g"),
        ("475 ml milk", 1.0, "2 c. milk", 480.0, "ml"),
        ("30 ml olive oil", 0.5, "1 Tbsp. olive oil", 15.0, "ml"),
        ("2.5 ml paprika", 1.0, "1/2 tsp. paprika", 2.5, "ml"),
        ("300 g (cup) long-grain rice", 1.0, "1 1/2 c. long-grain rice", 285.0, "g"),
        ("1 onion", 0.5, "1/2 onion", 0.5, "unit"),
        ("1 onion", 2.0, "2 onions", 2.0, "unit"),
        ("2 (whole) bay leaf", 0.75, "2 bay leaves", 2.0, "unit"),
        ("8 (slices) white bread", 0.5, "4 slices white bread", 4.0, "unit"),
    ],
)
def test_a_line_is_written_and_valued_exactly(
    text: str, factor: float, written: str, quantity: float, unit: str
) -> None:
    lines = [write_line(read_item("key", text), factor, PLAIN, Random(seed)) for seed in range(40)]
    commonest, count = Counter(line.text for line in lines).most_common(1)[0]
    assert commonest == written
    assert count > 20
    assert {line.quantity for line in lines} == {quantity}
    assert {line.unit for line in lines} == {unit}


def test_packs_state_what_they_weigh() -> None:
    item = read_item("tomatoes", "800 g (can) tomatoes")
    lines = {write_line(item, 1.0, PLAIN, Random(seed)) for seed in range(20)}
    assert {line.text for line in lines} == {
        "1 (28 oz.) can tomatoes",
        "1 (28-ounce) can tomatoes",
    }
    assert {line.quantity for line in lines} == {793.8}


def test_a_range_has_two_ends() -> None:
    line = write_line(read_item("milk", "240 ml milk"), 1.0, PLAIN, Random(1), ranged=True)
    assert (line.quantity, line.quantity_max) == (240.0, 300.0)
    assert re.fullmatch(r"1(?: to | - |-)1 1/4 c\. milk", line.text)


def test_an_amount_equals_itself_in_other_units() -> None:
    half_pound = Portion(Fraction(1, 2), POUNDS)
    assert [str(p.amount) for p in equals(half_pound)] == ["8"]
    for portion in (volume(60), volume(950), weight(225), weight(455), Portion(Fraction(1), CUPS)):
        for same in equals(portion):
            assert same.metric == pytest.approx(portion.metric)


def test_ovens_are_set_in_steps_of_25_fahrenheit() -> None:
    assert write_heat(180, PLAIN) == (176.67, "350°F")
    assert write_heat(200, PLAIN) == (204.44, "400°F")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": [["_Boil_ the {rice} and {peas}."]]}, "Pilaf: peas is not an ingredient"),
        ({"steps": [["_Boil_ it."]]}, "Pilaf: rice is not used"),
        ({"steps": [["_Boil_ the {rice}.", "_Boil_ the {rice} for {9 min}."]]}, "different facts"),
        ({"steps": [["Boil the {rice}."]]}, "no action"),
        ({"steps": [["_Boil_ the {rice."]]}, "stray '{'"),
        ({"ingredients": {"rice": "200 g (slices) rice"}}, "cannot be measured in"),
        ({"ingredients": {"rice": ", boiled"}}, "is not `number"),
        ({"vegetarian": {"stock": "1 onion"}}, "swaps what is not in it"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    entry = {
        "titles": ["Pilaf"],
        "serves": 4,
        "ingredients": {"rice": "200 g (cup) rice"},
        "steps": [["_Boil_ the {rice} for {18 min}."]],
    }
    assert read_dish("rice", entry).name == "Pilaf"
    with pytest.raises(TopochefError, match=re.escape(message)):
        read_dish("rice", {**entry, **change})


def test_an_empty_corpus_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match="at least 1"):
        write_corpus(tmp_path / "corpus.csv", tmp_path / "gold.jsonl", rows=0)
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        yield next(compose_rows(1, seed=1))
        raise KeyboardInterrupt

    monkeypatch.setattr("recipe_data.demo.compose.compose_rows", fails)
    with pytest.raises(KeyboardInterrupt):
        write_corpus(tmp_path / "corpus.csv", tmp_path / "gold.jsonl")
    assert list(tmp_path.iterdir()) == []
