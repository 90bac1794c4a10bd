"""The file of arms: read as it stands, and what is wrong in it named with what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from recipe_base.errors import TopochefError
from recipe_study.continuing.arms import Arm, Samples, read_arms

CONFIGS = Path(__file__).resolve().parents[2] / "axolotl_configs"
STUDY = CONFIGS / "arms" / "study-2.yaml"
SMALL: dict[str, Any] = {
    "tokens": 1000,
    "samples": {"titles": 9, "count": 3, "temperature": 0.7},
    "settings": {"learning_rate": 0.001},
    "temperatures": [0.5, 1],
    "titles": 5,
    "candidates": ["own"],
    "against": ["ce"],
    "beside": ["mbr"],
    "arms": {
        "ce": {"config": "ce"},
        "own": {
            "config": "credited",
            "rows": "score {start} --into {run} {samples} --by {scorer}",
            "scorer": "a.b:c",
            "train": ["data/train.jsonl", "{run}/own.jsonl"],
            "settings": {"seed": 3},
        },
        "mbr": {"decodes": "ce", "choose": "mbr:4"},
    },
}


def file_of(tmp_path: Path, **changes: Any) -> Path:
    """Write the small file with other values; of `arm_key` of the arm `own`."""
    values = yaml.safe_load(yaml.safe_dump(SMALL))
    for key, value in changes.items():
        where = values["arms"]["own"] if key.startswith("arm_") else values
        key = key.removeprefix("arm_")
        if value is None:
            del where[key]
        else:
            where[key] = value
    path = tmp_path / "arms.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    arms = read_arms(file_of(tmp_path))
    assert (arms.tokens, arms.temperatures, arms.titles) == (1000, (0.5, 1.0), 5)
    assert arms.samples == Samples(9, 3, 0.7)
    assert arms.samples.options == ("--limit", "9", "--samples", "3", "--temperature", "0.7")
    assert Samples(1_000_000, 8, 1e-3).options[1::4] == ("1000000", "0.001")
    assert [arm.name for arm in arms.arms] == ["ce", "mbr", "own"]  # as safe_dump sorts them
    assert arms.arm("ce") == Arm("ce", "ce")
    assert arms.arm("mbr") == Arm("mbr", decodes="ce", choose="mbr:4")
    own = arms.arm("own")
    assert (own.train[1], own.scorer, own.settings) == ("{run}/own.jsonl", "a.b:c", {"seed": 3})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": 0}, r"arms.yaml: tokens: 0: write a whole number above 0"),
        ({"tokens": True}, r"tokens: True: write a whole number above 0"),
        ({"tokens": None}, r"arms.yaml: tokens is missing: write `tokens: …`"),
        ({"arms": ["ce"]}, r"arms.yaml: arms: write a mapping of keys and values, not \['ce'\]"),
        ({"arms": {}}, r"candidates: 'own' is no arm: choose of "),
        ({"candidates": "own"}, r"candidates: 'own': write a list"),
        ({"against": ["dice"]}, r"against: 'dice' is no arm: choose of ce, mbr, own"),
        ({"against": ["own"]}, r"candidates: 'own' cannot be compared with itself"),
        ({"temperatures": [-1]}, r"temperatures: \[-1\]: '-1' is not 0 or a number above"),
        ({"samples": {"titles": 9, "count": 1}}, r"samples: samples must differ: .* count 2 up"),
        ({"samples": {"titles": 9, "temperature": "hot"}}, r"samples: temperature: 'hot'"),
        ({"samples": {"titels": 9}}, r"arms.yaml: samples: titles is missing"),
        ({"epochs": 2}, r"arms.yaml: epochs is no key here: leave it out"),
        ({"arm_config": None}, r"arms.yaml: arms: own: config is missing: write `config: …`"),
        ({"arm_confg": "ce"}, r"arms.yaml: arms: own: confg is no key here: leave it out"),
        ({"arm_config": 3}, r"arms: own: config: 3: write a text"),
        ({"arm_choose": "best"}, r"arms: own: choose: 'best': best is none of first, checked:N"),
        ({"arm_decodes": "nobody"}, r"own: \w+ is no key here"),
        ({"arm_rows": "score {model}"}, r"own: rows: 'score {model}': {model} is none of {run}, "),
        ({"arm_rows": "score 'a"}, r"own: rows: .* close the quotes"),
        ({"arm_rows": "score --x={samples} {scorer}"}, r"let it stand alone in rows"),
        ({"arm_scorer": None}, r"own: scorer: '': write `scorer: package.module:function`"),
        ({"arm_rows": "score"}, r"own: scorer: 'a.b:c': write `scorer: .*and {scorer} in rows"),
        ({"arm_train": ["/etc/rows.jsonl"]}, r"own: train: '/etc/rows.jsonl': name a file below"),
        ({"arm_train": ["../rows.jsonl"]}, r"own: train: '../rows.jsonl': name a file below"),
        ({"arm_train": "a.jsonl"}, r"own: train: 'a.jsonl': write a list"),
        ({"arm_settings": 3}, r"own: settings: write a mapping"),
    ],
)
def test_what_is_wrong_is_named_with_file_arm_key_and_remedy(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(TopochefError, match=message) as raised:
        read_arms(file_of(tmp_path, **changes))
    assert str(tmp_path / "arms.yaml") in str(raised.value)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"--arms .*none.yaml cannot be read \(No such file"):
        read_arms(tmp_path / "none.yaml")
    (tmp_path / "arms.yaml").write_text("a: [")
    with pytest.raises(TopochefError, match=r"--arms .*arms.yaml is no YAML"):
        read_arms(tmp_path / "arms.yaml")
    (tmp_path / "arms.yaml").write_text("- a")
    with pytest.raises(TopochefError, match=r"arms.yaml: write a mapping"):
        read_arms(tmp_path / "arms.yaml")


def test_arms_are_called_as_folders_can_be(tmp_path: Path) -> None:
    for name in ("start", "CE", "a/b", "1"):
        changed = {**SMALL, "arms": {**SMALL["arms"], name: {"config": "ce"}}}
        (tmp_path / "arms.yaml").write_text(yaml.safe_dump(changed))
        with pytest.raises(TopochefError, match="an arm is called in small letters"):
            read_arms(tmp_path / "arms.yaml")
    changed = {**SMALL, "arms": {**SMALL["arms"], "mbr": {"decodes": "own2"}}}
    (tmp_path / "arms.yaml").write_text(yaml.safe_dump(changed))
    with pytest.raises(TopochefError, match=r"mbr: decodes: 'own2': name an arm .*: ce, own"):
        read_arms(tmp_path / "arms.yaml")


def test_the_second_study_has_the_arms_that_were_asked_for() -> None:
    """Its own words, and every scorer that it names is there."""
    from recipe_eval.crediting.parts import load_scorer

    arms = read_arms(STUDY)
    assert {arm.name for arm in arms.arms} == {
        "ce", "weighted", "topo", "credited", "credited-list", "consensus", "dpo", "shuffled",
        "ce-mbr",
    }  # fmt: skip
    assert {*arms.candidates, *arms.against, *arms.beside} == {arm.name for arm in arms.arms}
    assert [arm.choose for arm in arms.arms if arm.decodes] == ["mbr:8"]
    for arm in arms.arms:
        if not arm.decodes:
            assert (CONFIGS / f"smollm2-135m-{arm.config}.yaml").is_file()
        if arm.scorer:
            assert load_scorer(arm.scorer)


def test_what_is_written_down_is_what_is_run() -> None:
    """The page of the study says the numbers of its file, of the code's guards and of make."""
    from shown_commands import assert_names_what_exists, shown_commands

    from recipe_study.continuing import guards, verdict

    root = CONFIGS.parent
    page = (root / "docs" / "study-2.md").read_text("utf-8")
    arms = read_arms(STUDY)
    flat = " ".join(page.split())
    given = arms.settings
    *cooler, hottest = arms.temperatures
    trained = [arm for arm in arms.arms if not arm.decodes]
    for said in (
        f"trains on {arms.tokens:,} tokens with a label",
        f"the same {arms.samples.per_title} recipes of the first {arms.samples.titles} training "
        "titles",
        f"at temperature {arms.samples.temperature:g}.",
        f"{', '.join(f'{one:.1f}' for one in cooler)} and {hottest:.1f} by `recipe-eval tune",
        f"lists of {arms.titles} validation titles",
        f"differ by more than {100 * verdict.TOKEN_MARGIN:.0f} %",
        f"(A − 1)(S − 1) degrees of freedom, {(len(trained) - 1) * 2} of {len(trained)} arms and 3",
        f"each of the {len(arms.candidates)} candidates − {', − '.join(arms.against)}, − the best",
        f"on each of the {len(verdict.PRIMARY)}: "
        f"{len(arms.candidates) * (len(arms.against) + 1) * len(verdict.PRIMARY)} tests",
        f"candidates − {', − '.join(arms.beside)}, on the same",
        f"the 95 % interval of the difference is above −{guards.ACTION_MARGIN}",
        f"between {1 - guards.LENGTH_MARGIN:.2f} and {1 + guards.LENGTH_MARGIN:.2f}",
        f"not more than {guards.VALID_MARGIN} lower",
        f"corrected p < {verdict.LEVEL},",
        f"{given['micro_batch_size'] * given['gradient_accumulation_steps']} rows a step",
        "learning rate 3e-4 (DPO 5e-5",
    ):
        assert said in flat, said
    assert (given["learning_rate"], arms.arm("dpo").settings["learning_rate"]) == (
        0.0003, 0.00005
    )  # fmt: skip
    for arm in arms.arms:
        assert f"\n| {arm.name} | " in page
    for command in shown_commands(page):
        assert_names_what_exists(command.words)
    made = (root / "Makefile").read_text("utf-8")
    assert "first 500 test titles" in flat
    assert "for the first 100." in flat
    assert "\nLISTS  ?= 500\n" in made
    assert "\nWHOLE  ?= 100\n" in made
    assert "study-2: ROWS = 2400\nstudy-2: TITLES = 500\nstudy-2: SEEDS = 3\n" in made
