"""The report of a build: every number of its manifest, one file, nothing from outside."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_data.building.build import Options, build
from recipe_data.cli import main
from recipe_data.demo.compose import write_corpus
from recipe_data.reporting.measures import Characters, Tokens
from recipe_data.reporting.report import write_report
from recipe_data.reporting.survey import survey
from recipe_data.tiny import grow_tiny_model

pytestmark = pytest.mark.heavy

EVIL = '<script>alert("1")</script> | & $x^2$'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    path = folder / "corpus.csv"
    write_corpus(path, path.with_suffix(".gold.jsonl"), rows=120, seed=3)
    output = folder / "data"
    build(path, output, Options())
    return output


@pytest.fixture(scope="module")
def tokenizer(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "tiny-init"
    texts = [row["messages"][-1]["content"] for row in rows(data)]
    grow_tiny_model(texts, folder, vocab_size=400, layers=1)
    return folder


def rows(data: Path) -> list[dict[str, Any]]:
    text = "".join((data / f"{s}.jsonl").read_text() for s in ("train", "validation", "test"))
    return [json.loads(line) for line in text.splitlines()]


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


class Visible(HTMLParser):
    """What a reader sees outside the manifest, and what a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.text = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "srcset", "data"}:
                self.fetched += [value or ""] if not (value or "").startswith("#") else []

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"pre", "style"} & set(self._open):
            self.text += data + " "


