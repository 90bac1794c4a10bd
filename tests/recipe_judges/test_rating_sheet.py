"""Sheets for raters: blind, shuffled, safe to open, and read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from browser import PROGRAM, Browser

from recipe_base.files import to_json
from recipe_eval.cli import main
from recipe_judges.agreement import agreement
from recipe_judges.ratings import read_ratings
from recipe_judges.rubric import CRITERIA

EVIL = "<img src=x onerror='window.owned=1'></pre><script>window.owned=1</script>"


def sheet_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def filled(sheet: Path, rater: str, failed: str) -> Path:
    """Return a rater's copy of a sheet, in which one item fails everything."""
    rows = sheet_of(sheet)
    copy = sheet.with_name(f"{rater}.csv")
    with copy.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "rating": "fail" if row["item"] == failed else "pass"})
    return copy


def test_a_sheet_is_blind_and_reads_back(
    data: Path,
    gold_answers: list[str],
    predict: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = [
        predict("first-secret", gold_answers),
        predict("second-secret", [gold_answers[0], "=cmd|' /C calc'!A1", ""]),
    ]
    sheet = tmp_path / "sheet.csv"
    command = ["rating-sheet", *map(str, runs), "--data", str(data), "--titles", "3"]
    assert main([*command, "--output", str(sheet), "--seed", "4"]) == 0
    text = sheet.read_text(encoding="utf-8")
    assert "secret" not in text
    assert "demo-" not in text
    rows = sheet_of(sheet)
    assert [row["criterion"] for row in rows[:4]] == [criterion.name for criterion in CRITERIA]
    assert len(rows) == 2 * 3 * len(CRITERIA)
    recipes = {row["item"]: row["recipe"] for row in rows if row["recipe"]}
    assert sorted(recipes.values())[:2] == ["'=cmd|' /C calc'!A1", "(nothing was written)"]
    key = json.loads((tmp_path / "sheet.csv.key.json").read_text())
    assert set(key["items"]) == set(recipes)
    order = [key["items"][item]["run"] for item in recipes]
    assert sorted(order) == ["first-secret"] * 3 + ["second-secret"] * 3 != order
    copies = [filled(sheet, rater, "item-002") for rater in ("ann", "bo")]
    assert main(["agree", *map(str, copies)]) == 0
    assert "cookable: 6 items, 2 raters" in capsys.readouterr().out
    (cookable, *_) = [agreement(one) for one in read_ratings(copies)]
    assert {c.value for c in cookable.coefficients} == {1.0}
    again = tmp_path / "again.csv"
    assert main([*command, "--output", str(again), "--seed", "4"]) == 0
    assert again.read_bytes() == sheet.read_bytes()
    assert main([*command, "--output", str(sheet), "--seed", "5"]) == 1
    assert "sheet.csv is there already" in capsys.readouterr().err


def test_what_lines_begin_with_does_not_tell_a_rater_whose_recipe_it_is(
    data: Path, gold_answers: list[str], predict: Callable[..., Path], tmp_path: Path
) -> None:
    turned = [gold.replace('"200 g rice"', '"rice, 200 g"') for gold in gold_answers]
    assert turned != gold_answers
    recipes = []
    for name, texts in (("usual", gold_answers), ("turned", turned)):
        sheet = tmp_path / f"{name}.csv"
        run = predict(name, texts)
        command = ["rating-sheet", str(run), "--data", str(data), "--output", str(sheet)]
        assert main([*command, "--titles", "3"]) == 0
        recipes.append([row["recipe"] for row in sheet_of(sheet)])
    assert recipes[0] == recipes[1]


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")
def test_a_page_saves_what_a_rater_chose_and_runs_nothing_of_a_recipe(
    data: Path,
    gold_answers: list[str],
    predict: Callable[..., Path],
    tmp_path: Path,
) -> None:
    evil = to_json({"ingredients": [f"1 egg {EVIL}"], "instructions": ["Boil."]})
    runs = [predict("first-secret", gold_answers), predict("second-secret", [evil] * 3)]
    sheet = tmp_path / "sheet.html"
    command = ["rating-sheet", *map(str, runs), "--data", str(data), "--output", str(sheet)]
    assert main(command) == 0
    assert "secret" not in sheet.read_text(encoding="utf-8")
    saved = []
    with Browser() as page:
        page.open(sheet.as_uri())
        assert "<img src=x" in page.run("document.querySelector('main').innerText")
        assert page.run("document.querySelector('#save').className") == "off"
        for rater, fails in (("=ann", "item-002"), ("Bo", "item-003")):
            page.run(
                f"rater.value = {rater!r}; for (const box of boxes) box.checked = box.value === "
                f"(box.dataset.item === {fails!r} ? 'fail' : 'pass'); rater.dispatchEvent("
                "new Event('input', {bubbles: true}))"
            )
            link, text = str(page.run("save.href")), tmp_path / str(page.run("save.download"))
            text.write_text(unquote(link.split(",", 1)[1]), encoding="utf-8", newline="")
            saved.append(text)
        page.open("about:blank")
        page.open(sheet.as_uri())
        total = 6 * len(CRITERIA)
        counted = page.run("document.querySelector('#count').value")
        assert counted == f"{total} of {total} rated"  # what was chosen is still there
        assert page.run("typeof window.owned") == "undefined"
    assert [path.name for path in saved] == ["ratings-ann.csv", "ratings-Bo.csv"]
    ratings = read_ratings(saved)
    assert [one.criterion for one in ratings] == [criterion.name for criterion in CRITERIA]
    assert ratings[0].raters == ("ann", "Bo")
    assert (ratings[0].codes[:, 0] != ratings[0].codes[:, 1]).sum() == 2
