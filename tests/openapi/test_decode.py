from __future__ import annotations

import json
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind
from openapi.decode import DecodeError, canonicalise, decode, parse_json
from openapi.schema import Type, type_of

POD = type_of(GroupVersionKind("", "v1", "Pod"))
SERVICE = type_of(GroupVersionKind("", "v1", "Service"))
DEPLOYMENT = type_of(GroupVersionKind("apps", "v1", "Deployment"))
CRD = type_of(GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"))
SECRET = type_of(GroupVersionKind("", "v1", "Secret"))
EVENT = type_of(GroupVersionKind("", "v1", "Event"))
NODE = type_of(GroupVersionKind("", "v1", "Node"))
LEASE = type_of(GroupVersionKind("coordination.k8s.io", "v1", "Lease"))


def said(value: Any, type_: Type) -> str:
    """The text of the decoded object."""
    return json.dumps(decode(value, type_)[0], separators=(",", ":"))


def refused(value: Any, type_: Type) -> str:
    with pytest.raises(DecodeError) as error:
        decode(value, type_)
    return str(error.value)


def pod(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [], **spec}}


def container(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "c", **fields}])


def test_fields_are_printed_in_gos_order_and_kind_comes_first() -> None:
    value = {"spec": {"nodeName": "n", "containers": [{"image": "i", "name": "c"}]}, "apiVersion": "v1", "kind": "Pod"}
    assert said(value, POD) == (
        '{"kind":"Pod","apiVersion":"v1","metadata":{},'
        '"spec":{"containers":[{"name":"c","image":"i","resources":{}}],"nodeName":"n"},"status":{}}'
    )


def test_structs_are_printed_though_empty_and_lists_without_omitempty_as_null() -> None:
    assert said({}, POD) == '{"metadata":{},"spec":{"containers":null},"status":{}}'
    assert said({}, SERVICE) == '{"metadata":{},"spec":{},"status":{"loadBalancer":{}}}'
    assert '"strategy":{}' in said({}, DEPLOYMENT)


def test_times_that_are_not_set_are_null_but_for_the_creation_timestamp() -> None:
    printed = said({"metadata": {"creationTimestamp": None}}, EVENT)
    assert '"firstTimestamp":null' in printed and '"eventTime":null' in printed and '"metadata":{}' in printed


def test_omitempty_drops_zero_values_and_a_pointer_keeps_them() -> None:
    spec = {"hostNetwork": False, "hostname": "", "priority": 0, "terminationGracePeriodSeconds": 0, "nodeSelector": {}}
    assert said(pod(**spec), POD).endswith(
        '"spec":{"containers":[],"terminationGracePeriodSeconds":0,"priority":0},"status":{}}'
    )


def test_null_is_absence() -> None:
    value = {"metadata": None, "spec": {"containers": [None], "volumes": None, "nodeSelector": {"a": None}}}
    assert said(value, POD) == (
        '{"metadata":{},"spec":{"containers":[{"name":"","resources":{}}],"nodeSelector":{"a":""}},"status":{}}'
    )
    assert said(None, POD) == said({}, POD)


def test_map_keys_are_sorted() -> None:
    assert '"labels":{"A":"3","a":"2","b":"1"}' in said({"metadata": {"labels": {"b": "1", "a": "2", "A": "3"}}}, POD)


def test_quantities_times_and_bytes_become_canonical() -> None:
    assert '"limits":{"cpu":"500m","memory":"1Ki"}' in said(
        container(resources={"limits": {"memory": "1024", "cpu": 0.5} | {"memory": "1Ki"}}), POD
    )
    assert '"creationTimestamp":"2026-01-01T09:00:00Z"' in said(
        {"metadata": {"creationTimestamp": "2026-01-01T10:00:00.75+01:00"}}, POD
    )
    assert '"renewTime":"2026-01-01T10:00:00.123456Z"' in said(
        {"spec": {"renewTime": "2026-01-01T10:00:00.123456Z"}}, LEASE
    )
    assert '"data":{"a":"aGk=","b":""}' in said({"data": {"b": "", "a": "aG\nk="}}, SECRET)


