"""What each check of each library said: gathered from the tests' reports, written down with ``--client-results``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.features import LIBRARIES


class Results:
    """A pytest plugin of the process that sees all reports."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._versions: dict[str, str] = {}
        self._features: dict[str, dict[str, bool]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for kind, value in report.user_properties:
            if kind == "client" and report.when == "call":
                column, version, feature, passed = value  # type: ignore[misc] # as the fixture wrote it
                self._versions[column] = version
                before = self._features.setdefault(column, {}).get(feature, True)
                self._features[column][feature] = before and passed and not report.failed

    def pytest_sessionfinish(self) -> None:
        if self._path is not None and self._features:
            Path(self._path).write_text(json.dumps(self._results(), indent=2) + "\n", "utf-8")

    def _results(self) -> dict[str, Any]:
        return {
            column: {"version": self._versions[column], "features": dict(sorted(self._features[column].items()))}
            for column in LIBRARIES
            if column in self._features
        }
