"""The runner on checks made up here; no cluster is asked."""

from __future__ import annotations

import re
import threading
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from conformance.api import Api
from conformance.catalogue import Listed
from conformance.check import Case, Check, Failed
from conformance.report import junit, markdown, table, totals
from conformance.runner import Result, State, run, selected

LISTED = [
    Listed("[sig-a] passes [Conformance]", "a", ""),
    Listed("[sig-a] fails | badly [Conformance]", "a", ""),
    Listed("[sig-b] is not written [Conformance]", "b", ""),
    Listed("[sig-b] needs containers [Conformance]", "c", ""),
]
NOBODY = cast(Api, None)


def _fail(case: Case) -> None:
    raise Failed("expected 1,\nfound 2")


def _results() -> list[Result]:
    checks = [Check(LISTED[0].codename, lambda case: None), Check(LISTED[1].codename, _fail)]
    return run(NOBODY, LISTED, checks)


def test_every_listed_test_gets_its_state() -> None:
    states = [result.state for result in _results()]
    assert states == [State.PASSED, State.FAILED, State.NOT_WRITTEN, State.NOT_APPLICABLE]


def test_the_reason_of_a_failure_is_kept() -> None:
    failed = _results()[1]
    assert failed.reason == "expected 1,\nfound 2"
    assert "_fail" in failed.detail


def test_any_error_of_a_check_is_its_failure() -> None:
    def divide(case: Case) -> None:
        raise ZeroDivisionError("by zero")

    result = run(NOBODY, LISTED[:1], [Check(LISTED[0].codename, divide)])[0]
    assert (result.state, result.reason) == (State.FAILED, "ZeroDivisionError: by zero")


def test_a_check_that_takes_too_long_fails() -> None:
    release = threading.Event()
    check = Check(LISTED[0].codename, lambda case: cast(None, release.wait(30)), timeout=0.05)
    result = run(NOBODY, LISTED[:1], [check])[0]
    release.set()
    assert (result.state, result.reason) == (State.FAILED, "not finished after 0 s")


def test_what_a_case_deferred_is_undone_last_first_also_after_a_failure() -> None:
    done: list[str] = []

    def check(case: Case) -> None:
        case.defer(lambda: done.append("first"))
        case.defer(lambda: done.append("second"))
        raise Failed("no")

    run(NOBODY, LISTED[:1], [Check(LISTED[0].codename, check)])
    assert done == ["second", "first"]


def test_two_checks_of_one_name_are_refused() -> None:
    check = Check(LISTED[0].codename, lambda case: None)
    with pytest.raises(ValueError, match="same codename"):
        run(NOBODY, LISTED, [check, check])


def test_focus_and_skip_select_by_regular_expression() -> None:
    assert selected(LISTED, focus=r"^\[sig-a\]", skip="badly") == LISTED[:1]
    with pytest.raises(re.error):
        selected(LISTED, focus="[")


def test_totals_are_by_area_and_of_all() -> None:
    counted: dict[str, Any] = dict(totals(_results()))
    assert counted["sig-a"] == {State.PASSED: 1, State.FAILED: 1}
    assert counted["all"].total() == 4
    assert table(_results()).splitlines()[-1].split() == ["all", "1", "1", "1", "1", "4"]


def test_junit_tells_failures_and_skips() -> None:
    suite = ElementTree.fromstring(junit(_results()))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "2")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "expected 1,\nfound 2"


def test_markdown_escapes_names_and_keeps_reasons_on_one_line() -> None:
    page = markdown(_results(), "About it.")
    assert "| [sig-a] fails \\| badly [Conformance] | a | failed: expected 1, found 2 |" in page
    assert "| [sig-b] needs containers [Conformance] | c | needs real containers |" in page
