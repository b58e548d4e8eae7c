"""Watches namespaces; empties and finalizes those that are terminating."""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.status import Conflict, NotFound, StatusError
from client.resources import NAMESPACES, PODS
from controllers.controller import Context, Controller, Loop
from controllers.namespace.conditions import conditions_of
from controllers.namespace.content import Remaining, deletable, delete_content

FINALIZER = "kubernetes"
_WORKERS = 4
_LOOK_AGAIN = 0.1
_FINALIZERS_TAKE = 15.0


def look_again_after(remaining: Remaining, looks: int) -> float:
    """Seconds until it makes sense to look again, after so many looks: soon at first, then ever less often.

    At the least as often as upstream: half of the longest grace period of a pod, or of the time a finalizer may take.
    """
    estimate = remaining.wait or (_FINALIZERS_TAKE if remaining.finalizers else 0.0)
    return float(min(_LOOK_AGAIN * 2 ** min(looks, 16), estimate / 2 + 1))


class Namespaces:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        self._looks: dict[str, int] = {}
        namespaces, pods = context.informer(NAMESPACES), context.informer(PODS)
        self._namespaces = namespaces.store
        namespaces.add_handler(self._changed, lambda old, new: self._changed(new), self._deleted)
        pods.add_handler(on_delete=self._pod_deleted)

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
            looks = self._looks[key] = self._looks.get(key, 0) + 1
            self.queue.add_after(key, look_again_after(remaining, looks))

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
        if is_terminating(namespace) and name_of(namespace) not in self._looks:
            self.queue.add(name_of(namespace))

    def _deleted(self, namespace: Object) -> None:
        self._looks.pop(name_of(namespace), None)

    def _pod_deleted(self, pod: Object) -> None:
        """What is waited for longest."""
        namespace = self._namespaces.get(namespace_of(pod))
        if namespace is not None and is_terminating(namespace):
            self.queue.add_after(name_of(namespace), _LOOK_AGAIN)


def build_namespace(context: Context) -> Controller:
    namespaces = Namespaces(context)
    return Controller("namespace-controller", (Loop(namespaces.queue, namespaces.sync, _WORKERS),))
