"""What a binding gives its policy: objects of the kind the policy names.

Source: k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go (CollectParams).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.labels import from_label_selector
from apimachinery.objects import Object
from server.registry.kinds import ServedKinds
from server.registry.served import Served
from storage.types import Entry, Index, Key


class ParamError(Exception):
    """There are no parameters where there must be some; the message is upstream's."""


def params(
    policy: Mapping[str, Any], binding: Mapping[str, Any], namespace: str, kinds: ServedKinds
) -> Sequence[Object | None]:
    """None stands for no parameter. Empty: the binding does not apply. Raises ParamError."""
    kind, reference = policy.get("paramKind"), binding.get("paramRef")
    if not kind or not reference:
        return [None]
    served = kinds.served(kind.get("apiVersion") or "", kind.get("kind") or "")
    if served is None:
        raise ParamError(f"paramKind kind `{kind.get('apiVersion')}, Kind={kind.get('kind')}` not known")
    within = _namespace(reference, namespace, namespaced=served.resource.namespaced)
    if name := reference.get("name"):
        entry = served.registry.cache.get(within, name)
        found = [entry] if entry is not None else []
    else:
        found = _selected(served, within, reference.get("selector"))
    if not found and reference.get("parameterNotFoundAction") != "Allow":
        raise ParamError("no params found for policy binding with `Deny` parameterNotFoundAction")
    return [served.object_of(entry) for entry in found]


def _namespace(reference: Mapping[str, Any], namespace: str, *, namespaced: bool) -> str:
    wanted: str = reference.get("namespace") or ""
    if not namespaced:
        if wanted:
            raise ParamError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        return ""
    if not (wanted or namespace):
        raise ParamError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    return wanted or namespace


def _selected(served: Served, namespace: str, selector: Mapping[str, Any] | None) -> list[Entry]:
    wanted = from_label_selector(selector)

    def matches(index: Index, key: Key) -> bool:
        return wanted.matches(index.labels)

    return list(served.registry.cache.list(namespace or None, predicate=matches).entries)
