"""The objects that make a metrics server known: who it is, what it may, where it is.

Source: metrics-server's manifests. It is reached at a name and port of this machine, so its service is an ExternalName
one, and the APIService, which has the port, is written at each start and taken away at the end.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from apimachinery.gvk import GroupVersion, GroupVersionResource
from apimachinery.objects import Object
from apimachinery.status import NotFound
from client.api import APPLY, Client
from client.resources import (
    APISERVICES,
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
    CONFIGMAPS,
    ROLEBINDINGS,
    SERVICEACCOUNTS,
    SERVICES,
)
from metricsserver.objects import GROUP, VERSION

NAMESPACE, NAME = "kube-system", "metrics-server"
SERVER_NAME = f"{NAME}.{NAMESPACE}.svc"
API_SERVICE = f"{VERSION}.{GROUP}"
_TRUST = "extension-apiserver-authentication"
_RBAC = "rbac.authorization.k8s.io"
_LABELS = {"k8s-app": NAME}


class Trust(NamedTuple):
    """``authority``, PEM: who issues front proxies' certificates, for the common names ``names`` (all when empty)."""

    authority: str
    names: str


def install(client: Client) -> None:
    """Everything but the APIService. Raises StatusError, TransportError."""
    for gvr, obj in _objects():
        metadata = obj["metadata"]
        client.patch(gvr, metadata.get("namespace", ""), metadata["name"], obj, kind=APPLY, force=True)


def announce(client: Client, host: str, port: int, certificate: bytes) -> None:
    """Tell where the server is now. Raises StatusError, TransportError."""
    service = _service(host, port)
    client.patch(SERVICES, NAMESPACE, NAME, service, kind=APPLY, force=True)
    client.patch(APISERVICES, "", API_SERVICE, _api_service(port, certificate), kind=APPLY, force=True)


def withdraw(client: Client) -> None:
    """The group goes with the server. Raises StatusError, TransportError."""
    try:
        client.delete(APISERVICES, "", API_SERVICE)
    except NotFound:
        return


def trust(client: Client) -> Trust:
    """Whom the API server is to be believed by. Raises NotFound while there is no such thing."""
    data = client.get(CONFIGMAPS, NAMESPACE, _TRUST).get("data") or {}
    authority = data.get("requestheader-client-ca-file")
    if not authority:
        raise NotFound.of(CONFIGMAPS.group_resource, _TRUST)
    return Trust(authority, data.get("requestheader-allowed-names") or "[]")


def _objects() -> list[tuple[GroupVersionResource, Object]]:
    rules = [
        {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["get", "list", "watch"]},
    ]
    reader = [{"apiGroups": [GROUP], "resources": ["pods", "nodes"], "verbs": ["get", "list", "watch"]}]
    aggregate = {f"{_RBAC}/aggregate-to-{role}": "true" for role in ("admin", "edit", "view")}
    reading = _named("system:aggregated-metrics-reader", "ClusterRole")
    reading["metadata"]["labels"] |= aggregate
    account = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    return [
        (SERVICEACCOUNTS, {**_named(NAME, "ServiceAccount", "v1"), "metadata": _metadata(NAME, NAMESPACE)}),
        (CLUSTERROLES, {**_named(f"system:{NAME}", "ClusterRole"), "rules": rules}),
        (CLUSTERROLES, {**reading, "rules": reader}),
        (
            CLUSTERROLEBINDINGS,
            {
                **_named(f"system:{NAME}", "ClusterRoleBinding"),
                "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": f"system:{NAME}"},
                "subjects": [account],
            },
        ),
        (
            ROLEBINDINGS,
            {
                **_named(f"{NAME}-auth-reader", "RoleBinding"),
                "metadata": _metadata(f"{NAME}-auth-reader", NAMESPACE),
                "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": f"{_TRUST}-reader"},
                "subjects": [account],
            },
        ),
    ]


def _named(name: str, kind: str, api_version: str = f"{_RBAC}/v1") -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": _metadata(name)}


def _metadata(name: str, namespace: str = "") -> Object:
    where = {"namespace": namespace} if namespace else {}
    return {"name": name, **where, "labels": dict(_LABELS)}


def _service(host: str, port: int) -> Object:
    spec = {
        "type": "ExternalName",
        "externalName": host,
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
    return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(NAME, NAMESPACE), "spec": spec}


def _api_service(port: int, certificate: bytes) -> Object:
    spec = {
        "group": GROUP,
        "version": VERSION,
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "service": {"name": NAME, "namespace": NAMESPACE, "port": port},
        "caBundle": base64.b64encode(certificate).decode(),
    }
    api_version = GroupVersion("apiregistration.k8s.io", "v1").api_version
    return {"apiVersion": api_version, "kind": "APIService", "metadata": _metadata(API_SERVICE), "spec": spec}
