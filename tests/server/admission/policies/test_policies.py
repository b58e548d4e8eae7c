"""Policies in CEL, through the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from apimachinery.objects import Object
from server.cel.literals import as_maps
from tests.server.custom.definitions import WIDGETS, definition, establish, widget
from tests.server.harness import Result, Server, config_map

GROUP = "/apis/admissionregistration.k8s.io/v1"
CMS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
RULE = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": ["*"]}


def put(server: Server, kind: str, name: str, spec: Object) -> None:
    obj = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    plural = f"{kind.lower()[:-1]}ies" if kind.endswith("y") else f"{kind.lower()}s"
    answer = server.post(f"{GROUP}/{plural}", obj)
    assert answer.status == 201, answer.text


def validating(server: Server, *validations: Object, binding: Mapping[str, Any] | None = None, **spec: Any) -> None:
    constraints = {"resourceRules": [{**RULE, "apiGroups": [""], "resources": ["configmaps"]}]}
    rules = {"matchConstraints": constraints, "validations": list(validations), **spec}
    put(server, "ValidatingAdmissionPolicy", "policy.example.com", rules)
    bound = {"policyName": "policy.example.com", "validationActions": ["Deny"], **(binding or {})}
    put(server, "ValidatingAdmissionPolicyBinding", "binding.example.com", bound)


def mutating(server: Server, expression: str, patch_type: str = "ApplyConfiguration", **spec: Any) -> None:
    within = "applyConfiguration" if patch_type == "ApplyConfiguration" else "jsonPatch"
    rules = {
        "matchConstraints": {"resourceRules": [{**RULE, "apiGroups": ["apps"], "resources": ["deployments"]}]},
        "mutations": [{"patchType": patch_type, within: {"expression": expression}}],
        "reinvocationPolicy": "Never",
        **spec,
    }
    put(server, "MutatingAdmissionPolicy", "policy.example.com", rules)
    put(server, "MutatingAdmissionPolicyBinding", "binding.example.com", {"policyName": "policy.example.com"})


def said(answer: Result) -> str:
    return str(answer.json["message"])


def deployment(**annotations: str) -> Object:
    labels = {"app": "x"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "annotations": annotations},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


def test_what_a_policy_refuses_is_refused(server: Server) -> None:
    validating(server, {"expression": "has(object.data) && has(object.data.key)"})
    answer = server.post(CMS, config_map("a"))
    assert (answer.status, answer.json["reason"]) == (422, "Invalid")
    assert said(answer) == (
        "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'policy.example.com' with binding "
        "'binding.example.com' denied request: failed expression: has(object.data) && has(object.data.key)"
    )
    assert server.post(CMS, config_map("a", {"key": "v"})).status == 201
    assert server.patch(f"{CMS}/a", {"data": {"key": None}}).status == 422


def test_messages_and_reasons_are_the_policys(server: Server) -> None:
    validation = {
        "expression": "object.metadata.name != 'bad'",
        "message": "not that name",
        "messageExpression": "'not ' + object.metadata.name",
        "reason": "Forbidden",
    }
    validating(server, validation)
    answer = server.post(CMS, config_map("bad"))
    assert (answer.status, answer.json["reason"]) == (403, "Forbidden")
    assert said(answer).endswith("denied request: not bad")


def test_a_policy_without_a_binding_does_nothing(server: Server) -> None:
    constraints = {"resourceRules": [{**RULE, "apiGroups": [""], "resources": ["configmaps"]}]}
    spec = {"matchConstraints": constraints, "validations": [{"expression": "false"}]}
    put(server, "ValidatingAdmissionPolicy", "policy.example.com", spec)
    assert server.post(CMS, config_map("a")).status == 201


@pytest.mark.parametrize(
    ("binding", "spec", "refused"),
    [
        ({"matchResources": {"namespaceSelector": {"matchLabels": {"x": "y"}}}}, {}, False),
        ({"matchResources": {"objectSelector": {"matchLabels": {"guarded": "yes"}}}}, {}, True),
        ({"matchResources": {"resourceRules": [{**RULE, "resourceNames": ["other"]}]}}, {}, False),
        ({"matchResources": {"resourceRules": [{**RULE, "resourceNames": ["a"]}]}}, {}, True),
        ({"matchResources": {"excludeResourceRules": [RULE]}}, {}, False),
        ({}, {"matchConditions": [{"name": "c", "expression": "request.userInfo.username != 'admin'"}]}, False),
        ({}, {"matchConditions": [{"name": "c", "expression": "request.operation == 'CREATE'"}]}, True),
    ],
)
def test_whom_a_policy_is_for(server: Server, binding: Object, spec: Any, refused: bool) -> None:
    validating(server, {"expression": "false"}, binding=binding, **spec)
    answer = server.post(CMS, config_map("a", labels={"guarded": "yes"}))
    assert (answer.status == 422) == refused


def test_expressions_see_variables_the_namespace_and_what_was(server: Server) -> None:
    validating(
        server,
        {"expression": "variables.long || namespaceObject.metadata.name != 'default'", "message": "too short"},
        {"expression": "oldObject == null || oldObject.data.key.size() <= object.data.key.size()", "message": "shrunk"},
        variables=[
            {"name": "text", "expression": "object.data.key"},
            {"name": "long", "expression": "variables.text.size() > 2"},
        ],
    )
    assert said(server.post(CMS, config_map("a", {"key": "ab"}))).endswith("too short")
    assert server.post(CMS, config_map("a", {"key": "abcd"})).status == 201
    assert said(server.patch(f"{CMS}/a", {"data": {"key": "abc"}})).endswith("shrunk")


@pytest.mark.parametrize(("failure", "status"), [("Fail", 422), ("Ignore", 201)])
def test_an_expression_that_fails_refuses_unless_that_is_to_be_ignored(
    server: Server, failure: str, status: int
) -> None:
    validating(server, {"expression": "object.nothing.at.all"}, failurePolicy=failure)
    answer = server.post(CMS, config_map("a"))
    assert answer.status == status
    if status == 422:
        assert "expression 'object.nothing.at.all' resulted in error: no such key: nothing" in said(answer)


def test_a_policy_may_warn_and_note_instead(server: Server) -> None:
    validating(
        server,
        {"expression": "false", "message": "hm"},
        binding={"validationActions": ["Warn", "Audit"]},
        auditAnnotations=[{"key": "who", "valueExpression": "request.userInfo.username"}],
    )
    answer = server.post(CMS, config_map("a"))
    assert answer.status == 201
    assert answer.warnings == [
        "299 - \"Validation failed for ValidatingAdmissionPolicy 'policy.example.com' with binding "
        "'binding.example.com': hm\""
    ]


def test_parameters_are_objects_of_any_kind(server: Server) -> None:
    establish(server, definition())
    kind = {"apiVersion": "example.com/v1", "kind": "Widget"}
    reference = {"name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"}
    validating(
        server,
        {"expression": "object.data.size() <= params.spec.size", "message": "too many keys"},
        binding={"paramRef": reference},
        paramKind=kind,
    )
    answer = server.post(CMS, config_map("a", {"k": "v"}))
    assert said(answer).endswith(
        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    )
    server.post(WIDGETS, widget("limits", size=1))
    assert server.post(CMS, config_map("a", {"k": "v"})).status == 201
    assert said(server.post(CMS, config_map("b", {"k": "v", "l": "w"}))).endswith("too many keys")


def test_a_policy_changes_objects_as_apply_would(server: Server) -> None:
    mutating(server, "Object{metadata: Object.metadata{annotations: {'by': object.metadata.name}}}")
    made = server.post(DEPLOYMENTS, deployment(kept="yes")).json
    assert made["metadata"]["annotations"] == {"by": "d", "kept": "yes"}


def test_containers_are_merged_by_name(server: Server) -> None:
    container = "Object.spec.template.spec.containers{name: 'proxy', image: 'p'}"
    pod_spec = f"Object.spec.template.spec{{containers: [{container}]}}"
    mutating(server, f"Object{{spec: Object.spec{{template: Object.spec.template{{spec: {pod_spec}}}}}}}")
    containers = server.post(DEPLOYMENTS, deployment()).json["spec"]["template"]["spec"]["containers"]
    assert sorted(one["name"] for one in containers) == ["c", "proxy"]
    assert all(one["imagePullPolicy"] for one in containers)


def test_a_policy_may_patch(server: Server) -> None:
    mutating(server, '[JSONPatch{op: "replace", path: "/spec/replicas", value: 3}]', "JSONPatch")
    assert server.post(DEPLOYMENTS, deployment()).json["spec"]["replicas"] == 3


def test_a_patch_that_does_not_apply_says_why(server: Server) -> None:
    mutating(server, '[JSONPatch{op: "add", path: "/spec/nothing/here", value: 3}]', "JSONPatch")
    assert "JSON Patch: add operation does not apply: doc is missing path" in said(
        server.post(DEPLOYMENTS, deployment())
    )


def test_a_change_that_does_not_fit_refuses(server: Server) -> None:
    mutating(server, "Object{spec: Object.spec{nonsense: 1}}")
    answer = server.post(DEPLOYMENTS, deployment())
    assert answer.status == 422
    assert "MutatingAdmissionPolicy 'policy.example.com' with binding 'binding.example.com' denied" in said(answer)


def test_no_policy_stands_in_the_way_of_policies(server: Server) -> None:
    everything = {"resourceRules": [{**RULE, "operations": ["*"], "resources": ["*/*"]}]}
    validating(server, {"expression": "false"}, matchConstraints=everything)
    assert server.post(CMS, config_map("a")).status == 422
    assert server.delete(f"{GROUP}/validatingadmissionpolicies/policy.example.com").status == 200
    assert server.post(CMS, config_map("a")).status == 201


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("Object{spec: Object.spec{replicas: 1}}", '{"spec": {"replicas": 1}}'),
        ("Object{ ?spec: optional.none() }", '{ ?"spec": optional.none() }'),
        ("[JSONPatch{op: 'add', path: a ? b : c}]", '[{"op": \'add\', "path": a ? b : c}]'),
        ("Object{m: Object.m{l: {a: 'Object{x: 1}'}}}", '{"m": {"l": {a: \'Object{x: 1}\'}}}'),
        ("object.Object == 1", "object.Object == 1"),
        ("x.map(y, Object{a: y})", 'x.map(y, {"a": y})'),
    ],
)
def test_typed_objects_are_written_as_maps(expression: str, written: str) -> None:
    assert as_maps(expression) == written
