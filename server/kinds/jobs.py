"""What is special about jobs in the registry: the selector and labels a job gives its own pods.

Source: k8s.io/kubernetes pkg/registry/batch/job/strategy.go (generateSelector).
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.kinds.fields import number
from server.registry.strategy import GarbageCollection, Strategy

_UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
_NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")


def generate_selector(job: Object) -> None:
    """Select the job's pods by its uid, unless the user selects by hand; labels the user set are left to validation."""
    spec = job.get("spec") or {}
    if spec.get("manualSelector") or "template" not in spec:
        return
    metadata = job["metadata"]
    template = spec["template"].setdefault("metadata", {})
    labels = template["labels"] = dict(template.get("labels") or {})
    for name in _NAME_LABELS:
        labels.setdefault(name, metadata.get("name", ""))
    for name in _UID_LABELS:
        labels.setdefault(name, metadata["uid"])
    if not metadata.get("labels"):
        metadata["labels"] = dict(labels)
    selector = spec["selector"] = dict(spec.get("selector") or {})
    matched = selector["matchLabels"] = dict(selector.get("matchLabels") or {})
    matched.setdefault(_UID_LABELS[0], metadata["uid"])


STRATEGY = Strategy(
    prepare_create=generate_selector,
    generation_of=("spec",),
    garbage_collection=GarbageCollection.ORPHAN,
    selectable={"status.successful": number("status.succeeded")},
)
