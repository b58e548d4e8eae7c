"""How many seats a request takes. Source: k8s.io/apiserver/pkg/util/flowcontrol/request (list_work_estimator)."""

from __future__ import annotations

from collections.abc import Mapping

from apimachinery.gvk import GroupResource
from server.registry.registry import Registry
from server.request import Request

_OBJECTS_PER_SEAT = 100
MOST = 10


class Widths:
    """``registries`` know how many objects a list would go through."""

    def __init__(self, registries: Mapping[GroupResource, Registry]) -> None:
        self._registries = registries

    def of(self, request: Request, verb: str) -> int:
        """1, except for lists, and for watches that begin with one: by the number of objects."""
        info = request.info
        if verb not in ("list", "watch") or info.name:
            return 1
        if verb == "watch" and not _begins_with_state(request):
            return 1
        registry = self._registries.get(info.group_resource)
        count = len(registry.cache) if registry is not None else 0
        limit = request.param_unchecked("limit") or ""
        if verb == "list" and limit.isascii() and limit.isdigit() and 0 < int(limit[:9]) < count:
            count = int(limit[:9])
        return max(1, min(-(-count // _OBJECTS_PER_SEAT), MOST))


def _begins_with_state(request: Request) -> bool:
    if request.param_unchecked("sendInitialEvents") == "true":
        return True
    return (request.param_unchecked("resourceVersion") or "0") == "0"
