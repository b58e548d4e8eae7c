"""Custom resource definitions.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill, fill_empty


def custom_resource_definition(obj: Object) -> None:
    spec = child(obj, "spec")
    names = child(spec, "names")
    kind = names.get("kind") or ""
    fill_empty(names, "singular", kind.lower())
    if kind:
        fill_empty(names, "listKind", f"{kind}List")
    conversion = spec.get("conversion")
    if conversion is None:
        conversion = spec["conversion"] = {"strategy": "None"}
    service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
    if service is not None:
        fill(service, "port", 443)
    _stored_versions(obj, spec)


def _stored_versions(obj: Object, spec: Object) -> None:
    status = child(obj, "status")
    if not status.get("storedVersions"):
        stored = next((v.get("name", "") for v in spec.get("versions") or () if v.get("storage")), None)
        if stored is not None:
            status["storedVersions"] = [stored]
