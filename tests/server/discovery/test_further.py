from __future__ import annotations

import pytest

from apimachinery.gvk import GroupVersion
from openapi.resources import GROUP_ORDER, GROUP_PRIORITIES, GROUP_VERSIONS
from server.discovery.further import FurtherVersion, Listed, merged

BUILTIN = {"apps": [Listed("v1", {})], "apiregistration.k8s.io": [Listed("v1", {})]}
PRIORITIES = {GroupVersion("apps", "v1"): (17800, 15), GroupVersion("apiregistration.k8s.io", "v1"): (18000, 15)}


def further(api_version: str, priority: int = 100, own: int = 10) -> FurtherVersion:
    return FurtherVersion(GroupVersion.parse(api_version), priority, own, [])


def groups(*more: FurtherVersion) -> list[str]:
    return list(merged(BUILTIN, PRIORITIES, more))


def versions(group: str, *more: FurtherVersion) -> list[str]:
    return [listed.version for listed in merged(BUILTIN, PRIORITIES, more)[group]]


def test_what_is_built_in_keeps_its_order() -> None:
    builtin: dict[str, list[Listed]] = {}
    for group, version in reversed(GROUP_VERSIONS):
        if group:
            builtin.setdefault(group, []).append(Listed(version, {}))
    assert tuple(merged(builtin, GROUP_PRIORITIES, ())) == tuple(group for group in GROUP_ORDER if group)


def test_groups_come_by_priority_then_by_name_after_the_registration() -> None:
    found = groups(further("b.io/v1"), further("a.io/v1"), further("first.io/v1", 20000), further("mid.io/v1", 17900))
    assert found == ["apiregistration.k8s.io", "first.io", "mid.io", "apps", "a.io", "b.io"]


def test_the_highest_priority_of_its_versions_is_a_groups() -> None:
    assert groups(further("a.io/v1", 10), further("a.io/v2", 19000), further("b.io/v1", 18000)) == [
        "apiregistration.k8s.io",
        "a.io",
        "b.io",
        "apps",
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["v1beta1", "v1", "v10", "v2", "v1alpha1"], ["v10", "v2", "v1", "v1beta1", "v1alpha1"]),
        (
            ["foo1", "v11alpha2", "v11beta2", "v12alpha1", "v3beta1"],
            ["v11beta2", "v3beta1", "v12alpha1", "v11alpha2", "foo1"],
        ),
    ],
)
def test_versions_of_one_priority_come_as_kubernetes_compares_them(given: list[str], expected: list[str]) -> None:
    assert versions("a.io", *(further(f"a.io/{version}") for version in given)) == expected


def test_a_versions_own_priority_comes_first() -> None:
    assert versions("a.io", further("a.io/v2", own=5), further("a.io/v1beta1", own=9)) == ["v1beta1", "v2"]


def test_a_built_in_group_may_have_more_versions_but_not_its_own_again() -> None:
    assert versions("apps", further("apps/v2", own=20), further("apps/v1", 1, 1)) == ["v2", "v1"]


def test_what_is_not_known_now_is_stale() -> None:
    unknown = further("a.io/v1")._replace(resources=None)
    assert merged(BUILTIN, PRIORITIES, [unknown])["a.io"][0].document == {"version": "v1", "freshness": "Stale"}
