"""Every namespace has the certificates by which its pods can know the API server, in the ConfigMap kube-root-ca.crt.

Source: k8s.io/kubernetes pkg/controller/certificates/rootcacertpublisher.
"""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.status import NotFound, StatusError
from client.resources import CONFIGMAPS, NAMESPACES
from controllers.controller import Context, Controller, Loop
from controllers.shared.pods import NAMESPACE_TERMINATING

NAME = "kube-root-ca.crt"
_ANNOTATION = "kubernetes.io/description"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


def wanted(existing: Object | None, certificates: str) -> Object | None:
    """The ConfigMap to write; None: the one that exists will do."""
    found: dict[str, Any] = existing or {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}}
    annotations = found["metadata"].get("annotations") or {}
    data = {"ca.crt": certificates}
    if found.get("data") == data and annotations.get(_ANNOTATION):
        return None
    metadata = {**found["metadata"], "annotations": {**annotations, _ANNOTATION: _DESCRIPTION}}
    return {**found, "metadata": metadata, "data": data}


class RootCA:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._certificates = context.client.certificate_authority()
        self.queue = context.queue()
        namespaces = context.informer(NAMESPACES)
        maps = context.informer(CONFIGMAPS, field_selector=f"metadata.name={NAME}")
        self._namespaces, self._maps = namespaces.store, maps.store
        namespaces.add_handler(self._namespace_changed, lambda old, new: self._namespace_changed(new))
        maps.add_handler(on_update=lambda old, new: self._map_changed(new), on_delete=self._map_changed)

    def sync(self, namespace: str) -> None:
        found = self._namespaces.get(namespace)
        if found is None or is_terminating(found):
            return
        existing = self._maps.get(f"{namespace}/{NAME}")
        new = wanted(existing, self._certificates)
        if new is None:
            return
        try:
            if existing is None:
                self._client.create(CONFIGMAPS, namespace, new)
            else:
                self._client.update(CONFIGMAPS, namespace, NAME, new)
        except NotFound:
            return
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                raise

    def _namespace_changed(self, namespace: Object) -> None:
        self.queue.add(name_of(namespace))

    def _map_changed(self, config_map: Object) -> None:
        self.queue.add(namespace_of(config_map))


def build_root_ca(context: Context) -> Controller:
    publisher = RootCA(context)
    loops = (Loop(publisher.queue, publisher.sync),) if context.client.certificate_authority() else ()
    return Controller("root-ca-certificate-publisher-controller", loops)
