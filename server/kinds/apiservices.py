"""What is special about APIService: one that this server serves itself is available from the start.

Source: k8s.io/kube-aggregator/pkg/registry/apiservice/strategy.go.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.registry.strategy import Strategy

LOCAL = {"reason": "Local", "message": "Local APIServices are always available"}


def _prepare_create(obj: Object) -> None:
    if (obj.get("spec") or {}).get("service") is None:
        since = obj["metadata"]["creationTimestamp"]
        obj["status"] = {"conditions": [{"type": "Available", "status": "True", "lastTransitionTime": since, **LOCAL}]}


API_SERVICE = Strategy(prepare_create=_prepare_create, allow_unconditional_update=False)
