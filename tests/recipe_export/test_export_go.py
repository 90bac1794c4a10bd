"""Go templates: what text/template documents, what is refused, and the real one beside it."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_export.chat import pin_day, render
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.template import find_frame

from .jinja_templates import TEMPLATES

DATA = {
    "System": "Cook.",
    "Name": "Ana",
    "Empty": "",
    "Zero": 0,
    "Three": 3,
    "Yes": True,
    "No": False,
    "None": [],
    "Words": ["rice", "salt", "crème"],
    "Messages": [{"Role": "user", "Content": "a"}, {"Role": "assistant", "Content": ""}],
}
# (template, what Go writes); every one of them is also given to Go itself.
CASES = [
    ("", ""),
    ("plain } text {", "plain } text {"),
    ("{{ .Name }}", "Ana"),
    (r'{{ "\"{{ }}\" \\ \n é \u00e9" }}', '"{{ }}" \\ \n é é'),
    ("{{ if .Name }}a{{ end }}{{ if .Empty }}b{{ end }}{{ if .Zero }}c{{ end }}", "a"),
    ("{{ if .None }}a{{ else }}b{{ end }}{{ if .Words }}c{{ end }}", "bc"),
    ("{{ if .No }}a{{ else if .Yes }}b{{ else }}c{{ end }}", "b"),
    ("{{ if .No }}a{{ else if .Zero }}b{{ else }}c{{ end }}", "c"),
    ("{{ range .None }}a{{ else }}none{{ end }}", "none"),
    ("{{ range .Messages }}{{ .Role }}:{{ .Content }};{{ end }}", "user:a;assistant:;"),
    ('{{ range .Messages }}{{ if eq .Role "user" }}U{{ else }}A{{ end }}{{ end }}', "UA"),
    ("{{\n  if .Yes\n}}a{{ end }}", "a"),
    ('{{ if eq .Name "Ana" }}a{{ end }}{{ if eq .Name "Bo" }}b{{ end }}', "a"),
    ("{{ range .Messages }}{{ if .Content }}{{ else }}{{ .Role }}{{ end }}{{ end }}", "assistant"),
    ("{% if x %}{{ .Name }}{# no #}{{ \"{{\" }}", "{% if x %}Ana{# no #}{{"),
    ("{{ range .Messages }}{{ .Role }}{{ end }}{{ .Name }}", "userassistantAna"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "expected"), CASES)
def test_it_writes_what_go_documents(template: str, expected: str) -> None:
    assert GoTemplate(template).render(DATA) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{.Name}}{{- .Name -}} \n{{.Name}}",
        "a \n\t {{- .Name }} b",
        "a {{ .Name -}} \n b",
        "a {{- -3 -}} b",
        "a {{-3}} b",
        "{{/* nothing */}}a {{- /* less */ -}} b",
        "{{ 3 }}{{ true }}{{ false }}",
        "{{ `raw \\n }}` }}",
        "{{ range .Words }}<{{ . }}>{{ end }}",
        "{{ range $i, $w := .Words }}{{ $i }}{{ . }}{{ end }}",
        "{{ range $w := .Words }}{{ $w }}{{ $.Name }}{{ end }}",
        "{{ $x := .Name }}{{ $x }}{{ $x = .Empty }}{{ $x }}",
        "{{ $x := 1 }}{{ if .Yes }}{{ $x = 2 }}{{ end }}{{ $x }}",
        "{{ $x := 1 }}{{ if .Yes }}{{ $x := 2 }}{{ end }}{{ $x }}",
        "{{ $n := 0 }}{{ range $i, $_ := .Words }}{{ $n = $i }}{{ end }}{{ $n }}",
        '{{ eq .Name "Ana" }}{{ eq .Three 1 2 3 }}{{ ne .Three 3 }}',
        "{{ and .Name .Three }}{{ and .Empty .Name }}|",
        "{{ or .Empty .Name }}{{ or .Zero .No }}",
        "{{ and .No .Missing.Deep }}{{ or .Yes .Missing.Deep }}",
        "{{ not .Empty }}{{ not .Name }}",
        "{{ len .Words }}{{ len .Name }}{{ len `crème` }}",
        '{{ if and (eq .Name "Ana") (not .No) }}ok{{ end }}',
        "{{ if (or .No .Yes) }}ok{{ end }}",
        "{{",
        "{{ }}",
        "{{ .Name",
        '{{ "open }}',
        "{{ end }}",
        "{{ if .Yes }}a",
        "{{ if }}a{{ end }}",
        "{{ range .Words }}a",
        "{{ if .Yes }}a{{ else }}b{{ else }}c{{ end }}",
        "{{ range .Words }}a{{ else if .Yes }}b{{ end }}",
        "{{ with .Name }}a{{ end }}",
        '{{ define "x" }}a{{ end }}',
        '{{ template "x" }}',
        "{{ break }}",
        "{{ .Name | len }}",
        '{{ printf "%s" .Name }}',
        "{{ index .Words 1 }}",
        "{{ .Name .Three }}",
        "{{ eq .Name }}",
        "{{ not .Yes .No }}",
        "{{ (eq .Three 3 }}",
        "{{ $x }}",
        "{{ $x = 1 }}",
        "{{ if .Yes }}{{ $x := 1 }}{{ end }}{{ $x }}",
        "{{ .Missing }}",
        "{{ .Name.Length }}",
        "{{ range .Name }}a{{ end }}",
        "{{ eq .Name 3 }}",
        "{{ eq .Words .Words }}",
        "{{ .Words }}",
        "{{ len .Three }}",
        "{{ 1.5 }}",
        "{{ 0x10 }}",
        r'{{ "\x41" }}',
        "{{/* open",
        "{{ /* apart */ .Name }}",
        '{{ "a""b" }}',
        "{{ .Name.$x }}",
    ],
)
def test_what_is_not_known_is_refused(template: str) -> None:
    with pytest.raises(TopochefError, match=r"the Go template has .*not understood here"):
        GoTemplate(template).render(DATA)


def test_it_names_the_fields_of_a_template() -> None:
    assert GoTemplate("{{ range .Messages }}{{ .Role }}{{ end }}").fields == {
        "Messages",
        "Role",
    }


GO = """package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type message struct{ Role, Content string }

