"""What the guides show is true: their commands run, or where they cannot, name what exists."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import yaml
from gold_recipes import recipe_row
from shown_commands import Shown, assert_names_what_exists, blocks, shown_commands

from recipe_base.files import to_json, update_manifest, write_jsonl
from recipe_data.sampling import DEFAULT, Sampler
from recipe_kitchen.asking import Decoder

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
GUIDES = (
    "own-data",
    "cookbooks",
    "beyond-gold",
    "add-a-term",
    "add-a-cloud-term",
    "add-a-task",
    "read-the-report",
    "gpus",
    "ollama",
    "servers",
    "llamafactory",
    "architecture",
)


def guide(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def runnable(name: str) -> list[Shown]:
    return [command for command in shown_commands(guide(name)) if not command.needs]


def run(words: tuple[str, ...], folder: Path, **environment: str) -> str:
    """Run a command as a reader does, with the programs of this environment."""
    bin_folder = Path(sys.executable).parent
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    offline = {"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [bin_folder / words[0], *words[1:]],
        cwd=folder,
        env={**os.environ, **offline, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_names_what_exists(name: str) -> None:
    commands = shown_commands(guide(name))
    assert commands
    for command in commands:
        assert_names_what_exists(command.words)


def test_a_flag_of_another_subcommand_is_no_flag() -> None:
    build = ("recipe-data", "build", "corpus.csv")
    assert_names_what_exists((*build, "--output", "data"))
    for wrong in (("--tokenizer", "x"), ("--output",), ("--limit", "ten"), ("more",)):
        with pytest.raises(AssertionError):
            assert_names_what_exists((*build, *wrong))


@pytest.mark.parametrize("name", GUIDES)
def test_every_link_leads_to_a_file(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", guide(name))
    assert [link for link in links if not (DOCS / link).exists()] == []


@pytest.mark.parametrize("name", GUIDES)
def test_every_test_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", guide(name)))
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_place_to_touch_exists() -> None:
    rows = re.findall(r"^\|.*`\w+/recipe_.*$", guide("architecture"), re.M)
    assert len(rows) >= 8
    for row in rows:
        *_, touched, count, _ = row.split("|")
        places = re.findall(r"`(\w+/[\w./]+)`", touched)
        assert len(places) == int(re.findall(r"\d", count)[-1]), row
        assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("name", ["gpus", "ollama", "llamafactory"])
def test_what_needs_a_device_or_a_server_says_so(name: str) -> None:
    assert runnable(name) == []


KINDS = {
    "dose": r"\d+ mg",
    "drug": r"[a-z]+",
    "interval": r"every \d+ hours",
    "number": r"\d+",
}


@pytest.fixture(scope="module")
def medication(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder where the guide's commands were run, and what they printed."""
    folder = tmp_path_factory.mktemp("medication")
    shutil.copytree(DOCS / "examples", folder / "docs" / "examples")
    return folder, [run(command.words, folder) for command in runnable("own-data")]


@pytest.mark.slow
def test_the_medication_example_trains(medication: tuple[Path, list[str]]) -> None:
    folder, (composed, viewed, _) = medication
    assert "216 rows to train on, 24 to evaluate" in composed
    assert len(re.findall(r"^─+ \d+ tokens ─+$", viewed, re.M)) == 2
    assert "spans: dose drug interval number" in viewed
    adapter = folder / "medication" / "run" / "adapter"
    assert (adapter / "adapter_model.safetensors").is_file()
    state = json.loads((adapter / "checkpoint-60" / "trainer_state.json").read_text())
    shown = re.findall(r"^\| `(recipe_loss/\w+/?\w*)`", guide("own-data"), re.M)
    steps = [entry for entry in state["log_history"] if "loss" in entry]
    assert len(shown) == 8
    assert all(name in entry for name in shown for entry in steps)
    before, *_, after = (entry for entry in state["log_history"] if "eval_loss" in entry)
    for term in ("cross_entropy", "topological", "numeric"):
        assert after[f"eval_recipe_loss/{term}"] < before[f"eval_recipe_loss/{term}"]


