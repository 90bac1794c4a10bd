"""Which versions the losses run under, and who may lean on what hosts do not promise."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from recipe_losses.errors import RecipeLossError
from recipe_losses.hosts import versions
from recipe_losses.hosts.versions import PYTHON, SUPPORTED, refuse_other_versions, supports

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "plugins" / "recipe_losses"
PLUGINS = "axolotl.integrations.base"
"""What Axolotl documents for plugins."""
OF_TUPLES = {"_asdict", "_fields", "_replace"}
"""Public, for all their underscores."""


@pytest.fixture
def pretend(monkeypatch):
    """Pretend that an environment holds these versions and no others."""

    def environment(**found):
        found = {PYTHON: "3.11.7", **found}
        monkeypatch.setattr(versions, "installed", found.get)

    return environment


def test_what_is_supported_or_absent_is_not_refused(pretend):
    pretend(axolotl="0.19.0", transformers="5.16.1+local")
    found = refuse_other_versions("axolotl", "transformers", "trl")
    assert found == {PYTHON: "3.11.7", "axolotl": "0.19.0", "transformers": "5.16.1+local"}


@pytest.mark.parametrize(
    ("host", "found"),
    [("axolotl", "0.20.0"), ("axolotl", "0.18.4"), ("axolotl", "0.20.0.dev0"),
     ("transformers", "6.0.0"), ("transformers", "4.57.1"), ("trl", "2.0.0")],
)  # fmt: skip
def test_another_version_is_refused_by_name_with_range_and_remedy(pretend, host, found):
    pretend(**{host: found})
    with pytest.raises(RecipeLossError) as refused:
        refuse_other_versions("axolotl", "transformers", "trl")
    message = str(refused.value)
    assert f"{host} {found}, where {SUPPORTED[host]} is supported" in message
    assert f"pip install '{host}{SUPPORTED[host]}'" in message


def test_all_that_differs_is_said_at_once(pretend):
    pretend(**{PYTHON: "3.14.0", "axolotl": "0.21.0", "transformers": "5.16.1"})
    with pytest.raises(RecipeLossError, match=r"Python 3\.14\.0.*axolotl 0\.21\.0.*such a Python"):
        refuse_other_versions("axolotl", "transformers")


def test_a_host_that_this_run_does_not_use_may_be_of_any_version(pretend):
    pretend(axolotl="0.1.0", transformers="5.16.1")
    assert refuse_other_versions("transformers") == {PYTHON: "3.11.7", "transformers": "5.16.1"}


def test_what_the_project_pins_is_supported():
    text = (ROOT / "constraints.txt").read_text()
    pins = dict(re.findall(r"(?m)^([a-z0-9-]+)==([^ ;\n]+)", text))
    for host in set(SUPPORTED) - {PYTHON}:
        assert supports(host, pins[host]), f"{host} {pins[host]} is pinned and refused"
    pythons = re.findall(r"3\.\d+", text.partition("on Linux")[0])
    minors = [f"3.{minor}" for minor in range(8, 20)]
    assert [minor for minor in minors if supports(PYTHON, f"{minor}.1")] == pythons


def test_the_plugins_table_says_the_same_ranges():
    table = (PLUGIN / "README.md").read_text().partition("## Versions")[2].partition("\n## ")[0]
    said = dict(re.findall(r"(?m)^\| (\w+) \| `([^`]+)`", table))
    assert {name.lower(): found for name, found in said.items()} == {
        name.lower(): found for name, found in SUPPORTED.items()
    }


def test_only_the_hosts_lean_on_private_names():
    """`model._x`, `super()._x`, and modules below those that hosts document."""
    found = []
    for file in PLUGIN.rglob("*.py"):
        if file.parent.name == "hosts":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            private = isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr)
            if private and node.attr not in OF_TUPLES:
                owner = ast.unparse(node.value)
                if owner not in {"self", "cls"}:
                    found.append(f"{file.name}:{node.lineno} {owner}.{node.attr}")
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            found += [
                f"{file.name}:{node.lineno} {module}"
                for module in modules
                if re.match(r"(axolotl|peft|transformers|trl)\.", module) and module != PLUGINS
            ]
    assert not found
