"""Token requests."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill


def token_request(obj: Object) -> None:
    fill(child(obj, "spec"), "expirationSeconds", 3600)
