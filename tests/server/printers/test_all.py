"""What holds for every printer there is."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

from server import printers
from server.printers.printer import Printer

PRINTERS = {
    f"{module.name}.{name}": value
    for module in pkgutil.iter_modules(printers.__path__)
    for name, value in vars(importlib.import_module(f"server.printers.{module.name}")).items()
    if isinstance(value, Printer)
}


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS.keys())
def test_columns_have_names_of_their_own_and_known_types(printer: Printer) -> None:
    names = [column.name for column in printer.columns]
    assert len(names) == len(set(names))
    assert {column.type for column in printer.columns} <= {"string", "integer", "boolean", "date"}
    assert {column.priority for column in printer.columns} <= {0, 1}


def test_every_description_carried_is_shown() -> None:
    path = Path(printers.__path__[0]) / "descriptions.json"
    shown = {column.description for printer in PRINTERS.values() for column in printer.columns}
    assert {key for key, text in json.loads(path.read_text("utf-8")).items() if text not in shown} == set()
