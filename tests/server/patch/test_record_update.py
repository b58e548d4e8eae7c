"""record_update: who owns what after creates, updates and patches."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind
from openapi.schema import type_of
from server.patch.fieldset import excluding, field_set
from server.patch.managed import record_update

CONFIG_MAP = type_of(GroupVersionKind("", "v1", "ConfigMap"))
POD = type_of(GroupVersionKind("", "v1", "Pod"))
DEPLOYMENT = type_of(GroupVersionKind("apps", "v1", "Deployment"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)


def _config_map(data: dict[str, str] | None, **metadata: Any) -> dict[str, Any]:
    metadata = {"name": "cm", "namespace": "default", "uid": "u1", **metadata}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return obj if data is None else {**obj, "data": data}


def _create(obj: dict[str, Any], manager: str = "creator") -> dict[str, Any]:
    record_update(None, obj, CONFIG_MAP, manager=manager, api_version="v1", now=NOW)
    return obj


def _update(live: dict[str, Any], new: dict[str, Any], manager: str, now: datetime = LATER) -> dict[str, Any]:
    record_update(live, new, CONFIG_MAP, manager=manager, api_version="v1", now=now)
    return new


def _owned(obj: dict[str, Any]) -> dict[str, Any]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", [])}


def test_a_create_is_owned_by_its_manager_in_wire_form() -> None:
    obj = _create(_config_map({"b": "2", "a": "1"}, labels={"x": "y"}))
    assert obj["metadata"]["managedFields"] == [
        {
            "manager": "creator",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-01-02T03:04:05Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:data": {".": {}, "f:a": {}, "f:b": {}},
                "f:metadata": {"f:labels": {".": {}, "f:x": {}}},
            },
        }
    ]
    assert list(obj["metadata"]["managedFields"][0]["fieldsV1"]) == ["f:data", "f:metadata"]


def test_identity_and_server_fields_belong_to_nobody() -> None:
    obj = _create(_config_map(None, resourceVersion="5", generation=1, selfLink="x", creationTimestamp="t"))
    assert "managedFields" not in obj["metadata"]


def test_a_manager_without_a_name_is_unknown() -> None:
    assert list(_owned(_create(_config_map({"a": "1"}), manager=""))) == ["unknown"]


def test_structs_every_object_of_the_kind_has_are_not_owned_themselves() -> None:
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"app": "x"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {"containers": [{"name": "c", "image": "i", "resources": {}}], "securityContext": {}},
            },
        },
        "status": {},
    }
    record_update(None, obj, DEPLOYMENT, manager="m", api_version="apps/v1", now=NOW)
    # As kubectl create deployment leaves it on an upstream server.
    assert _owned(obj)["m"] == {
        "f:spec": {
            "f:selector": {},
            "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}, "f:type": {}},
            "f:template": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"c"}': {".": {}, "f:image": {}, "f:name": {}, "f:resources": {}},
                    },
                    "f:securityContext": {},
                },
            },
        }
    }


def test_an_update_takes_what_it_changes_and_leaves_the_rest() -> None:
    live = _create(_config_map({"a": "1", "b": "2"}))
    before = copy.deepcopy(live)
    new = _update(live, _config_map({"a": "1", "b": "3", "c": "4"}), "other")
    assert _owned(new) == {
        "creator": {"f:data": {".": {}, "f:a": {}}},
        "other": {"f:data": {"f:b": {}, "f:c": {}}},
    }
    assert live == before


def test_what_is_removed_belongs_to_nobody() -> None:
    live = _create(_config_map({"a": "1", "b": "2"}))
    new = _update(live, _config_map({"a": "1"}), "other")
    assert _owned(new) == {"creator": {"f:data": {".": {}, "f:a": {}}}}


def test_a_manager_without_fields_disappears() -> None:
    live = _create(_config_map({"a": "1"}))
    assert _owned(_update(live, _config_map(None), "other")) == {}


def test_the_time_changes_only_with_the_managers_own_fields() -> None:
    live = _create(_config_map({"a": "1"}))
    new = _update(live, _config_map({"a": "1", "b": "2"}), "other")
    times = {entry["manager"]: entry["time"] for entry in new["metadata"]["managedFields"]}
    assert times == {"creator": "2026-01-02T03:04:05Z", "other": "2026-01-02T03:04:15Z"}


def test_a_no_op_update_changes_no_entry() -> None:
    live = _create(_config_map({"a": "1"}))
    assert _update(live, _config_map({"a": "1"}), "other") == live


def test_a_second_write_of_the_same_manager_adds_to_its_entry() -> None:
    live = _create(_config_map({"a": "1"}))
    new = _update(live, _config_map({"a": "1", "b": "2"}), "creator")
    assert _owned(new) == {"creator": {"f:data": {".": {}, "f:a": {}, "f:b": {}}}}
    assert new["metadata"]["managedFields"][0]["time"] == "2026-01-02T03:04:15Z"


def test_subresources_and_versions_have_entries_of_their_own() -> None:
    live = _create(_config_map({"a": "1"}))
    new = _config_map({"a": "2"})
    record_update(live, new, CONFIG_MAP, manager="creator", api_version="v1", subresource="status", now=LATER)
    assert [(e["manager"], e.get("subresource"), e["fieldsV1"]) for e in new["metadata"]["managedFields"]] == [
        ("creator", None, {"f:data": {}}),
        ("creator", "status", {"f:data": {"f:a": {}}}),
    ]


@pytest.mark.parametrize("sent", [[], [{}]])
def test_managed_fields_can_be_reset_and_stay_away(sent: list[Any]) -> None:
    live = _create(_config_map({"a": "1"}))
    new = _update(live, _config_map({"a": "2"}, managedFields=sent), "other")
    assert "managedFields" not in new["metadata"]
    again = _update(new, _config_map({"a": "3"}), "other")
    assert "managedFields" not in again["metadata"]


def test_invalid_managed_fields_leave_those_in_force() -> None:
    live = _create(_config_map({"a": "1"}))
    sent = [{"manager": "x", "operation": "Frob", "apiVersion": "v1", "fieldsType": "FieldsV1"}]
    assert _update(live, _config_map({"a": "1"}, managedFields=sent), "other") == live


def test_managed_fields_a_client_sets_are_taken() -> None:
    live = _create(_config_map({"a": "1"}))
    entry = {**live["metadata"]["managedFields"][0], "manager": "renamed", "time": "2020-01-01T00:00:00Z"}
    new = _update(live, _config_map({"a": "1"}, managedFields=[entry]), "other")
    assert new["metadata"]["managedFields"] == [entry]


def test_a_subresource_cannot_set_managed_fields() -> None:
    live = _create(_config_map({"a": "1"}))
    new = _config_map({"a": "1"}, managedFields=[])
    record_update(live, new, CONFIG_MAP, manager="other", api_version="v1", subresource="status", now=LATER)
    assert new["metadata"]["managedFields"] == live["metadata"]["managedFields"]


def test_fields_the_endpoint_does_not_write_are_not_recorded() -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c"}]},
        "status": {"phase": "Pending"},
    }
    reset = excluding(field_set("status"))
    record_update(None, obj, POD, manager="m", api_version="v1", now=NOW, reset=reset)
    assert list(_owned(obj)["m"]) == ["f:spec"]


def test_list_items_are_told_apart_by_keys_and_their_defaults() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 8}, {"containerPort": 80, "protocol": "UDP"}]
    obj = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "finalizers": ["b/x", "a/x"]},
        "spec": {"containers": [{"name": "c", "ports": ports}]},
    }
    record_update(None, obj, POD, manager="m", api_version="v1", now=NOW)
    owned = _owned(obj)["m"]
    container = owned["f:spec"]["f:containers"]['k:{"name":"c"}']
    assert list(container["f:ports"]) == [
        ".",
        'k:{"containerPort":8,"protocol":"TCP"}',
        'k:{"containerPort":80,"protocol":"TCP"}',
        'k:{"containerPort":80,"protocol":"UDP"}',
    ]
    assert list(owned["f:metadata"]["f:finalizers"]) == [".", 'v:"a/x"', 'v:"b/x"']


def test_items_that_occur_twice_are_owned_whole() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B", "value": "3"}]
    obj = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "env": env}]},
    }
    record_update(None, obj, POD, manager="m", api_version="v1", now=NOW)
    assert _owned(obj)["m"]["f:spec"]["f:containers"]['k:{"name":"c"}']["f:env"] == {
        ".": {},
        'k:{"name":"A"}': {},
        'k:{"name":"B"}': {".": {}, "f:name": {}, "f:value": {}},
    }


def test_an_item_without_identity_leaves_the_live_entries_in_force() -> None:
    live: dict[str, Any] = {"metadata": {"name": "p", "uid": "u"}, "spec": {"containers": [{"name": "c"}]}}
    record_update(None, live, POD, manager="m", api_version="v1", now=NOW)
    new: dict[str, Any] = {"metadata": {"name": "p", "uid": "u"}, "spec": {"containers": [{"image": "x"}]}}
    record_update(live, new, POD, manager="other", api_version="v1", now=LATER)
    assert new["metadata"]["managedFields"] == live["metadata"]["managedFields"]


def test_the_oldest_of_more_than_ten_updates_become_ancient() -> None:
    live = _create(_config_map({"k0": ""}), manager="m0")
    data = {"k0": ""}
    for number in range(1, 12):
        data = {**data, f"k{number}": ""}
        live = _update(live, _config_map(data), f"m{number}", NOW + timedelta(seconds=number))
    entries = live["metadata"]["managedFields"]
    assert [entry["manager"] for entry in entries] == ["ancient-changes", *(f"m{number}" for number in range(3, 12))]
    assert entries[0]["fieldsV1"] == {"f:data": {".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {}}}
    assert entries[0]["time"] == "2026-01-02T03:04:07Z"


def test_entries_of_another_version_are_compared_in_that_version_or_dropped() -> None:
    live = _create(_config_map({"a": "1", "b": "2"}))
    (entry,) = live["metadata"]["managedFields"]
    live["metadata"]["managedFields"] = [{**entry, "apiVersion": "v0"}, {**entry, "apiVersion": "gone"}]

    def convert(obj: dict[str, Any], version: str) -> tuple[dict[str, Any], Any]:
        if version != "v0":
            raise KeyError(version)
        return {**obj, "apiVersion": version}, CONFIG_MAP

    new = _config_map({"a": "9", "b": "2"})
    record_update(live, new, CONFIG_MAP, manager="m", api_version="v1", now=LATER, convert=convert)
    assert [(e["apiVersion"], e["fieldsV1"]) for e in new["metadata"]["managedFields"]] == [
        ("v0", {"f:data": {".": {}, "f:b": {}}}),
        ("v1", {"f:data": {"f:a": {}}}),
    ]
