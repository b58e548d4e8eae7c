from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from client.store import NAMESPACE, Store, by_namespace
from scheduler.podinfo import PodInfo
from scheduler.siblings import Siblings
from tests.scheduler.builders import info

LABELS = {"app": "web", "hash": "1"}


def service(name: str, selector: dict[str, str] | None, namespace: str = "default") -> Object:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"selector": selector}}


def siblings(*services: Object, **owners: Object) -> Siblings:
    """``owners`` by kind."""
    store = Store({NAMESPACE: by_namespace})
    for each in services:
        store.put(each)
    stores = {}
    for kind, owner in owners.items():
        version = "v1" if kind == "ReplicationController" else "apps/v1"
        stores[version, kind] = Store()
        stores[version, kind].put(owner)
    return Siblings(store, stores)


def owner(kind: str, selector: Any, uid: str = "u") -> Object:
    metadata = {"name": "mine", "namespace": "default", "uid": uid}
    return {"kind": kind, "metadata": metadata, "spec": {"selector": selector}}


def owned(kind: str, version: str = "apps/v1") -> PodInfo:
    reference = {"apiVersion": version, "kind": kind, "name": "mine", "uid": "u", "controller": True}
    return info(labels=LABELS, meta={"ownerReferences": [reference]})


def test_a_pod_of_nobody_has_no_siblings() -> None:
    assert siblings().selector(info(labels=LABELS)).empty


def test_services_that_select_the_pod_say_which_are_its_siblings() -> None:
    known = siblings(
        service("mine", {"app": "web"}),
        service("other", {"app": "db"}),
        service("none", None),
        service("elsewhere", {"hash": "1"}, "other"),
    )
    assert str(known.selector(info(labels=LABELS))) == "app=web"


def test_controllers_add_their_selectors() -> None:
    known = siblings(service("mine", {"app": "web"}), ReplicaSet=owner("ReplicaSet", {"matchLabels": {"hash": "1"}}))
    assert str(known.selector(owned("ReplicaSet"))) == "app=web,hash=1"
    known = siblings(StatefulSet=owner("StatefulSet", {"matchLabels": {"app": "web"}}))
    assert str(known.selector(owned("StatefulSet"))) == "app=web"
    known = siblings(ReplicationController=owner("ReplicationController", {"hash": "1"}))
    assert str(known.selector(owned("ReplicationController", "v1"))) == "hash=1"


def test_a_namesake_of_the_owner_is_not_the_owner() -> None:
    known = siblings(ReplicaSet=owner("ReplicaSet", {"matchLabels": {"hash": "1"}}, uid="another"))
    assert known.selector(owned("ReplicaSet")).empty
