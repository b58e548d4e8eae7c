"""Pod certificate requests."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill


def pod_certificate_request(obj: Object) -> None:
    fill(child(obj, "spec"), "maxExpirationSeconds", 86400)