def read_page(path: Path) -> Visible:
    page = Visible()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def test_every_number_of_the_manifest_is_on_both_pages(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    write_report(data, output)
    facts = read_manifest(data)["build"]
    inputs = facts.pop("inputs")
    html, text = read_page(output).text.split(), output.with_suffix(".md").read_text()
    tables = text[: text.index("## Manifest")].replace("|", " ").split()
    for number in numbers(facts):
        shown = f"{number:,}" if isinstance(number, int) else f"{number:.4f}"
        assert shown in html, number
        assert str(number) in [word.rstrip(".:") for word in tables], number
    assert inputs["sha256"] in text
    assert inputs["sha256"] in unescape(output.read_text())
    for pair in (facts["largest_title_overlap"], facts["largest_similarity"]):
        assert pair["test_title"] in read_page(output).text


def test_the_page_stands_alone_and_titles_are_text(data: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    shutil.copytree(data, evil)
    manifest = read_manifest(evil)
    manifest["build"]["largest_similarity"]["test_title"] = EVIL
    manifest["build"]["rows"]["rejected"] = {EVIL: 3}
    (evil / "manifest.json").write_text(json.dumps(manifest))
    output = tmp_path / "pages" / "report.html"
    write_report(evil, output)
    page = read_page(output)
    assert page.fetched == []
    assert not {"script", "img", "iframe", "link", "object"} & set(page.tags)
    assert page.tags.count("svg") == 3
    assert page.text.count("<script>") == 3  # pair, table of reasons, figure of reasons
    text = output.with_suffix(".md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| rejected"))
    assert row == r'| rejected: \<script\>alert("1")\</script\> \| \& $x^2$ | 3 |'
    assert {path.name for path in output.parent.iterdir()} == {"report.html", "report.md"}


def test_same_data_same_bytes(data: Path, tmp_path: Path) -> None:
    write_report(data, tmp_path / "one.html")
    write_report(data, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_lengths_are_those_of_the_tokenizers_own_template(data: Path, tokenizer: Path) -> None:
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(tokenizer)
    tasks = read_manifest(data)["build"]["tasks"]
    lengths = survey(data, tasks, [Tokens(str(tokenizer))]).lengths[0]
    expected = sorted(
        len(loaded.apply_chat_template(row["messages"], tokenize=True, return_dict=False))
        for row in rows(data)
    )
    assert list(lengths.all) == expected
    assert lengths.unit == "tokens"


def test_two_tokenizers_are_measured_side_by_side(
    data: Path, tokenizer: Path, tmp_path: Path
) -> None:
    grow_tiny_model(["Boil the rice."], tmp_path / "coarse", vocab_size=300, layers=1)
    names = [str(tokenizer), str(tmp_path / "coarse")]
    output = tmp_path / "report.html"
    assert main(["report", str(data), "--output", str(output), "--tokenizer", *names]) == 0
    tasks = read_manifest(data)["build"]["tasks"]
    alone = [survey(data, tasks, [Tokens(name)]).lengths[0] for name in names]
    page = write_report(data, output, names)
    assert [lengths.all for lengths in page.survey.lengths] == [lengths.all for lengths in alone]
    assert alone[0].all[-1] < alone[1].all[-1]
    assert all(name in read_page(output).text for name in names)


def test_tokens_of_a_span_are_those_that_training_has_in_it(tokenizer: Path) -> None:
    measure = Tokens(str(tokenizer))
    answer = "Boil the rice for 12 minutes"
    row = {
        "id": "1",
        "messages": [{"role": "user", "content": answer}, {"role": "assistant", "content": answer}],
        "spans": [
            {"start": 18, "end": 20, "kind": "time"},
            {"start": 0, "end": 28, "kind": "action"},
            {"start": 0, "end": 4, "kind": "action"},
        ],
    }
    measured = measure.measure([row])[0]
    # A digit is a token, and the inner of two spans keeps its own.
    assert measured.by_kind == {"time": 2, "action": measured.answer - 2}
    assert measured.answer < measured.length / 2


def test_cuts_and_default_tokenizer(
    data: Path, tokenizer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(data), "--output", "characters.html"]) == 0
    assert "because no tokenizer was given" in read_page(Path("characters.html")).text
    shutil.copytree(tokenizer, "runs/tiny-init")
    page = write_report(data, Path("tokens.html"), (), [100_000, 1])
    text = Path("tokens.md").read_text()
    count = len(rows(data))
    assert page.limits == [1, 100_000]
    assert f"| 100.0 % ({count}) | none |" in text
    assert "runs/tiny-init" in read_page(Path("tokens.html")).text


def test_every_task_has_its_line(data: Path, tmp_path: Path) -> None:
    several = tmp_path / "several"
    shutil.copytree(data, several)
    manifest = read_manifest(several)
    test = [json.loads(line) for line in (several / "test.jsonl").read_text().splitlines()]
    test[0]["task"] = "time"
    (several / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in test))
    tasks = {**manifest["build"]["tasks"]["test"], "time": 1}
    tasks["recipe"] -= 1
    with pytest.raises(TopochefError, match=r"test\.jsonl holds .*1 time rows, the build wrote"):
        write_report(several, tmp_path / "report.html")
    manifest["build"]["tasks"]["test"] = tasks
    (several / "manifest.json").write_text(json.dumps(manifest))
    page = write_report(several, tmp_path / "report.html")
    assert [row.name for row in page.lengths_of(page.survey.lengths[0])][:1] == ["all rows"]
    assert "| characters, time | 1 |" in (tmp_path / "report.md").read_text()


def test_what_cannot_be_reported_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match=r"the report is one \.html file"):
        write_report(data, tmp_path / "report.pdf")
    with pytest.raises(TopochefError, match=r"holds no build: run `recipe-data build"):
        write_report(tmp_path, tmp_path / "report.html")
    with pytest.raises(TopochefError, match=r"--tokenizer .*nowhere cannot be loaded"):
        write_report(data, tmp_path / "report.html", [str(tmp_path / "nowhere")])
    (tmp_path / "manifest.json").write_text('{"build": {"rows": {}, "splits": {}, "groups": 1}}')
    with pytest.raises(TopochefError, match=r"lacks tasks, largest_group, largest_similarity"):
        write_report(tmp_path, tmp_path / "report.html")
    assert not list(tmp_path.glob("report*"))


def test_a_tokenizer_without_a_chat_template_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(tokenizer, plain)
    (plain / "chat_template.jinja").unlink()
    with pytest.raises(TopochefError, match="plain has no chat template"):
        Tokens(str(plain))


def test_parts_that_touch_are_counted_once() -> None:
    spans = [{"start": a, "end": b, "kind": "time"} for a, b in ((0, 3), (2, 4))]
    row = {"messages": [{"content": "12 minutes"}], "spans": spans}
    assert Characters().measure([row])[0].by_kind == {"time": 4}
