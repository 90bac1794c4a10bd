"""Which versions of Python and of the hosts the losses are known to run under."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from packaging.specifiers import SpecifierSet

from recipe_losses.errors import RecipeLossError

PYTHON = "Python"
SUPPORTED = {
    PYTHON: ">=3.11,<3.13",
    "axolotl": ">=0.19,<0.20",
    "transformers": ">=5.16,<5.17",
    "trl": ">=1.9,<1.10",
    "peft": ">=0.20,<0.21",
}
"""What the tests ran under: wider by no version that nobody has tried."""
UNDER_LLAMAFACTORY = {
    PYTHON: SUPPORTED[PYTHON],
    "llamafactory": ">=0.9.5,<0.9.6",
    "transformers": ">=5.6,<5.7",
    "trl": ">=0.24,<0.25",
    "peft": ">=0.18.1,<0.19",
}
"""The same where LLaMA-Factory is the host, which asks for older ones of the others."""


def refuse_other_versions(*hosts: str, table: Mapping[str, str] = SUPPORTED) -> dict[str, str]:
    """Raise for a Python, or an installed host, of a version that the losses do not know.

    Losses lean on what hosts do not promise to keep, and a name that has moved shows late, or not
    at all: as another loss. A host that is not installed is not asked for.

    Args:
        *hosts: Keys of the table, beside Python, which always counts.
        table: Which versions are supported: `SUPPORTED` or `UNDER_LLAMAFACTORY`.

    Returns:
        The versions that were found, by name.

    Raises:
        RecipeLossError: names every version found, the range, and what to install.
    """
    found = {host: found for host in (PYTHON, *hosts) if (found := installed(host))}
    others = {h: v for h, v in found.items() if not supports(h, v, table)}
    if not others:
        return found
    are = "; ".join(f"{h} {v}, where {table[h]} is supported" for h, v in others.items())
    wanted = " ".join(f"'{h}{table[h]}'" for h in others if h != PYTHON)
    install = f"pip install {wanted}" if wanted else "make the environment anew"
    if wanted and PYTHON in others:
        install += " in an environment of such a Python"
    raise RecipeLossError(
        f"recipe_losses does not know what it runs under: {are}: {install}, or a release of "
        "topochef that names this version in its table of supported ones"
    )


def supports(host: str, found: str, table: Mapping[str, str] = SUPPORTED) -> bool:
    """Tell whether a version lies in a host's range; pre-releases of it do.

    >>> supports("axolotl", "0.19.0"), supports("axolotl", "0.20.0.dev0")
    (True, False)
    """
    return SpecifierSet(table[host]).contains(found, prereleases=True)


def installed(host: str) -> str | None:
    """Return the version of a host in this environment; None where there is none."""
    if host == PYTHON:
        return platform.python_version()
    try:
        return version(host)
    except PackageNotFoundError:
        return None
