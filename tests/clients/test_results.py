from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.results import Results


def _report(outcome: str, **features: bool) -> pytest.TestReport:
    rows = [("client", ("kr8s", "1.0", feature, passed)) for feature, passed in features.items()]
    return pytest.TestReport(
        nodeid="t",
        location=("t", 0, "t"),
        keywords={},
        outcome=outcome,
        longrepr=None,
        when="call",
        user_properties=rows,
    )


def test_a_feature_works_if_all_its_checks_and_their_tests_passed(tmp_path: Path) -> None:
    results = Results(str(tmp_path / "results.json"))
    results.pytest_runtest_logreport(_report("passed", crud=True, watch=True, apply=False))
    results.pytest_runtest_logreport(_report("failed", watch=True))
    results.pytest_sessionfinish()
    written = json.loads((tmp_path / "results.json").read_text())
    assert written == {"kr8s": {"version": "1.0", "features": {"apply": False, "crud": True, "watch": False}}}