@pytest.mark.slow
def test_the_rows_and_the_block_are_those_of_the_example(
    medication: tuple[Path, list[str]],
) -> None:
    lines = (medication[0] / "medication" / "train.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    shown = [json.loads(block) for block in blocks(guide("own-data"), "json")]
    assert [row["task"] for row in shown] == ["instruction", "daily_dose"]
    assert all(row in rows for row in shown)
    for row in rows:
        answer = row["messages"][-1]["content"]
        for span in row["spans"]:
            assert re.fullmatch(KINDS[span["kind"]], answer[span["start"] : span["end"]])
    (block,) = blocks(guide("own-data"), "yaml")
    config = yaml.safe_load((DOCS / "examples" / "medication.yaml").read_text(encoding="utf-8"))
    assert yaml.safe_load(block)["recipe_loss"] == config["recipe_loss"]


def test_the_script_keeps_its_own_example() -> None:
    spec = spec_from_file_location("medication", DOCS / "examples" / "medication.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert doctest.testmod(module) == (0, 2)


@pytest.mark.slow
def test_a_cookbook_is_indexed_grounds_a_build_and_is_scored(tmp_path: Path) -> None:
    composed, indexed, built, scored = (
        run(command.words, tmp_path) for command in runnable("cookbooks")
    )
    assert "200 rows" in composed
    assert re.search(r"book\.sqlite: 194 recipes, .* indexed in", indexed)
    assert "left out, duplicate: " in indexed
    assert "test rows that lean on recipes" in built
    for system in ("random", "words of the title", "meaning of the title", "both"):
        assert re.search(rf"^ *{system} +0\.\d+", scored, re.M)
    assert (tmp_path / "grounded" / "train.jsonl").is_file()


INHERITED = {
    "test_equals_autograd_and_geomloss",
    "test_bfloat16_errs_at_most_a_fifth_more_than_bfloat16_autograd",
    "test_bfloat16_errs_no_more_than_honest_bfloat16",
    "test_what_is_masked_changes_nothing",
    "test_batches_add_up_when_items_are_counted_over_all_of_them",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "term", "inherited"),
    [
        (
            "add-a-term",
            "Gap(height=2.0)",
            {
                "test_the_slopes_are_those_of_the_definition",
                "test_extreme_logits_stay_finite",
                "test_a_token_term_moves_exactly_what_predicts_the_answer",
                "test_a_token_term_is_the_mean_of_its_definition_over_the_answer",
            },
        ),
        (
            "add-a-cloud-term",
            "Centre(points='token', cost_scale='relative', strength=2.0)",
            {
                "test_values_and_gradients_are_those_of_the_definition",
                "test_a_cloud_costs_nothing_against_itself_and_something_against_another",
                "test_clouds_of_any_size_stay_finite",
                "test_a_cloud_term_moves_exactly_what_predicts_ingredients",
            },
        ),
    ],
)
def test_a_term_added_as_documented_passes_the_tests_that_it_inherits(
    name: str, term: str, inherited: set[str], tmp_path: Path
) -> None:
    """One file and one registration in a copy of the plugin, and the checkout's own tests."""
    page, cls = guide(name), term.split("(")[0]
    assert f"`plugins/recipe_losses/losses/terms/{cls.lower()}.py`:" in page
    add_as_documented(page, f"    {cls},\n", "plugins/recipe_losses", tmp_path)
    environment = {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    (block,) = blocks(page, "yaml")
    check = (
        "import sys, yaml; from recipe_losses.args import RecipeLossArgs as A;"
        "o = A.model_validate(yaml.safe_load(sys.argv[1])).recipe_loss.objective();"
        "print([t for _, t in o.terms()], *o.spans)"
    )
    printed = run(("python", "-c", check, block), tmp_path, **environment)
    assert printed == f"[CrossEntropy(), {term}] {cls.lower()}\n"
    (command,) = runnable(name)
    only = ("-k", cls.lower(), "-p", "no:cacheprovider", "-v")
    tested = run((*command.words, *only), ROOT, **environment)
    passed = re.findall(rf"::(test_\w+)\[.*{cls.lower()}.*\] PASSED", tested)
    assert "FAILED" not in tested
    assert INHERITED | inherited <= set(passed)


def add_as_documented(page: str, entry: str | None, package: str, folder: Path) -> None:
    """Copy a package into a folder, and write there the file and any registration of a guide."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / package, folder / Path(package).name, ignore=ignored)
    copies = folder / Path(package).name
    new, *registries = re.findall(rf"`{package}/([\w/]+\.py)`:", page)
    file, *registrations = blocks(page, "python")
    (copies / new).write_text(file, encoding="utf-8")
    if entry is None:
        assert registries == registrations == []
        return
    (registry,), (registration,) = [copies / path for path in registries], registrations
    imported, registered = registration.strip().split("\n\n")
    text = registry.read_text(encoding="utf-8")
    before = "\n\n" + registered.replace(entry, "")
    assert text.count(before) == 1
    edited = text.replace(before, f"\n{imported}\n\n{registered}")
    registry.write_text(edited, encoding="utf-8")


@pytest.mark.slow
def test_a_task_added_as_documented_builds_rows_and_passes_the_tests_that_it_inherits(
    tmp_path: Path,
) -> None:
    """One file in a copy of the package, and the checkout's own tests."""
    add_as_documented(guide("add-a-task"), None, "data_prep/recipe_data", tmp_path)
    environment = {"PYTHONPATH": str(tmp_path)}
    *made, tested = runnable("add-a-task")
    for command in made:
        run(command.words, tmp_path, **environment)
    rows = [json.loads(line) for line in (tmp_path / "rows" / "train.jsonl").open()]
    asked = [row for row in rows if row["task"] == "portions"]
    assert {row["task"] for row in rows} == {"recipe", "portions"}
    assert all(
        json.loads(row["messages"][-1]["content"]) == {"answer": str(row["servings"])}
        for row in asked
    )
    said = run((*tested.words, "-p", "no:cacheprovider", "-v"), ROOT, **environment)
    assert "FAILED" not in said
    assert set(re.findall(r"::(test_\w+)\[portions\] PASSED", said)) == {
        "test_the_example_is_one_of_its_own",
        "test_scores_go_from_0_to_1",
        "test_answers_by_hand_score_1_beside_themselves",
        "test_every_task_asks_about_a_common_recipe_under_its_own_prompt",
    }


RECIPES = {
    "Buttered rice": (["200 g rice", "30 g butter"], ["Boil the rice for 12 minutes."]),
    "Cheese toast": (["2 slices bread", "60 g cheddar"], ["Bake at 200 °C for 8 minutes."]),
    "Garlic pasta": (["320 g spaghetti", "3 garlic cloves"], ["Fry the garlic for 2 minutes."]),
}


def write_runs(folder: Path) -> None:
    """Two runs of three titles: one right, one drawn warmer that answers the first title always."""
    texts = [to_json({"ingredients": i, "instructions": s}) for i, s in RECIPES.values()]
    ids = [f"demo-{i}-recipe" for i in range(len(RECIPES))]
    rows = [
        recipe_row(f"demo-{i}", title, text, servings=0)
        for i, (title, text) in enumerate(zip(RECIPES, texts, strict=True))
    ]
    write_jsonl(folder / "data" / "test.jsonl", rows)
    for name, answers in (("tiny-ce", texts), ("tiny-topo", texts[:1] * len(texts))):
        predictions = [
            {"id": key, "title": "?", "finish_reason": "stop", "text": text}
            for key, text in zip(ids, answers, strict=True)
        ]
        write_jsonl(folder / "runs" / name / "predictions.jsonl", predictions)
        sampler = Sampler(0.5) if name == "tiny-topo" else DEFAULT
        inputs = {**Decoder(sampler=sampler).inputs(), "limit": None}
        update_manifest(folder / "runs" / name, "generate", {"inputs": inputs})


@pytest.mark.heavy
def test_the_report_shows_the_words_that_the_guide_explains(tmp_path: Path) -> None:
    write_runs(tmp_path)
    run(("recipe-eval", "score", "runs/tiny-ce", "runs/tiny-topo", "--bertscore", "none"), tmp_path)
    compared, _ = (run(command.words, tmp_path) for command in runnable("read-the-report"))
    for word in ("difference", "p, Holm", "verdict", "d", "detectable", "titles", "not shown"):
        assert word in compared, word
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for word in (
        "Signatures",
        "corpus",
        "From the kitchen",
        "Welch, as published",
        "Not only the loss",
    ):
        assert word in page, word
    assert (tmp_path / "comparison.csv").is_file()


def test_the_commands_for_gpus_are_those_of_the_configs() -> None:
    shown = {
        line.split("#")[0].strip() for b in blocks(guide("gpus"), "sh") for line in b.splitlines()
    }
    for launch in ("fsdp2", "zero3", "ray", "packed"):
        config = (ROOT / "axolotl_configs" / f"qwen3-4b-topo-{launch}.yaml").read_text()
        command = re.search(r"^# Command: (.+)$", config, re.M)
        assert command
        assert command[1] in shown


def test_the_override_for_gpus_changes_services_that_exist() -> None:
    (block,) = blocks(guide("gpus"), "yaml")
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    override = yaml.safe_load(block)["services"]
    assert override.keys() == services.keys()
    for service in override.values():
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]
