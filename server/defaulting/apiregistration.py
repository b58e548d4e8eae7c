"""API services.

Source: k8s.io/kube-aggregator/pkg/apis/apiregistration/v1/defaults.go.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import fill


def api_service(obj: Object) -> None:
    service = (obj.get("spec") or {}).get("service")
    if service is not None:
        fill(service, "port", 443)
