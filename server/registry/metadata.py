"""The metadata rules that every kind shares: system fields, names, namespaces, owner references.

Source: k8s.io/apiserver/pkg/registry/rest (meta.go, create.go, update.go), endpoints/handlers/rest.go.
"""

from __future__ import annotations

import random
from datetime import datetime

from apimachinery.names import generate_name
from apimachinery.objects import Object
from apimachinery.status import BadRequest
from apimachinery.timefmt import format_time
from server.registry.strategy import EVERYTHING
from server.uids import new_uid

_SYSTEM_FIELDS = (
    "creationTimestamp",
    "uid",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
)
_IDENTITY = frozenset({"apiVersion", "kind", "metadata"})
_random = random.SystemRandom()


def wipe_system_fields(obj: Object) -> None:
    metadata = obj["metadata"]
    for name in _SYSTEM_FIELDS:
        metadata.pop(name, None)


def fill_system_fields(obj: Object, now: datetime) -> None:
    metadata = obj["metadata"]
    metadata["creationTimestamp"] = format_time(now)
    metadata["uid"] = new_uid()


def fill_generated_name(obj: Object) -> bool:
    """Give a name from generateName where there is none; whether it did."""
    metadata = obj["metadata"]
    if metadata.get("name") or not metadata.get("generateName"):
        return False
    metadata["name"] = generate_name(metadata["generateName"], _random)
    return True


def match_namespace(obj: Object, namespace: str) -> None:
    """Fill the namespace from the request, drop it on cluster-scoped objects, refuse another one."""
    metadata = obj["metadata"]
    own = metadata.get("namespace", "")
    if own == namespace:
        return
    if not namespace:
        metadata.pop("namespace", None)
    elif not own:
        metadata["namespace"] = namespace
    else:
        raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")


def keep_system_fields(new: Object, old: Object) -> None:
    """An update never changes what the system has set; the uid is checked by validation if given."""
    fresh, live = new["metadata"], old["metadata"]
    fresh.setdefault("uid", live["uid"])
    fresh["creationTimestamp"] = live["creationTimestamp"]
    if "deletionTimestamp" in live:
        fresh["deletionTimestamp"] = live["deletionTimestamp"]
        if "deletionGracePeriodSeconds" in live:
            fresh.setdefault("deletionGracePeriodSeconds", live["deletionGracePeriodSeconds"])


def move_generation(new: Object, old: Object, fields: tuple[str, ...]) -> None:
    """Set the generation of an updated object: the live one, plus one when any of ``fields`` changed.

    ``fields`` are those of the top level, or ``metadata.labels``; EVERYTHING: whatever is not metadata.
    """
    if fields == EVERYTHING:
        fields = tuple(name for name in {**new, **old} if name not in _IDENTITY)
    changed = any(_field(new, name) != _field(old, name) for name in fields)
    generation = old["metadata"].get("generation", 0) + changed
    if generation:
        new["metadata"]["generation"] = generation
    else:
        new["metadata"].pop("generation", None)


def _field(obj: Object, name: str) -> object:
    return obj["metadata"].get("labels") or None if name == "metadata.labels" else obj.get(name)


def dedup_owner_references(obj: Object) -> list[str]:
    """Drop repeated owner references in place; the uids that were repeated."""
    references = obj["metadata"].get("ownerReferences")
    if not references or len(references) == 1:
        return []
    kept: list[Object] = []
    repeated = []
    for reference in references:
        if reference in kept:
            repeated.append(reference.get("uid", ""))
        else:
            kept.append(reference)
    if repeated:
        obj["metadata"]["ownerReferences"] = kept
    return repeated
