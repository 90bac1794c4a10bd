"""Exports of recipe managers, archives and folders: all their files, none lost."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_data.building.sources import identity, read_source, source_size
from recipe_data.schema import RawRecipe, Rejection

LINES, STEPS = ("150 g barley", "2 carrots, grated"), ("Boil the barley.", "Fold in the carrots.")
ROW = {"title": "Barley Bowl", "ingredients": LINES, "directions": STEPS}
PAPRIKA = {
    "name": "Barley Bowl",
    "ingredients": "\n".join(LINES),
    "directions": "\n\n".join(STEPS) + "\n",
    "servings": "Serves 5",
    "source_url": "example.com/bowl",
    "source": "Aunt",
    "notes": "",
    "photo_data": "A" * 300_000,
}
MEALIE = {
    "slug": "barley-bowl",
    "name": "Barley Bowl",
    "recipeYield": "",
    "recipeServings": 5.0,
    "recipeIngredient": [
        {
            "quantity": 150.0,
            "unit": {"name": "g"},
            "food": {"name": "barley"},
            "note": "",
            "display": "150 g barley",
            "title": None,
            "referenceId": "a-b",
        },
        {"quantity": 2.0, "unit": None, "food": {"name": "carrots"}, "note": "grated"},
        {"quantity": 1.0, "unit": None, "food": None, "note": "", "display": ""},
    ],
    "recipeInstructions": [
        {"id": str(number), "title": "", "text": text, "ingredientReferences": []}
        for number, text in enumerate(STEPS)
    ],
    "orgURL": "example.com/bowl",
}
BACKUP = {
    "recipes": [
        {
            "id": "r",
            "name": "Barley Bowl",
            "recipe_yield": "5 servings",
            "org_url": "example.com/bowl",
        }
    ],
    "recipes_ingredients": [
        {"recipe_id": "r", "position": 1, "quantity": 2, "food_id": "f2", "note": "grated"},
        {"recipe_id": "r", "position": 0, "quantity": 150, "unit_id": "u", "food_id": "f1"},
    ],
    "recipe_instructions": [
        {"recipe_id": "r", "position": place, "text": text} for place, text in enumerate(STEPS)
    ],
    "ingredient_units": [{"id": "u", "name": "g"}],
    "ingredient_foods": [{"id": "f1", "name": "barley"}, {"id": "f2", "name": "carrots"}],
}


def tandoor_entry(food: str, amount: str, unit: str | None, note: str = "") -> dict[str, Any]:
    return {
        "food": {"name": food, "plural_name": None},
        "unit": {"name": unit} if unit else None,
        "amount": amount,
        "note": note,
        "is_header": False,
        "no_amount": False,
    }


TANDOOR = {
    "name": "Barley Bowl",
    "servings": 5,
    "servings_text": "people",
    "source_url": "example.com/bowl",
    "steps": [
        {"instruction": STEPS[0], "ingredients": [tandoor_entry("barley", "150.0000", "g")]},
        {"instruction": STEPS[1], "ingredients": [tandoor_entry("carrots", "2.0", None, "grated")]},
    ],
}
MELA = {
    "title": "Barley Bowl",
    "ingredients": "\n".join(LINES),
    "instructions": "\n".join(STEPS),
    "yield": "5",
    "link": "example.com/bowl",
}
NEXTCLOUD = {
    "@context": "http://schema.org",
    "@type": "Recipe",
    "name": "Barley Bowl",
    "recipeYield": 5,
    "recipeIngredient": LINES,
    "recipeInstructions": STEPS,
    "url": "example.com/bowl",
}
EXPECTED = RawRecipe(1, "Barley Bowl", LINES, (*STEPS, "Serves 5."), "example.com/bowl")


def packed(files: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            archive.writestr(name, text)
    return data.getvalue()


def zipped(value: Any) -> bytes:
    return gzip.compress(json.dumps(value).encode())


def outcomes(path: Path) -> list[str]:
    """Return the title of every row that is used and the reason of every other."""
    return [r.title if isinstance(r, RawRecipe) else r.reason for r in read_source(path)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bowl.paprikarecipe", zipped(PAPRIKA)),
        ("bowl.json", zipped(PAPRIKA)),
        ("all.paprikarecipes", packed({"Bowl.paprikarecipe": zipped(PAPRIKA)})),
        ("bowl.json", json.dumps(MEALIE).encode()),
        ("one.zip", packed({"b/b.json": MEALIE, "b/images/o.webp": b"x", "__MACOSX/b.json": b""})),
        ("backup.zip", packed({"database.json": BACKUP, "data/recipes/r/o.webp": b"x"})),
        ("tandoor.zip", packed({"1.zip": packed({"recipe.json": TANDOOR, "image.png": b"x"})})),
        ("bowl.melarecipe", json.dumps(MELA).encode()),
        ("all.melarecipes", packed({"bowl.melarecipe": MELA})),
        ("nextcloud.zip", packed({"Barley Bowl/recipe.json": NEXTCLOUD, "Barley Bowl/f.jpg": b""})),
    ],
)
def test_an_export_is_read_whole(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    seen: list[int] = []
    assert list(read_source(tmp_path / name, seen.append)) == [EXPECTED]
    assert seen == sorted(seen)
    assert seen[-1] <= (source_size(tmp_path / name) or 0)


def test_a_damaged_file_of_an_archive_is_a_rejection_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "all.paprikarecipes"
    whole = zipped(PAPRIKA)
    path.write_bytes(packed({"a.paprikarecipe": whole[:-20], "b.paprikarecipe": whole}))
    damaged, good = read_source(path)
    assert isinstance(damaged, Rejection)
    assert (damaged.row, damaged.reason) == (1, "file cannot be read")
    assert damaged.detail.startswith("a.paprikarecipe is damaged or cut off")
    assert isinstance(good, RawRecipe)
    assert good.row == 2


def test_archives_deep_in_archives_are_told(tmp_path: Path) -> None:
    data = packed({"rows.json": [ROW]})
    for _ in range(6):
        data = packed({"more.zip": data, "rows.json": [ROW]})
    (tmp_path / "deep.zip").write_bytes(data)
    found = outcomes(tmp_path / "deep.zip")
    assert found.count("file cannot be read") == 1
    assert found.count("Barley Bowl") == 4


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"no zip", "is damaged or no zip"),
        (packed({"notes.txt": b"x"}), r"holds no recipes: pack \.csv"),
    ],
)
def test_an_archive_without_recipes_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(TopochefError, match=problem):
        list(read_source(tmp_path / "a.zip"))
    with pytest.raises(TopochefError, match="does not exist: give the path"):
        list(read_source(tmp_path / "none.zip"))


def test_a_folder_may_hold_files_of_every_kind(tmp_path: Path) -> None:
    folder = tmp_path / "cookbook"
    (folder / "Barley Bowl").mkdir(parents=True)
    (folder / "Barley Bowl" / "recipe.json").write_text(json.dumps(NEXTCLOUD))
    (folder / "Barley Bowl" / "full.jpg").write_text("x")
    (folder / ".hidden.json").write_text("{")
    (folder / "a.csv").write_text("title,ingredients,directions\nSlaw,1 cabbage,Shred it.\n")
    (folder / "b.json").write_text('[{"title": "Dal", "ingr')
    (folder / "c.jsonl").write_text("")
    (folder / "d.zip").write_bytes(packed({"x.json": [ROW, ROW]}))
    found = list(read_source(folder))
    assert [row.row for row in found] == list(range(1, 7))
    assert outcomes(folder) == [
        "Barley Bowl",
        "Slaw",
        *["file cannot be read"] * 2,
        *["Barley Bowl"] * 2,
    ]
    assert isinstance(found[2], Rejection)
    assert found[2].detail.startswith("b.json is damaged or cut off at character 1, in row 1")
    before = identity(folder)
    (folder / "a.csv").write_text("title,ingredients,directions\nSlaw,2 cabbages,Shred it.\n")
    assert identity(folder) != before
