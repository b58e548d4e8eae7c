"""Which class, whose claim: what the binder's and the scheduler's own tests take for granted."""

from __future__ import annotations

import pytest

from apimachinery.objects import Object, name_of
from apimachinery.volumes import (
    asks_for_class,
    bound_volume,
    class_of,
    default_class,
    is_bound_to,
    not_for_pod,
    waits_for_consumer,
)
from tests.controllers.volume_binder.things import claim, reference, storage_class, volume

BETA = "volume.beta.kubernetes.io/storage-class"


@pytest.mark.parametrize(
    ("given", "name", "asks"),
    [
        (claim(), "", False),
        (claim(storageClassName=""), "", True),
        (claim(storageClassName="a"), "a", True),
        (claim(storageClassName="a", annotations={BETA: "b"}), "b", True),
        (claim(storageClassName="a", annotations={BETA: ""}), "", True),
    ],
)
def test_the_class_of_a_claim(given: Object, name: str, asks: bool) -> None:
    assert (class_of(given), asks_for_class(given)) == (name, asks)


def dated(name: str, created: str) -> Object:
    found = storage_class(name, default=True)
    found["metadata"]["creationTimestamp"] = created
    return found


def test_the_newest_default_class_counts_of_equals_the_first_by_name() -> None:
    old, new = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    chosen = default_class([dated("a", old), dated("c", new), dated("b", new), storage_class("z")])
    assert chosen is not None
    assert name_of(chosen) == "b"
    assert default_class([storage_class()]) is None


def test_a_volume_is_bound_by_name_namespace_and_uid_if_there_is_one() -> None:
    assert not is_bound_to(volume(), claim())
    assert is_bound_to(volume(claimRef=reference(uid=False)), claim())
    assert is_bound_to(volume(claimRef=reference()), claim())
    assert not is_bound_to(volume(claimRef=reference()), claim(uid="another"))
    assert not is_bound_to(volume(claimRef=reference("other")), claim())


def test_a_volume_that_is_bound_needs_no_change() -> None:
    changed = bound_volume(volume(), claim())
    assert changed is not None
    assert bound_volume(changed, claim()) is None


def test_delayed_binding_is_a_matter_of_the_class() -> None:
    assert waits_for_consumer(storage_class(mode="WaitForFirstConsumer"))
    assert not waits_for_consumer(storage_class())
    assert not waits_for_consumer(None)


def test_an_ephemeral_claim_is_its_pods_own() -> None:
    pod = {"metadata": {"name": "p", "namespace": "default", "uid": "u"}}
    owned = claim("p-v")
    assert not_for_pod(pod, owned) == "PVC default/p-v was not created for pod default/p (pod is not owner)"
    owned["metadata"]["ownerReferences"] = [{"uid": "u", "controller": True}]
    assert not_for_pod(pod, owned) == ""
