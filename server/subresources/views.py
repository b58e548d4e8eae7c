"""Which subresources are views, and what each may change."""

from __future__ import annotations

from collections.abc import Callable

from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from server.endpoints.views import View, whole_view
from server.registry.conditiontimes import fill_condition_times
from server.registry.served import Served
from server.registry.strategy import UpdateRules
from server.subresources.scale import scale_view
from server.validation.certificates import validate_signing_approval
from server.validation.namespace import validate_namespace_finalize
from server.validation.pod import validate_ephemeral_containers
from server.validation.podresize import validate_resize


def _only(*paths: tuple[str, ...]) -> Callable[[Object, Object], None]:
    """A rule that undoes every change outside the paths and the metadata's resourceVersion, uid and managedFields."""

    def prepare(new: Object, old: Object) -> None:
        kept = [(path, _dig(new, path)) for path in paths]
        metadata = {**old["metadata"]}
        for name in ("resourceVersion", "uid", "managedFields"):
            if name in new["metadata"]:
                metadata[name] = new["metadata"][name]
            else:
                metadata.pop(name, None)
        new.clear()
        new.update({**old, "metadata": metadata})
        for path, value in kept:
            _put(new, path, value)

    return prepare


def _dig(obj: Object, path: tuple[str, ...]) -> object:
    value: object = obj
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(obj: Object, path: tuple[str, ...], value: object) -> None:
    """Set a value at a path, copying what is on the way; None removes it."""
    for name in path[:-1]:
        obj[name] = dict(obj.get(name) or {})
        obj = obj[name]
    if value is None:
        obj.pop(path[-1], None)
    else:
        obj[path[-1]] = value


def _status(served: Served) -> View:
    return whole_view(served, "status", served.registry.status_rules())


def _finalize(served: Served) -> View:
    rules = UpdateRules(_only(("spec", "finalizers"), ("metadata", "finalizers")), validate_namespace_finalize)
    return whole_view(served, "finalize", rules)


def _approval(served: Served) -> View:
    """Of certificate signing requests alone: nowhere else may a request be approved or denied. Metadata may change."""
    only_conditions = _only(("metadata",), ("status", "conditions"))

    def prepare(new: Object, old: Object) -> None:
        only_conditions(new, old)
        fill_condition_times(new, old, format_time(served.registry.clock.now()))

    return whole_view(served, "approval", UpdateRules(prepare, validate_signing_approval))


def _ephemeral_containers(served: Served) -> View:
    rules = UpdateRules(_only(("spec", "ephemeralContainers")), validate_ephemeral_containers, ("spec",))
    return whole_view(served, "ephemeralcontainers", rules)


def _resize(served: Served) -> View:
    rules = UpdateRules(
        _only(("spec", "containers"), ("spec", "initContainers"), ("spec", "resources")), validate_resize, ("spec",)
    )
    return whole_view(served, "resize", rules)


VIEWS: dict[str, Callable[[Served], View]] = {
    "status": _status,
    "scale": scale_view,
    "finalize": _finalize,
    "approval": _approval,
    "ephemeralcontainers": _ephemeral_containers,
    "resize": _resize,
}
