"""Decides what a node may do. For users that are no nodes it has no opinion.

Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go; the reasons are upstream's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import orjson

from apimachinery.fields import FieldRequirement
from apimachinery.gvk import GroupResource
from server.authn.user import User
from server.authz.authorizer import Attributes, Rules, Verdict
from server.authz.node.graph import Graph
from server.authz.node.identity import node_of
from server.authz.node.references import Vertex
from server.authz.rbac.rules import Rule
from storage.cache import ResourceCache
from storage.types import Entry

_NO_OPINION = Verdict(False)
_ALLOWED = Verdict(True)
_LEASES = "kube-node-lease"
_OWN_VERBS = frozenset({"get", "create", "update", "patch", "delete"})
_READ = frozenset({"get", "list", "watch"})
_WRITE = frozenset({"update", "patch"})
_NODE_NAME = "spec.nodeName"
_SLICE_VERBS = "get, watch, list, create, update, patch, delete, deletecollection"


class NodeAuthorizer:
    """``rules`` are those of the role ``system:node``, for what is not told apart by node.

    ``named`` holds the caches of the resources whose objects name their node themselves, by plural.
    """

    def __init__(self, graph: Graph, named: Mapping[str, ResourceCache], rules: Sequence[Rule]) -> None:
        self._graph = graph
        self._named = named
        self._rules = tuple(rules)
        self._special = {
            ("", "secrets"): self._read_related,
            ("", "configmaps"): self._read_related,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "persistentvolumes"): self._get_related,
            ("resource.k8s.io", "resourceclaims"): self._get_related,
            ("storage.k8s.io", "volumeattachments"): self._get_related,
            ("", "serviceaccounts"): self._service_account,
            ("coordination.k8s.io", "leases"): self._lease,
            ("storage.k8s.io", "csinodes"): self._csi_node,
            ("resource.k8s.io", "resourceslices"): self._resource_slice,
            ("certificates.k8s.io", "podcertificaterequests"): self._pod_certificate,
            ("", "nodes"): self._node,
            ("", "pods"): self._pod,
        }

    async def authorize(self, attributes: Attributes) -> Verdict:
        node = node_of(attributes.user)
        if node is None:
            return _NO_OPINION
        if not node:
            return Verdict(False, f'unknown node for user "{attributes.user.name}"')
        if attributes.is_resource:
            special = self._special.get((attributes.group, attributes.resource))
            if special is not None:
                return special(node, attributes)
        return _ALLOWED if any(rule.allows(attributes) for rule in self._rules) else _NO_OPINION

    async def rules(self, user: User, namespace: str) -> Rules:
        """What a node may do depends on its pods and is not listed."""
        return Rules((), (), incomplete=node_of(user) is not None)

    def _related(self, node: str, asked: Attributes) -> Verdict:
        if not asked.name:
            return Verdict(False, "No Object name found")
        if self._has_to_do(node, Vertex(asked.resource, asked.namespace, asked.name)):
            return _ALLOWED
        return Verdict(False, f"no relationship found between node '{node}' and this object")

    def _has_to_do(self, node: str, vertex: Vertex) -> bool:
        named = self._named.get(vertex.resource)
        if named is None:
            return self._graph.related(node, vertex)
        entry = named.get(vertex.namespace, vertex.name)
        return entry is not None and _named_node(entry) == node

    def _get_related(self, node: str, asked: Attributes) -> Verdict:
        if asked.verb != "get":
            return Verdict(False, "can only get individual resources of this type")
        if asked.subresource:
            return Verdict(False, "cannot get subresource")
        return self._related(node, asked)

    def _read_related(self, node: str, asked: Attributes) -> Verdict:
        if asked.verb not in _READ:
            return Verdict(False, "can only read resources of this type")
        if asked.subresource:
            return Verdict(False, "cannot read subresource")
        if not asked.namespace:
            return Verdict(False, "can only read namespaced object of this type")
        return self._related(node, asked)

    def _claim(self, node: str, asked: Attributes) -> Verdict:
        if asked.subresource != "status":
            return self._get_related(node, asked)
        if asked.verb not in _WRITE:
            return Verdict(False, "can only get/update/patch this type")
        return self._related(node, asked)

    def _service_account(self, node: str, asked: Attributes) -> Verdict:
        if asked.verb == "get" and not asked.subresource:
            return self._read_related(node, asked)
        if asked.verb != "create" or not asked.name:
            return Verdict(False, "can only create tokens for individual service accounts")
        if asked.subresource != "token":
            return Verdict(False, "can only create token subresource of serviceaccount")
        return self._related(node, asked)

    def _lease(self, node: str, asked: Attributes) -> Verdict:
        if asked.verb not in _OWN_VERBS:
            return Verdict(False, "can only get, create, update, patch, or delete a node lease")
        if asked.namespace != _LEASES:
            return Verdict(False, f'can only access leases in the "{_LEASES}" system namespace')
        if asked.verb != "create" and asked.name != node:
            return Verdict(False, "can only access node lease with the same name as the requesting node")
        return _ALLOWED

    def _csi_node(self, node: str, asked: Attributes) -> Verdict:
        if asked.verb not in _OWN_VERBS:
            return Verdict(False, "can only get, create, update, patch, or delete a CSINode")
        if asked.subresource:
            return Verdict(False, "cannot authorize CSINode subresources")
        if asked.verb != "create" and asked.name != node:
            return Verdict(False, "can only access CSINode with the same name as the requesting node")
        return _ALLOWED

    def _resource_slice(self, node: str, asked: Attributes) -> Verdict:
        if asked.subresource:
            return Verdict(False, "cannot authorize ResourceSlice subresources")
        if asked.verb == "create":
            return _ALLOWED
        if asked.verb in _OWN_VERBS:
            return self._related(node, asked)
        if asked.verb not in ("watch", "list", "deletecollection"):
            return Verdict(False, f"only the following verbs are allowed for a ResourceSlice: {_SLICE_VERBS}")
        if _selects(asked, _NODE_NAME, node):
            return _ALLOWED
        return Verdict(False, "can only list/watch/deletecollection resourceslices with nodeName field selector")

    def _pod_certificate(self, node: str, asked: Attributes) -> Verdict:
        if asked.subresource:
            return Verdict(False, "nodes may not access the status subresource of PodCertificateRequests")
        if asked.verb == "create":
            return _ALLOWED
        if asked.verb == "get":
            return self._related(node, asked)
        if asked.verb not in _READ:
            return Verdict(False, f"nodes may not {asked.verb} podcertificaterequests")
        if _selects(asked, _NODE_NAME, node):
            return _ALLOWED
        return Verdict(False, "can only list/watch podcertificaterequests with nodeName field selector")

    def _node(self, node: str, asked: Attributes) -> Verdict:
        verb, subresource = asked.verb, asked.subresource
        if verb in _WRITE and subresource in ("", "status"):
            return _ALLOWED
        if subresource:
            return _NO_OPINION
        if verb == "create" or (verb in _READ and asked.name == node):
            return _ALLOWED
        if verb not in _READ:
            return _NO_OPINION
        what = f"'{asked.name}'" if asked.name else "all nodes"
        return Verdict(False, f"node '{node}' cannot read {what}, only its own Node object")

    def _pod(self, node: str, asked: Attributes) -> Verdict:
        verb = asked.verb
        if asked.subresource:
            own = (asked.subresource == "status" and verb in _WRITE) or (
                asked.subresource == "eviction" and verb == "create"
            )
            return _ALLOWED if own else _NO_OPINION
        if verb in ("create", "delete"):
            return _ALLOWED
        if verb == "get":
            return self._get_related(node, asked)
        if verb not in _READ:
            return _NO_OPINION
        if _selects(asked, _NODE_NAME, node):
            return _ALLOWED
        if asked.name:
            return self._related(node, asked)
        return Verdict(False, "can only list/watch pods with spec.nodeName field selector")


def _selects(asked: Attributes, field: str, value: str) -> bool:
    return FieldRequirement(field, "=", value) in asked.fields


def _named_node(entry: Entry) -> str:
    """``spec.nodeName``: out of the index where it can be selected by."""
    name = entry.index.fields.get(_NODE_NAME)
    if name is None:
        name = entry.memo.get(_NODE_NAME)
    if name is None:
        name = entry.memo[_NODE_NAME] = orjson.loads(entry.value)["spec"].get("nodeName", "")
    assert isinstance(name, str)
    return name


_NAMED = (
    GroupResource("", "pods"),
    GroupResource("storage.k8s.io", "volumeattachments"),
    GroupResource("resource.k8s.io", "resourceslices"),
    GroupResource("certificates.k8s.io", "podcertificaterequests"),
)
_PODS, _VOLUMES = GroupResource("", "pods"), GroupResource("", "persistentvolumes")


def node_authorizer(cache_of: Callable[[GroupResource], ResourceCache], rules: Sequence[Rule]) -> NodeAuthorizer:
    """``rules``: those of the role ``system:node``."""
    graph = Graph(cache_of(_PODS), cache_of(_VOLUMES))
    return NodeAuthorizer(graph, {resource.resource: cache_of(resource) for resource in _NAMED}, rules)