func main() {
	data := map[string]any{
		"System": "Cook.", "Name": "Ana", "Empty": "",
		"Zero": 0, "Three": 3, "Yes": true, "No": false,
		"None": []string{}, "Words": []string{"rice", "salt", "crème"},
		"Messages": []message{{"user", "a"}, {"assistant", ""}},
	}
	var cases, written []string
	json.NewDecoder(os.Stdin).Decode(&cases)
	for _, source := range cases {
		var b strings.Builder
		template.Must(template.New("").Parse(source)).Execute(&b, data)
		written = append(written, b.String())
	}
	json.NewEncoder(os.Stdout).Encode(written)
}
"""


def derived(template: str) -> str:
    """Return the Go template that is read from a chat template."""
    pinned = pin_day(template, date(2026, 3, 14))
    return find_frame(lambda messages: render(pinned, messages, Path("no-model"))).go()


def test_go_itself_writes_the_same(tmp_path: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("no Go toolchain here; the documented cases are checked above")
    derived_ones = [derived(template) for template in TEMPLATES.values()]
    cases = [*CASES, *((template, GoTemplate(template).render(DATA)) for template in derived_ones)]
    (tmp_path / "main.go").write_text(GO)
    ended = subprocess.run(
        ["go", "run", "main.go"],
        cwd=tmp_path,
        input=json.dumps([template for template, _ in cases]),
        capture_output=True,
        text=True,
        check=True,
    )
    written: list[Any] = json.loads(ended.stdout)
    assert written == [expected for _, expected in cases]