def test_the_zero_time_counts_as_not_set() -> None:
    assert '"metadata":{}' in said({"metadata": {"creationTimestamp": "0001-01-01T00:00:00Z"}}, POD)


def test_int_or_string_keeps_what_it_was() -> None:
    probe = {"httpGet": {"port": "http"}, "periodSeconds": 5}
    assert '"httpGet":{"port":"http"},"periodSeconds":5' in said(container(livenessProbe=probe), POD)
    assert '"httpGet":{"port":0}' in said(container(livenessProbe={"httpGet": {}}), POD)


def test_a_schema_may_be_a_list_a_bool_or_strings_where_json_schema_allows() -> None:
    schema = {
        "items": [{"type": "string", "Nope": 1}],
        "additionalProperties": False,
        "dependencies": {"a": ["b"], "c": {"type": "object"}},
        "maximum": 1.0,
        "default": None,
        "enum": [None, 1],
    }
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
    got, messages = decode({"spec": {"versions": versions}}, CRD)
    assert messages == []
    assert got["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == {
        "maximum": 1,
        "enum": [None, 1],
        "items": [{"type": "string"}],
        "additionalProperties": False,
        "dependencies": {"a": ["b"], "c": {"type": "object"}},
    }


def test_unknown_fields_are_named_with_their_path_and_left_out() -> None:
    value = pod(containers=[{"name": "c", "foo": 1}], bar=None)
    value["metadata"]["Labels"] = {}
    got, messages = decode(value, POD)
    assert messages == [
        'unknown field "metadata.Labels"',
        'unknown field "spec.bar"',
        'unknown field "spec.containers[0].foo"',
    ]
    assert got == decode(pod(containers=[{"name": "c"}]), POD)[0]


def test_duplicates_and_unknown_fields_are_told_in_one_order() -> None:
    body = b"""{"apiVersion": "apps/v1", "kind": "Deployment", "spec": {
        "unknown1": 1, "unknownDupe": 1, "unknownDupe": 2, "paused": true, "paused": false,
        "template": {"spec": {"containers": [
            {"name": "c", "unknownNested": 1, "imagePullPolicy": "Always", "imagePullPolicy": "Never"}]}}}}"""
    value, _ = parse_json(body, find_duplicates=True)
    got, messages = decode(value, DEPLOYMENT)
    assert messages == [
        'unknown field "spec.unknown1"',
        'unknown field "spec.unknownDupe"',
        'duplicate field "spec.paused"',
        'unknown field "spec.template.spec.containers[0].unknownNested"',
        'duplicate field "spec.template.spec.containers[0].imagePullPolicy"',
    ]
    assert "paused" not in got["spec"]
    assert got["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "Never"


def test_repeated_keys_of_a_map_are_named_by_their_path() -> None:
    value, _ = parse_json(b'{"metadata": {"labels": {"a": "1", "a": "2"}}}', find_duplicates=True)
    assert decode(value, POD) == (
        {"metadata": {"labels": {"a": "2"}}, "spec": {"containers": None}, "status": {}},
        ['duplicate field "metadata.labels.a"'],
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "json: cannot unmarshal array into Go value of type v1.Pod"),
        ("x", "json: cannot unmarshal string into Go value of type v1.Pod"),
        (
            pod(containers="no"),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            container(image=1),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string",
        ),
        (
            container(imagePullPolicy=[]),
            "json: cannot unmarshal array into Go struct field Container.spec.containers.imagePullPolicy "
            "of type v1.PullPolicy",
        ),
        (
            pod(terminationGracePeriodSeconds=1.5),
            "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds "
            "of type int64",
        ),
        (
            pod(priority=1.0),
            "json: cannot unmarshal number 1.0 into Go struct field PodSpec.spec.priority of type int32",
        ),
        (
            pod(priority=2147483648),
            "json: cannot unmarshal number 2147483648 into Go struct field PodSpec.spec.priority of type int32",
        ),
        (
            pod(hostNetwork=1),
            "json: cannot unmarshal number into Go struct field PodSpec.spec.hostNetwork of type bool",
        ),
        (
            {"metadata": {"labels": {"a": 1}}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            pod(nodeSelector=[]),
            "json: cannot unmarshal array into Go struct field PodSpec.spec.nodeSelector of type map[string]string",
        ),
        (
            container(resources={"limits": 1}),
            "json: cannot unmarshal number into Go struct field ResourceRequirements.spec.containers.resources.limits "
            "of type v1.ResourceList",
        ),
        (
            {"metadata": {"creationTimestamp": 5}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ),
        (
            {"metadata": {"creationTimestamp": "yesterday"}},
            'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
        ),
        (
            container(livenessProbe={"httpGet": {"port": True}}),
            "json: cannot unmarshal bool into Go struct field "
            "HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
        ),
        (
            container(resources={"limits": {"cpu": {}}}),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
    ],
)
def test_wrong_types_are_refused_in_gos_words(value: Any, message: str) -> None:
    assert refused(value, POD) == message


def test_the_first_type_error_is_told_unless_a_value_cannot_be_parsed() -> None:
    assert "hostNetwork" in refused(pod(hostNetwork=1, hostname=2), POD)
    value = {"metadata": {"labels": {"a": 1}, "creationTimestamp": "x"}}
    assert refused(value, POD).startswith('parsing time "x"')


def test_errors_below_a_schema_union_keep_the_place_of_the_union() -> None:
    def crd(schema: Any) -> Any:
        return {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}

    assert refused(crd({"items": {"maximum": "1"}}), CRD) == (
        "json: cannot unmarshal string into Go struct field "
        "JSONSchemaProps.spec.versions.schema.openAPIV3Schema.items of type float64"
    )
    assert refused(crd({"additionalProperties": "x"}), CRD) == "boolean or JSON schema expected"


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a", 0),
        ("ab", 0),
        ("abc", 0),
        ("abcd!", 4),
        ("ab=", 3),
        ("a=bc", 1),
        ("ab==x", 4),
        ("abcde", 4),
        ("ab=c", 2),
        ("é", 0),
    ],
)
def test_bad_base64_is_told_with_its_offset(text: str, offset: int) -> None:
    assert refused({"data": {"k": text}}, SECRET) == f"illegal base64 data at input byte {offset}"


