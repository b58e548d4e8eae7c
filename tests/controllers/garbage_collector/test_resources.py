from __future__ import annotations

from typing import Any

from apimachinery.gvk import GroupVersion
from client.discovery import APIResource
from controllers.garbage_collector.resources import Place, served

ALL = ("create", "delete", "list", "watch")


def resource(
    group: str, version: str, plural: str, kind: str, verbs: tuple[str, ...] = ALL, **more: Any
) -> APIResource:
    owner = GroupVersion(group, version)
    return APIResource(owner.resource(plural), owner.kind(kind), more.pop("namespaced", True), verbs, **more)


PODS = resource("", "v1", "pods", "Pod")
NODES = resource("", "v1", "nodes", "Node", namespaced=False)


def test_what_can_be_deleted_listed_and_watched_is_watched() -> None:
    bindings = resource("", "v1", "bindings", "Binding", ("create",))
    assert served([PODS, NODES, bindings]).watched == {PODS.gvr: PODS.kind, NODES.gvr: NODES.kind}


def test_events_are_not_watched_and_subresources_are_none() -> None:
    events = [resource("", "v1", "events", "Event"), resource("events.k8s.io", "v1", "events", "Event")]
    status = resource("", "v1", "pods", "Pod", subresource="status")
    assert served([*events, status]).watched == {}


def test_the_version_that_the_group_prefers_is_watched_once() -> None:
    v2 = resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
    v1 = resource("autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", preferred=False)
    assert served([v1, v2]).watched == {v2.gvr: v2.kind}
    assert served([v2, v1]).watched == {v2.gvr: v2.kind}


def test_what_only_another_version_has_is_watched_there() -> None:
    old = resource("x.io", "v1beta1", "olds", "Old", preferred=False)
    assert served([old]).watched == {old.gvr: old.kind}


def test_every_kind_is_found_by_the_words_of_a_reference_watched_or_not() -> None:
    v1 = resource("autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", preferred=False)
    places = served([PODS, NODES, v1]).places
    assert places["v1", "Pod"] == Place(PODS.gvr, namespaced=True)
    assert places["v1", "Node"] == Place(NODES.gvr, namespaced=False)
    assert places["autoscaling/v1", "HorizontalPodAutoscaler"].gvr == v1.gvr
