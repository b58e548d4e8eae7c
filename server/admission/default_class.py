"""Which of several classes is the default: of those whose annotation says so the newest, then the first by name.

Source: k8s.io/kubernetes pkg/volume/util/storageclass.go, plugin/pkg/admission/network/defaultingressclass.
"""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.objects import Object


def default_name(classes: Iterable[Object], *annotations: str) -> str | None:
    """The name of the default class; each of ``annotations`` can make a class one."""
    chosen = ""
    newest = ""
    for each in classes:
        metadata = each["metadata"]
        own = metadata.get("annotations") or {}
        if not any(own.get(annotation) == "true" for annotation in annotations):
            continue
        created, name = metadata.get("creationTimestamp") or "", metadata["name"]
        if not chosen or created > newest or (created == newest and name < chosen):
            chosen, newest = name, created
    return chosen or None
