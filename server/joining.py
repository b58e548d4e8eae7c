"""What lets nodes join from the start: a bootstrap token, the rights of those who bear one, the cluster's description.

The policy is what upstream's documents and kubeadm set up (TLS bootstrapping): bearers of bootstrap tokens may ask for
certificates, which are approved if they are kubelets'; nodes may renew theirs; anybody may read ``cluster-info``, which
says where the API server is and how to know it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import NotFound
from server.api import Api
from server.authn.bootstrap_token import BOOTSTRAPPERS, NAMESPACE, PREFIX, TYPE
from server.authn.user import ANONYMOUS, NODES
from server.bootstrap import ensure
from server.registry.codec import decode
from server.registry.context import WriteContext

_RBAC = "rbac.authorization.k8s.io"
_SECRETS, _MAPS = GroupResource("", "secrets"), GroupResource("", "configmaps")
_PUBLIC, _INFO, _KUBECONFIG = "kube-public", "cluster-info", "kubeconfig"
_REQUESTS = "system:certificates.k8s.io:certificatesigningrequests"


@dataclass(frozen=True, slots=True)
class Joining:
    """``token``: ``<id>.<secret>``; ``kubeconfig``: one without credentials, the content of ``cluster-info``."""

    token: str
    kubeconfig: str


def _bound(name: str, role: str, group: str) -> Object:
    return {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"kubejazz:{name}"},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group}],
    }


_READ_INFO = {"name": "kubejazz:bootstrap-signer-clusterinfo", "namespace": _PUBLIC}

POLICY: tuple[Object, ...] = (
    _bound("kubelet-bootstrap", "system:node-bootstrapper", BOOTSTRAPPERS),
    _bound("node-autoapprove-bootstrap", f"{_REQUESTS}:nodeclient", BOOTSTRAPPERS),
    _bound("node-autoapprove-certificate-rotation", f"{_REQUESTS}:selfnodeclient", NODES),
    {
        "kind": "Role",
        "metadata": _READ_INFO,
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [_INFO]}],
    },
    {
        "kind": "RoleBinding",
        "metadata": _READ_INFO,
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": _READ_INFO["name"]},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": ANONYMOUS}],
    },
)
"""Roles and bindings, without what all of the bootstrap policy carry."""


async def let_nodes_join(api: Api, joining: Joining) -> None:
    await ensure(api, _SECRETS, _token(joining.token))
    await ensure(api, _MAPS, _cluster_info(joining.kubeconfig))
    registry = api.registries[_MAPS]
    if decode(registry.get(_PUBLIC, _INFO).value)["data"].get(_KUBECONFIG) == joining.kubeconfig:
        return

    async def transform(now: Object | None) -> Object:
        if now is None:
            raise NotFound.of(_MAPS, _INFO)
        return {**now, "data": {**(now.get("data") or {}), _KUBECONFIG: joining.kubeconfig}}

    actor = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update"}'
    await registry.update(WriteContext(namespace=_PUBLIC, actor=actor), _INFO, transform)


def _cluster_info(kubeconfig: str) -> Object:
    metadata = {"name": _INFO, "namespace": _PUBLIC}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": {_KUBECONFIG: kubeconfig}}


def _token(token: str) -> Object:
    identifier, _, key = token.partition(".")
    values = {
        "description": "Lets the nodes of this data directory join.",
        "token-id": identifier,
        "token-secret": key,
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
    }
    return {
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {"name": f"{PREFIX}{identifier}", "namespace": NAMESPACE},
        "type": TYPE,
        "data": {name: base64.b64encode(value.encode()).decode() for name, value in values.items()},
    }
