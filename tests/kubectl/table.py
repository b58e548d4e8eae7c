"""The table of commands by versions: gathered from the tests' reports, printed when the run ends, kept in
docs/kubectl.md if ``--kubectl-table`` names it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

_HEADER = """# kubectl, command by version

Every command that needs no running container, driven with stock kubectl binaries against a live cluster by
`tests/kubectl`; each test asserts on the output and on the stored object. Made by
`pytest tests/kubectl -n auto --kubectl-table docs/kubectl.md`.

✓ passed, ✗ failed, – this version of kubectl does not have it.

"""


class Table:
    """A pytest plugin of the process that sees all reports."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._passed: dict[str, dict[str, bool]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for kind, value in report.user_properties:
            if kind == "kubectl":
                command, version = value  # type: ignore[misc] # a pair, as the fixture wrote it
                before = self._passed[command].get(version, True)
                self._passed[command][version] = before and not report.failed

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._passed:
            return
        terminalreporter.section("kubectl, command by version")
        for line in self._lines():
            terminalreporter.write_line(line)
        if self._path is not None:
            Path(self._path).write_text(_HEADER + "\n".join(self._lines()) + "\n", "utf-8")

    def _lines(self) -> list[str]:
        versions = sorted({v for row in self._passed.values() for v in row}, key=lambda v: int(v.partition(".")[2]))
        width = max(len(command) for command in self._passed) + 2
        lines = [
            f"| {'command'.ljust(width)} | " + " | ".join(versions) + " |",
            f"|{'-' * (width + 2)}|" + "|".join(":--:" for _ in versions) + "|",
        ]
        for command in sorted(self._passed):
            cells = [self._cell(command, version).center(len(version)) for version in versions]
            lines.append(f"| {f'`{command}`'.ljust(width)} | " + " | ".join(cells) + " |")
        return lines

    def _cell(self, command: str, version: str) -> str:
        passed = self._passed[command].get(version)
        return "–" if passed is None else "✓" if passed else "✗"
