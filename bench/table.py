"""Benchmark results as tables: printed, and kept in bench/results.md, a section for each benchmark."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.yardstick import yardstick

RESULTS = Path(os.environ.get("KUBEJAZZ_BENCH_RESULTS") or Path(__file__).parent / "results.md")
"""Where results are kept; :mod:`bench.check` has new ones kept elsewhere."""
_HEAD = """# Measured

Made by `make bench`; every section by the program it names, in one run. The yardstick is what the standard library of
the same Python took to print and read a pod of 2 KB at that moment: `make bench-check` compares in units of it where a
table has no peer of its own.
"""


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` and ``rows`` are texts, as wide as they need to be."""

    title: str
    program: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        made = f"`python -m {self.program}` on {machine()}; yardstick {yardstick():.1f} µs"
        lines = [f"## {self.title}", "", made, ""]
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|" + "|".join("---" if i == 0 else "--:" for i in range(len(self.columns))) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def show(self) -> None:
        widths = [max(len(row[i]) for row in (self.columns, *self.rows)) for i in range(len(self.columns))]
        for row in (self.columns, *self.rows):
            first, *rest = (
                cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            print("  ".join((first, *rest)))


def machine() -> str:
    """What the figures depend on."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE)
        model = found.group(1) if found else model
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def record(table: Table, path: Path = RESULTS) -> None:
    """Show it, and put it in the place of the section of the same title."""
    table.show()
    text = path.read_text() if path.exists() else _HEAD
    sections = re.split(r"(?m)^(?=## )", text)
    kept = [s for s in sections if not s.startswith(f"## {table.title}\n")]
    path.write_text("".join(s.rstrip("\n") + "\n\n" for s in (*kept, table.markdown())).rstrip("\n") + "\n")
