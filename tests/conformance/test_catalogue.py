"""The official list, and the checks that stand for its tests."""

from __future__ import annotations

from collections import Counter

from conformance.catalogue import official_list
from conformance.checks import CHECKS

LISTED = {one.codename: one for one in official_list()}


def test_the_list_is_that_of_1_37() -> None:
    assert len(LISTED) == len(official_list()) == 462
    assert Counter(one.needs for one in LISTED.values()) == {"a": 152, "b": 86, "c": 224}


def test_every_check_stands_for_a_listed_test_by_its_exact_name() -> None:
    assert [check.codename for check in CHECKS if check.codename not in LISTED] == []


def test_no_test_has_two_checks() -> None:
    assert [name for name, count in Counter(check.codename for check in CHECKS).items() if count > 1] == []


def test_no_check_claims_what_needs_real_containers() -> None:
    assert [check.codename for check in CHECKS if LISTED[check.codename].needs == "c"] == []
