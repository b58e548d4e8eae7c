from __future__ import annotations

from typing import Any

import pytest

from kubelet.pods.claims import ClaimGate
from kubelet.pods.files import CONFIG_MAP, SECRET, Files, files_of
from tests.kubelet.builders import pod


def files(*volumes: dict[str, Any]) -> list[Files]:
    found = pod()
    found["spec"]["volumes"] = [{"name": "v", **volume} for volume in volumes]
    return files_of(found)


def test_config_maps_and_secrets_are_what_volumes_show() -> None:
    sources = [{"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}}, {"secret": {"name": "s"}}]
    assert files(
        {"configMap": {"name": "c"}}, {"secret": {"secretName": "s"}}, {"projected": {"sources": sources}}
    ) == [
        Files("v", CONFIG_MAP, "c", ()),
        Files("v", SECRET, "s", ()),
        Files("v", CONFIG_MAP, "c", ("k",)),
        Files("v", SECRET, "s", ()),
    ]


@pytest.mark.parametrize(
    "volume",
    [
        {"configMap": {"name": "c", "optional": True}},
        {"secret": {"secretName": "s", "optional": True}},
        {"projected": {"sources": [{"serviceAccountToken": {}}, {"configMap": {"name": "kube-root-ca.crt"}}]}},
        {"emptyDir": {}},
    ],
)
def test_nothing_is_asked_of_what_may_be_missing_or_always_is_there(volume: dict[str, Any]) -> None:
    found = pod()
    found["spec"]["volumes"] = [{"name": "v", **volume}]
    assert files_of(found) == []
    assert ClaimGate(found, has_run=False).open


def test_the_gate_is_shut_for_a_pod_that_needs_files() -> None:
    found = pod()
    found["spec"]["volumes"] = [{"name": "v", "configMap": {"name": "c"}}]
    assert not ClaimGate(found, has_run=False).open
