"""Role bindings."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill_empty

_GROUP = "rbac.authorization.k8s.io"


def role_binding(obj: Object) -> None:
    fill_empty(child(obj, "roleRef"), "apiGroup", _GROUP)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            fill_empty(subject, "apiGroup", _GROUP)


cluster_role_binding = role_binding
