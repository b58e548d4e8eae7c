"""ControllerRevisions: the templates a DaemonSet or StatefulSet has had, so that it can go back to one.

Pure functions and a thin keeper. Source: pkg/controller/history, and snapshots in pkg/controller/daemon/update.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.status import AlreadyExists, NotFound
from client.api import Client
from client.resources import CONTROLLERREVISIONS
from controllers.shared.hashes import revision_hash, template_hash
from controllers.shared.ownership import controller_reference, labels_of

HASH = "controller-revision-hash"
"""A pod's label, and that of a DaemonSet's revision."""
REVISION_HASH = "controller.kubernetes.io/hash"
"""The label of other kinds' revisions."""
_LONGEST_PREFIX = 223


class Collision(Exception):
    """Another revision has the name: count it in the owner's status, then there will be another name."""


class History(NamedTuple):
    """``current`` may still have to be written: it has no uid then."""

    current: Object
    old: list[Object]


def template_patch(owner: Mapping[str, Any]) -> Object:
    """What a revision holds: a strategic patch of the owner that brings its template back."""
    return {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}


def new_revision(
    owner: Object, kind: GroupVersionKind, number: int, collisions: int | None, label: str = HASH
) -> Object:
    """``label``: under which the revision shows its hash; a DaemonSet's is that of its template."""
    data = template_patch(owner)
    of_template = label == HASH
    template = owner["spec"]["template"]
    hashed = template_hash(template, collisions) if of_template else revision_hash(data, collisions or 0)
    labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
    metadata: Object = {
        "name": f"{name_of(owner)[:_LONGEST_PREFIX]}-{hashed}",
        "namespace": namespace_of(owner),
        "labels": {**labels, label: hashed},
        "ownerReferences": [controller_reference(owner, kind)],
    }
    if owner["metadata"].get("annotations"):
        metadata["annotations"] = dict(owner["metadata"]["annotations"])  # the change's cause is one
    made = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata}
    return {**made, "data": data, "revision": number}


def read_history(
    owner: Object,
    kind: GroupVersionKind,
    revisions: Iterable[Object],
    collisions: int | None,
    label: str = HASH,
) -> History:
    """The revision of the owner's template, with the highest number, and all others."""
    known = sorted(revisions, key=lambda revision: (revision.get("revision") or 0, name_of(revision)))
    data = template_patch(owner)
    same = [revision for revision in known if revision.get("data") == data]
    current = same[-1] if same else None
    old = [revision for revision in known if revision is not current]
    number = max((revision.get("revision") or 0 for revision in old), default=0) + 1
    if current is None:
        return History(new_revision(owner, kind, number, collisions, label), old)
    if (current.get("revision") or 0) < number:
        current = {**current, "revision": number}
    return History(current, old)


def surplus_revisions(old: Iterable[Object], live: Collection[str], limit: int) -> list[Object]:
    """The oldest that nobody lives by, beyond the limit; ``live``: names of revisions in use."""
    idle = [revision for revision in old if name_of(revision) not in live]
    idle.sort(key=lambda revision: (revision.get("revision") or 0, name_of(revision)))
    return idle[: max(len(idle) - limit, 0)]


def hash_of(revision: Mapping[str, Any]) -> str:
    return labels_of(revision).get(HASH) or ""


class RevisionKeeper:
    """Writes revisions."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def keep(self, history: History, known: Iterable[Object]) -> Object:
        """The current revision as it is stored now. Raises Collision."""
        current = history.current
        namespace = namespace_of(current)
        if not current["metadata"].get("uid"):
            try:
                return self._client.create(CONTROLLERREVISIONS, namespace, current)
            except AlreadyExists:
                found = self._client.get(CONTROLLERREVISIONS, namespace, name_of(current))
                if found.get("data") == current["data"]:
                    return found
                raise Collision(name_of(current)) from None
        if any(current is revision for revision in known):
            return current
        return self._client.update(CONTROLLERREVISIONS, namespace, name_of(current), current)

    def drop(self, revisions: Iterable[Object]) -> None:
        for revision in revisions:
            try:
                self._client.delete(CONTROLLERREVISIONS, namespace_of(revision), name_of(revision))
            except NotFound:
                continue
