"""Custom resources as their users meet them, through the server."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from tests.server.custom.definitions import (
    DEFINITIONS,
    SPEC,
    WIDGETS,
    change,
    conditions,
    definition,
    establish,
    eventually,
    version,
    widget,
)
from tests.server.harness import Server

SCALE = {
    "specReplicasPath": ".spec.size",
    "statusReplicasPath": ".status.size",
    "labelSelectorPath": ".status.selector",
}


@pytest.fixture
def widgets(server: Server) -> Server:
    establish(server, definition(version(subresources={"status": {}, "scale": SCALE})))
    return server


def test_an_object_is_defaulted_and_printed_in_the_order_of_its_keys(widgets: Server) -> None:
    created = widgets.post(WIDGETS, widget(parts=[{"name": "a"}])).json
    assert created["spec"] == {"color": "red", "parts": [{"count": 1, "name": "a"}], "size": 3}
    assert list(created) == ["apiVersion", "kind", "metadata", "spec"]
    assert list(created["metadata"]) == sorted(created["metadata"])
    assert created["metadata"]["generation"] == 1
    assert widgets.get(f"{WIDGETS}/w").json == created
    listed = widgets.get(WIDGETS).json
    assert (listed["kind"], listed["apiVersion"], listed["items"]) == ("WidgetList", "example.com/v1", [created])


def test_what_does_not_fit_the_schema_is_refused(widgets: Server) -> None:
    answer = widgets.post(WIDGETS, widget(size=11, color="green"))
    assert answer.status == 422
    assert answer.json["message"] == (
        'Widget.example.com "w" is invalid: [spec.size: Invalid value: 11: spec.size in body should be less than or '
        'equal to 10, spec.color: Unsupported value: "green": supported values: "red", "blue"]'
    )


def test_unknown_fields_are_pruned_refused_or_warned_of(widgets: Server) -> None:
    unknown = widget(more=1, free={"any": {"thing": [1]}})
    strict = widgets.post(WIDGETS, unknown, fieldValidation="Strict")
    assert strict.status == 400
    assert 'strict decoding error: unknown field "spec.more"' in strict.json["message"]
    warned = widgets.post(WIDGETS, unknown, fieldValidation="Warn")
    assert warned.warnings == ['299 - "unknown field \\"spec.more\\""']
    assert warned.json["spec"] == {"color": "red", "free": {"any": {"thing": [1]}}, "size": 3}


def test_a_repeated_key_of_a_map_list_is_refused(widgets: Server) -> None:
    answer = widgets.post(WIDGETS, widget(parts=[{"name": "a"}, {"name": "a"}]))
    assert 'spec.parts[1]: Duplicate value: {"name":"a"}' in answer.json["message"]


def test_status_and_spec_are_written_apart(widgets: Server) -> None:
    widgets.post(WIDGETS, {**widget(), "status": {"size": 9}})
    assert "status" not in widgets.get(f"{WIDGETS}/w").json
    widgets.patch(f"{WIDGETS}/w/status", {"status": {"size": 2}, "spec": {"size": 5}})
    after = widgets.get(f"{WIDGETS}/w").json
    assert (after["status"], after["spec"]["size"], after["metadata"]["generation"]) == ({"size": 2}, 3, 1)
    widgets.patch(f"{WIDGETS}/w", {"status": {"size": 7}, "spec": {"size": 5}})
    after = widgets.get(f"{WIDGETS}/w").json
    assert (after["status"], after["spec"]["size"], after["metadata"]["generation"]) == ({"size": 2}, 5, 2)


def test_the_scale_is_where_the_definition_says(widgets: Server) -> None:
    widgets.post(WIDGETS, widget())
    widgets.patch(f"{WIDGETS}/w/status", {"status": {"size": 2, "selector": "a=b"}})
    scale = widgets.get(f"{WIDGETS}/w/scale").json
    assert (scale["kind"], scale["spec"], scale["status"]) == (
        "Scale",
        {"replicas": 3},
        {"replicas": 2, "selector": "a=b"},
    )
    widgets.patch(f"{WIDGETS}/w/scale", {"spec": {"replicas": 4}})
    assert widgets.get(f"{WIDGETS}/w").json["spec"]["size"] == 4
    assert widgets.patch(f"{WIDGETS}/w/scale", {"spec": {"replicas": 11}}).status == 422


def test_map_lists_are_merged_by_apply_and_strategic_patches_are_not_taken(widgets: Server) -> None:
    for manager, name in (("one", "a"), ("two", "b")):
        body = widget(parts=[{"name": name}])
        answer = widgets.patch(f"{WIDGETS}/w", body, "apply-patch+yaml", fieldManager=manager)
        assert answer.status in (200, 201)
    assert [part["name"] for part in widgets.get(f"{WIDGETS}/w").json["spec"]["parts"]] == ["a", "b"]
    assert widgets.patch(f"{WIDGETS}/w", {}, "strategic-merge-patch+json").status == 415


def test_a_table_has_the_columns_of_the_definition(server: Server) -> None:
    columns = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Part", "type": "string", "jsonPath": ".spec.parts[?(@.count==2)].name", "description": "of two"},
        {"name": "Made", "type": "date", "jsonPath": ".metadata.creationTimestamp", "priority": 1},
    ]
    establish(server, definition(version(additionalPrinterColumns=columns)))
    server.post(WIDGETS, widget(parts=[{"name": "a"}, {"name": "b", "count": 2}]))
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    table = server.request("GET", WIDGETS, headers=accept).json
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Size", "Part", "Made"]
    assert table["columnDefinitions"][1]["description"] == (
        "Custom resource definition column (in JSONPath format): .spec.size"
    )
    assert table["rows"][0]["cells"][:3] == ["w", 3, "b"]


def test_a_watch_sees_what_happens(widgets: Server) -> None:
    stream = widgets.stream(WIDGETS, watch="1")
    widgets.post(WIDGETS, widget())
    widgets.patch(f"{WIDGETS}/w", {"spec": {"size": 4}})
    widgets.delete(f"{WIDGETS}/w")
    events = stream.take(3)
    assert [(event["type"], event["object"]["spec"]["size"]) for event in events] == [
        ("ADDED", 3),
        ("MODIFIED", 4),
        ("DELETED", 4),
    ]
    assert [event["object"]["kind"] for event in events] == ["Widget"] * 3
    stream.close()


def test_a_watch_ends_when_its_resource_is_served_otherwise_or_no_more(server: Server) -> None:
    establish(server, definition())
    stream = server.stream(WIDGETS, watch="1")
    size = {"type": "integer", "maximum": 7}
    change(server, definition(version(spec={**SPEC, "properties": {**SPEC["properties"], "size": size}})))
    assert stream.next() is None
    stream = server.stream(WIDGETS, watch="1")
    server.delete(f"{DEFINITIONS}/widgets.example.com")
    assert stream.next() is None


def test_objects_are_selected_by_the_fields_of_the_definition(server: Server) -> None:
    establish(server, definition(version(selectableFields=[{"jsonPath": ".spec.color"}])))
    server.post(WIDGETS, widget("a"))
    server.post(WIDGETS, widget("b", color="blue"))
    found = server.get(WIDGETS, fieldSelector="spec.color=blue").json["items"]
    assert [one["metadata"]["name"] for one in found] == ["b"]
    assert server.get(WIDGETS, fieldSelector="spec.size=3").status == 400


def test_discovery_and_openapi_tell_of_it(widgets: Server) -> None:
    resources = widgets.get("/apis/example.com/v1").json["resources"]
    assert [one["name"] for one in resources] == ["widgets", "widgets/scale", "widgets/status"]
    assert "example.com" in [group["name"] for group in widgets.get("/apis").json["groups"]]
    schemas = widgets.get("/openapi/v3/apis/example.com/v1").json["components"]["schemas"]
    assert schemas["com.example.v1.Widget"]["properties"]["spec"]["properties"]["size"]["maximum"] == 10
    assert "apis/example.com/v1" in widgets.get("/openapi/v3").json["paths"]
    swagger = widgets.get("/openapi/v2").json
    assert swagger["definitions"]["com.example.v1.Widget"]["x-kubernetes-group-version-kind"] == [
        {"group": "example.com", "kind": "Widget", "version": "v1"}
    ]
    assert f"{WIDGETS.replace('default', '{namespace}')}/{{name}}" in swagger["paths"]


def test_its_group_versions_have_api_services_while_they_are_served(widgets: Server) -> None:
    path = "/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com"
    spec = eventually(lambda: (found := widgets.get(path)).status == 200 and found.json["spec"])
    assert spec == {"group": "example.com", "version": "v1", "groupPriorityMinimum": 1000, "versionPriority": 100}
    widgets.delete(f"{DEFINITIONS}/widgets.example.com")
    eventually(lambda: widgets.get(path).status == 404)


def test_every_served_version_shows_the_same_objects(server: Server) -> None:
    old = version("v1beta1", storage=False, deprecated=True)
    establish(server, definition(version(), old))
    beta = WIDGETS.replace("v1", "v1beta1")
    answer = server.post(beta, widget(api_version="example.com/v1beta1"))
    assert answer.json["apiVersion"] == "example.com/v1beta1"
    assert answer.warnings == ['299 - "example.com/v1beta1 Widget is deprecated"']
    assert server.get(f"{WIDGETS}/w").json["apiVersion"] == "example.com/v1"
    stored = server.server.store.cache("widgets.example.com").get("default", "w")
    assert stored is not None
    assert b'"apiVersion":"example.com/v1"' in stored.value
    server.patch(f"{beta}/w", {"spec": {"size": 4}})
    assert server.get(f"{WIDGETS}/w").json["metadata"]["generation"] == 2


def test_what_was_stored_before_is_read_by_the_schema_of_today(server: Server) -> None:
    establish(server, definition())
    server.post(WIDGETS, widget(free={"x": 1}))
    properties: Object = {name: schema for name, schema in SPEC["properties"].items() if name != "free"}
    properties["shape"] = {"type": "string", "default": "round"}
    change(server, definition(version(spec={**SPEC, "properties": properties})))
    assert server.get(f"{WIDGETS}/w").json["spec"] == {"color": "red", "shape": "round", "size": 3}


def test_what_a_later_schema_refuses_may_stay_while_it_is_not_changed(server: Server) -> None:
    establish(server, definition())
    server.post(WIDGETS, widget(size=9))
    size = {"type": "integer", "maximum": 5}
    change(server, definition(version(spec={**SPEC, "properties": {**SPEC["properties"], "size": size}})))
    assert server.patch(f"{WIDGETS}/w", {"spec": {"color": "blue"}}).status == 200
    assert server.patch(f"{WIDGETS}/w", {"spec": {"size": 8}}).status == 422


def test_names_that_are_taken_are_not_given_until_they_are_free(server: Server) -> None:
    establish(server, definition())
    other = definition(plural="gadgets", kind="Gadget")
    server.post(DEFINITIONS, other)
    eventually(
        lambda: (
            conditions(server, "gadgets.example.com")
            == {"NamesAccepted": "ShortNamesConflict", "Established": "NotAccepted"}
        )
    )
    assert server.get("/apis/example.com/v1/gadgets").status == 404
    server.delete(f"{DEFINITIONS}/widgets.example.com")
    eventually(lambda: conditions(server, "gadgets.example.com").get("Established") == "InitialNamesAccepted")
    assert server.get("/apis/example.com/v1/gadgets").status == 200


def test_a_definition_goes_after_its_objects(widgets: Server) -> None:
    widgets.post(WIDGETS, widget("held"))
    widgets.patch(f"{WIDGETS}/held", {"metadata": {"finalizers": ["example.com/hold"]}})
    widgets.post(WIDGETS, widget("free"))
    answer = widgets.delete(f"{DEFINITIONS}/widgets.example.com")
    assert answer.json["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    eventually(lambda: len(widgets.get(WIDGETS).json["items"]) == 1)
    refused = widgets.post(WIDGETS, widget("new"))
    assert (refused.status, refused.json["message"]) == (
        405,
        "create not allowed while custom resource definition is terminating",
    )
    widgets.patch(f"{WIDGETS}/held", {"metadata": {"finalizers": None}})
    eventually(lambda: widgets.get(f"{DEFINITIONS}/widgets.example.com").status == 404)
    eventually(lambda: widgets.get(WIDGETS).status == 404)
    assert "example.com" not in [group["name"] for group in widgets.get("/apis").json["groups"]]


def test_a_restart_serves_what_was_established(widgets: Server) -> None:
    widgets.post(WIDGETS, widget())
    widgets.restart()
    assert widgets.get(f"{WIDGETS}/w").json["spec"]["size"] == 3


def test_a_finalizer_without_a_domain_is_warned_of(widgets: Server) -> None:
    obj = {**widget(), "metadata": {"name": "w", "finalizers": ["hold"]}}
    assert "prefer a domain-qualified finalizer name" in widgets.post(WIDGETS, obj).warnings[0]


def test_a_revision_is_where_no_other_text_can_be_taken_for_it(server: Server) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    establish(server, definition({**version(), "schema": {"openAPIV3Schema": schema}}))
    body = {**widget(), "a": {"resourceVersion": ""}, "metadata": {"name": "w", "labels": {"resourceVersion": ""}}}
    created = server.post(WIDGETS, body).json
    assert created["a"] == {"resourceVersion": ""}
    assert created["metadata"]["labels"] == {"resourceVersion": ""}
    assert created["metadata"]["resourceVersion"].isdigit()


def test_protobuf_is_for_built_in_kinds(widgets: Server) -> None:
    answer = widgets.request("POST", WIDGETS, b"k8s\0", headers={"Content-Type": "application/vnd.kubernetes.protobuf"})
    assert answer.status == 415
    assert widgets.request("GET", WIDGETS, headers={"Accept": "application/vnd.kubernetes.protobuf"}).status == 406


def test_an_object_as_deep_as_may_be_spoils_no_list(server: Server) -> None:
    establish(server, definition())
    free: Any = "x"
    for _ in range(237):
        free = {"a": free}
    assert server.post(WIDGETS, widget("deeper", free={"a": {"a": free}})).status == 400
    assert server.post(WIDGETS, widget("deep", free=free)).status == 201
    assert server.patch(f"{WIDGETS}/deep", {"spec": {"free": {"b": 1}}}).status == 200
    for wanted in ("application/json", "application/yaml", "application/json;as=Table;v=v1;g=meta.k8s.io"):
        for pretty in ("true", "false"):
            headers = {"Accept": wanted}
            listed = server.request("GET", WIDGETS, headers=headers, pretty=pretty, includeObject="Object")
            assert listed.status == 200, (wanted, listed.text[:200])


def test_of_very_many_errors_the_first_are_told(server: Server) -> None:
    numbers: Object = {"type": "array", "items": {"type": "integer", "minimum": 5}}
    ruled: Object = {"type": "array", "items": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 5"}]}}
    unique: Object = {"type": "array", "items": {"type": "integer"}, "x-kubernetes-list-type": "set"}
    spec = {"type": "object", "properties": {"numbers": numbers, "ruled": ruled, "unique": unique}}
    establish(server, definition(version(spec=spec)))
    for name, items in (("numbers", [1] * 20_000), ("ruled", [1] * 20_000), ("unique", [*range(5000)] * 2)):
        obj = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {name: items}}
        answer = server.post(WIDGETS, obj)
        assert (answer.status, len(answer.json["details"]["causes"])) == (422, 1000)
        assert answer.json["message"].endswith("], and more")
        assert len(answer.body) < 512 * 1024
