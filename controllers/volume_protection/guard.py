"""What the three protections share: the finalizer stays on while the object is used, and goes when it is let go of."""

from __future__ import annotations

from collections.abc import Callable

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of
from client.informer import Informer
from controllers.controller import Context


def finalizers_of(obj: Object) -> list[str]:
    return list(obj["metadata"].get("finalizers") or ())


class Guard:
    """Works on the objects of ``informer``. ``in_use(obj)`` may look at the API: it is asked only about objects that
    are to be deleted. Objects from before the admission plugin get their finalizer here."""

    def __init__(
        self,
        context: Context,
        gvr: GroupVersionResource,
        informer: Informer,
        finalizer: str,
        in_use: Callable[[Object], bool],
    ) -> None:
        self._client = context.client
        self._gvr = gvr
        self._finalizer = finalizer
        self._in_use = in_use
        self._store = informer.store
        self.queue = context.queue()
        informer.add_handler(self._seen, lambda old, new: self._seen(new), None)

    def sync(self, key: str) -> None:
        """Raises what the API does: a conflict is tried again on fresh state."""
        obj = self._store.get(key)
        if obj is None:
            return
        held = finalizers_of(obj)
        if not is_terminating(obj):
            if self._finalizer not in held:
                self._write(obj, [*held, self._finalizer])
        elif self._finalizer in held and not self._in_use(obj):
            self._write(obj, [finalizer for finalizer in held if finalizer != self._finalizer])

    def _write(self, obj: Object, finalizers: list[str]) -> None:
        changed = {**obj, "metadata": {**obj["metadata"], "finalizers": finalizers}}
        self._client.update(self._gvr, namespace_of(obj), name_of(obj), changed)

    def _seen(self, obj: Object) -> None:
        if is_terminating(obj) == (self._finalizer in finalizers_of(obj)):
            self.queue.add(key_of(obj))
