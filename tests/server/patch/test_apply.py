"""Server-side apply: merging, ownership, conflicts, pruning, and the bridge from client-side apply."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind
from apimachinery.status import BadRequest, Conflict
from openapi.schema import type_of
from server.patch.errors import FailedPatch
from server.patch.fieldset import excluding, field_set
from server.patch.last_applied import ANNOTATION
from server.patch.managed import apply, keep_times, record_update

DEPLOYMENT = type_of(GroupVersionKind("apps", "v1", "Deployment"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)

Obj = dict[str, Any]


def _deployment(spec: Obj | None = None, **metadata: Any) -> Obj:
    obj: Obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "ns", **metadata}}
    return obj if spec is None else {**obj, "spec": spec}


def _containers(*containers: Obj) -> Obj:
    return {"template": {"spec": {"containers": list(containers)}}}


def _apply(
    live: Obj | None, config: Obj, manager: str = "a", *, force: bool = False, now: datetime = NOW, **more: Any
) -> Obj:
    before = copy.deepcopy((live, config))
    options = {"api_version": "apps/v1", "kind": "Deployment", **more}
    result = apply(live, config, DEPLOYMENT, manager=manager, force=force, now=now, **options)
    assert (live, config) == before
    return result


def _update(live: Obj | None, new: Obj, manager: str, now: datetime = NOW, **more: Any) -> Obj:
    new = copy.deepcopy(new)
    record_update(live, new, DEPLOYMENT, manager=manager, api_version="apps/v1", now=now, **more)
    return new


def _live(obj: Obj) -> Obj:
    """As stored: with a uid."""
    return {**obj, "metadata": {**obj["metadata"], "uid": "u"}}


def _owned(obj: Obj) -> Obj:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", [])}


def _fields(obj: Obj, manager: str = "a") -> Any:
    return _owned(obj)[manager]


def test_applying_what_does_not_exist_makes_it() -> None:
    config = _deployment({"replicas": 1, "selector": {"matchLabels": {"a": "b"}}}, labels={"x": "y"})
    obj = _apply(None, config)
    assert obj["spec"]["replicas"] == 1
    assert obj["metadata"]["labels"] == {"x": "y"}
    assert obj["metadata"]["managedFields"] == [
        {
            "manager": "a",
            "operation": "Apply",
            "apiVersion": "apps/v1",
            "time": "2026-01-02T03:04:05Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:metadata": {"f:labels": {"f:x": {}}},
                "f:spec": {"f:replicas": {}, "f:selector": {}},
            },
        }
    ]


def test_a_config_merges_into_what_others_wrote() -> None:
    live = _live(_update(None, _deployment({"replicas": 1, **_containers({"name": "c", "image": "i"})}), "u"))
    obj = _apply(
        live, _deployment(_containers({"name": "c", "command": ["x"]}, {"name": "d", "image": "j"})), now=LATER
    )
    assert obj["spec"]["replicas"] == 1
    assert obj["spec"]["template"]["spec"]["containers"] == [
        {"name": "c", "image": "i", "command": ["x"]},
        {"name": "d", "image": "j"},
    ]
    assert _fields(obj)["f:spec"]["f:template"]["f:spec"]["f:containers"] == {
        'k:{"name":"c"}': {".": {}, "f:command": {}, "f:name": {}},
        'k:{"name":"d"}': {".": {}, "f:image": {}, "f:name": {}},
    }


def test_changing_what_another_owns_is_a_conflict() -> None:
    live = _live(_update(None, _deployment({"replicas": 1}), "x"))
    with pytest.raises(Conflict) as caught:
        _apply(live, _deployment({"replicas": 2}))
    assert caught.value.to_status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 1 conflict: conflict with "x" using apps/v1: .spec.replicas',
        "reason": "Conflict",
        "details": {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "x" using apps/v1',
                    "field": ".spec.replicas",
                }
            ]
        },
        "code": 409,
    }


def test_many_conflicts_are_listed_by_manager() -> None:
    live = _live(
        _apply(None, _deployment({"replicas": 1, **_containers({"name": "c", "image": "i"})}, labels={"a": "1"}))
    )
    live = _update(live, {**live, "spec": {**live["spec"], "paused": True}}, "b", subresource="status")
    config = _deployment(
        {"replicas": 2, "paused": False, **_containers({"name": "c", "image": "j"})}, labels={"a": "2"}
    )
    with pytest.raises(Conflict) as caught:
        _apply(live, config, "c")
    assert caught.value.message == (
        'Apply failed with 4 conflicts: conflicts with "a":\n'
        "- .metadata.labels.a\n"
        "- .spec.replicas\n"
        '- .spec.template.spec.containers[name="c"].image\n'
        'conflicts with "b" with subresource "status" using apps/v1:\n'
        "- .spec.paused"
    )
    assert [cause["field"] for cause in caught.value.to_status()["details"]["causes"]] == [
        ".metadata.labels.a",
        ".spec.replicas",
        '.spec.template.spec.containers[name="c"].image',
        ".spec.paused",
    ]


def test_force_takes_the_disputed_fields() -> None:
    live = _live(_update(None, _deployment({"replicas": 1, "paused": True}), "x"))
    obj = _apply(live, _deployment({"replicas": 2}), force=True)
    assert obj["spec"] == {"replicas": 2, "paused": True}
    assert _owned(obj) == {"a": {"f:spec": {"f:replicas": {}}}, "x": {"f:spec": {"f:paused": {}}}}


def test_equal_values_are_owned_together_without_conflict() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1})))
    obj = _apply(live, _deployment({"replicas": 1}), "b", now=LATER)
    assert _owned(obj) == {"a": {"f:spec": {"f:replicas": {}}}, "b": {"f:spec": {"f:replicas": {}}}}
    # Upstream gives the new owner no time when the object stays the same.
    assert [entry.get("time") for entry in obj["metadata"]["managedFields"]] == [None, "2026-01-02T03:04:05Z"]


def test_a_no_op_apply_returns_the_live_object_itself() -> None:
    config = _deployment({"replicas": 1, **_containers({"name": "c", "image": "i"})})
    live = _live(_apply(None, config))
    assert _apply(live, config, now=LATER) is live


def test_the_time_moves_when_the_object_changes() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1})))
    obj = _apply(live, _deployment({"replicas": 2}), now=LATER)
    assert obj["metadata"]["managedFields"][0]["time"] == "2026-01-02T03:04:15Z"


def test_what_is_applied_no_longer_goes_away() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1, "paused": True}, labels={"a": "1", "b": "2"})))
    obj = _apply(live, _deployment({"replicas": 1}, labels={"b": "2"}))
    assert obj["spec"] == {"replicas": 1}
    assert obj["metadata"]["labels"] == {"b": "2"}


def test_an_item_goes_with_what_nobody_owns_below_it() -> None:
    live = _live(_apply(None, _deployment(_containers({"name": "c", "image": "i"}, {"name": "d", "image": "j"}))))
    live["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = "Always"
    obj = _apply(live, _deployment(_containers({"name": "c", "image": "i"})))
    assert obj["spec"]["template"]["spec"]["containers"] == [{"name": "c", "image": "i"}]


def test_what_another_still_owns_stays() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1, "paused": True})))
    live = _apply(live, _deployment({"replicas": 1}), "b")
    obj = _apply(live, _deployment({"paused": True}))
    assert obj["spec"] == {"replicas": 1, "paused": True}
    assert _owned(obj) == {"a": {"f:spec": {"f:paused": {}}}, "b": {"f:spec": {"f:replicas": {}}}}


def test_an_item_another_owns_a_field_of_stays_with_that_field() -> None:
    live = _live(_apply(None, _deployment(_containers({"name": "c", "image": "i"}))))
    live = _apply(live, _deployment(_containers({"name": "c", "tty": True})), "b")
    obj = _apply(live, _deployment({"replicas": 1}))
    assert obj["spec"]["template"]["spec"]["containers"] == [{"name": "c", "tty": True}]


def test_a_manager_that_applies_nothing_owns_nothing() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1})))
    obj = _apply(live, _deployment())
    assert "managedFields" not in obj["metadata"]
    assert "spec" not in obj or not obj["spec"]


def test_atomic_values_are_replaced_and_owned_whole() -> None:
    live = _live(_apply(None, _deployment({"selector": {"matchLabels": {"a": "1"}}})))
    with pytest.raises(Conflict, match=r"conflict with \"a\": \.spec\.selector$"):
        _apply(live, _deployment({"selector": {"matchLabels": {"b": "2"}}}), "b")
    obj = _apply(live, _deployment({"selector": {"matchLabels": {"b": "2"}}}))
    assert obj["spec"]["selector"] == {"matchLabels": {"b": "2"}}


def test_items_are_told_apart_by_all_keys_and_their_defaults() -> None:
    ports = [{"containerPort": 80, "name": "x"}]
    live = _live(_apply(None, _deployment(_containers({"name": "c", "ports": ports}))))
    config = [{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80, "protocol": "TCP", "name": "x"}]
    obj = _apply(live, _deployment(_containers({"name": "c", "ports": config})), "b")
    assert obj["spec"]["template"]["spec"]["containers"][0]["ports"] == [
        {"containerPort": 80, "protocol": "UDP"},
        {"containerPort": 80, "name": "x", "protocol": "TCP"},
    ]


@pytest.mark.parametrize(
    ("live", "config", "expected"),
    [
        ("abc", "b", "abc"),
        ("abc", "ca", "bca"),
        ("abc", "d", "abcd"),
        ("ac", "abc", "abc"),
        ("abcd", "dxb", "acdxb"),
        ("", "ba", "ba"),
        ("aab", "b", "aab"),
        ("aab", "a", "ab"),
    ],
)
def test_applied_items_keep_the_applied_order_and_live_ones_their_place(live: str, config: str, expected: str) -> None:
    before = _deployment(finalizers=[f"x/{name}" for name in live])
    obj = _apply(_live(before), _deployment(finalizers=[f"x/{name}" for name in config]), force=True)
    assert obj["metadata"]["finalizers"] == [f"x/{name}" for name in expected]


def test_an_update_of_the_same_manager_is_another_owner() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1})))
    live = _update(live, {**live, "spec": {"replicas": 2}}, "a")
    assert [entry["operation"] for entry in live["metadata"]["managedFields"]] == ["Update"]
    with pytest.raises(Conflict, match=r'conflict with "a" using apps/v1: \.spec\.replicas'):
        _apply(live, _deployment({"replicas": 3}))


def test_subresources_are_other_owners() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1})))
    with pytest.raises(Conflict, match=r'conflict with "a": \.spec\.replicas'):
        _apply(live, _deployment({"replicas": 2}), subresource="scale")


def test_fields_the_endpoint_does_not_write_are_neither_owned_nor_disputed() -> None:
    live = _live(_update(None, {**_deployment({"replicas": 1}), "status": {"replicas": 1}}, "x"))
    config = {**_deployment({"paused": True}), "status": {"replicas": 2}}
    obj = _apply(live, config, reset=excluding(field_set("status")))
    assert _fields(obj) == {"f:spec": {"f:paused": {}}}


def test_what_was_there_before_anybody_kept_track_is_owned_by_a_stand_in() -> None:
    live = _live(_deployment({"replicas": 1}))
    obj = _apply(live, _deployment({"paused": True}), now=LATER)
    assert [(e["manager"], e["operation"], e["fieldsV1"]) for e in obj["metadata"]["managedFields"]] == [
        ("a", "Apply", {"f:spec": {"f:paused": {}}}),
        ("before-first-apply", "Update", {"f:spec": {"f:replicas": {}}}),
    ]


def test_sets_from_before_a_field_became_atomic_count_as_the_whole_field() -> None:
    live = _live(_apply(None, _deployment({"selector": {"matchLabels": {"a": "1"}}})))
    stale: Obj = {"f:spec": {"f:selector": {"f:matchLabels": {"f:a": {}}}}}
    live["metadata"]["managedFields"][0]["fieldsV1"] = stale
    with pytest.raises(Conflict, match=r"conflict with \"a\": \.spec\.selector$"):
        _apply(live, _deployment({"selector": {"matchLabels": {"a": "2"}}}), "b")
    new = _update(live, {**live, "spec": {"selector": {"matchLabels": {"a": "2"}}}}, "c")
    assert _owned(new) == {"c": {"f:spec": {"f:selector": {}}}}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"apiVersion": "apps/v1beta1", "kind": "Deployment"}, "invalid object type: apps/v1beta1, Kind=Deployment"),
        ({"apiVersion": "apps/v1", "kind": "ReplicaSet"}, "invalid object type: apps/v1, Kind=ReplicaSet"),
        ({"apiVersion": "v1", "kind": "Deployment"}, "invalid object type: /v1, Kind=Deployment"),
        ({}, "invalid object type: /, Kind="),
        (_deployment(managedFields=[]), "metadata.managedFields must be nil"),
    ],
)
def test_a_config_must_be_of_the_kind_and_without_managed_fields(config: Obj, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        _apply(None, config)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"foo": 1}, ".spec.foo: field not declared in schema"),
        ({"replicas": "x"}, ".spec.replicas: expected numeric (int or float), got string"),
        ({"paused": "x"}, ".spec.paused: expected boolean, got &{x}"),
        (
            {"strategy": {"type": 5}},
            ".spec.strategy.type: expected string, got &value.valueUnstructured{Value:5}",
        ),
        ({"template": []}, ".spec.template: expected map, got &{[]}"),
        (
            _containers() | {"selector": {"matchExpressions": 1}},
            ".spec.selector.matchExpressions: expected list, got &{1}",
        ),
        (
            {"selector": {"matchExpressions": [{"bar": 1}]}},
            ".spec.selector.matchExpressions[0].bar: field not declared in schema",
        ),
        (
            _containers({"image": "i"}),
            ".spec.template.spec.containers: element 0: associative list with keys has an element that omits all key "
            'fields ["name"] (and doesn\'t have default values for any key fields)',
        ),
        (
            {"template": {"spec": {"containers": [None]}}},
            ".spec.template.spec.containers: element 0: associative list with keys may not have a null element",
        ),
        (
            _containers({"name": "c"}, {"name": "c"}),
            '.spec.template.spec.containers: duplicate entries for key [name="c"]',
        ),
        (
            {"paused": 1, "replicas": True},
            "errors:\n  .spec.paused: expected boolean, got &{1}\n"
            "  .spec.replicas: expected numeric (int or float), got bool",
        ),
    ],
)
def test_a_config_that_does_not_fit_the_type_is_refused(spec: Obj, message: str) -> None:
    with pytest.raises(FailedPatch) as caught:
        _apply(None, _deployment(spec))
    assert caught.value.message == f"failed to create typed patch object (ns/d; apps/v1, Kind=Deployment): {message}"


def test_the_same_set_member_twice_in_a_config_is_refused() -> None:
    with pytest.raises(FailedPatch, match=r'\.metadata\.finalizers: duplicate entries for key \[="a/b"\]'):
        _apply(None, _deployment(finalizers=["a/b", "a/b"]))


def test_null_does_not_delete_objects_but_unsets_scalars() -> None:
    live = _live(_update(None, _deployment({"replicas": 1, "template": {"spec": {"hostNetwork": True}}}), "x"))
    obj = _apply(live, _deployment({"replicas": None, "template": None}), force=True)
    assert obj["spec"] == {"replicas": None, "template": {"spec": {"hostNetwork": True}}}


class TestClientSideApply:
    """The manager kubectl takes over from ``kubectl apply`` on the client."""

    LAST = _deployment({"replicas": 3, **_containers({"name": "c", "image": "i1"})})

    def _live(self, spec: Obj, last: Obj | str | None = None) -> Obj:
        text = last if isinstance(last, str) else json.dumps(last or self.LAST)
        return _live(_update(None, _deployment(spec, annotations={ANNOTATION: text}), "kubectl-client-side-apply"))

    def test_takes_what_the_annotation_vouches_for(self) -> None:
        live = self._live({"replicas": 3, **_containers({"name": "c", "image": "i1"})})
        obj = _apply(live, _deployment({"replicas": 4}), "kubectl")
        assert obj["spec"]["replicas"] == 4

    def test_but_not_what_was_changed_since(self) -> None:
        live = self._live({"replicas": 100, **_containers({"name": "c", "image": "i1"})})
        config = _deployment({"replicas": 333, **_containers({"name": "c", "image": "i2"})})
        with pytest.raises(Conflict) as caught:
            _apply(live, config, "kubectl")
        assert caught.value.message == (
            'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'
        )

    @pytest.mark.parametrize(
        "last",
        [
            "no json",
            "[]",
            "{}",
            json.dumps({**LAST, "apiVersion": "extensions/v1beta1"}),
            json.dumps({**LAST, "spec": "no spec"}),
        ],
    )
    def test_a_bad_annotation_vouches_for_nothing(self, last: str) -> None:
        with pytest.raises(Conflict, match=r"\.spec\.replicas"):
            _apply(self._live({"replicas": 3}, last), _deployment({"replicas": 4}), "kubectl")

    def test_other_managers_have_no_such_right(self) -> None:
        with pytest.raises(Conflict, match=r"\.spec\.replicas"):
            _apply(self._live({"replicas": 3}), _deployment({"replicas": 4}), "other")

    def test_the_annotation_is_kept_up_to_date(self) -> None:
        obj = _apply(self._live({"replicas": 3}), _deployment({"replicas": 4}, labels={"a": "<b>"}), "kubectl")
        assert obj["metadata"]["annotations"][ANNOTATION] == (
            '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"a":"\\u003cb\\u003e"},'
            '"name":"d","namespace":"ns"},"spec":{"replicas":4}}\n'
        )

    def test_the_annotation_does_not_quote_itself(self) -> None:
        config = _deployment({"replicas": 3}, annotations={ANNOTATION: "x", "other": "y"})
        obj = _apply(None, config, "kubectl")
        quoted = json.loads(obj["metadata"]["annotations"][ANNOTATION])
        assert quoted["metadata"]["annotations"] == {"other": "y"}

    def test_an_annotation_that_would_be_too_large_is_dropped(self) -> None:
        config = _deployment({"replicas": 4}, annotations={"big": "x" * (200 * 1024)})
        obj = _apply(self._live({"replicas": 3}), config, "kubectl")
        assert ANNOTATION not in obj["metadata"]["annotations"]

    def test_other_managers_leave_the_annotation_alone(self) -> None:
        obj = _apply(self._live({"replicas": 3}), _deployment({"paused": True}), "other")
        assert json.loads(obj["metadata"]["annotations"][ANNOTATION]) == self.LAST


class TestKeepTimes:
    def test_undoes_a_change_of_times_alone(self) -> None:
        live = _live(_apply(None, _deployment({"replicas": 1})))
        new = copy.deepcopy(live)
        new["metadata"]["managedFields"][0]["time"] = "2030-01-01T00:00:00Z"
        keep_times(live, new)
        assert new == live

    def test_keeps_the_new_time_when_anything_else_changed(self) -> None:
        live = _live(_apply(None, _deployment({"replicas": 1})))
        new = copy.deepcopy(live)
        new["metadata"]["managedFields"][0]["time"] = "2030-01-01T00:00:00Z"
        new["spec"]["replicas"] = 2
        keep_times(live, new)
        assert new["metadata"]["managedFields"][0]["time"] == "2030-01-01T00:00:00Z"

    def test_keeps_the_new_time_when_ownership_changed(self) -> None:
        live = _live(_apply(None, _deployment({"replicas": 1})))
        new = copy.deepcopy(live)
        new["metadata"]["managedFields"][0] |= {"time": "2030-01-01T00:00:00Z", "manager": "b"}
        keep_times(live, new)
        assert new["metadata"]["managedFields"][0]["time"] == "2030-01-01T00:00:00Z"


def test_versions_of_other_managers_are_compared_in_their_version() -> None:
    live = _live(_apply(None, _deployment({"replicas": 1, "paused": True})))
    live["metadata"]["managedFields"][0]["apiVersion"] = "apps/v2"

    def convert(obj: Obj, version: str) -> tuple[Obj, Any]:
        if version == "apps/v3":
            raise KeyError(version)
        return {**obj, "apiVersion": version}, DEPLOYMENT

    with pytest.raises(Conflict, match=r"\.spec\.replicas"):
        _apply(live, _deployment({"replicas": 2}), "b", convert=convert)
    # The applier's own last set is of another version: what it held is still pruned.
    obj = _apply(live, _deployment({"replicas": 1}), convert=convert)
    assert obj["spec"] == {"replicas": 1}
    assert obj["apiVersion"] == "apps/v1"
    live["metadata"]["managedFields"][0]["apiVersion"] = "apps/v3"
    obj = _apply(live, _deployment({"replicas": 2}), "b", convert=convert)
    assert list(_owned(obj)) == ["b"]
