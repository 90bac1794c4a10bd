"""What the modules of a package declare: to add one is to add its file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def declared(package: str, kind: type) -> list[Any]:
    """Return the objects of a kind that modules of a package hold, in the order of their names.

    All modules are imported for it, so what is slow to import waits inside their functions, or in
    a package inside this one, which is not looked into.
    """
    found: dict[int, Any] = {}
    for module in iter_modules(import_module(package).__path__):
        if not module.ispkg:
            held = vars(import_module(f"{package}.{module.name}")).values()
            found.update((id(value), value) for value in held if isinstance(value, kind))
    return list(found.values())
