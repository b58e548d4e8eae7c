"""Warnings about new finalizers that do not say whose they are.

Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource (generateWarningsFromObj).
"""

from __future__ import annotations

from apimachinery.fielderrors import quote
from apimachinery.names import is_qualified_name
from apimachinery.objects import Object
from server.registry.context import WriteContext
from server.registry.hooks import Finish, NoHooks, finish_nothing

_STANDARD = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_PREFER = "prefer a domain-qualified finalizer name"
_AVOID = "to avoid accidental conflicts with other finalizer writers"


def warnings_about(finalizer: str) -> list[str]:
    where = f"metadata.finalizers: {quote(finalizer)}"
    found = [f"{where}: {problem}" for problem in is_qualified_name(finalizer)]
    if "/" not in finalizer and finalizer not in _STANDARD:
        with_path = " including a path (/)" if "." in finalizer else ""
        found.append(f"{where}: {_PREFER}{with_path} {_AVOID}")
    return found


class FinalizerWarnings(NoHooks):
    async def begin_create(self, context: WriteContext, obj: Object) -> Finish:
        return self._warn(context, obj, frozenset())

    async def begin_update(self, context: WriteContext, new: Object, old: Object) -> Finish:
        return self._warn(context, new, frozenset(old["metadata"].get("finalizers") or ()))

    def _warn(self, context: WriteContext, obj: Object, known: frozenset[str]) -> Finish:
        for finalizer in sorted({*(obj["metadata"].get("finalizers") or ())} - known):
            context.warnings += [text for text in warnings_about(finalizer) if text not in context.warnings]
        return finish_nothing
