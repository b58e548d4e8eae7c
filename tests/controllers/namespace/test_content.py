from __future__ import annotations

from typing import Any

from apimachinery.gvk import GroupVersion, GroupVersionResource
from apimachinery.status import Forbidden, NotFound
from client.discovery import APIResource
from client.resources import CONFIGMAPS, EVENTS, PODS
from controllers.namespace.content import deletable, delete_content

ALL = ("delete", "deletecollection", "list")
CORE = GroupVersion("", "v1")


def _resource(gvr: GroupVersionResource, verbs: tuple[str, ...] = ALL, **more: Any) -> APIResource:
    given = {"namespaced": True, **more}
    return APIResource(gvr, GroupVersion(gvr.group, gvr.version).kind("Kind"), given.pop("namespaced"), verbs, **given)


class _Api:
    """Holds objects by resource; deletes those that nothing holds."""

    def __init__(self, **content: list[dict[str, Any]]) -> None:
        self.content = content
        self.asked: list[str] = []
        self.refuse: Exception | None = None

    def delete_collection(self, gvr: GroupVersionResource, namespace: str, **_: Any) -> None:
        self.asked.append(f"deletecollection {gvr.resource}")
        if self.refuse is not None:
            raise self.refuse
        self.content[gvr.resource] = [o for o in self.content.get(gvr.resource, []) if self._held(o)]

    def delete(self, gvr: GroupVersionResource, namespace: str, name: str, **_: Any) -> None:
        self.asked.append(f"delete {gvr.resource}/{name}")
        kept = [o for o in self.content[gvr.resource] if o["metadata"]["name"] != name]
        if len(kept) == len(self.content[gvr.resource]):
            raise NotFound("gone")
        self.content[gvr.resource] = kept

    def list(self, gvr: GroupVersionResource, namespace: str, **_: Any) -> dict[str, Any]:
        return {"items": self.content.get(gvr.resource, []), "metadata": {}}

    @staticmethod
    def _held(obj: dict[str, Any]) -> bool:
        metadata = obj["metadata"]
        return bool(metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"))


def _obj(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}}


def test_each_namespaced_deletable_resource_is_taken_once_in_its_preferred_version_pods_first() -> None:
    old, new = (GroupVersion("x", version).resource("things") for version in ("v1beta1", "v1"))
    found = deletable(
        [
            _resource(CONFIGMAPS),
            _resource(old, preferred=False),
            _resource(new),
            _resource(CORE.resource("nodes"), namespaced=False),
            _resource(CORE.resource("bindings"), ("create",)),
            _resource(PODS, subresource="status"),
            _resource(PODS),
        ]
    )
    assert [resource.gvr for resource in found] == [PODS, CONFIGMAPS, new]


def test_everything_goes_when_nothing_holds_it() -> None:
    api: Any = _Api(pods=[_obj("p")], configmaps=[_obj("c")])
    remaining = delete_content(api, "ns", [_resource(PODS), _resource(CONFIGMAPS)])
    assert remaining.empty
    assert api.content == {"pods": [], "configmaps": []}


def test_nothing_else_is_touched_while_pods_are_ending() -> None:
    api: Any = _Api(pods=[_obj("p", deletionGracePeriodSeconds=30)], configmaps=[_obj("c")])
    remaining = delete_content(api, "ns", [_resource(PODS), _resource(CONFIGMAPS)])
    assert remaining.counts == {PODS: 1}
    assert remaining.wait == 30.0
    assert api.asked == ["deletecollection pods"]


def test_finalizers_that_hold_objects_are_counted() -> None:
    api: Any = _Api(configmaps=[_obj("a", finalizers=["x/y"]), _obj("b", finalizers=["x/y"]), _obj("c")])
    remaining = delete_content(api, "ns", [_resource(CONFIGMAPS)])
    assert remaining.counts == {CONFIGMAPS: 2}
    assert remaining.finalizers == {"x/y": 2}


def test_a_resource_without_deletecollection_is_deleted_one_by_one() -> None:
    api: Any = _Api(configmaps=[_obj("a"), _obj("b")])
    assert delete_content(api, "ns", [_resource(CONFIGMAPS, ("delete", "list"))]).empty
    assert api.asked == ["delete configmaps/a", "delete configmaps/b"]


def test_one_resource_that_refuses_does_not_stop_the_others() -> None:
    api: Any = _Api(configmaps=[_obj("a")])
    api.refuse = Forbidden("no")
    remaining = delete_content(api, "ns", [_resource(CONFIGMAPS), _resource(EVENTS)])
    assert remaining.errors == ["no", "no"]
    assert not remaining.empty
