"""The checks against a kubejazz cluster. What fails is known, and why; anything else is news."""

from __future__ import annotations

import csv
from pathlib import Path

from conformance.api import Api
from conformance.catalogue import official_list
from conformance.checks import CHECKS
from conformance.runner import State, run
from kubejazz.testing import Kubejazz

KNOWN_FAILURES = Path(__file__).resolve().parent / "known_failures.csv"


def _known(*when: str) -> dict[str, str]:
    with KNOWN_FAILURES.open(newline="", encoding="utf-8") as file:
        return {row["codename"]: row["reason"] for row in csv.DictReader(file) if not when or row["when"] in when}


def test_known_failures_have_a_check_and_a_reason() -> None:
    names = {check.codename for check in CHECKS}
    assert [name for name, reason in _known().items() if name not in names or not reason] == []


def test_checks_fail_as_known_and_nowhere_else(kubejazz_cluster: Kubejazz) -> None:
    quick = [check for check in CHECKS if check.timeout <= 180]
    names = {check.codename for check in quick}
    listed = [one for one in official_list() if one.codename in names]
    results = run(
        Api.of(str(kubejazz_cluster.kubeconfig)), listed, quick, threads=24, kubeconfig=kubejazz_cluster.kubeconfig
    )
    failed = {result.listed.codename: result.reason for result in results if result.state is State.FAILED}
    known = _known()
    assert {name: reason for name, reason in failed.items() if name not in known} == {}, "these fail now"
    assert _known("always").keys() & names - set(failed) == set(), "these pass now: take them out of known_failures.csv"
