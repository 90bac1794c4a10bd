"""The three commands of `recipe-eval`, one after the other, with a real model file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_eval.cli import main


def test_generate_score_and_report_follow_each_other(
    tmp_path: Path, data: Path, tiny_gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, report = tmp_path / "runs" / "tiny", tmp_path / "runs" / "report.html"
    model = ["--data", str(data), "--gguf", str(tiny_gguf), "--limit", "2"]
    generate = ["generate", str(run), *model, "--max-tokens", "400", "--temperature", "2",
                "--seed", "1"]  # fmt: skip
    assert main(generate) == 0
    assert "tokens/s" in capsys.readouterr().out
    written = (run / "predictions.jsonl").read_bytes()
    assert main(generate) == 0
    assert "already generated" in capsys.readouterr().out
    assert main([*generate[:-1], "2"]) == 1
    assert "already holds another run (generate: seed differ)" in capsys.readouterr().err
    assert (run / "predictions.jsonl").read_bytes() == written

    unlabelled = ["--gold-sets", str(tmp_path)]
    assert main(["score", str(run), "--data", str(data), *unlabelled]) == 0
    assert "bertscore" in json.loads((run / "summary.json").read_text())["metrics"]
    assert json.loads((run / "summary.json").read_text())["recipes"] == 2
    assert main(["report", str(run), "--output", str(report)]) == 0
    assert {path.name for path in report.parent.iterdir()} == {
        "tiny", "report.html", "report.md", "report.csv",
    }  # fmt: skip
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["generate"]["backend"]["engine"] == "llama.cpp"
    assert len(manifest["generate"]["inputs"]["gguf_sha256"]) == 64


@pytest.mark.parametrize("value", ["0", "-3", "many"])
def test_numbers_that_make_no_sense_are_refused(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["generate", "run", "--limit", value])
    assert refused.value.code == 2
    assert "is not a whole number above 0" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "hot"])
def test_a_temperature_below_zero_is_never_taken_for_zero(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["generate", "run", f"--temperature={value}"])
    assert "is not 0 or a number above" in capsys.readouterr().err