def test_a_value_nested_beyond_reason_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(3000):
        schema = {"not": schema}
    value = {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}
    assert refused(value, CRD) == "exceeded max depth"


def test_decoding_changes_neither_the_value_nor_shares_it() -> None:
    value = container(command=["a"], env=[{"name": "A"}])
    before = json.dumps(value)
    got, _ = decode(value, POD)
    got["spec"]["containers"][0]["command"].append("b")
    got["spec"]["containers"][0]["env"].clear()
    assert json.dumps(value) == before


def test_canonicalise_restores_order_and_zero_values_after_changes() -> None:
    obj, _ = decode(container(resources={"limits": {"cpu": "1"}}), POD)
    obj["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "1000m"
    obj["spec"]["containers"][0]["imagePullPolicy"] = ""
    del obj["status"]
    obj["metadata"]["annotations"] = {"b": "1", "a": "2"}
    obj["nonsense"] = 1
    assert json.dumps(canonicalise(obj, POD), separators=(",", ":")) == (
        '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","annotations":{"a":"2","b":"1"}},'
        '"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"1"}}}]},"status":{}}'
    )


def test_canonical_objects_stay_as_they_are() -> None:
    allocatable = {"cpu": "4", "memory": "8Gi"}
    node, _ = decode(
        {"status": {"allocatable": allocatable, "conditions": [{"type": "Ready", "status": "True"}]}}, NODE
    )
    assert json.dumps(canonicalise(node, NODE)) == json.dumps(node) == json.dumps(decode(node, NODE)[0])


def test_null_bytes_in_a_map_are_empty_bytes() -> None:
    secret = type_of(GroupVersionKind("", "v1", "Secret"))
    got, _ = decode({"kind": "Secret", "apiVersion": "v1", "data": {"a": None}}, secret)
    assert got["data"] == {"a": ""}
