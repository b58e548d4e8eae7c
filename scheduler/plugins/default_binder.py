"""Binds through the pod's ``binding`` subresource."""

from __future__ import annotations

from apimachinery.objects import Object
from apimachinery.status import StatusError
from client.errors import TransportError
from client.resources import PODS
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.podinfo import PodInfo
from scheduler.status import Status, error


class DefaultBinder:
    name = "DefaultBinder"

    def __init__(self, handle: Handle) -> None:
        self._client = handle.client

    def bind(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        binding: Object = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"namespace": pod.namespace, "name": pod.name, "uid": pod.uid},
            "target": {"kind": "Node", "name": node_name},
        }
        try:
            self._client.create(PODS, pod.namespace, binding, name=pod.name, subresource="binding")
        except (StatusError, TransportError) as failure:
            return error(str(failure))
        return None
