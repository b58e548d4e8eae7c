"""Watches namespaces; empties and finalizes those that are terminating."""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, name_of
from apimachinery.status import Conflict, NotFound, StatusError
from client.resources import NAMESPACES
from controllers.controller import Context, Controller, Loop
from controllers.namespace.conditions import conditions_of
from controllers.namespace.content import Remaining, deletable, delete_content

FINALIZER = "kubernetes"
_WORKERS = 4
_LOOK_AGAIN = 0.25
_LONGEST_WAIT = 15.0


class Namespaces:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        namespaces = context.informer(NAMESPACES)
        namespaces.add_handler(self._changed, lambda old, new: self._changed(new))

    def sync(self, key: str) -> None:
        try:
            namespace = self._client.get(NAMESPACES, "", key)
        except NotFound:
            return
        if not is_terminating(namespace) or FINALIZER not in (namespace.get("spec") or {}).get("finalizers", ()):
            return
        remaining, discovery_error = self._empty(key)
        namespace = self._write_conditions(namespace, remaining, discovery_error)
        if remaining.empty and discovery_error is None:
            self._finalize(namespace)
        else:
            self.queue.add_after(key, min(max(remaining.wait / 2, _LOOK_AGAIN), _LONGEST_WAIT))

    def _empty(self, key: str) -> tuple[Remaining, str | None]:
        try:
            resources = deletable(self._client.discover())
        except StatusError as error:
            return Remaining(), error.message
        return delete_content(self._client, key, resources), None

    def _write_conditions(self, namespace: Object, remaining: Remaining, discovery_error: str | None) -> Object:
        conditions = conditions_of(namespace, remaining, discovery_error, self._clock.now())
        status = namespace.get("status") or {}
        if conditions == (status.get("conditions") or []) and status.get("phase") == "Terminating":
            return namespace
        changed = {**namespace, "status": {**status, "phase": "Terminating", "conditions": conditions}}
        return self._client.update(NAMESPACES, "", name_of(namespace), changed, subresource="status")

    def _finalize(self, namespace: Object) -> None:
        spec = namespace.get("spec") or {}
        left = [name for name in spec.get("finalizers") or () if name != FINALIZER]
        changed = {**namespace, "spec": {**spec, "finalizers": left}}
        try:
            self._client.update(NAMESPACES, "", name_of(namespace), changed, subresource="finalize")
        except NotFound:
            return
        except Conflict:
            self.queue.add(name_of(namespace))

    def _changed(self, namespace: Object) -> None:
        if is_terminating(namespace):
            self.queue.add(name_of(namespace))


def build_namespace(context: Context) -> Controller:
    namespaces = Namespaces(context)
    return Controller("namespace-controller", (Loop(namespaces.queue, namespaces.sync, _WORKERS),))
