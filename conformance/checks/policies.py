"""Admission policies in CEL: what they refuse, what they change, and whom they leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubernetes.client import ApiException

from conformance import kinds
from conformance.api import Object
from conformance.check import Case, Check
from conformance.kinds import DEPLOYMENTS, NAMESPACES, REPLICA_SETS, Kind

_PATIENCE = 30.0
_PAUSE = 0.5
"""Seconds between two markers; each is a Deployment whose pods have to be taken down again."""


def _labelled(case: Case) -> str:
    """The run's namespace, which its policies select by a label of that name."""
    name = case.namespace
    case.api.patch(NAMESPACES, "", name, {"metadata": {"labels": {name: "true"}}})
    return name


def _matching(namespace: str) -> Object:
    return {"namespaceSelector": {"matchLabels": {namespace: "true"}}}


def _constraints(namespace: str) -> Object:
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"]}
    return {**_matching(namespace), "resourceRules": [{**rule, "operations": ["CREATE", "UPDATE"]}]}


def _in_force(case: Case, policy: Kind, binding: Kind, spec: Object, **of_binding: Any) -> str:
    """A policy and its binding for the run's namespace alone; the namespace."""
    namespace = _labelled(case)
    name = f"{namespace}.policy.example.com"
    case.create(policy, {"metadata": {"name": name}, "spec": {"matchConstraints": _constraints(namespace), **spec}})
    bound = {"policyName": name, "matchResources": _matching(namespace), **of_binding}
    case.create(binding, {"metadata": {"name": f"{namespace}.binding.example.com"}, "spec": bound})
    return namespace


def _body(name: str, replicas: int) -> Object:
    labels = {"app": "nginx"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def _created(case: Case, kind: Kind, name: str, replicas: int) -> Object:
    """Created, and deleted again."""
    made = case.create(kind, _body(name, replicas))
    case.api.delete(kind, case.namespace, name)
    return made


def _marker_refused(case: Case) -> None:
    """A policy takes effect some time after it is created."""

    def refused() -> bool:
        try:
            _created(case, DEPLOYMENTS, "marker-deployment", 1)
        except ApiException as error:
            if error.status == 422:
                return True
            raise
        return False

    case.eventually(refused, "a deployment of one replica to be refused by the policy", _PATIENCE, _PAUSE)


def _validates(spec: Callable[[str], Object], allowed: int) -> Callable[[Case], None]:
    """A deployment of one replica is refused, one of ``allowed`` is not, and replica sets are nobody's business."""

    def check(case: Case) -> None:
        rules = spec(case.namespace)
        _in_force(case, kinds.VALIDATING_POLICIES, kinds.VALIDATING_BINDINGS, rules, validationActions=["Deny"])
        _marker_refused(case)
        _created(case, DEPLOYMENTS, "replicated", allowed)
        _created(case, REPLICA_SETS, "non-replicated", 1)

    return check


def _replicas(namespace: str) -> Object:
    return {
        "validations": [
            {
                "expression": "object.spec.replicas > 1",
                "messageExpression": "'wants replicas > 1, got ' + object.spec.replicas",
            },
            {
                "expression": f"namespaceObject.metadata.name == '{namespace}'",
                "message": "Internal error! Other namespace should not be allowed.",
            },
        ]
    }


def _variables(namespace: str) -> Object:
    return {
        "variables": [
            {"name": "replicas", "expression": "object.spec.replicas"},
            {"name": "oddReplicas", "expression": "variables.replicas % 2 == 1"},
        ],
        "validations": [{"expression": "variables.replicas > 1"}, {"expression": "variables.oddReplicas"}],
    }


def _mutates(expression: str, changed: Callable[[Object], bool]) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}
        spec = {"reinvocationPolicy": "Never", "mutations": [mutation]}
        _in_force(case, kinds.MUTATING_POLICIES, kinds.MUTATING_BINDINGS, spec)
        case.eventually(
            lambda: changed(_created(case, DEPLOYMENTS, "marker-deployment", 1)),
            "a deployment to be changed by the policy",
            _PATIENCE,
            _PAUSE,
        )

    return check


_VALIDATING = "[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should "
_MUTATING = "[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should "
_ANNOTATED = "Object{metadata: Object.metadata{annotations: {'mutated-by': 'admission-policy'}}}"
CHECKS = (
    Check(_VALIDATING + "validate against a Deployment [Conformance]", _validates(_replicas, 2)),
    Check(_VALIDATING + "allow expressions to refer variables. [Conformance]", _validates(_variables, 3)),
    Check(
        _MUTATING + "mutate a Deployment with annotations [Conformance]",
        _mutates(
            _ANNOTATED, lambda one: one["metadata"].get("annotations", {}).get("mutated-by") == "admission-policy"
        ),
    ),
    Check(
        _MUTATING + "mutate a Deployment [Conformance]",
        _mutates("Object{spec: Object.spec{replicas: 1337}}", lambda one: bool(one["spec"]["replicas"] == 1337)),
    ),
)
