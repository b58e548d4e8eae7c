"""On which nodes a DaemonSet's pod should run, and the pod for one of them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, name_of
from apimachinery.pods import untolerated_taint
from controllers.shared.history import HASH
from controllers.shared.ownership import controller_reference, labels_of
from controllers.shared.pods import pod_from_template

DAEMONSET = GroupVersion("apps", "v1").kind("DaemonSet")
GENERATION = "pod-template-generation"
GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"
_NAME_FIELD = "metadata.name"
_EXECUTE, _SCHEDULE = "NoExecute", "NoSchedule"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", _EXECUTE),
    ("node.kubernetes.io/unreachable", _EXECUTE),
    ("node.kubernetes.io/disk-pressure", _SCHEDULE),
    ("node.kubernetes.io/memory-pressure", _SCHEDULE),
    ("node.kubernetes.io/pid-pressure", _SCHEDULE),
    ("node.kubernetes.io/unschedulable", _SCHEDULE),
)
_NETWORK = ("node.kubernetes.io/network-unavailable", _SCHEDULE)
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}").fullmatch


class Wish(NamedTuple):
    """Whether a pod should be made on the node, and whether one that is there may stay."""

    run: bool
    stay: bool


def wish(daemonset: Object, node: Object) -> Wish:
    spec = daemonset["spec"]["template"].get("spec") or {}
    if spec.get("nodeName") not in (None, "", name_of(node)) or not _is_selected(spec, node):
        return Wish(False, False)
    taints = (node.get("spec") or {}).get("taints") or ()
    tolerations = tolerations_of(spec)
    if untolerated_taint(taints, tolerations, (_EXECUTE, _SCHEDULE)) is None:
        return Wish(True, True)
    return Wish(False, untolerated_taint(taints, tolerations, (_EXECUTE,)) is None)


def tolerations_of(spec: Mapping[str, Any]) -> list[Object]:
    """The template's and those that every daemon has."""
    tolerated = (*_TOLERATED, _NETWORK) if spec.get("hostNetwork") else _TOLERATED
    own = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in tolerated]
    given = spec.get("tolerations") or []
    return [*given, *(toleration for toleration in own if toleration not in given)]


def daemon_pod(daemonset: Object, node: str, revision: str) -> Object:
    """``revision``: the hash of the template."""
    template = daemonset["spec"]["template"]
    pod = pod_from_template(template, name_of(daemonset), controller_reference(daemonset, DAEMONSET))
    labels = {**(pod["metadata"].get("labels") or {}), HASH: revision}
    generation = template_generation(daemonset)
    if generation is not None:
        labels[GENERATION] = generation
    pod["metadata"]["labels"] = labels
    spec = pod["spec"]
    pod["spec"] = {**spec, "affinity": _bound_to(spec.get("affinity") or {}, node), "tolerations": tolerations_of(spec)}
    return pod


def template_generation(daemonset: Mapping[str, Any]) -> str | None:
    return (daemonset["metadata"].get("annotations") or {}).get(GENERATION_ANNOTATION)


def node_of(pod: Mapping[str, Any]) -> str:
    """The node a pod is bound to, or was made for; "" if that cannot be told."""
    spec = pod.get("spec") or {}
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    for term in _terms(spec):
        for field in term.get("matchFields") or ():
            if (
                field.get("key") == _NAME_FIELD
                and field.get("operator") == "In"
                and len(field.get("values") or ()) == 1
            ):
                return str(field["values"][0])
    return ""


def _bound_to(affinity: Mapping[str, Any], node: str) -> Object:
    match = [{"key": _NAME_FIELD, "operator": "In", "values": [node]}]
    by_node = dict(affinity.get("nodeAffinity") or {})
    required = by_node.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    terms = [{**term, "matchFields": match} for term in required.get("nodeSelectorTerms") or ()]
    by_node["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms or [{"matchFields": match}]}
    return {**affinity, "nodeAffinity": by_node}


def _is_selected(spec: Mapping[str, Any], node: Object) -> bool:
    labels = labels_of(node)
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    return affinity is None or any(_matches(term, node) for term in _terms(spec))


def _terms(spec: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    terms: Iterable[Mapping[str, Any]] = required.get("nodeSelectorTerms") or ()
    return terms


def _matches(term: Mapping[str, Any], node: Object) -> bool:
    """A term without conditions matches nothing."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    labels, names = labels_of(node), {_NAME_FIELD: name_of(node)}
    return all(_holds(e, labels) for e in expressions) and all(_holds(f, names) for f in fields)


def _holds(condition: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    value = values.get(condition["key"])
    wanted: list[str] = condition.get("values") or []
    match condition.get("operator"):
        case "In":
            return value is not None and value in wanted
        case "NotIn":
            return value is None or value not in wanted
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return bool(wanted) and _is_less(wanted[0], value)
        case "Lt":
            return bool(wanted) and _is_less(value, wanted[0])
    return False


def _is_less(left: str | None, right: str | None) -> bool:
    if left is None or right is None or not (_INTEGER(left) and _INTEGER(right)):
        return False
    return int(left) < int(right)
