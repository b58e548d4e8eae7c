"""The checks against a kubejazz cluster: what fails is known, and why; anything else is news.

Those that wait for minutes are left to ``make conformance-check``.
"""

from __future__ import annotations

from conformance.api import Api
from conformance.catalogue import official_list
from conformance.checks import CHECKS
from conformance.expected import EXPECTED, compare, read
from conformance.runner import run
from kubejazz.testing import Kubejazz

_LONG = 180
"""Seconds: the time limit of a check that does not wait for minutes."""


def test_checks_come_to_what_is_expected_of_them(kubejazz_cluster: Kubejazz) -> None:
    quick = [check for check in CHECKS if check.timeout <= _LONG]
    names = {check.codename for check in quick}
    listed = [one for one in official_list() if one.codename in names]
    results = run(
        Api.of(str(kubejazz_cluster.kubeconfig)), listed, quick, threads=24, kubeconfig=kubejazz_cluster.kubeconfig
    )
    assert compare(read(EXPECTED), results).lines() == []
