"""Which trust bundles a pod cannot do without, and which of a signer match."""

from __future__ import annotations

import pytest

from apimachinery.objects import Object
from kubelet.pods.bundles import bundles_of, selected
from kubelet.pods.steps import LookAtClaims
from kubelet.runtimes.runtime import Outcome
from tests.kubelet.builders import Life, pod

NAMED = {"name": "ca", "path": "ca.pem"}


def user(*sources: Object) -> Object:
    found = pod()
    projected = {
        "sources": [{"clusterTrustBundle": source} for source in sources]
        + [{"configMap": {"name": "kube-root-ca.crt"}}]
    }
    found["spec"]["volumes"] = [{"name": "v", "projected": projected}, {"name": "e", "emptyDir": {}}]
    return found


def test_what_is_optional_is_not_needed() -> None:
    assert bundles_of(user(NAMED, {**NAMED, "optional": True}, {**NAMED, "optional": False})) == [
        ("v", NAMED),
        ("v", {**NAMED, "optional": False}),
    ]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ({"labelSelector": {"matchLabels": {"a": "b"}}}, True),
        ({"labelSelector": {}}, True),
        ({"labelSelector": {"matchLabels": {"a": "c"}}}, False),
        ({}, False),
    ],
)
def test_a_signers_bundles_are_selected_by_label_and_none_without_a_selector(selector: Object, found: bool) -> None:
    bundles = [
        {"metadata": {"name": "1", "labels": {"a": "b"}}, "spec": {"signerName": "e.com/s"}},
        {"metadata": {"name": "2", "labels": {"a": "c"}}, "spec": {"signerName": "e.com/other"}},
    ]
    assert selected({"signerName": "e.com/s", "path": "p", **selector}, bundles) is found


def test_a_pod_waits_for_its_bundle() -> None:
    life = Life(user(NAMED))
    life.claims = lambda: Outcome(False, "not there")
    life.run(5)
    assert life.states == ["Waiting:ContainerCreating"]
    assert {event.message for event in life.events} == {"not there"}
    life.claims = lambda: Outcome(True)
    life.run(60)
    assert life.phases == ["Pending", "Running"]


def test_a_pod_with_optional_bundles_does_not_ask() -> None:
    life = Life(user({**NAMED, "optional": True})).run(60)
    assert not any(isinstance(action, LookAtClaims) for action in life.actions)
